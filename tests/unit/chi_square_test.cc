// The yardstick of the other tests, against the tables of the distribution.
#include "chi_square.h"

#include <gtest/gtest.h>

#include <vector>

namespace limpet::testing {
namespace {

TEST(ChiSquareTest, HasTheTailsOfThePrintedTables) {
  EXPECT_NEAR(ChiSquareTail(3.841, 1), 0.05, 1e-4);
  EXPECT_NEAR(ChiSquareTail(6.635, 1), 0.01, 1e-4);
  EXPECT_NEAR(ChiSquareTail(2.706, 1), 0.10, 1e-4);
  EXPECT_NEAR(ChiSquareTail(0.711, 4), 0.95, 1e-3);
  EXPECT_NEAR(ChiSquareTail(18.467, 4), 0.001, 1e-5);
  EXPECT_NEAR(ChiSquareTail(124.342, 100), 0.05, 1e-4);
  EXPECT_NEAR(ChiSquareTail(77.929, 100), 0.95, 1e-4);
  EXPECT_EQ(ChiSquareTail(0, 3), 1);
}

TEST(ChiSquareTest, TellsAFairDieFromALoadedOne) {
  const std::vector<double> die(6, 1.0);
  const std::vector<uint64_t> fair = {1010, 985, 1003, 990, 1020, 992};
  const std::vector<uint64_t> loaded = {1110, 985, 1003, 990, 920, 992};
  EXPECT_GT(ChiSquareP<double>(fair, die), 0.5);
  EXPECT_LT(ChiSquareP<double>(loaded, die), 0.01);
  EXPECT_EQ(ChiSquareP<double>(fair, std::vector<double>{1, 1, 1, 1, 1, 0}), 0);
}

}  // namespace
}  // namespace limpet::testing
