// Time: Unix milliseconds, passed in by the host, and GEP-2257 durations.
//
// Thread rule: pure functions of plain values. limpet never reads a clock.
//
//   Timestamp now = TimestampFromMillis(1763891966000);
//   Duration timeout = ParseDuration("1h30m").value();
//   bool over = Elapsed(created, now) >= timeout;
//   std::string text = FormatDuration(timeout).value();  // "1h30m"
#ifndef LIMPET_TIME_H_
#define LIMPET_TIME_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "limpet/status.h"

namespace limpet {
inline namespace v0 {

using Duration = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Duration>;

// The last instant that a token can carry (48 bits of milliseconds, the year
// 10889).
inline constexpr int64_t kMaxTimestampMillis = (int64_t{1} << 48) - 1;

// Instants outside 0..kMaxTimestampMillis are moved to the nearer end, so that
// no arithmetic on two Timestamps can overflow.
constexpr Timestamp TimestampFromMillis(int64_t unix_ms) {
  if (unix_ms < 0) unix_ms = 0;
  if (unix_ms > kMaxTimestampMillis) unix_ms = kMaxTimestampMillis;
  return Timestamp(Duration(unix_ms));
}

constexpr int64_t ToMillis(Timestamp t) { return t.time_since_epoch().count(); }

// The time that has passed; a clock that went back is "no time has passed".
constexpr Duration Elapsed(Timestamp since, Timestamp now) {
  return now > since ? now - since : Duration(0);
}

// GEP-2257: one to four of <1-5 digits><h|m|s|ms>, added up.
// Source: https://gateway-api.sigs.k8s.io/geps/gep-2257/
Result<Duration> ParseDuration(std::string_view text);

// The standard form of GEP-2257: largest units first, "0s" for zero. An error
// for what the format cannot say: negative, or more than 99999 hours.
Result<std::string> FormatDuration(Duration duration);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_TIME_H_
