#include "target.h"

#include <utility>

namespace gateway {

limpet::Result<std::shared_ptr<Target>> Target::Make(
    limpet::SessionPersistence requested,
    std::shared_ptr<const limpet::Policy> policy,
    std::vector<limpet::Endpoint> endpoints,
    std::vector<limpet::Backend> backends,
    std::vector<std::shared_ptr<EndpointStatus>> statuses) {
  auto set = limpet::EndpointSet::Make(endpoints, backends);
  if (!set.ok()) return set.status();
  return std::shared_ptr<Target>(
      new Target(std::move(requested), std::move(policy), std::move(endpoints),
                 std::move(backends), std::move(statuses), *std::move(set)));
}

Target::Target(limpet::SessionPersistence requested,
               std::shared_ptr<const limpet::Policy> policy,
               std::vector<limpet::Endpoint> endpoints,
               std::vector<limpet::Backend> backends,
               std::vector<std::shared_ptr<EndpointStatus>> statuses,
               std::shared_ptr<const limpet::EndpointSet> set)
    : requested_(std::move(requested)),
      policy_(std::move(policy)),
      endpoints_(std::move(endpoints)),
      backends_(std::move(backends)),
      statuses_(std::move(statuses)),
      cluster_(std::move(set)) {}

limpet::ActiveRequests Target::active() const {
  return {
      [](const void* host, uint32_t endpoint) -> uint32_t {
        return static_cast<const Target*>(host)->status(endpoint).active.load(
            std::memory_order_relaxed);
      },
      this};
}

void Target::Publish(const std::function<bool(std::string_view)>& unreachable) {
  std::vector<limpet::Endpoint> endpoints = endpoints_;
  const std::shared_ptr<const limpet::EndpointSet> now = cluster_.Snapshot();
  bool changed = false;
  for (uint32_t i = 0; i < endpoints.size(); ++i) {
    if (!endpoints[i].address.empty() && unreachable(endpoints[i].address)) {
      endpoints[i].state = limpet::EndpointState::kUnavailable;
    }
    changed |= endpoints[i].state != (*now)[i].state;
  }
  if (!changed) return;
  auto set = limpet::EndpointSet::Make(std::move(endpoints), backends_);
  if (set.ok()) cluster_.Publish(*std::move(set));
}

}  // namespace gateway
