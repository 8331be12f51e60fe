// Drain: how far an endpoint is on its way from "gets no new sessions" to "has
// none left", for a host that waits for it before it takes the endpoint away.
//
// Thread rule: plain values; no two threads poll with one DrainProgress.
//
//   DrainProgress progress;  // one for each drain, kept by the host
//   if (policy->PollDrain(*endpoints, index, now, &progress) ==
//       DrainState::kDrained) ... take it away ...
//   else log(progress.done, progress.live_sessions, progress.done_by);
#ifndef LIMPET_DRAIN_H_
#define LIMPET_DRAIN_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "limpet/hash.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

// The numbers are the C ABI's and never change.
enum class DrainState : uint8_t {
  kServing = 0,   // ready: nobody drains it
  kDraining = 1,  // it may still have sessions
  // It serves no session any more: none is live, the deadline has come, it is
  // unavailable or gone from the set. What requests it is serving the host
  // knows; one that was under way when the last session of a map ended may
  // still begin another, and it drains again.
  kDrained = 2,
};

// "serving", "draining", "drained": static storage, stable.
std::string_view DrainStateName(DrainState state);

// What the last poll found. A policy keeps no list of the tokens that clients
// hold: of them it knows by when the last one is over. No session begins on a
// draining endpoint but by a request that was under way, with an older set,
// when the drain began; the policy remembers when it last wrote a token for an
// endpoint, so that those count. What it wrote, that is: where several policies
// or proxies serve an endpoint with the same keys, poll all and take the latest
// of their bounds. What may have been used before a policy's first poll (by one
// that it replaced, say) counts as used then.
//
// EnvoyToken: of the cookies that were written with the same absoluteTimeout;
// without one, and in headers, sessions end with the deadline alone.
struct DrainProgress {
  DrainState state = DrainState::kServing;
  // 0 to 1: of the sessions, where they are counted, else of the time. It goes
  // back where sessions are used and so last longer.
  double done = 0;
  // Live sessions, exactly; nullopt: not known (the store is no session map).
  std::optional<uint64_t> live_sessions{};
  // The same when the drain was first polled, or later if there were more then.
  std::optional<uint64_t> first_sessions{};
  // From then on no session of it is live, if none is used again until then;
  // nullopt: no timeout and no deadline ends them.
  std::optional<Timestamp> done_by{};

  // Which drain it is, for the next poll.
  EndpointHandle endpoint = kNoHandle;
  Timestamp since{};  // Endpoint::since, or without that the first poll
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_DRAIN_H_
