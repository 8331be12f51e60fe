// LeastSessions: new sessions go where there are few for the weight.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "chi_square.h"
#include "test_draws.h"

namespace limpet::testing {
namespace {

TEST(LeastSessionsTest, OfEqualWeightsTheFewestSessionsWin) {
  CountingRandom random(21);
  const auto set = MakeSet(OfWeights({1, 1, 1, 1}));
  SessionCounts sessions(4);
  for (uint32_t i = 0; i < 4; ++i) sessions.Set(i, 10 * i);
  for (const uint32_t choices : {2U, 5U}) {
    const auto balancer = MakeLeastSessions({.choices = choices}, random);
    std::vector<double> exact;
    for (int i = 0; i < 4; ++i) {
      exact.push_back(std::pow(4 - i, choices) - std::pow(3 - i, choices));
    }
    const auto counts = CountChoices(
        *balancer, {.endpoints = *set, .tried = {}, .sessions = &sessions},
        50'000);
    EXPECT_GT(ChiSquareP<double>(counts, exact), 1e-3) << choices;
  }
}

TEST(LeastSessionsTest, SessionsAreWeighedByWeight) {
  // 30 of weight 10 are fewer than 4 of weight 1.
  CountingRandom random(22);
  const auto balancer = MakeLeastSessions({}, random);
  const auto set = MakeSet(OfWeights({10, 1}));
  SessionCounts sessions(2);
  sessions.Set(0, 30);
  sessions.Set(1, 4);
  const auto counts = CountChoices(
      *balancer, {.endpoints = *set, .tried = {}, .sessions = &sessions},
      50'000);
  // The small one only where both draws are.
  EXPECT_GT(ChiSquareP<double>(counts, std::vector<double>{120, 1}), 1e-3);
}

TEST(LeastSessionsTest, SessionsThatBeginFillEndpointsByWeight) {
  CountingRandom random(23);
  const auto balancer = MakeLeastSessions({}, random);
  const std::vector<uint32_t> weights = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const auto set = MakeSet(OfWeights(weights));
  SessionCounts sessions(10);
  for (int i = 0; i < 55'000; ++i) {
    sessions.Began(balancer->Choose(
        {.endpoints = *set, .tried = {}, .sessions = &sessions}, 0));
  }
  for (uint32_t i = 0; i < 10; ++i) {
    // Random would be sqrt(1000 * weight) off.
    EXPECT_NEAR(sessions.Of(i), 1'000.0 * weights[i], 15) << i;
  }
}

TEST(LeastSessionsTest, ANewEndpointCatchesUp) {
  CountingRandom random(24);
  const auto balancer = MakeLeastSessions({}, random);
  const auto set = MakeSet(OfWeights({1, 1, 1, 1, 1}));
  SessionCounts sessions(5);
  for (uint32_t i = 0; i < 4; ++i) sessions.Set(i, 1'000);
  for (int i = 0; i < 3'000; ++i) {
    sessions.Began(balancer->Choose(
        {.endpoints = *set, .tried = {}, .sessions = &sessions}, 0));
  }
  EXPECT_GE(sessions.Of(4), 1'000U);
}

TEST(LeastSessionsTest, WithoutCountsItIsRandom) {
  CountingRandom random(25);
  const auto balancer = MakeLeastSessions({}, random);
  const std::vector<uint32_t> weights = {1, 2, 3};
  const auto set = MakeSet(OfWeights(weights));
  EXPECT_GT(
      ChiSquareP<uint32_t>(
          CountChoices(*balancer, {.endpoints = *set, .tried = {}}, 50'000),
          weights),
      1e-3);
}

TEST(LeastSessionsTest, APolicyNeedsAMapThatCountsThem) {
  SessionPersistence config;
  config.balancer.type = BalancerType::kLeastSessions;
  const auto refused =
      Policy::Make(config, {.scope = "test", .keys = TestKeys()});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().problems()[0].field, "balancer.type");
  config.store = StoreType::kSessionMap;
  EXPECT_TRUE(Policy::Make(config, {.scope = "test"}).ok());
}

}  // namespace
}  // namespace limpet::testing
