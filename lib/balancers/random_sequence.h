// A sequence of well mixed numbers that many threads can draw from without a
// lock: SplitMix64 over a counter. Not for secrets.
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators"
// (2014).
#ifndef LIMPET_LIB_BALANCERS_RANDOM_SEQUENCE_H_
#define LIMPET_LIB_BALANCERS_RANDOM_SEQUENCE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "limpet/hash.h"
#include "spread.h"

namespace limpet {
inline namespace v0 {

class RandomSequence {
 public:
  explicit RandomSequence(RandomSource& random) {
    uint64_t seed = 0;
    random.Fill(std::as_writable_bytes(std::span(&seed, 1)));
    state_.store(seed, std::memory_order_relaxed);
  }

  // A number below `bound`. REQUIRES: bound > 0.
  uint64_t Below(uint64_t bound) {
    uint64_t z = state_.fetch_add(kStep, std::memory_order_relaxed) + kStep;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    z ^= z >> 31;
    return Spread(z, bound);
  }

 private:
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15U;
  std::atomic<uint64_t> state_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_BALANCERS_RANDOM_SEQUENCE_H_
