// What a policy holds: its four parts, compiled, and what they count and time.
//
// Thread rule: many threads use it at once; only counters, clock and stamps
// change.
#ifndef LIMPET_LIB_POLICY_PARTS_H_
#define LIMPET_LIB_POLICY_PARTS_H_

#include <cstddef>
#include <memory>
#include <string>

#include "balancer.h"
#include "carrier.h"
#include "counter_stripes.h"
#include "limpet/policy.h"
#include "policy_clock.h"
#include "policy_stamps.h"
#include "store.h"
#include "value_store.h"

namespace limpet {
inline namespace v0 {

struct PolicyParts {
  SessionPersistence config;
  std::string scope;
  std::shared_ptr<SessionMap> sessions;
  std::unique_ptr<Carrier> carrier;    // null: no sessions
  std::unique_ptr<Store> store;        // null: no sessions
  std::unique_ptr<ValueStore> values;  // null: tokens hold no values
  std::unique_ptr<Balancer> balancer;
  // Under which the map's SessionCounts stand on the shelf of a set.
  uint64_t session_counts_key = 0;
  size_t max_field_size = 0;
  size_t max_sealed_field_size = 0;
  mutable CounterStripes counters;
  mutable PolicyClock clock;
  mutable PolicyStamps stamps;  // of stores that do not know their sessions

  // Does the choice among these endpoints depend on their sessions?
  bool CountsSessionsOf(const EndpointSet& endpoints) const {
    return sessions != nullptr &&
           (endpoints.limits_sessions() ||
            config.balancer.type == BalancerType::kLeastSessions);
  }
};

struct Policy::Rep final : PolicyParts {};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_POLICY_PARTS_H_
