// Ticks: how a map keeps times in 32 bits for ever.
//
// A tick is a map's unit of time, 1 ms or longer. Slots hold the low 32 bits of
// a time in ticks; which time that is, the map's horizon tells: all times that
// are kept lie in the window (horizon - 2^32, horizon]. Long before the clock
// reaches the horizon the map moves it on, and what would fall out of the new
// window is restamped to its oldest tick: older than every timeout either way.
//
// Thread rule: plain values.
#ifndef LIMPET_LIB_SESSION_MAP_TICKS_H_
#define LIMPET_LIB_SESSION_MAP_TICKS_H_

#include <algorithm>
#include <cstdint>

#include "limpet/session.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

// The horizon moves to this much ahead of the clock, when less than half of it
// is left: 12 days at 1 ms a tick.
inline constexpr uint64_t kTicksAhead = uint64_t{1} << 30;
inline constexpr uint64_t kWindow = uint64_t{1} << 32;
// What can be told from "always": the window without what lies ahead.
inline constexpr uint64_t kMostTicks = kWindow - kTicksAhead;

// How long a tick is in a map whose timeouts are up to `longest`.
// REQUIRES: longest > 0.
constexpr uint32_t TickFor(Duration longest) {
  const auto millis = static_cast<uint64_t>(longest.count());
  return static_cast<uint32_t>((millis + kMostTicks - 1) / kMostTicks);
}

// The window below a horizon: what the 32 bits of a slot mean. A time that is
// kept is rounded up, so that no session ends early.
class Window {
 public:
  Window(uint32_t tick, uint64_t horizon) : horizon_(horizon), tick_(tick) {}

  Timestamp TimeOf(uint32_t kept) const {
    const uint32_t before = static_cast<uint32_t>(horizon_) - kept;
    return Timestamp(
        Duration(static_cast<int64_t>((horizon_ - before) * tick_)));
  }
  // Rounded up.
  int64_t TicksOf(Timestamp time) const {
    const int64_t millis = time.time_since_epoch().count();
    return tick_ == 1 ? millis : (millis + tick_ - 1) / tick_;
  }
  // What to keep of a time. One outside the window is kept as the nearest
  // inside.
  uint32_t Keep(Timestamp time) const {
    const auto newest = static_cast<int64_t>(horizon_);
    return static_cast<uint32_t>(std::clamp<int64_t>(
        TicksOf(time), newest - int64_t{kWindow - 1}, newest));
  }
  // Whether the horizon is less than `margin` ahead of a time.
  bool IsNear(int64_t ticks, int64_t margin) const {
    return static_cast<int64_t>(horizon_) - margin < ticks;
  }
  // The low bits of the horizon, and how many ticks before it a session was
  // created, or used, whose timeout elapses `now`.
  uint32_t Horizon() const { return static_cast<uint32_t>(horizon_); }
  uint64_t TicksToHorizon(Duration timeout, Timestamp now) const {
    if (timeout <= Duration(0) || timeout > Duration(kMaxTimestampMillis)) {
      return UINT64_MAX;  // never
    }
    const int64_t millis = static_cast<int64_t>(horizon_ * tick_) -
                           now.time_since_epoch().count() + timeout.count();
    if (millis <= 0) return 0;
    return (static_cast<uint64_t>(millis) + tick_ - 1) / tick_;
  }
  // Whether all times up to this one can be kept.
  bool Reaches(Timestamp time) const { return !IsNear(TicksOf(time), 0); }

 private:
  uint64_t horizon_;
  uint32_t tick_;  // ms
};

// Both timeouts at one moment, for many sessions: over is what lies further
// before the horizon than a timeout reaches. The same as IsOver of session.h,
// in two comparisons.
class Expiry {
 public:
  Expiry(const Timeouts& timeouts, const Window& window, Timestamp now)
      : horizon_(window.Horizon()),
        absolute_(window.TicksToHorizon(timeouts.absolute, now)),
        idle_(window.TicksToHorizon(timeouts.idle, now)) {}

  bool IsOver(uint32_t created, uint32_t last_used) const {
    // No branch: in a scan either is as likely as not.
    return (horizon_ - created >= absolute_) | (horizon_ - last_used >= idle_);
  }

 private:
  uint32_t horizon_;
  uint64_t absolute_;
  uint64_t idle_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_MAP_TICKS_H_
