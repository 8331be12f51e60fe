// Session: what is known of one, wherever it lives.
//
// Thread rule: plain values.
//
//   Timeouts timeouts{.absolute = std::chrono::seconds(10)};
//   if (IsOver(timeouts, created, last_used, now)) ...
#ifndef LIMPET_SESSION_H_
#define LIMPET_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "limpet/hash.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

// 128 random bits; sealed tokens use the low 64.
struct SessionId {
  uint64_t high = 0;
  uint64_t low = 0;

  bool operator==(const SessionId&) const = default;
};

// A session is over when either has elapsed; 0 is none.
struct Timeouts {
  Duration absolute{0};  // since it was created
  Duration idle{0};      // since it was last used
};

// The boundary instant counts as over: valid while elapsed < timeout. A clock
// that went back is no time that has passed: less than any timeout.
constexpr bool IsOver(const Timeouts& timeouts, Timestamp created,
                      Timestamp last_used, Timestamp now) {
  return (timeouts.absolute > Duration(0) &&
          now - created >= timeouts.absolute) ||
         (timeouts.idle > Duration(0) && now - last_used >= timeouts.idle);
}

// The first instant at which IsOver is true; nullopt: no timeout ends it.
constexpr std::optional<Timestamp> EndOf(const Timeouts& timeouts,
                                         Timestamp created,
                                         Timestamp last_used) {
  // Longer than all time is never.
  constexpr Duration kLongest{kMaxTimestampMillis};
  std::optional<Timestamp> end;
  if (timeouts.absolute > Duration(0) && timeouts.absolute <= kLongest) {
    end = created + timeouts.absolute;
  }
  if (timeouts.idle > Duration(0) && timeouts.idle <= kLongest &&
      (!end || last_used + timeouts.idle < *end)) {
    end = last_used + timeouts.idle;
  }
  return end;
}

// The longest value that Policy::SealValue takes, in bytes; Envoy's tokens hold
// kMaxAddressSize at most.
inline constexpr size_t kMaxValueSize = 1008;

// A session that came with a request.
struct Session {
  SessionId id{};
  EndpointHandle endpoint = kNoHandle;  // kNoHandle: there is no session
  Timestamp created{};
  // When its token was written; a map: last used, where Rebalance asks for idle
  // sessions before this request.
  Timestamp refreshed{};
  bool reissue = false;  // its token has to be written anew
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_SESSION_H_
