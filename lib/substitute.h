// Substitute: who serves a session whose own endpoint cannot. Every proxy that
// sees the same endpoints, from the same locality, chooses the same one, and
// the same third and fourth when that one cannot serve either; they share no
// state and need none.
//
// Thread rule: any thread; no allocation. Takes time in proportion to the
// endpoints of a backend, for sessions without their endpoint only.
#ifndef LIMPET_LIB_SUBSTITUTE_H_
#define LIMPET_LIB_SUBSTITUTE_H_

#include <cstdint>

#include "choice.h"
#include "limpet/session.h"

namespace limpet {
inline namespace v0 {

// An endpoint that may get new sessions, or kNoEndpoint. `group`: the backend
// that the weights have chosen already; kNoGroup leaves the choice: the backend
// `own` of the session's endpoint (kNoGroup: it is not known), where that one
// gets new sessions and has an endpoint for it, else one by the weights.
uint32_t FindSubstitute(const Choice& choice, const SessionId& session,
                        uint32_t group, uint32_t own) noexcept;

// The session's first in a tier that is not refused, or kNoEndpoint.
uint32_t FindSubstituteIn(const Choice& choice, const SessionId& session,
                          const EndpointSet::Tier& tier) noexcept;

// The backend that such a choice would begin with, or kNoGroup.
uint32_t FindSubstituteGroup(const Choice& choice,
                             const SessionId& session) noexcept;

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SUBSTITUTE_H_
