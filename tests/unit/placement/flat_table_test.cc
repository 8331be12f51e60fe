#include "placement/flat_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace limpet {
namespace {

TEST(SortPoints, LeavesPointsOfOneHashInTheirOrder) {
  std::mt19937 random(1);
  std::vector<uint64_t> points;
  for (uint32_t i = 0; i < 5000; ++i) {
    // Few hashes, of all sizes.
    const uint32_t hash = (random() % 50) * 0x05050505U;
    points.push_back(PackPoint(hash, static_cast<uint32_t>(random())));
  }
  std::vector<uint64_t> expected = points;
  std::stable_sort(expected.begin(), expected.end(),
                   [](auto a, auto b) { return (a >> 32) < (b >> 32); });
  SortPoints(points);
  EXPECT_EQ(points, expected);
}

TEST(SortPoints, NothingToSort) {
  std::vector<uint64_t> none;
  SortPoints(none);
  EXPECT_TRUE(none.empty());
}

template <typename Hash>
class SortedHashesOf : public ::testing::Test {};

using Widths = ::testing::Types<uint32_t, uint64_t>;
TYPED_TEST_SUITE(SortedHashesOf, Widths);

template <typename Hash>
void ExpectAsLinear(std::vector<Hash> hashes, const std::vector<Hash>& asked) {
  std::sort(hashes.begin(), hashes.end());
  SortedHashes<Hash> sorted;
  sorted.Assign(hashes);
  for (const Hash hash : asked) {
    size_t expected = 0;
    while (expected < hashes.size() && hashes[expected] < hash) ++expected;
    EXPECT_EQ(sorted.AtOrAfter(hash), expected % hashes.size()) << hash;
  }
}

TYPED_TEST(SortedHashesOf, AreSearchedAsIfOneByOne) {
  std::mt19937_64 random(2);
  for (const size_t size : {1U, 2U, 3U, 5U, 64U, 65U, 1000U}) {
    for (const int shift : {0, 8, 20, 31}) {
      std::vector<TypeParam> hashes;
      std::vector<TypeParam> asked = {0, 1, static_cast<TypeParam>(-1)};
      for (size_t i = 0; i < size; ++i) {
        // Shifted: all at one end, with some that are equal.
        hashes.push_back(static_cast<TypeParam>(random()) >> shift);
        asked.push_back(hashes.back());
        asked.push_back(hashes.back() + 1);
        asked.push_back(static_cast<TypeParam>(random()) >> shift);
      }
      ExpectAsLinear(hashes, asked);
      for (TypeParam& hash : hashes) hash = static_cast<TypeParam>(~hash);
      ExpectAsLinear(hashes, asked);
    }
  }
}

}  // namespace
}  // namespace limpet
