// What a policy holds: its four parts, compiled, and what they count and time.
//
// Thread rule: many threads use it at once; only counters and clock change.
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
#include "store.h"

namespace limpet {
inline namespace v0 {

struct PolicyParts {
  SessionPersistence config;
  std::string scope;
  std::shared_ptr<SessionMap> sessions;
  std::unique_ptr<Carrier> carrier;  // null: no sessions
  std::unique_ptr<Store> store;      // null: no sessions
  std::unique_ptr<Balancer> balancer;
  size_t max_field_size = 0;
  mutable CounterStripes counters;
  mutable PolicyClock clock;
};

struct Policy::Rep final : PolicyParts {};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_POLICY_PARTS_H_
