// Counters by outcome that threads add to without sharing cache lines.
#ifndef LIMPET_LIB_COUNTER_STRIPES_H_
#define LIMPET_LIB_COUNTER_STRIPES_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "limpet/outcome.h"

namespace limpet {
inline namespace v0 {

class CounterStripes {
 public:
  void Add(Outcome outcome) {
    stripes_[ThisThread()].values[static_cast<size_t>(outcome)].fetch_add(
        1, std::memory_order_relaxed);
  }

  Counters Sum() const {
    Counters sum;
    for (const Stripe& stripe : stripes_) {
      for (size_t i = 0; i < kOutcomeCount; ++i) {
        sum.values[i] += stripe.values[i].load(std::memory_order_relaxed);
      }
    }
    return sum;
  }

 private:
  static constexpr size_t kStripes = 16;

  // 128: two lines, which processors fetch together.
  struct alignas(128) Stripe {
    std::array<std::atomic<uint64_t>, kOutcomeCount> values{};
  };

  // Threads are dealt out over the stripes in the order in which they come.
  static size_t ThisThread() {
    static std::atomic<size_t> threads{0};
    static thread_local const size_t mine =
        threads.fetch_add(1, std::memory_order_relaxed) % kStripes;
    return mine;
  }

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_COUNTER_STRIPES_H_
