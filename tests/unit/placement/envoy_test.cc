#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "placement/envoy_bounded_load.h"
#include "placement/envoy_maglev.h"
#include "placement/envoy_priorities.h"
#include "placement/envoy_retry.h"
#include "placement/envoy_ring.h"
#include "placement/hashes.h"

namespace limpet {
namespace {

// Members with texts of their own.
class Hosts {
 public:
  explicit Hosts(const std::vector<uint32_t>& weights) {
    for (size_t i = 0; i < weights.size(); ++i) {
      texts_.push_back("10.0." + std::to_string(i / 256) + "." +
                       std::to_string(i % 256) + ":80");
    }
    for (size_t i = 0; i < weights.size(); ++i) {
      members.push_back({.key = texts_[i], .weight = weights[i]});
    }
  }

  std::vector<EnvoyShare> shares() const { return EnvoyShares(members); }

  std::vector<PlacedMember> members;

 private:
  std::vector<std::string> texts_;
};

Hosts Equal(size_t count) { return Hosts(std::vector<uint32_t>(count, 1)); }

// Sums of doubles round: Envoy says 1,050 and has 1,051.
TEST(EnvoyRing, RoundingGivesTheFirstOf75OneEntryMore) {
  const Hosts hosts = Equal(75);
  EXPECT_EQ(EnvoyRing(hosts.members, hosts.shares()).size(), 1051U);
  for (const size_t count : {77, 91, 93, 99, 105, 117, 150, 154, 182}) {
    const Hosts more = Equal(count);
    const size_t entries = EnvoyRing(more.members, more.shares()).size();
    EXPECT_EQ(entries % count, 1U) << count;
  }
  const Hosts even = Equal(76);
  EXPECT_EQ(EnvoyRing(even.members, even.shares()).size() % 76, 0U);
}

TEST(EnvoyRing, TheOrderOfTheMembersCountsWhereEntriesAreNotWhole) {
  std::vector<uint32_t> weights = {3, 5, 7, 11, 13, 1, 100};
  const EnvoyRingOptions options{.minimum_size = 1, .maximum_size = 50};
  const Hosts hosts(weights);
  const EnvoyRing ring(hosts.members, hosts.shares(), options);
  std::vector<PlacedMember> turned(hosts.members.rbegin(),
                                   hosts.members.rend());
  const EnvoyRing other(turned, EnvoyShares(turned), options);
  int moved = 0;
  for (uint64_t i = 0; i < 2000; ++i) {
    const uint64_t hash = Xxh64(std::to_string(i));
    moved += ring.At(hash) != 6 - other.At(hash);
  }
  EXPECT_GT(moved, 0);
}

// Envoy does not state it.
TEST(EnvoyRing, OfTwoEqualKeysTheFirstIsPlaced) {
  const std::vector<PlacedMember> members = {{.key = "a:1"}, {.key = "a:1"}};
  const EnvoyRing ring(members, EnvoyShares(members));
  for (uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(ring.At(Xxh64(std::to_string(i))), 0U);
  }
}

TEST(EnvoyRing, AnAttemptIsOneEntryFurtherAndGoesRound) {
  const Hosts hosts({1, 2, 3});
  const EnvoyRing ring(hosts.members, hosts.shares());
  const auto size = static_cast<uint32_t>(ring.size());
  EXPECT_EQ(ring.At(UINT64_MAX, size), ring.At(UINT64_MAX));
  EXPECT_EQ(ring.At(UINT64_MAX), ring.At(0)) << "past the last is the first";
}

TEST(EnvoyRing, AHealthyMemberMoreMovesKeysOfOthersToo) {
  Hosts hosts = Equal(7);
  const EnvoyRing before(hosts.members, hosts.shares());
  hosts.members[3].usable = false;
  const EnvoyRing after(hosts.members, hosts.shares());
  int others = 0;
  int moved = 0;
  for (uint64_t i = 0; i < 5000; ++i) {
    const uint64_t hash = Xxh64(std::to_string(i));
    if (before.At(hash) == 3) continue;
    ++others;
    moved += before.At(hash) != after.At(hash);
  }
  EXPECT_NEAR(100.0 * moved / others, 10.3, 3.0);
}

TEST(EnvoyTables, NobodyUsableIsNobody) {
  Hosts hosts({1, 0});
  hosts.members[0].usable = false;
  EXPECT_TRUE(hosts.shares().empty());
  EXPECT_EQ(EnvoyRing(hosts.members, {}).At(5), kNoMember);
  EXPECT_EQ(EnvoyMaglev(hosts.members, {}).At(5), kNoMember);
}

// Envoy's own loop, which asks every member in every round.
std::vector<uint32_t> RoundByRound(const std::vector<PlacedMember>& members,
                                   uint64_t size) {
  std::vector<EnvoyShare> shares = EnvoyShares(members);
  std::sort(shares.begin(), shares.end(),
            [&](const EnvoyShare& a, const EnvoyShare& b) {
              return members[a.member].key < members[b.member].key;
            });
  double most = 0.0;
  for (const EnvoyShare& share : shares) most = std::max(most, share.weight);
  std::vector<double> targets(shares.size(), 0.0);
  std::vector<uint64_t> next(shares.size(), 0);
  std::vector<uint32_t> table(size, kNoMember);
  uint64_t filled = 0;
  for (uint32_t round = 1; filled < size; ++round) {
    for (size_t i = 0; i < shares.size() && filled < size; ++i) {
      if (round * shares[i].weight < targets[i]) continue;
      targets[i] += most;
      const std::string_view key = members[shares[i].member].key;
      uint64_t place = 0;
      do {
        place =
            (Xxh64(key) % size + (Xxh64(key, 1) % (size - 1) + 1) * next[i]++) %
            size;
      } while (table[place] != kNoMember);
      table[place] = shares[i].member;
      ++filled;
    }
  }
  return table;
}

TEST(EnvoyMaglev, TheTableIsThatOfEnvoysOwnLoop) {
  const std::vector<std::vector<uint32_t>> sets = {
      {1},
      {1, 2, 3, 4, 5},
      {10, 20, 30, 10, 50},
      {3, 5, 7, 11, 13, 1, 100},
      {1, 1'000'000, 1, 999'999},
      std::vector<uint32_t>(40, 3)};
  for (const auto& weights : sets) {
    const Hosts hosts(weights);
    for (const uint64_t size : {7U, 1009U, 65'537U}) {
      const EnvoyMaglev maglev(hosts.members, hosts.shares(), size);
      const auto table = RoundByRound(hosts.members, size);
      for (uint64_t i = 0; i < size; ++i) {
        ASSERT_EQ(maglev.At(i), table[i])
            << weights.size() << " members, slot " << i << " of " << size;
      }
    }
  }
}

TEST(EnvoyMaglev, TheOrderOfTheMembersCountsNot) {
  const Hosts hosts({1, 2, 3, 4, 5});
  const EnvoyMaglev maglev(hosts.members, hosts.shares());
  std::vector<PlacedMember> turned(hosts.members.rbegin(),
                                   hosts.members.rend());
  const EnvoyMaglev other(turned, EnvoyShares(turned));
  for (uint64_t i = 0; i < EnvoyMaglev::kDefaultTableSize; ++i) {
    ASSERT_EQ(maglev.At(i), 4 - other.At(i));
  }
}

TEST(EnvoyRetry, TheFirstUsableOrTheLastThatWasAsked) {
  auto at = [](uint32_t attempt) { return attempt % 3; };
  auto from_one = [](uint32_t member) { return member >= 1; };
  auto nobody = [](uint32_t) { return false; };
  EXPECT_EQ(EnvoyRetry(at, 5, from_one), 1U);
  EXPECT_EQ(EnvoyRetry(at, 0, from_one), 0U);
  EXPECT_EQ(EnvoyRetry(at, 5, nobody), 2U);
}

uint32_t LoadOf(const EnvoyPriorities& priorities, uint32_t priority) {
  uint32_t load = 0;
  for (uint64_t hash = 0; hash < 100; ++hash) {
    load += priorities.Choose(hash) == priority;
  }
  return load;
}

TEST(EnvoyPriorities, HalfOfTheFirstDownSends30PercentOn) {
  const EnvoyPriority counts[] = {{.members = 10, .healthy = 5},
                                  {.members = 4, .healthy = 4}};
  const EnvoyPriorities priorities(counts);
  EXPECT_EQ(LoadOf(priorities, 0), 70U);
  EXPECT_EQ(LoadOf(priorities, 1), 30U);
  EXPECT_FALSE(priorities.panic(0));
}

TEST(EnvoyPriorities, InPanicEverywhereLoadGoesByCount) {
  const EnvoyPriority counts[] = {{.members = 3, .healthy = 0},
                                  {.members = 6, .healthy = 1}};
  const EnvoyPriorities priorities(counts);
  EXPECT_TRUE(priorities.panic(0));
  EXPECT_TRUE(priorities.panic(1));
  EXPECT_EQ(LoadOf(priorities, 0), 34U);
  EXPECT_EQ(LoadOf(priorities, 1), 66U);
}

TEST(EnvoyPriorities, NobodyAtAllIsTheFirst) {
  const EnvoyPriority counts[] = {{}, {}};
  EXPECT_EQ(LoadOf(EnvoyPriorities(counts), 0), 100U);
  EXPECT_EQ(LoadOf(EnvoyPriorities(counts, {.panic_percent = 0}), 0), 100U);
}

// Envoy's own loop, which swaps in an array of all members.
uint32_t BySwapping(uint64_t hash, const std::vector<EnvoyShare>& shares,
                    uint32_t chosen, const std::vector<uint32_t>& active) {
  std::vector<uint32_t> order(shares.size());
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937 random(static_cast<uint32_t>(hash));
  for (uint32_t i = 0; i < order.size(); ++i) {
    const auto left = static_cast<uint32_t>(order.size()) - i;
    const uint64_t width = (uint64_t{1} << 32) / left;
    uint64_t step = left;
    while (step >= left) step = random() / width;
    std::swap(order[i], order[i + step]);
    const uint32_t member = shares[order[i]].member;
    if (member != chosen && active[member] <= 1) return member;
  }
  return chosen;
}

TEST(EnvoyBoundedLoad, TheSubstituteIsThatOfEnvoysOwnShuffle) {
  std::mt19937 random(7);
  for (const uint32_t count : {2U, 3U, 10U, 200U, 1024U}) {
    const Hosts hosts = Equal(count);
    const auto shares = hosts.shares();
    const EnvoyBoundedLoad bound(shares, 100);
    for (int i = 0; i < 30; ++i) {
      // One slot each, and all but a few are full.
      std::vector<uint32_t> active(count, 2);
      active[random() % count] = 0;
      active[random() % count] = 1;
      const uint64_t hash = Xxh64(std::to_string(i));
      uint32_t chosen = static_cast<uint32_t>(random() % count);
      active[chosen] = 2;
      if (std::count(active.begin(), active.end(), 2U) == count) continue;
      EXPECT_EQ(bound.Choose(
                    hash, chosen, [&](uint32_t m) { return active[m]; }, 0),
                BySwapping(hash, shares, chosen, active));
    }
  }
}

TEST(EnvoyBoundedLoad, OneMoreThanTheSlotsStillFits) {
  const Hosts hosts = Equal(4);
  const EnvoyBoundedLoad bound(hosts.shares(), 100);
  // 7 active and one more: 2 slots each. Two active are not over, three are.
  std::array<uint32_t, 4> active = {2, 2, 2, 1};
  auto count = [&](uint32_t member) { return active[member]; };
  EXPECT_EQ(bound.Choose(1, 0, count, 7), 0U);
  active = {3, 2, 1, 1};
  EXPECT_NE(bound.Choose(1, 0, count, 7), 0U);
}

TEST(EnvoyBoundedLoad, WhereAllAreFullTheLeastFullHasIt) {
  const Hosts hosts = Equal(4);
  const EnvoyBoundedLoad bound(hosts.shares(), 100);
  const std::array<uint32_t, 4> active = {9, 5, 4, 5};
  EXPECT_EQ(bound.Choose(
                1, 0, [&](uint32_t m) { return active[m]; }, 3),
            2U);
}

}  // namespace
}  // namespace limpet
