#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "placement/haproxy_bounded_load.h"
#include "placement/haproxy_consistent.h"
#include "placement/haproxy_hash.h"
#include "placement/haproxy_map.h"
#include "placement/haproxy_node_base.h"
#include "placement/hashes.h"

namespace limpet {
namespace {

constexpr auto Everybody = [](uint32_t) { return true; };

std::vector<PlacedMember> Weighted(const std::vector<uint32_t>& weights,
                                   uint32_t (*base)(uint32_t) = HaproxyIdBase) {
  std::vector<PlacedMember> members;
  for (uint32_t i = 0; i < weights.size(); ++i) {
    members.push_back({.weight = weights[i], .node_base = base(i + 1)});
  }
  return members;
}

TEST(HaproxyConsistent, TheNearestNodeWinsNotTheNext) {
  std::vector<PlacedMember> members = Weighted({1, 1});
  const HaproxyConsistent ring(members);
  // Just above a node of each member.
  for (uint32_t member = 0; member < 2; ++member) {
    const uint32_t node = FullHash(members[member].node_base);
    EXPECT_EQ(ring.Choose(node, Everybody), member);
    EXPECT_EQ(ring.Choose(node + 1, Everybody), member);
    EXPECT_EQ(ring.Choose(node - 1, Everybody), member);
  }
}

// Found by a search over ids: nodes at the two ends of the circle.
TEST(HaproxyConsistent, TheCircleHasNoEnds) {
  const auto members = Weighted({16, 16, 16});
  const HaproxyConsistent ring(members);
  uint32_t lowest = UINT32_MAX;
  uint32_t highest = 0;
  uint32_t lowest_owner = 0;
  uint32_t highest_owner = 0;
  for (uint32_t i = 0; i < members.size(); ++i) {
    for (uint32_t n = 0; n < 256; ++n) {
      const uint32_t node = FullHash(members[i].node_base + n);
      if (node <= lowest) lowest = node, lowest_owner = i;
      if (node >= highest) highest = node, highest_owner = i;
    }
  }
  const uint32_t middle = highest + (lowest - highest) / 2;
  EXPECT_EQ(ring.Choose(middle, Everybody), highest_owner)
      << "a tie is the lower's";
  EXPECT_EQ(ring.Choose(middle + 2, Everybody), lowest_owner);
  EXPECT_EQ(ring.Choose(0, Everybody),
            lowest <= 0 - highest - 1 ? lowest_owner : highest_owner);
}

TEST(HaproxyConsistent, WhereAllAreRefusedTheHighestNodeHasIt) {
  const auto members = Weighted({1, 1, 1});
  const HaproxyConsistent ring(members);
  uint32_t highest = 0;
  uint32_t owner = 0;
  for (uint32_t i = 0; i < members.size(); ++i) {
    for (uint32_t n = 0; n < 16; ++n) {
      const uint32_t node = FullHash(members[i].node_base + n);
      if (node > highest) highest = node, owner = i;
    }
  }
  EXPECT_EQ(ring.Choose(12345, [](uint32_t) { return false; }), owner);
}

TEST(HaproxyConsistent, NobodyUsableIsNobody) {
  std::vector<PlacedMember> members = Weighted({1, 0});
  members[0].usable = false;
  const HaproxyConsistent ring(members);
  EXPECT_EQ(ring.Choose(1, Everybody), kNoMember);
  EXPECT_EQ(ring.OfNode(1), kNoMember);
  EXPECT_EQ(HaproxyMap(members).Choose(1), kNoMember);
  EXPECT_EQ(HaproxyMap({}).Choose(1), kNoMember);
}

TEST(HaproxyConsistent, WithoutAKeyItGoesNodeByNode) {
  const HaproxyConsistent ring(Weighted({1, 3}));
  std::vector<int> turns(2, 0);
  for (uint64_t n = 0; n < 64; ++n) ++turns[ring.OfNode(n)];
  EXPECT_EQ(turns, (std::vector<int>{16, 48}));
}

// As measured on 2.6.12 and 3.2.0: 27 % and 10 %.
TEST(HaproxyConsistent, TheNodesOf30To32AreElsewhere) {
  for (const auto& [count, low, high] :
       {std::tuple{4, 200, 330}, std::tuple{10, 60, 140}}) {
    const std::vector<uint32_t> weights(count, 1);
    const HaproxyConsistent old_ring(Weighted(weights));
    const HaproxyConsistent new_ring(Weighted(weights, HaproxyHashedIdBase));
    const HaproxyHash hash{.avalanche = true};
    int same = 0;
    for (int i = 0; i < 1000; ++i) {
      const uint32_t key = hash(std::to_string(i));
      same +=
          old_ring.Choose(key, Everybody) == new_ring.Choose(key, Everybody);
    }
    EXPECT_GT(same, low);
    EXPECT_LT(same, high);
  }
}

TEST(HaproxyNodeBase, EachHashKeyHasItsOwn) {
  const std::string v4("\x0a\x00\x00\x01", 4);
  const std::string v6(16, '\x20');
  EXPECT_EQ(HaproxyIdBase(3), 3U * 4096);
  EXPECT_EQ(HaproxyHashedIdBase(3), FullHash(3));
  EXPECT_EQ(HaproxyId32Base(0x01020304), FullHash(0x04030201));
  EXPECT_EQ(HaproxyGuidBase("web-1"), Xxh32("web-1"));
  EXPECT_EQ(HaproxyAddrBase(v4), FullHash(0x0100000a));
  EXPECT_EQ(HaproxyAddrPortBase(v4, 80), FullHash(FullHash(80) + 0x0100000a));
  EXPECT_EQ(HaproxyAddrBase(v6), Xxh32(v6));
  EXPECT_EQ(HaproxyAddrPortBase(v6, 80), Xxh32(v6, FullHash(80)));
}

TEST(HaproxyNodeBase, IdsThatAreNotGivenAreTheNextFreeOnes) {
  const std::vector<uint32_t> configured = {0, 1, 0, 0};
  EXPECT_EQ(HaproxyIds(configured), (std::vector<uint32_t>{2, 1, 4, 5}));
  const std::vector<uint32_t> later = {0, 0, 3, 2};
  EXPECT_EQ(HaproxyIds(later), (std::vector<uint32_t>{1, 4, 3, 2}));
}

// HAProxy's own loop, which looks at every member for every slot.
std::vector<uint32_t> SlotBySlot(const std::vector<uint32_t>& weights) {
  int64_t total = 0;
  for (const uint32_t weight : weights) total += weight;
  std::vector<int64_t> scores(weights.size(), 0);
  std::vector<uint32_t> slots;
  for (int64_t slot = 0; slot < total; ++slot) {
    int64_t most = -1;
    uint32_t best = 0;
    for (uint32_t i = 0; i < weights.size(); ++i) {
      if (weights[i] == 0) continue;
      scores[i] += weights[i];
      const int64_t value = (scores[i] + total) / total;
      if (value > most) most = value, best = i;
    }
    scores[best] -= total;
    slots.push_back(best);
  }
  return slots;
}

TEST(HaproxyMap, TheSlotsAreThoseOfHaproxysOwnLoop) {
  uint32_t seed = 1;
  for (int round = 0; round < 300; ++round) {
    std::vector<uint32_t> weights = {1};  // so that they have nothing in common
    seed = seed * 1664525 + 1013904223;
    for (uint32_t count = seed >> 27; count > 0; --count) {
      seed = seed * 1664525 + 1013904223;
      weights.push_back((seed >> 24) % (round % 2 == 0 ? 257 : 5));
    }
    const HaproxyMap map(Weighted(weights));
    const std::vector<uint32_t> expected = SlotBySlot(weights);
    for (uint32_t slot = 0; slot < expected.size(); ++slot) {
      ASSERT_EQ(map.OfSlot(slot), expected[slot])
          << "round " << round << ", slot " << slot;
    }
    EXPECT_EQ(map.OfSlot(expected.size()), expected[0]);
  }
}

TEST(HaproxyMap, WhatAllWeightsHaveInCommonCountsNot) {
  const HaproxyMap large(Weighted({30, 60, 15}));
  const HaproxyMap small(Weighted({2, 4, 1}));
  for (uint32_t hash = 0; hash < 105; ++hash) {
    EXPECT_EQ(large.Choose(hash), small.Choose(hash));
  }
}

TEST(HaproxyBoundedLoad, SlotsAddUpToTheBound) {
  const auto members = Weighted({1, 1, 2});
  const HaproxyBoundedLoad bound(members, 150);
  // 9 active and one more: 15 slots, spread 3.75, 3.75, 7.5.
  auto slots = [&](uint32_t member) {
    uint32_t active = 0;
    while (bound.Eligible(member, active, 9)) ++active;
    return active;
  };
  EXPECT_EQ(slots(0), 3U);
  EXPECT_EQ(slots(1), 4U);
  EXPECT_EQ(slots(2), 8U);
}

TEST(HaproxyBoundedLoad, EverybodyMayHaveOne) {
  const HaproxyBoundedLoad bound(Weighted({1, 100, 100}), 101);
  EXPECT_TRUE(bound.Eligible(0, 0, 0));
  EXPECT_FALSE(bound.Eligible(0, 1, 0));
}

}  // namespace
}  // namespace limpet
