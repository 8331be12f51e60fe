// The rotation: the step that goes round through the weights so evenly that it
// makes a round robin. After n steps of s / W one has met every one of W units
// of weight n / W times, give or take: exactly, whenever W divides n.
//
// s is 1 where the weights are equal, which takes one place after the other.
// Otherwise it is near the golden ratio of W and has no divisor in common with
// it; of those, the one whose continued fraction with W has the smallest sum,
// which bounds how far any stretch of the steps is from even.
//
// Thread rule: pure functions.
//
//   tier.step = RotationStep(tier.cumulative);
//   const uint64_t x = turns.fetch_add(tier.step);  // x / 2^64 of the weights
//
// Source: Kuipers, Niederreiter, "Uniform distribution of sequences" (1974),
// chapter 2.3.
#ifndef LIMPET_LIB_ROTATION_H_
#define LIMPET_LIB_ROTATION_H_

#include <cstdint>
#include <numeric>
#include <span>
#include <utility>

#include "spread.h"

namespace limpet {
inline namespace v0 {

inline constexpr uint64_t kGoldenRatio = 0x9e3779b97f4a7c15U;  // of 2^64

// The sum of the continued fraction of s / units, or 0: they have a divisor in
// common.
inline uint64_t QuotientSum(uint64_t s, uint64_t units) {
  uint64_t sum = 0;
  while (s != 0) {
    sum += units / s;
    units = std::exchange(s, units % s);
  }
  return units == 1 ? sum : 0;
}

// In parts of 2^64, rounded up. REQUIRES: sums of weights above 0.
inline uint64_t RotationStep(std::span<const uint64_t> cumulative) {
  uint64_t divisor = 0;
  uint64_t before = 0;
  for (const uint64_t sum : cumulative) {
    divisor = std::gcd(divisor, sum - before);
    before = sum;
  }
  const uint64_t units = cumulative.back() / divisor;
  uint64_t s = 1;
  if (units > cumulative.size()) {
    const uint64_t middle = Spread(kGoldenRatio, units);
    // Of 58 numbers in a row one has no divisor in common with any number up to
    // 10^12 (Jacobsthal's function of 11 primes): a million of kMaxWeight.
    constexpr uint64_t kReach = 32;
    uint64_t best = UINT64_MAX;
    for (uint64_t i = 0; i < 2 * kReach; ++i) {
      const uint64_t away = i / 2 + i % 2;
      if (i % 2 == 0 ? away >= middle : middle + away >= units) continue;
      const uint64_t candidate = i % 2 == 0 ? middle - away : middle + away;
      const uint64_t sum = QuotientSum(candidate, units);
      if (sum != 0 && sum < best) {
        best = sum;
        s = candidate;
      }
    }
  }
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>(((Wide{s} << 64) + units - 1) / units);
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_ROTATION_H_
