// Outcome: how a request ended, as far as its session goes. Closed: traffic
// has no other ends. A policy counts every request under one of them.
//
// Thread rule: plain values.
//
//   if (decision.outcome == Outcome::kKept) ...
//   metrics.Add(OutcomeName(outcome), counters[outcome]);
#ifndef LIMPET_OUTCOME_H_
#define LIMPET_OUTCOME_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace limpet {
inline namespace v0 {

// The numbers are the C ABI's and never change; new ones go to the end.
enum class Outcome : uint8_t {
  kNew = 0,              // no token; a session begins
  kKept = 1,             // served by the session's endpoint
  kMoved = 2,            // its endpoint cannot serve: the session moved
  kSubstituted = 3,      // ... served elsewhere this once
  kExpired = 4,          // a timeout has elapsed; a session begins
  kInvalid = 5,          // no token of ours: garbled, forged, unknown key
  kForeign = 6,          // a token of another scope (or of another ring, where
                         // that has a key of the same id)
  kUnknownEndpoint = 7,  // its endpoint is not in the set
  kOtherBackend = 8,     // the weights chose another backend than its own
  kUnpinned = 9,         // served, but the session map is full
  kRejected = 10,        // its endpoint cannot serve (Strict)
  kUnavailable = 11,     // no endpoint can serve
  kUnserved = 12,        // an endpoint was named, nobody answered
  kBalanced = 13,        // the policy has no sessions (SessionType::kNone)
  kRebalanced = 14,      // its endpoint could serve; moved to a newer one
};

inline constexpr size_t kOutcomeCount = 15;

// "new", "kept", ..., "unknown_endpoint": static storage, stable.
std::string_view OutcomeName(Outcome outcome);

// Requests by outcome, since the policy was made.
struct Counters {
  std::array<uint64_t, kOutcomeCount> values{};

  uint64_t operator[](Outcome outcome) const {
    return values[static_cast<size_t>(outcome)];
  }
  uint64_t& operator[](Outcome outcome) {
    return values[static_cast<size_t>(outcome)];
  }
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_OUTCOME_H_
