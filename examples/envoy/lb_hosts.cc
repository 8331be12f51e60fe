#include "lb_hosts.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "stream.h"

namespace limpet_envoy {
namespace {

constexpr double kMostWeight = 1'000'000;

// The hosts of one priority.
class Priority {
 public:
  Priority(limpet_envoy_lb* lb, uint32_t number) : lb_(lb), number_(number) {
    // The healthy ones are a list of their own, in whatever order.
    healthy_count_ =
        envoy_dynamic_module_callback_lb_get_healthy_hosts_count(lb_, number_);
    limpet_envoy_bytes address{};
    for (size_t i = 0; i < healthy_count_; ++i) {
      if (envoy_dynamic_module_callback_lb_get_healthy_host_address(
              lb_, number_, i, &address)) {
        healthy_.emplace(View(address), static_cast<uint32_t>(i));
      }
    }
  }

  size_t healthy_count() const { return healthy_count_; }

  // Adds them, and what each weighs.
  void Read(bool by_locality, HostFilter* filter, LbHosts* found,
            std::vector<double>* weights) {
    const size_t begin = found->hosts.size();
    const size_t count =
        envoy_dynamic_module_callback_lb_get_hosts_count(lb_, number_);
    for (uint32_t i = 0; i < count; ++i) {
      limpet_envoy_bytes address{};
      if (!envoy_dynamic_module_callback_lb_get_host_address(lb_, number_, i,
                                                             &address)) {
        continue;
      }
      LbPlace place{.priority = number_, .index = i};
      Host host = ReadHost(View(address), &place);
      if (!filter->Takes(host)) continue;
      found->hosts.push_back(std::move(host));
      found->places.push_back(place);
      weights->push_back(
          envoy_dynamic_module_callback_lb_get_host_weight(lb_, number_, i));
    }
    if (by_locality) ShareByLocality(*found, begin, weights);
  }

 private:
  struct Locality {
    double weight = 0;
    double healthy = 0;  // the sum of the weights of the healthy hosts
    size_t hosts = 0;
    size_t healthy_hosts = 0;
  };

  Host ReadHost(std::string_view address, LbPlace* place) const {
    Host host{.id = std::string(address), .address = std::string(address)};
    limpet_envoy_bytes id{};
    if (envoy_dynamic_module_callback_lb_get_host_metadata_string(
            lb_, number_, place->index, Bytes("limpet"), Bytes("id"), &id) &&
        id.size != 0) {
      host.id = View(id);
    }
    host.priority = number_;
    const auto found = healthy_.find(address);
    if (found != healthy_.end()) {
      place->healthy_index = found->second;
    } else if (envoy_dynamic_module_callback_lb_get_host_health(
                   lb_, number_, place->index) == LIMPET_ENVOY_DEGRADED) {
      // Only a session may use it: the router takes it, Envoy's list of those
      // that a policy may choose from does not have it.
      host.state = LIMPET_ENDPOINT_DRAINING;
    } else {
      host.state = LIMPET_ENDPOINT_UNAVAILABLE;
    }
    return host;
  }

  std::string NameOfLocality(uint32_t index) const {
    limpet_envoy_bytes parts[3] = {};
    envoy_dynamic_module_callback_lb_get_host_locality(
        lb_, number_, index, &parts[0], &parts[1], &parts[2]);
    std::string name;
    for (const limpet_envoy_bytes& part : parts) {
      name.append(View(part)).push_back('\0');
    }
    return name;
  }

  // Envoy says what a locality weighs by its number, and which healthy hosts it
  // has; of each host, its locality's name.
  std::unordered_map<std::string_view, double> WeightsByAddress() const {
    std::unordered_map<std::string_view, double> weights;
    const size_t count =
        envoy_dynamic_module_callback_lb_get_locality_count(lb_, number_);
    for (size_t i = 0; i < count; ++i) {
      const double weight =
          envoy_dynamic_module_callback_lb_get_locality_weight(lb_, number_, i);
      const size_t hosts =
          envoy_dynamic_module_callback_lb_get_locality_host_count(lb_, number_,
                                                                   i);
      limpet_envoy_bytes address{};
      for (size_t j = 0; j < hosts; ++j) {
        if (envoy_dynamic_module_callback_lb_get_locality_host_address(
                lb_, number_, i, j, &address)) {
          weights.emplace(View(address), weight);
        }
      }
    }
    return weights;
  }

  void ShareByLocality(const LbHosts& found, size_t begin,
                       std::vector<double>* weights) const {
    const auto of_healthy = WeightsByAddress();
    const bool is_weighted =
        std::any_of(of_healthy.begin(), of_healthy.end(),
                    [](const auto& entry) { return entry.second > 0; });
    if (!is_weighted) return;
    std::map<std::string, Locality> localities;
    std::vector<Locality*> of_host;
    const auto is_healthy = [&](size_t i) {
      return of_healthy.contains(found.hosts[i].address) && (*weights)[i] > 0;
    };
    for (size_t i = begin; i < found.hosts.size(); ++i) {
      Locality& locality = localities[NameOfLocality(found.places[i].index)];
      of_host.push_back(&locality);
      ++locality.hosts;
      if (!is_healthy(i)) continue;
      ++locality.healthy_hosts;
      locality.healthy += (*weights)[i];
      locality.weight = of_healthy.at(found.hosts[i].address);
    }
    // The unhealthy ones stay the same part of the whole: by that it is found
    // whether the next priority has to help.
    double before = 0;  // of the healthy ones
    double after = 0;
    std::vector<size_t> unhealthy;
    for (size_t i = begin; i < found.hosts.size(); ++i) {
      if (!is_healthy(i)) {
        unhealthy.push_back(i);
        continue;
      }
      const Locality& locality = *of_host[i - begin];
      const double available =
          std::min(1.0, 1.4 * static_cast<double>(locality.healthy_hosts) /
                            static_cast<double>(locality.hosts));
      before += (*weights)[i];
      (*weights)[i] *= locality.weight * available / locality.healthy;
      after += (*weights)[i];
    }
    if (before == 0) return;
    for (const size_t i : unhealthy) (*weights)[i] *= after / before;
  }

  limpet_envoy_lb* const lb_;
  const uint32_t number_;
  size_t healthy_count_ = 0;
  std::unordered_map<std::string_view, uint32_t> healthy_;
};

// Whole numbers in the proportions of these; small ones where they are exact.
void SetWeights(const std::vector<double>& weights, std::vector<Host>* hosts) {
  double least = 0;
  double most = 0;
  for (const double weight : weights) {
    if (weight > 0) least = least == 0 ? weight : std::min(least, weight);
    most = std::max(most, weight);
  }
  if (least == 0) return;
  const auto is_exact = [&](double factor) {
    return std::all_of(weights.begin(), weights.end(), [&](double weight) {
      const double scaled = weight * factor;
      return std::abs(scaled - std::round(scaled)) <= 1e-6 * scaled;
    });
  };
  double factor = 1;
  if (!is_exact(1)) {
    constexpr int kTried = 100;
    int times = 1;
    while (times < kTried && !is_exact(times / least)) ++times;
    factor = times / least;
  }
  factor = std::min(factor, kMostWeight / most);
  for (size_t i = 0; i < hosts->size(); ++i) {
    const auto scaled = static_cast<uint32_t>(std::round(weights[i] * factor));
    (*hosts)[i].weight = weights[i] > 0 ? std::max(scaled, 1U) : 0;
  }
}

}  // namespace

LbHosts ReadLbHosts(limpet_envoy_lb* lb, bool by_locality) {
  LbHosts found;
  HostFilter filter;
  std::vector<double> weights;
  const size_t priorities =
      envoy_dynamic_module_callback_lb_get_priority_set_size(lb);
  for (uint32_t number = 0; number < priorities; ++number) {
    Priority priority(lb, number);
    found.healthy_counts.push_back(priority.healthy_count());
    priority.Read(by_locality, &filter, &found, &weights);
  }
  SetWeights(weights, &found.hosts);
  return found;
}

}  // namespace limpet_envoy
