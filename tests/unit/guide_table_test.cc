// The guide table finds what a search through the sums of weights finds.
#include "guide_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "balancers/random_sequence.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

// By search; `x` and, where a bucket's border is cut to 2^-32 of the bucket,
// the nearest other place.
bool Agrees(const std::vector<uint64_t>& sums, uint64_t x, uint32_t found) {
  const auto search = [&](uint64_t number) {
    return static_cast<uint32_t>(std::upper_bound(sums.begin(), sums.end(),
                                                  Spread(number, sums.back())) -
                                 sums.begin());
  };
  const uint64_t cut = (UINT64_MAX >> 32) / sums.size() + 1;
  const uint64_t lowest = x < cut ? 0 : x - cut;
  return found == search(x) || found == search(lowest);
}

void ExpectAgreement(std::vector<uint64_t> weights) {
  std::partial_sum(weights.begin(), weights.end(), weights.begin());
  const auto guide = MakeGuideTable(weights);
  const auto expect = [&](uint64_t x) {
    ASSERT_TRUE(Agrees(weights, x, FindInGuideTable(guide, weights, x)))
        << x << " of " << weights.size();
  };
  expect(0);
  expect(UINT64_MAX);
  CountingRandom seed(3);
  RandomSequence sequence(seed);
  RandomSequence::Draws draws = sequence.Take();
  for (int i = 0; i < 100'000; ++i) expect(draws.Next());
  // Around the beginnings of the buckets and of the first places.
  __extension__ using Wide = unsigned __int128;
  for (size_t i = 1; i < std::min<size_t>(guide.size() - 1, 1'000); ++i) {
    const auto begin =
        static_cast<uint64_t>((Wide{i} << 64) / (guide.size() - 1));
    for (int step = -2; step <= 2; ++step) expect(begin + step);
  }
  for (size_t i = 0; i + 1 < std::min<size_t>(weights.size(), 1'000); ++i) {
    const auto begin =
        static_cast<uint64_t>((Wide{weights[i]} << 64) / weights.back());
    for (int step = -2; step <= 2; ++step) expect(begin + step);
  }
}

TEST(GuideTableTest, AgreesWithASearch) {
  ExpectAgreement({1});
  ExpectAgreement({5, 1, 1});
  ExpectAgreement({1, 1, 1, 1});
  ExpectAgreement({1, 1'000'000});
  ExpectAgreement({1'000'000, 1});
  std::vector<uint64_t> rising(1'000);
  std::iota(rising.begin(), rising.end(), 1);
  ExpectAgreement(rising);
  std::vector<uint64_t> one_heavy(10'000, 1);  // many borders in few buckets
  one_heavy[5'000] = 1'000'000;
  ExpectAgreement(one_heavy);
}

TEST(GuideTableTest, KeepsTheOrder) {
  std::vector<uint64_t> sums = {3, 4, 4 + 90, 95, 96, 97, 100};
  const auto guide = MakeGuideTable(sums);
  uint32_t last = 0;
  for (uint64_t x = 0; x < UINT64_MAX - (uint64_t{1} << 48);
       x += uint64_t{1} << 47) {
    const uint32_t place = FindInGuideTable(guide, sums, x);
    ASSERT_GE(place, last);
    last = place;
  }
  EXPECT_EQ(last, 6U);
}

}  // namespace
}  // namespace limpet::testing
