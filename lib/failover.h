// Failover: whether an endpoint can serve its sessions, and what becomes of one
// whose endpoint cannot.
//
// Thread rule: pure functions.
#ifndef LIMPET_LIB_FAILOVER_H_
#define LIMPET_LIB_FAILOVER_H_

#include <cstdint>

#include "limpet/endpoint.h"
#include "limpet/outcome.h"
#include "limpet/session_persistence.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

inline bool IsPastDeadline(const EndpointSet& endpoints, uint32_t index,
                           Timestamp now) {
  const Timestamp deadline = endpoints.drain_deadline(index);
  return deadline != Timestamp{} && now >= deadline;
}

// Does the endpoint's state allow it to serve its sessions?
inline bool ServesItsSessions(const EndpointSet& endpoints, uint32_t index,
                              Timestamp now) {
  const EndpointState state = endpoints.state(index);
  if (state == EndpointState::kReady) [[likely]]
    return true;
  return state == EndpointState::kDraining &&
         !IsPastDeadline(endpoints, index, now);
}

// For kRebindAfter: has an endpoint that cannot serve a request been so for
// less than `after`?
inline bool IsWaitedFor(const EndpointSet& endpoints, uint32_t index,
                        Duration after, Timestamp now) {
  if (ServesItsSessions(endpoints, index, now)) return true;  // tried in vain
  const bool unavailable =
      endpoints.state(index) == EndpointState::kUnavailable;
  const Timestamp since =
      unavailable ? endpoints.since(index) : endpoints.drain_deadline(index);
  return since != Timestamp{} && Elapsed(since, now) < after;
}

// What a request ends as whose session is on an endpoint that cannot serve it.
inline Outcome OutcomeWithoutEndpoint(const Failover& failover,
                                      const EndpointSet& endpoints,
                                      uint32_t index, Timestamp now) {
  switch (failover.type) {
    case FailoverType::kRebind:
      break;
    case FailoverType::kTemporary:
      return Outcome::kSubstituted;
    case FailoverType::kStrict:
      return Outcome::kRejected;
    case FailoverType::kRebindAfter:
      if (IsWaitedFor(endpoints, index, failover.after, now)) {
        return Outcome::kSubstituted;
      }
      break;
  }
  return Outcome::kMoved;
}

// The same of a request that `decided` was said of, and that another endpoint
// than its session's has served.
inline Outcome OutcomeElsewhere(const Failover& failover, Outcome decided) {
  switch (failover.type) {
    case FailoverType::kRebind:
      // That of one that was to be rebalanced can serve; that of one that was
      // substituted could, but for all its requests.
      return decided == Outcome::kRebalanced || decided == Outcome::kSubstituted
                 ? Outcome::kSubstituted
                 : Outcome::kMoved;
    case FailoverType::kRebindAfter:
      // Its own did not answer, if it was asked: just now.
      return decided == Outcome::kMoved ? Outcome::kMoved
                                        : Outcome::kSubstituted;
    case FailoverType::kTemporary:
    case FailoverType::kStrict:
      break;
  }
  return Outcome::kSubstituted;
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_FAILOVER_H_
