// Pearson's chi-square test: how probable is it that counts are as far from
// what was expected as these, or farther?
//
// Thread rule: pure functions.
//
//   EXPECT_GT(ChiSquareP(counts, weights), 1e-4);
#ifndef LIMPET_TESTS_UNIT_CHI_SQUARE_H_
#define LIMPET_TESTS_UNIT_CHI_SQUARE_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

namespace limpet::testing {

// The upper tail of the chi-square distribution: Q(degrees / 2, x / 2).
// Source: Press et al., "Numerical Recipes", 6.2 (series, continued fraction).
inline double ChiSquareTail(double x, double degrees) {
  const double a = degrees / 2;
  const double z = x / 2;
  if (z <= 0) return 1;
  const double front = std::exp(a * std::log(z) - z - std::lgamma(a));
  if (z < a + 1) {
    double term = 1 / a;
    double sum = term;
    for (double n = a + 1; term > sum * 1e-15; ++n) sum += term *= z / n;
    return 1 - front * sum;
  }
  constexpr double kTiny = 1e-300;
  double b = z + 1 - a;
  double c = 1 / kTiny;
  double d = 1 / b;
  double fraction = d;
  for (int i = 1; i < 100'000; ++i) {
    const double numerator = -i * (i - a);
    b += 2;
    d = numerator * d + b;
    if (std::abs(d) < kTiny) d = kTiny;
    c = b + numerator / c;
    if (std::abs(c) < kTiny) c = kTiny;
    d = 1 / d;
    fraction *= d * c;
    if (std::abs(d * c - 1) < 1e-15) break;
  }
  return front * fraction;
}

// `shares`: what is expected, in any unit. What is expected less than five
// times is put together, with the next if that is not enough; 0 for a count
// where nothing is expected.
template <typename Share>
double ChiSquareP(std::span<const uint64_t> counts,
                  std::span<const Share> shares) {
  const auto draws = static_cast<double>(
      std::accumulate(counts.begin(), counts.end(), uint64_t{0}));
  const double total = static_cast<double>(
      std::accumulate(shares.begin(), shares.end(), Share{}));
  double statistic = 0;
  double cells = 0;
  double pooled = 0;
  double pooled_expected = 0;
  const auto add = [&](double count, double expected) {
    statistic += (count - expected) * (count - expected) / expected;
    ++cells;
  };
  for (size_t i = 0; i < counts.size(); ++i) {
    const double expected = draws * static_cast<double>(shares[i]) / total;
    if (expected == 0 && counts[i] != 0) return 0;
    if (expected >= 5) {
      add(static_cast<double>(counts[i]), expected);
    } else {
      pooled += static_cast<double>(counts[i]);
      pooled_expected += expected;
      if (pooled_expected >= 5) {
        add(pooled, pooled_expected);
        pooled = pooled_expected = 0;
      }
    }
  }
  if (pooled_expected > 0) add(pooled, pooled_expected);
  return ChiSquareTail(statistic, cells - 1);
}

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_CHI_SQUARE_H_
