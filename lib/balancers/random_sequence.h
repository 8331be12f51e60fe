// Sequences of well mixed numbers that many threads can draw from without a
// lock and without waiting for each other: SplitMix64 over a counter for each
// thread (threads beyond StripePlace's owned places share some). Not for
// secrets.
//
// Thread rule: all members may be called by many threads; Draws belong to one
// request.
//
//   RandomSequence::Draws draws = sequence.Take();
//   const uint64_t place = draws.Below(size);
//
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators"
// (2014).
#ifndef LIMPET_LIB_BALANCERS_RANDOM_SEQUENCE_H_
#define LIMPET_LIB_BALANCERS_RANDOM_SEQUENCE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "counter_stripes.h"
#include "limpet/hash.h"
#include "spread.h"

namespace limpet {
inline namespace v0 {

class RandomSequence {
 public:
  explicit RandomSequence(RandomSource& random) {
    Draws seeds(0);
    random.Fill(std::as_writable_bytes(std::span(&seeds.state_, 1)));
    for (Stripe& stripe : stripes_) {
      stripe.state.store(seeds.Next(), std::memory_order_relaxed);
    }
  }

  // The next numbers of the sequence; belongs to one request.
  class Draws {
   public:
    uint64_t Next() {
      uint64_t z = state_ += kStep;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
      return z ^ (z >> 31);
    }

    // A number below `bound`. REQUIRES: bound > 0.
    uint64_t Below(uint64_t bound) { return Spread(Next(), bound); }

    // True with that probability.
    bool Chance(double probability) {
      return static_cast<double>(Next() >> 11) * 0x1p-53 < probability;
    }

   private:
    friend class RandomSequence;
    explicit Draws(uint64_t state) : state_(state) {}
    uint64_t state_;
  };

  // kReserved of them: more than any choice draws.
  Draws Take() {
    const size_t place = StripePlace::OfThisThread();
    std::atomic<uint64_t>& state = stripes_[place].state;
    if (place >= StripePlace::kOwned) {
      return Draws(state.fetch_add(kReservedSteps, std::memory_order_relaxed));
    }
    const uint64_t now = state.load(std::memory_order_relaxed);
    state.store(now + kReservedSteps, std::memory_order_relaxed);
    return Draws(now);
  }
  uint64_t Below(uint64_t bound) { return Take().Below(bound); }

 private:
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15U;
  static constexpr uint64_t kReserved = 1024;
  static constexpr uint64_t kReservedSteps = kStep * kReserved;

  // 128: two lines, which processors fetch together.
  struct alignas(128) Stripe {
    std::atomic<uint64_t> state;
  };
  std::array<Stripe, StripePlace::kOwned + StripePlace::kShared> stripes_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_BALANCERS_RANDOM_SEQUENCE_H_
