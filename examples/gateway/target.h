// Target: a policy and the endpoints it chooses from.
//
// Thread rule: may be used by many threads; Publish by one at a time.
#ifndef LIMPET_EXAMPLES_GATEWAY_TARGET_H_
#define LIMPET_EXAMPLES_GATEWAY_TARGET_H_

#include <limpet/limpet.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

// What all targets that name one address know about it.
struct EndpointStatus {
  std::atomic<uint32_t> active{0};  // requests being served
};

class Target {
 public:
  // `endpoints` as configured; one without an address stands for a backendRef
  // that points at nothing. `statuses` in the same order.
  // Null, and a status, where EndpointSet refuses them.
  static limpet::Result<std::shared_ptr<Target>> Make(
      limpet::SessionPersistence requested,
      std::shared_ptr<const limpet::Policy> policy,
      std::vector<limpet::Endpoint> endpoints,
      std::vector<limpet::Backend> backends,
      std::vector<std::shared_ptr<EndpointStatus>> statuses);

  const limpet::Policy& policy() const { return *policy_; }
  const std::shared_ptr<const limpet::Policy>& shared_policy() const {
    return policy_;
  }

  // What the policy was asked for, before a name was generated.
  const limpet::SessionPersistence& requested() const { return requested_; }

  std::shared_ptr<const limpet::EndpointSet> Endpoints() const {
    return cluster_.Snapshot();
  }

  EndpointStatus& status(uint32_t endpoint) const {
    return *statuses_[endpoint];
  }

  // Counts for LeastRequest.
  limpet::ActiveRequests active() const;

  // Publishes the configured endpoints, less those that cannot be reached now.
  // `before`: the set that served up to now, for since when they are in their
  // states; null if there was none.
  void Publish(const std::function<bool(std::string_view)>& unreachable,
               const limpet::EndpointSet* before, limpet::Timestamp now);

  // Counts the sessions again where the policy goes by them.
  void CountSessions(limpet::Timestamp now) const;

 private:
  Target(limpet::SessionPersistence requested,
         std::shared_ptr<const limpet::Policy> policy,
         std::vector<limpet::Endpoint> endpoints,
         std::vector<limpet::Backend> backends,
         std::vector<std::shared_ptr<EndpointStatus>> statuses,
         std::shared_ptr<const limpet::EndpointSet> set);

  const limpet::SessionPersistence requested_;
  const std::shared_ptr<const limpet::Policy> policy_;
  const std::vector<limpet::Endpoint> endpoints_;
  const std::vector<limpet::Backend> backends_;
  const std::vector<std::shared_ptr<EndpointStatus>> statuses_;
  limpet::Cluster cluster_;
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_TARGET_H_
