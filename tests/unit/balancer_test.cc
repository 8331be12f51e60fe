#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <string>

#include "test_policy.h"

namespace limpet::testing {
namespace {

std::unique_ptr<Policy> Balancer(const std::string& type) {
  auto config = SessionPersistence::FromJson("null");
  EXPECT_TRUE(
      config->Extend(R"({"balancer": {"type": ")" + type + R"("}})").ok());
  auto policy = Policy::Make(*config, {.scope = "test"});
  EXPECT_TRUE(policy.ok()) << policy.status().ToString();
  return *std::move(policy);
}

std::map<std::string, int> Deal(const Policy& policy, const EndpointSet& set,
                                int requests,
                                const SelectOptions& options = {}) {
  std::map<std::string, int> counts;
  for (int i = 0; i < requests; ++i) {
    ++counts[Send(policy, set, At(0), {}, options).endpoint];
  }
  return counts;
}

class EveryBalancer : public ::testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Policy> policy_ = Balancer(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Kinds, EveryBalancer,
                         ::testing::Values("RoundRobin", "Random",
                                           "LeastRequest"),
                         [](const auto& info) {
                           return std::string(info.param);
                         });

TEST_P(EveryBalancer, DealsByTheWeightsOfEndpoints) {
  const auto set = MakeSet({{.id = "a", .weight = 1},
                            {.id = "b", .weight = 2},
                            {.id = "c", .weight = 7},
                            {.id = "none", .weight = 0}});
  auto counts = Deal(*policy_, *set, 10'000);
  EXPECT_NEAR(counts["a"], 1'000, 150);
  EXPECT_NEAR(counts["b"], 2'000, 200);
  EXPECT_NEAR(counts["c"], 7'000, 250);
  EXPECT_EQ(counts.count("none"), 0U);
}

TEST_P(EveryBalancer, DealsByBackendsFirstAndThenByEndpoints) {
  const auto set = MakeSet({{.id = "a0", .backend = "a"},
                            {.id = "b0", .backend = "b"},
                            {.id = "b1", .backend = "b"},
                            {.id = "b2", .backend = "b"},
                            {.id = "z0", .backend = "z"}},
                           {{.name = "a", .weight = 1},
                            {.name = "b", .weight = 1},
                            {.name = "z", .weight = 0}});
  auto counts = Deal(*policy_, *set, 6'000);
  EXPECT_NEAR(counts["a0"], 3'000, 200);
  for (const char* id : {"b0", "b1", "b2"}) {
    EXPECT_NEAR(counts[id], 1'000, 150) << id;
  }
  EXPECT_EQ(counts.count("z0"), 0U);
}

TEST_P(EveryBalancer, PassesOverEndpointsThatWereTried) {
  const auto set = MakeSet(Pods(4));
  const std::array<uint32_t, 3> tried = {0, 1, 3};
  EXPECT_EQ(Deal(*policy_, *set, 100, {.tried = tried}),
            (std::map<std::string, int>{{"pod-2", 100}}));
}

TEST_P(EveryBalancer, PassesOverABackendWhoseEndpointsWereTried) {
  const auto set =
      MakeSet({{.id = "a0", .backend = "a"}, {.id = "b0", .backend = "b"}});
  const std::array<uint32_t, 1> tried = {0};
  EXPECT_EQ(Deal(*policy_, *set, 100, {.tried = tried}),
            (std::map<std::string, int>{{"b0", 100}}));
}

TEST_P(EveryBalancer, HasNoSessionsAndSaysSo) {
  const auto set = MakeSet(Pods(2));
  EXPECT_EQ(policy_->RequestField(), "");
  const Seen seen = Send(*policy_, *set, At(0), {"token"});
  EXPECT_EQ(seen.outcome, Outcome::kBalanced);
  EXPECT_EQ(seen.field, "");
  EXPECT_EQ(policy_->counters()[Outcome::kBalanced], 1U);
}

// No draw may depend on another: not that of an endpoint on that of its tier,
// or of its backend.
TEST_P(EveryBalancer, DealsEvenlyBehindTiersAndBackends) {
  std::vector<Endpoint> endpoints;
  const auto add = [&](const char* backend, int count, uint32_t priority,
                       EndpointState state) {
    for (int i = 0; i < count; ++i) {
      endpoints.push_back({.id = std::to_string(endpoints.size()),
                           .backend = backend,
                           .state = state,
                           .priority = priority});
    }
  };
  // Of a's 100 the first tier gets 70, the second 30.
  add("a", 5, 0, EndpointState::kReady);
  add("a", 5, 0, EndpointState::kUnavailable);
  add("a", 10, 1, EndpointState::kReady);
  add("b", 4, 0, EndpointState::kReady);
  const auto set = MakeSet(endpoints);
  auto counts = Deal(*policy_, *set, 40'000);
  for (size_t i = 0; i < endpoints.size(); ++i) {
    const double expected = i < 5    ? 20'000 * 0.7 / 5
                            : i < 10 ? 0
                            : i < 20 ? 20'000 * 0.3 / 10
                                     : 20'000.0 / 4;
    EXPECT_NEAR(counts[endpoints[i].id], expected, 5 * std::sqrt(expected) + 20)
        << i;
  }
}

TEST(RoundRobin, TakesEqualEndpointsInTurn) {
  const auto policy = Balancer("RoundRobin");
  const auto set = MakeSet(Pods(5));
  for (const auto& [id, count] : Deal(*policy, *set, 500)) {
    EXPECT_EQ(count, 100) << id;
  }
}

TEST(RoundRobin, SpreadsUnequalWeightsSmoothly) {
  const auto policy = Balancer("RoundRobin");
  const auto set = MakeSet({{.id = "a", .weight = 5},
                            {.id = "b", .weight = 1},
                            {.id = "c", .weight = 1}});
  // In every stretch of 70 the counts are close to the weights.
  for (int stretch = 0; stretch < 50; ++stretch) {
    EXPECT_NEAR(Deal(*policy, *set, 70)["a"], 50, 2);
  }
}

TEST(LeastRequest, PrefersTheEndpointWithFewerRequestsInHand) {
  const auto policy = Balancer("LeastRequest");
  const auto set = MakeSet(Pods(2));
  const std::array<uint32_t, 2> active = {10, 0};
  const auto count = [](const void* host, uint32_t endpoint) {
    return static_cast<const uint32_t*>(host)[endpoint];
  };
  auto counts = Deal(*policy, *set, 4'000,
                     {.active = {.count = count, .host = active.data()}});
  // pod-0 is chosen only where both draws are pod-0.
  EXPECT_NEAR(counts["pod-0"], 1'000, 150);
}

TEST(LeastRequest, WeighsRequestsInHandByWeight) {
  const auto policy = Balancer("LeastRequest");
  const auto set =
      MakeSet({{.id = "big", .weight = 10}, {.id = "small", .weight = 1}});
  const std::array<uint32_t, 2> active = {0, 9};
  const auto count = [](const void* host, uint32_t endpoint) {
    return static_cast<const uint32_t*>(host)[endpoint];
  };
  auto counts = Deal(*policy, *set, 12'100,
                     {.active = {.count = count, .host = active.data()}});
  // Both draws, or the second with a chance of one in ten.
  EXPECT_NEAR(counts["small"], 100 + 100, 50);
}

}  // namespace
}  // namespace limpet::testing
