// FailedHosts: endpoints that refused a connection a short while ago, which no
// session is pinned to meanwhile. Without it a session would ask a dead
// endpoint for ever, where Envoy neither checks health nor retries.
//
// It may forget one of two that share a place: that one is then asked again.
//
// Thread rule: many threads use it at once, without a lock; while none has
// failed they share nothing but a read.
#ifndef LIMPET_EXAMPLES_ENVOY_FAILED_HOSTS_H_
#define LIMPET_EXAMPLES_ENVOY_FAILED_HOSTS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace limpet_envoy {

class FailedHosts {
 public:
  explicit FailedHosts(uint64_t for_ms) : for_ms_(for_ms) {}

  void Add(std::string_view address, uint64_t now_ms) {
    if (for_ms_ == 0 || address.empty()) return;
    const uint64_t hash = Hash(address);
    const uint64_t until_ms = now_ms + for_ms_;
    places_[hash % kPlaces].store((hash & ~kTime) | (until_ms & kTime),
                                  std::memory_order_relaxed);
    last_until_ms_.store(until_ms, std::memory_order_relaxed);
  }

  bool Has(std::string_view address, uint64_t now_ms) const {
    if (!some(now_ms)) return false;
    const uint64_t hash = Hash(address);
    const uint64_t failed =
        places_[hash % kPlaces].load(std::memory_order_relaxed);
    return (failed & ~kTime) == (hash & ~kTime) &&
           IsAhead(failed & kTime, now_ms);
  }

  // Has any failed? If not, there is nothing to ask.
  bool some(uint64_t now_ms) const {
    return IsAhead(last_until_ms_.load(std::memory_order_relaxed), now_ms);
  }

 private:
  static constexpr size_t kPlaces = 1024;
  // A place holds the upper bits of a hash and the time until when.
  static constexpr uint64_t kTime =
      (uint64_t{1} << 42) - 1;  // to the year 2109

  static uint64_t Hash(std::string_view address) {
    return std::hash<std::string_view>()(address);
  }
  // No further than a clock that was not set back can be.
  bool IsAhead(uint64_t until_ms, uint64_t now_ms) const {
    return until_ms > now_ms && until_ms - now_ms <= for_ms_;
  }

  const uint64_t for_ms_;
  std::atomic<uint64_t> last_until_ms_{0};
  std::array<std::atomic<uint64_t>, kPlaces> places_{};
};

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_FAILED_HOSTS_H_
