#include "policy_case.h"

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "limpet/limpet.h"

namespace limpet::testing {
namespace {

using nlohmann::json;

// The `balancer` of a case; null: the proxy can do what no policy says.
json BalancerOf(const json& placement) {
  const std::string mode = placement.at("mode");
  // Degraded hosts, other thresholds of panic, weights of localities.
  if (placement.contains("panic") || placement.contains("locality_weights")) {
    return nullptr;
  }
  for (const json& member : placement.at("members")) {
    if (member.contains("degraded")) return nullptr;
  }
  const std::string hash_key = placement.value("hash_key", "id");
  json balancer = json::object();
  if (placement.contains("factor")) {
    if (placement["factor"] == 100) return nullptr;  // no room for anybody
    balancer["boundedLoadPercent"] = placement["factor"];
  }
  if (mode == "nginx_hash") {
    balancer["type"] = "NginxHash";
  } else if (mode == "nginx_consistent") {
    balancer["type"] = "NginxConsistentHash";
  } else if (mode == "nginx_ip_hash") {
    balancer["type"] = "NginxIpHash";
  } else if (mode == "haproxy_consistent" || mode == "haproxy_map") {
    balancer["type"] =
        mode == "haproxy_map" ? "HaproxyMapHash" : "HaproxyConsistentHash";
    balancer["hashFunction"] = placement.value("function", "sdbm");
    balancer["avalanche"] = placement.value("avalanche", false);
    balancer["hashAddress"] = placement.value("addresses", false);
    balancer["haproxyHashKey"] =
        hash_key == "hashed id" ? "hashed-id" : hash_key;
  } else if (mode == "envoy_ring") {
    balancer["type"] = "EnvoyRingHash";
    if (placement.value("function", "") == "MURMUR_HASH_2") {
      balancer["hashFunction"] = "MURMUR_HASH_2";
    }
    balancer["minimumRingSize"] = placement.value("minimum_size", 1024);
    balancer["maximumRingSize"] = placement.value("maximum_size", 8'388'608);
    balancer["hostSelectionAttempts"] = placement.value("attempts", 0);
  } else if (mode == "envoy_maglev") {
    balancer["type"] = "EnvoyMaglev";
    balancer["tableSize"] = placement.value("table_size", 65'537);
    balancer["hostSelectionAttempts"] = placement.value("attempts", 0);
  } else {
    return nullptr;
  }
  return balancer;
}

std::vector<Endpoint> EndpointsOf(const json& placement) {
  std::vector<Endpoint> endpoints;
  for (const json& member : placement.at("members")) {
    Endpoint& endpoint = endpoints.emplace_back();
    endpoint.id = "pod-" + std::to_string(endpoints.size());
    endpoint.address = member.value("key", "");
    endpoint.weight = member.value("weight", 1U);
    endpoint.priority = member.value("priority", 0U);
    if (member.contains("id")) {
      endpoint.hash_key = std::to_string(member["id"].get<uint32_t>());
    }
    if (member.value("down", false)) {
      endpoint.state = EndpointState::kUnavailable;
    }
  }
  return endpoints;
}

uint32_t Select(const Policy& policy, const EndpointSet& set,
                std::string_view key, const SelectOptions& options) {
  SelectOptions with_key = options;
  with_key.hash_key = key;
  return policy.Select({}, set, TimestampFromMillis(1), with_key).endpoint;
}

bool WasTried(const Tries& tries, uint32_t member) {
  return std::find(tries.begin(), tries.end(), member) != tries.end();
}

std::string KeyBytes(const json& placement, uint32_t i) {
  if (!placement.value("addresses", false)) return Key(i);
  std::array<char, 16> buffer;
  return std::string(AddressKey(Address(i), {}, buffer));
}

// Of several members with one text round robin takes any: the first of them.
uint32_t Shown(const json& members, uint32_t member) {
  const std::string key = members.at(member).value("key", "");
  for (uint32_t i = 0; i < member && !key.empty(); ++i) {
    if (members[i].at("key") == key) return i;
  }
  return member;
}

std::unique_ptr<Policy> MakePolicy(const json& balancer) {
  auto config = SessionPersistence::FromJson("null").value();
  const Status extended = config.Extend(json({{"balancer", balancer}}).dump());
  if (!extended.ok()) throw std::invalid_argument(extended.ToString());
  return Policy::Make(config, {.scope = "test"}).value();
}

uint32_t CountOf(const void* counts, uint32_t endpoint) {
  return (*static_cast<const std::vector<uint32_t>*>(counts))[endpoint];
}

}  // namespace

PolicyComparison ComparePolicy(const json& placement,
                               const std::vector<Tries>& placed) {
  const json balancer = BalancerOf(placement);
  if (balancer.is_null()) return {};
  const auto policy = MakePolicy(balancer);
  const auto set = EndpointSet::Make(EndpointsOf(placement)).value();
  policy->Prepare(*set, TimestampFromMillis(1));

  const json& members = placement.at("members");
  std::vector<uint32_t> active(members.size(), 0);
  const bool bounded = placement.contains("factor");
  const std::vector<size_t> hashed = Hashed(placement);
  PolicyComparison comparison;
  for (uint32_t i = 0; i < placed.size(); ++i) {
    const std::string key = KeyBytes(placement, i);
    Tries before;
    for (const uint32_t theirs : placed[i]) {
      if (WasTried(before, theirs) || members[theirs].value("down", false)) {
        break;
      }
      if (!hashed.empty() && before.size() >= hashed[i]) break;
      SelectOptions options{.tried = before};
      if (bounded) options.active = {&CountOf, &active};
      const uint32_t ours = Select(*policy, *set, key, options);
      if (ours == kNoEndpoint ||
          Shown(members, ours) != Shown(members, theirs)) {
        comparison.difference = "key " + std::to_string(i) + ", try " +
                                std::to_string(before.size()) + ": " +
                                std::to_string(ours) + " instead of " +
                                std::to_string(theirs);
        return comparison;
      }
      ++comparison.compared;
      before.push_back(theirs);
    }
    if (bounded) ++active[placed[i].back()];
  }
  return comparison;
}

}  // namespace limpet::testing
