// Slow start: who became ready a short while ago has a part of its weight.
#include "balancers/slow_start.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "chi_square.h"
#include "scale.h"
#include "test_draws.h"

namespace limpet::testing {
namespace {

using std::chrono::seconds;

constexpr Balancing kTenSeconds = {.slow_start = seconds(10)};

TEST(SlowStartTest, ThePartGrowsWithTheAge) {
  const SlowStart straight(kTenSeconds);
  EXPECT_EQ(straight.PartOf(At(0), At(0)), 0.1);
  EXPECT_EQ(straight.PartOf(At(0), At(500)), 0.1);
  EXPECT_DOUBLE_EQ(straight.PartOf(At(0), At(2'500)), 0.25);
  EXPECT_DOUBLE_EQ(straight.PartOf(At(0), At(9'999)), 0.9999);
  EXPECT_EQ(straight.PartOf(At(0), At(10'000)), 1);
  EXPECT_EQ(straight.PartOf(At(0), At(-1)), 0.1);  // a clock that went back
  EXPECT_EQ(straight.PartOf(Timestamp(), Timestamp()), 1);  // long ago

  const SlowStart quick({.slow_start = seconds(10),
                         .slow_start_min_percent = 1,
                         .slow_start_aggression = 2});
  EXPECT_EQ(quick.PartOf(At(0), At(0)), 0.01);
  EXPECT_DOUBLE_EQ(quick.PartOf(At(0), At(2'500)), 0.5);
  const SlowStart late(
      {.slow_start = seconds(10), .slow_start_aggression = 0.5});
  EXPECT_DOUBLE_EQ(late.PartOf(At(0), At(5'000)), 0.25);
}

TEST(SlowStartTest, OffItIsNever) {
  const SlowStart off({});
  EXPECT_EQ(off.PartOf(At(0), At(0)), 1);
  const auto set = MakeSet({{.id = "a", .since = At(0)}, {.id = "b"}});
  const EndpointSet::Tier& tier = set->groups()[0].tiers[0];
  EXPECT_FALSE(off.Applies(tier, At(0)));
  const SlowStart on(kTenSeconds);
  EXPECT_TRUE(on.Applies(tier, At(9'999)));
  EXPECT_FALSE(on.Applies(tier, At(10'000)));
}

TEST(SlowStartTest, ASetKnowsWhenItsReadyEndpointsBecameSo) {
  const auto set = MakeSet(
      {{.id = "a", .since = At(5)},
       {.id = "b", .since = At(9)},
       {.id = "c", .since = At(7)},
       {.id = "d", .state = EndpointState::kUnavailable, .since = At(20)}});
  EXPECT_EQ(set->groups()[0].tiers[0].oldest, At(5));
  EXPECT_EQ(set->groups()[0].tiers[0].newest, At(9));
  EXPECT_EQ(set->since(1), At(9));
}

using Maker = std::unique_ptr<Balancer> (*)(const Balancing&, RandomSource&);

struct BalancerKind {
  const char* name;
  Maker make;
};

class SlowStartOf : public ::testing::TestWithParam<BalancerKind> {
 protected:
  // At `now`, by how many choices each endpoint was met.
  std::vector<uint64_t> Choose(const std::vector<Endpoint>& endpoints,
                               const Balancing& config, Timestamp now) {
    CountingRandom random(31);
    const auto balancer = GetParam().make(config, random);
    const auto set = MakeSet(endpoints);
    return CountChoices(*balancer, {.endpoints = *set, .tried = {}, .now = now},
                        choices_);
  }

  const int choices_ = Scaled(15'000, 60'000, 60'000);
};

INSTANTIATE_TEST_SUITE_P(
    Kinds, SlowStartOf,
    ::testing::Values(BalancerKind{"RoundRobin", &MakeRoundRobin},
                      BalancerKind{"Random", &MakeRandom},
                      BalancerKind{"LeastRequest", &MakeLeastRequest},
                      BalancerKind{"LeastSessions", &MakeLeastSessions}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(SlowStartOf, TheSharesAreThoseOfTheReducedWeights) {
  for (const bool equal : {true, false}) {
    std::vector<Endpoint> endpoints =
        OfWeights(equal ? std::vector<uint32_t>{2, 2, 2, 2, 2}
                        : std::vector<uint32_t>{1, 2, 3, 4, 5});
    endpoints[1].since = At(0);
    endpoints[4].since = At(2'000);
    for (const double aggression : {1.0, 2.0}) {
      const Balancing config{.slow_start = seconds(10),
                             .slow_start_aggression = aggression};
      for (const int64_t now : {0, 500, 1'500, 3'000, 6'000, 11'000, 12'000}) {
        const SlowStart slow_start(config);
        std::vector<double> shares;
        for (const Endpoint& endpoint : endpoints) {
          shares.push_back(endpoint.weight *
                           slow_start.PartOf(endpoint.since, At(now)));
        }
        EXPECT_GT(
            ChiSquareP<double>(Choose(endpoints, config, At(now)), shares),
            1e-3)
            << now << (equal ? " equal" : " unequal");
      }
    }
  }
}

TEST_P(SlowStartOf, EndpointsThatAreAllAsYoungShareByWeight) {
  std::vector<Endpoint> endpoints = OfWeights({1, 2, 3});
  for (Endpoint& endpoint : endpoints) endpoint.since = At(0);
  EXPECT_GT(
      ChiSquareP<double>(Choose(endpoints, {.slow_start = seconds(10)}, At(1)),
                         std::vector<double>{1, 2, 3}),
      1e-3);
}

TEST_P(SlowStartOf, NextToManyYoungOnesAnOldOneHasMostOfItsDue) {
  // 16 draws miss the old one and all young ones at times: its share is a
  // little less than 1 / (1 + 99 * 0.1).
  std::vector<Endpoint> endpoints = OfWeights(std::vector<uint32_t>(100, 1));
  for (size_t i = 1; i < 100; ++i) endpoints[i].since = At(0);
  const auto counts = Choose(endpoints, kTenSeconds, At(1));
  EXPECT_LT(counts[0], choices_ * 0.092 * 1.05);
  EXPECT_GT(counts[0], choices_ * 0.092 * 0.80);
}

TEST_P(SlowStartOf, AnEndpointThatIsLeftAloneServesHoweverYoung) {
  std::vector<Endpoint> endpoints = OfWeights({1, 1, 1});
  endpoints[2].since = At(0);
  const auto set = MakeSet(endpoints);
  CountingRandom random(32);
  const auto balancer = GetParam().make(
      {.slow_start = seconds(10), .slow_start_min_percent = 1}, random);
  const uint32_t tried[] = {0, 1};
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(
        balancer->Choose({.endpoints = *set, .tried = tried, .now = At(0)}, 0),
        2U);
  }
}

TEST_P(SlowStartOf, AFullEndpointIsNeverChosenWhileAnotherIsFree) {
  for (const bool equal : {true, false}) {
    std::vector<Endpoint> endpoints =
        OfWeights(std::vector<uint32_t>(100, equal ? 1 : 1'000));
    for (Endpoint& endpoint : endpoints) endpoint.max_requests = 3;
    endpoints[42].weight = 1;
    const auto set = MakeSet(endpoints);
    std::vector<uint32_t> active(100, 3);
    active[42] = 2;
    CountingRandom random(33);
    const auto balancer = GetParam().make({.choices = 16}, random);
    const Choice choice{
        .endpoints = *set, .tried = {}, .active = ActiveIn(active)};
    for (int i = 0; i < 500; ++i) EXPECT_EQ(balancer->Choose(choice, 0), 42U);
    active[42] = 3;
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(balancer->Choose(choice, 0), kNoEndpoint);
    }
  }
}

TEST_P(SlowStartOf, TheSharesOfRefusedEndpointsGoToOthersByWeight) {
  const std::vector<uint32_t> weights = {1, 2, 3, 4};
  const auto set = MakeSet(OfWeights(weights));
  CountingRandom random(34);
  const auto balancer = GetParam().make({}, random);
  const uint32_t tried[] = {2};
  const auto counts =
      CountChoices(*balancer, {.endpoints = *set, .tried = tried}, 60'000);
  EXPECT_GT(ChiSquareP<double>(counts, std::vector<double>{1, 2, 0, 4}), 1e-3);
}

TEST(SlowStartInAPolicy, GoesByTheTimeOfTheRequest) {
  const auto policy = MakePolicy(
      R"({"type": "Header", "sessionName": "S",
          "balancer": {"type": "Random", "slowStart": {"window": "10s"}}})");
  const auto set = MakeSet({{.id = "old"}, {.id = "new", .since = At(0)}});
  const auto share = [&](Timestamp now) {
    int chosen = 0;
    for (int i = 0; i < 4'000; ++i) {
      chosen += Send(*policy, *set, now, {}).endpoint == "new" ? 1 : 0;
    }
    return chosen / 4'000.0;
  };
  EXPECT_NEAR(share(At(0)), 0.1 / 1.1, 0.02);
  EXPECT_NEAR(share(At(5'000)), 1 / 3.0, 0.03);
  EXPECT_NEAR(share(At(10'000)), 0.5, 0.03);
}

}  // namespace
}  // namespace limpet::testing
