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

void Target::Publish(const std::function<bool(std::string_view)>& unreachable,
                     const limpet::EndpointSet* before, limpet::Timestamp now) {
  std::vector<limpet::Endpoint> endpoints = endpoints_;
  const std::shared_ptr<const limpet::EndpointSet> published = Endpoints();
  bool changed = false;
  for (uint32_t i = 0; i < endpoints.size(); ++i) {
    limpet::Endpoint& endpoint = endpoints[i];
    if (!endpoint.address.empty() && unreachable(endpoint.address)) {
      endpoint.state = limpet::EndpointState::kUnavailable;
    }
    if (before != nullptr) {  // else all have been there for long
      const uint32_t old = before->Find(limpet::HashEndpointId(endpoint.id));
      const bool same =
          old != limpet::kNoEndpoint && (*before)[old].state == endpoint.state;
      endpoint.since = same ? (*before)[old].since : now;
    }
    changed |= endpoint.state != (*published)[i].state ||
               endpoint.since != (*published)[i].since;
  }
  if (!changed) {
    policy_->Prepare(*published, now);
    return;
  }
  auto set = limpet::EndpointSet::Make(std::move(endpoints), backends_);
  if (!set.ok()) return;
  policy_->Prepare(**set, now);
  cluster_.Publish(*std::move(set));
}

void Target::CountSessions(limpet::Timestamp now) const {
  if (policy_->sessions() != nullptr) policy_->Prepare(*Endpoints(), now);
}

}  // namespace gateway
