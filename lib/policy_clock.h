// A policy's time. It never goes back behind an instant at which a session was
// found to be over, so that a clock that is set back revives nobody. Written
// only when a session ends, so that requests of live ones share nothing.
#ifndef LIMPET_LIB_POLICY_CLOCK_H_
#define LIMPET_LIB_POLICY_CLOCK_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

// Makes it as late as `time`, if it is not.
inline void Raise(std::atomic<int64_t>& ms, Timestamp time) {
  int64_t last = ms.load(std::memory_order_relaxed);
  while (ToMillis(time) > last &&
         !ms.compare_exchange_weak(last, ToMillis(time),
                                   std::memory_order_relaxed)) {
  }
}

class PolicyClock {
 public:
  Timestamp Read(Timestamp now) const {
    const int64_t last = last_end_ms_.load(std::memory_order_relaxed);
    return Timestamp(
        Duration(std::min(std::max(ToMillis(now), last), kMaxTimestampMillis)));
  }

  // A session was found to be over at `now`.
  void Ended(Timestamp now) { Raise(last_end_ms_, now); }

 private:
  std::atomic<int64_t> last_end_ms_{0};
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_POLICY_CLOCK_H_
