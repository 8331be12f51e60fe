#include "hosts.h"

#include <utility>

namespace limpet_envoy {
namespace {

std::vector<Host> FromConfigured(
    const std::vector<ConfiguredEndpoint>& configured) {
  std::vector<Host> hosts;
  for (const ConfiguredEndpoint& endpoint : configured) {
    hosts.push_back({.id = endpoint.id, .address = endpoint.address});
  }
  return hosts;
}

// What this worker has found of a book.
struct Found {
  uint64_t number = 0;
  uint64_t version = 0;
  std::shared_ptr<const Hosts> hosts;
};
thread_local Found found_here;

uint64_t NextNumber() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

}  // namespace

bool HostFilter::Takes(const Host& host) {
  constexpr size_t kMostAddress = 255;
  const uint64_t handle =
      limpet_endpoint_handle(host.id.data(), host.id.size());
  if (host.id.empty() || host.address.size() > kMostAddress ||
      handles_.contains(handle) || addresses_.contains(host.address)) {
    return false;
  }
  handles_.insert(handle);
  addresses_.insert(host.address);
  return true;
}

Hosts::Hosts(std::vector<Host> hosts) : hosts_(std::move(hosts)) {
  std::vector<limpet_endpoint> endpoints;
  for (const Host& host : hosts_) {
    limpet_endpoint endpoint = LIMPET_ENDPOINT_INIT;
    endpoint.id = {host.id.data(), host.id.size()};
    endpoint.address = {host.address.data(), host.address.size()};
    endpoint.weight = host.weight;
    endpoint.state = host.state;
    endpoint.priority = host.priority;
    endpoint.since_ms = host.since_ms;
    by_address_.emplace(host.address, static_cast<uint32_t>(endpoints.size()));
    endpoints.push_back(endpoint);
  }
  limpet_endpoint_set* set = nullptr;
  char error[256];
  if (limpet_endpoint_set_new(endpoints.data(), endpoints.size(), nullptr, 0,
                              &set, error, sizeof error) != LIMPET_OK) {
    throw ConfigError(std::string(error));
  }
  set_.reset(set);
}

HostBook::HostBook(const std::vector<ConfiguredEndpoint>& configured)
    : number_(NextNumber()),
      configured_(FromConfigured(configured)),
      hosts_(std::make_shared<const Hosts>(configured_)) {}

std::shared_ptr<const Hosts> HostBook::hosts() {
  Found& found = found_here;
  const uint64_t version = version_.load(std::memory_order_acquire);
  if (found.number != number_ || found.version != version) {
    const std::lock_guard lock(mutex_);
    found.number = 0;
    // Counted here, so that workers do not write to one count at each request.
    found.hosts = std::shared_ptr<const Hosts>(hosts_.get(),
                                               [all = hosts_](const Hosts*) {});
    found.version = version_.load(std::memory_order_relaxed);
    found.number = number_;
  }
  return found.hosts;
}

std::shared_ptr<const Hosts> HostBook::Learn(std::string_view address) {
  const std::lock_guard lock(mutex_);
  if (hosts_->Find(address) != LIMPET_NO_ENDPOINT) return hosts_;
  Host host{.id = std::string(address), .address = std::string(address)};
  std::vector<Host> all = configured_;
  HostFilter filter;
  for (const Host& other : configured_) filter.Takes(other);
  for (const Host& other : learned_) filter.Takes(other);
  if (!filter.Takes(host)) return hosts_;
  if (learned_.size() == kMostLearned) {
    learned_.erase(learned_.begin(), learned_.begin() + kMostLearned / 2);
  }
  learned_.push_back(std::move(host));
  all.insert(all.end(), learned_.begin(), learned_.end());
  hosts_ = std::make_shared<const Hosts>(std::move(all));
  version_.fetch_add(1, std::memory_order_release);
  return hosts_;
}

}  // namespace limpet_envoy
