// The alias table: who is drawn, and how exactly by weight.
#include "alias_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "balancers/random_sequence.h"
#include "chi_square.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

using Columns = std::vector<EndpointSet::Tier::Column>;

Columns TableOf(std::vector<uint64_t> weights) {
  std::partial_sum(weights.begin(), weights.end(), weights.begin());
  return MakeAliasTable(weights);
}

// What each place gets of n * 2^32, by the table itself.
std::vector<uint64_t> SharesOf(const Columns& columns) {
  std::vector<uint64_t> shares(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    shares[i] += columns[i].keeps;
    shares[columns[i].other] += (uint64_t{1} << 32) - columns[i].keeps;
  }
  return shares;
}

void ExpectExact(const std::vector<uint64_t>& weights) {
  const auto total =
      std::accumulate(weights.begin(), weights.end(), uint64_t{0});
  const Columns columns = TableOf(weights);
  ASSERT_EQ(columns.size(), weights.size());
  const std::vector<uint64_t> shares = SharesOf(columns);
  const auto n = static_cast<long double>(weights.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    const long double exact =
        n * 0x1p32L * static_cast<long double>(weights[i]) / total;
    const long double off = std::abs(shares[i] - exact);
    // In units of 2^-32 / n: one for a light place, n for a heavy one.
    EXPECT_LE(off, weights[i] * weights.size() < total ? 1 : n) << i;
  }
}

std::vector<uint64_t> RandomWeights(size_t count, uint64_t most) {
  CountingRandom seed(7);
  RandomSequence sequence(seed);
  std::vector<uint64_t> weights;
  for (size_t i = 0; i < count; ++i) {
    weights.push_back(1 + sequence.Below(most));
  }
  return weights;
}

TEST(AliasTableTest, IsFilledInOneWay) {
  const Columns columns = TableOf({1, 2, 3, 4});
  const std::vector<uint32_t> keeps = {1717986918, 3435973836, 0, 3435973836};
  const std::vector<uint32_t> other = {3, 3, 2, 2};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(columns[i].keeps, keeps[i]) << i;
    EXPECT_EQ(columns[i].other, other[i]) << i;
  }
}

TEST(AliasTableTest, ANumberFindsItsColumnAndItsHeightInIt) {
  const Columns columns = TableOf({1, 2, 3, 4});
  constexpr uint64_t kColumn = uint64_t{1} << 62;
  EXPECT_EQ(FindInAliasTable(columns, 0), 0U);
  EXPECT_EQ(FindInAliasTable(columns, kColumn / 100 * 39), 0U);
  EXPECT_EQ(FindInAliasTable(columns, kColumn / 100 * 41), 3U);
  EXPECT_EQ(FindInAliasTable(columns, kColumn - 1), 3U);
  EXPECT_EQ(FindInAliasTable(columns, kColumn), 1U);
  EXPECT_EQ(FindInAliasTable(columns, kColumn * 2), 2U);
  EXPECT_EQ(FindInAliasTable(columns, kColumn * 3 - 1), 2U);
  EXPECT_EQ(FindInAliasTable(columns, kColumn * 3), 3U);
  EXPECT_EQ(FindInAliasTable(columns, UINT64_MAX), 2U);
}

TEST(AliasTableTest, OneEndpointIsAlwaysDrawn) {
  const Columns columns = TableOf({1'000'000});
  EXPECT_EQ(FindInAliasTable(columns, 0), 0U);
  EXPECT_EQ(FindInAliasTable(columns, UINT64_MAX), 0U);
}

TEST(AliasTableTest, IsExactToTheStatedBound) {
  ExpectExact({1});
  ExpectExact({1, 1'000'000});
  ExpectExact({1'000'000, 1});
  ExpectExact({1, 1, 1});
  ExpectExact({5, 1, 1});
  ExpectExact(RandomWeights(1'000, 1'000'000));
  ExpectExact(RandomWeights(10'000, 100));
  std::vector<uint64_t> one_light(10'000, 1'000'000);
  one_light[4'711] = 1;
  ExpectExact(one_light);
  std::vector<uint64_t> one_heavy(10'000, 1);
  one_heavy[815] = 1'000'000;
  ExpectExact(one_heavy);
}

TEST(AliasTableTest, DrawsByWeight) {
  CountingRandom seed(1);
  RandomSequence sequence(seed);
  RandomSequence::Draws draws = sequence.Take();
  for (const auto& weights :
       {std::vector<uint64_t>{1, 1'000'000}, std::vector<uint64_t>{5, 1, 1},
        std::vector<uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
        RandomWeights(100, 1'000), RandomWeights(10'000, 1'000'000)}) {
    const Columns columns = TableOf(weights);
    std::vector<uint64_t> counts(weights.size());
    for (int i = 0; i < 2'000'000; ++i) {
      ++counts[FindInAliasTable(columns, draws.Next())];
    }
    EXPECT_GT(ChiSquareP<uint64_t>(counts, weights), 1e-3) << weights.size();
  }
}

}  // namespace
}  // namespace limpet::testing
