// Rebalance: which session moves to a newer endpoint, and when. Every proxy
// that sees the same endpoints answers alike; they share no state and need
// none.
//
// Thread rule: any thread; no allocation. Takes time in proportion to the
// endpoints of a backend, for sessions whose turn it is only.
#ifndef LIMPET_LIB_REBALANCE_H_
#define LIMPET_LIB_REBALANCE_H_

#include <cstdint>

#include "limpet/endpoint.h"
#include "limpet/session.h"
#include "limpet/session_persistence.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

// The newer endpoint that the session on `own` moves to at `now`, or
// kNoEndpoint: it stays.
uint32_t FindNewer(const Rebalance& rebalance, const EndpointSet& endpoints,
                   const Session& session, uint32_t own,
                   Timestamp now) noexcept;

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_REBALANCE_H_
