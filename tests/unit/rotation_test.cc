#include "rotation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace limpet::testing {
namespace {

// As parts of the (reduced) weights: how many of them a step is.
double StepOf(std::vector<uint64_t> weights, double units) {
  std::partial_sum(weights.begin(), weights.end(), weights.begin());
  return static_cast<double>(RotationStep(weights)) * 0x1p-64 * units;
}

TEST(RotationTest, OfEqualWeightsAStepIsOnePlace) {
  EXPECT_DOUBLE_EQ(StepOf({1, 1, 1}, 3), 1);
  EXPECT_DOUBLE_EQ(StepOf(std::vector<uint64_t>(100, 1'000), 100), 1);
  EXPECT_EQ(StepOf({7}, 1), 0);  // all the way round
}

TEST(RotationTest, AStepIsNearTheGoldenRatioAndMeetsEveryUnit) {
  EXPECT_DOUBLE_EQ(StepOf({5, 1, 1}, 7), 4);
  EXPECT_DOUBLE_EQ(StepOf({500, 100, 100}, 7), 4);
  EXPECT_DOUBLE_EQ(StepOf({3, 2}, 5), 3);
  EXPECT_DOUBLE_EQ(StepOf({2, 1}, 3), 1);
  for (const std::vector<uint64_t>& weights :
       {std::vector<uint64_t>{1'000, 1}, std::vector<uint64_t>{1, 1'000'000},
        std::vector<uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
        std::vector<uint64_t>{223'092'870, 6'469'693'230}}) {
    const auto total =
        std::accumulate(weights.begin(), weights.end(), uint64_t{0});
    const uint64_t units = total / std::gcd(weights[0], weights[1]);
    const auto s = static_cast<uint64_t>(
        std::llround(StepOf(weights, static_cast<double>(units))));
    EXPECT_EQ(std::gcd(s, units), 1U) << total;
    // Of the golden ratio itself: one for each step of Fibonacci's numbers.
    EXPECT_LE(QuotientSum(s, units),
              2 * std::log(static_cast<double>(units)) / std::log(1.618) + 2);
  }
}

TEST(RotationTest, TheQuotientsOfFibonacciNumbersAreOnes) {
  EXPECT_EQ(QuotientSum(8, 13), 6U);  // 1 + 1 + 1 + 1 + 2
  EXPECT_EQ(QuotientSum(1, 9), 9U);
  EXPECT_EQ(QuotientSum(6, 9), 0U);
}

}  // namespace
}  // namespace limpet::testing
