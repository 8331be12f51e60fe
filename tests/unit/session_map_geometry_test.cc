#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "session_map/geometry.h"
#include "session_map/layout.h"

namespace limpet::testing {
namespace {

Geometry Of(size_t capacity) { return Geometry::Of({.capacity = capacity}); }

// All small ones, the borders of shards, and some at random up to the largest.
std::vector<size_t> Capacities() {
  std::vector<size_t> capacities;
  for (size_t i = 1; i <= 2'000; ++i) capacities.push_back(i);
  for (size_t shards = 2; shards <= 256; shards *= 2) {
    for (const size_t more : {0, 1, 2}) {
      capacities.push_back(shards * 6 * 1024 + more - 1);
    }
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    capacities.push_back(1 + (random() >> (33 + random() % 20)));
  }
  capacities.push_back(size_t{1} << 31);
  return capacities;
}

bool IsPrime(uint32_t n) {
  for (uint32_t d = 2; uint64_t{d} * d <= n; ++d) {
    if (n % d == 0) return false;
  }
  return true;
}

TEST(Geometry, GivesEveryShardItsShareAndRoomForChance) {
  for (const size_t capacity : Capacities()) {
    SCOPED_TRACE(capacity);
    const Geometry geometry = Of(capacity);
    EXPECT_TRUE(std::has_single_bit(geometry.shards));
    EXPECT_TRUE(IsPrime(geometry.buckets));
    const auto share =
        static_cast<double>(capacity) / static_cast<double>(geometry.shards);
    const auto limit = static_cast<double>(geometry.shard_limit);
    if (geometry.shards == 1) {
      EXPECT_EQ(geometry.shard_limit, capacity);
    } else {
      EXPECT_GE(limit, share + 7.9 * std::sqrt(share));
      EXPECT_LE(limit, share * 1.11);
    }
    const double places = geometry.buckets * 6.0;
    EXPECT_LE(share, places * 0.701);
    EXPECT_LE(limit, places * 0.801);
    // The stash is for chains that do not reach all buckets.
    EXPECT_EQ(geometry.stash == 0, geometry.buckets <= 7);
    EXPECT_LE(geometry.stash, 64U);
  }
}

TEST(Geometry, PutsThePartsOneBehindTheOther) {
  for (const size_t capacity : Capacities()) {
    SCOPED_TRACE(capacity);
    const Geometry g = Of(capacity);
    EXPECT_GE(g.ShardHeadersAt(), sizeof(MapHeader));
    EXPECT_EQ(g.ShardHeadersAt() % 128, 0U);
    EXPECT_GE(g.StashHomesAt(),
              g.ShardHeadersAt() + size_t{g.shards} * sizeof(ShardHeader));
    EXPECT_EQ(g.StashHomesAt() % 128, 0U);
    EXPECT_GE(g.EndpointsAt(), g.StashHomesAt() + size_t{g.shards} * g.stash *
                                                      6 * sizeof(uint32_t));
    EXPECT_EQ(g.EndpointsAt() % 128, 0U);
    EXPECT_GE(g.EndpointStatesAt(),
              g.EndpointsAt() + size_t{g.endpoints} * sizeof(uint64_t));
    EXPECT_GE(g.BucketsAt(), g.EndpointStatesAt() + g.endpoints);
    EXPECT_EQ(g.BucketsAt() % 128, 0U);
    EXPECT_EQ(g.Size(),
              g.BucketsAt() + size_t{g.shards} * (g.buckets + g.stash) * 128);
  }
}

TEST(Geometry, GrowsWithTheCapacityInNearlyEqualSteps) {
  size_t last = 0;
  for (size_t capacity = 1; capacity < 100'000; capacity += 97) {
    const size_t size = Of(capacity).Size();
    // A step to more shards has smaller ones, which need more for chance.
    EXPECT_GT(size + size / 10, last) << capacity;
    EXPECT_LT(last == 0 ? 0 : size - last, 97 * 64 + size / 10) << capacity;
    last = size;
  }
}

TEST(Geometry, HasAsManyEndpointsAsItIsToldOrOneForEightSessions) {
  const auto endpoints = [](size_t capacity, size_t told = 0) {
    return Geometry::Of({.capacity = capacity, .endpoints = told}).endpoints;
  };
  EXPECT_EQ(endpoints(1), 2U);
  EXPECT_EQ(endpoints(100), 200U);
  EXPECT_EQ(endpoints(10'000), 4'096U);
  EXPECT_EQ(endpoints(100'000), 12'500U);
  EXPECT_EQ(endpoints(10'000'000), 65'536U);
  EXPECT_EQ(endpoints(10'000'000, 1), 1U);
  EXPECT_EQ(endpoints(1, 1 << 24), 1U << 24);
}

}  // namespace
}  // namespace limpet::testing
