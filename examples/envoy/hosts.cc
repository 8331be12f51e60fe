#include "hosts.h"

#include <new>
#include <unordered_set>
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

}  // namespace

Hosts::Hosts(std::vector<Host> hosts) {
  std::unordered_set<uint64_t> handles;
  std::unordered_set<std::string_view> addresses;
  hosts_.reserve(hosts.size());
  for (Host& host : hosts) {
    if (!handles.insert(limpet_endpoint_handle(host.id.data(), host.id.size()))
             .second ||
        !addresses.insert(host.address).second) {
      continue;
    }
    hosts_.push_back(std::move(host));
    addresses.erase(host.address);  // the text has moved
    addresses.insert(hosts_.back().address);
  }
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
    : configured_(FromConfigured(configured)),
      hosts_(std::make_shared<const Hosts>(configured_)) {}

std::shared_ptr<const Hosts> HostBook::Learn(std::string_view address) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Hosts> hosts = hosts_.load();
  if (hosts->Find(address) != LIMPET_NO_ENDPOINT) return hosts;
  if (learned_.size() == kMostLearned) {
    learned_.erase(learned_.begin(), learned_.begin() + kMostLearned / 2);
  }
  learned_.push_back(
      {.id = std::string(address), .address = std::string(address)});
  std::vector<Host> all = configured_;
  all.insert(all.end(), learned_.begin(), learned_.end());
  hosts = std::make_shared<const Hosts>(std::move(all));
  hosts_.store(hosts);
  return hosts;
}

}  // namespace limpet_envoy
