// Counters by outcome that threads add to without sharing cache lines.
#ifndef LIMPET_LIB_COUNTER_STRIPES_H_
#define LIMPET_LIB_COUNTER_STRIPES_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "limpet/outcome.h"

namespace limpet {
inline namespace v0 {

// A thread's place among the stripes: one of its own where there is one left,
// given back when the thread ends; otherwise one that it shares.
class StripePlace {
 public:
  static constexpr size_t kOwned = 16;
  static constexpr size_t kShared = 16;  // behind the owned ones

  static size_t OfThisThread() { return mine_ != kNone ? mine_ : Claim(); }

 private:
  static constexpr size_t kNone = kOwned + kShared;

  struct Owner {
    // What the thread's last destructors count goes to a shared stripe.
    ~Owner() {
      const size_t place = mine_;
      mine_ = kOwned;
      taken_.fetch_and(~(uint32_t{1} << place), std::memory_order_release);
    }
  };

  static size_t Claim() {
    uint32_t taken = taken_.load(std::memory_order_relaxed);
    while (std::countr_one(taken) < static_cast<int>(kOwned)) {
      const auto place = static_cast<size_t>(std::countr_one(taken));
      // Acquires what the place's last owner has counted.
      if (taken_.compare_exchange_weak(taken, taken | (uint32_t{1} << place),
                                       std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
        static thread_local Owner owner;
        return mine_ = place;
      }
    }
    return mine_ = kOwned +
                   sharers_.fetch_add(1, std::memory_order_relaxed) % kShared;
  }

  inline static constinit std::atomic<uint32_t> taken_{0};  // bits: owned ones
  inline static constinit std::atomic<size_t> sharers_{0};
  inline static thread_local constinit size_t mine_ = kNone;
};

class CounterStripes {
 public:
  void Add(Outcome outcome) {
    const size_t place = StripePlace::OfThisThread();
    std::atomic<uint64_t>& value =
        stripes_[place].values[static_cast<size_t>(outcome)];
    if (place < StripePlace::kOwned) {
      // Nobody else adds to it: a third of the cost.
      value.store(value.load(std::memory_order_relaxed) + 1,
                  std::memory_order_relaxed);
    } else {
      value.fetch_add(1, std::memory_order_relaxed);
    }
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
  // 128: two lines, which processors fetch together.
  struct alignas(128) Stripe {
    std::array<std::atomic<uint64_t>, kOutcomeCount> values{};
  };

  std::array<Stripe, StripePlace::kOwned + StripePlace::kShared> stripes_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_COUNTER_STRIPES_H_
