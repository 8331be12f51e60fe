#include "balancers/rendezvous.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

namespace limpet::testing {
namespace {

constexpr std::array<EndpointHandle, 5> kMembers = {
    0x0123456789abcdef, 0xfedcba9876543210, 0x0f1e2d3c4b5a6978,
    0x8796a5b4c3d2e1f0, 0x1122334455667788};

SessionId NextKey(std::mt19937_64& random) {
  const uint64_t high = random();
  return {.high = high, .low = random()};
}

// The best of those that are `there`, by index.
uint32_t First(const SessionId& key, const std::vector<uint64_t>& weights,
               uint32_t without = Rendezvous::kNobody) {
  Rendezvous rendezvous(key);
  for (uint32_t i = 0; i < weights.size(); ++i) {
    if (i != without) rendezvous.Offer(i, kMembers[i], weights[i]);
  }
  return rendezvous.first();
}

// A fleet of several releases agrees on these.
TEST(Rendezvous, GivesTheseKeysTheseMembers) {
  const std::vector<uint64_t> equal(5, 1);
  const std::vector<uint64_t> weights = {1, 2, 3, 5, 8};
  std::string of_equal;
  std::string of_weighted;
  for (uint64_t i = 0; i < 32; ++i) {
    const SessionId key{.high = i * 0x9e3779b97f4a7c15, .low = ~i};
    of_equal += std::to_string(First(key, equal));
    of_weighted += std::to_string(First(key, weights));
  }
  EXPECT_EQ(of_equal, "44313414402041333034104132433013");
  EXPECT_EQ(of_weighted, "44313444404341333334444432433434");
}

TEST(Rendezvous, GivesEachItsShareOfTheKeys) {
  constexpr int kKeys = 200'000;
  for (const std::vector<uint64_t>& weights :
       {std::vector<uint64_t>{1, 1, 1, 1, 1},
        std::vector<uint64_t>{1, 2, 3, 5, 100}}) {
    uint64_t total = 0;
    for (const uint64_t weight : weights) total += weight;
    std::mt19937_64 random(7);
    std::array<double, 5> counts{};
    for (int i = 0; i < kKeys; ++i) ++counts[First(NextKey(random), weights)];
    double chi_square = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
      const double expected =
          kKeys * static_cast<double>(weights[i]) / static_cast<double>(total);
      chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    EXPECT_LT(chi_square, 18.47);  // four degrees of freedom, p = 0.001
  }
}

TEST(Rendezvous, MovesOnlyTheKeysOfAMemberThatLeaves) {
  std::mt19937_64 random(8);
  for (const std::vector<uint64_t>& weights :
       {std::vector<uint64_t>{1, 1, 1, 1, 1},
        std::vector<uint64_t>{1, 2, 3, 5, 100}}) {
    for (int i = 0; i < 20'000; ++i) {
      const SessionId key = NextKey(random);
      const uint32_t with = First(key, weights);
      for (uint32_t gone = 0; gone < 5; ++gone) {
        const uint32_t without = First(key, weights, gone);
        if (gone == with) {
          EXPECT_NE(without, with);
        } else {
          EXPECT_EQ(without, with);
        }
      }
    }
  }
}

TEST(Rendezvous, MovesOnlyToAMemberThatGetsMoreWeight) {
  std::mt19937_64 random(9);
  const std::vector<uint64_t> before = {10, 10, 10, 10, 10};
  const std::vector<uint64_t> after = {10, 10, 15, 10, 10};
  for (int i = 0; i < 20'000; ++i) {
    const SessionId key = NextKey(random);
    const uint32_t now = First(key, after);
    if (now != 2) {
      EXPECT_EQ(now, First(key, before));
    }
  }
}

TEST(Rendezvous, DoesNotCareAboutTheOrderOfItsMembers) {
  std::mt19937_64 random(10);
  const std::array<uint64_t, 5> weights = {3, 3, 1, 7, 3};
  for (int i = 0; i < 20'000; ++i) {
    const SessionId key = NextKey(random);
    Rendezvous forward(key);
    Rendezvous backward(key);
    for (uint32_t j = 0; j < 5; ++j) {
      forward.Offer(j, kMembers[j], weights[j]);
      backward.Offer(4 - j, kMembers[4 - j], weights[4 - j]);
    }
    EXPECT_EQ(forward.first(), backward.first());
  }
}

TEST(Rendezvous, OfNobodyIsNobody) {
  EXPECT_EQ(Rendezvous(SessionId{1, 2}).first(), Rendezvous::kNobody);
}

}  // namespace
}  // namespace limpet::testing
