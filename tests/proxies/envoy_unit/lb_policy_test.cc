// The load balancing policy's hooks, alone and beside a filter.
#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "module.h"

namespace limpet_envoy::testing {
namespace {

TEST(EnvoyModule, AnswersForAnEndpointThatIsDownWhereItIsStrict) {
  const void* config = envoy_dynamic_module_on_lb_config_new(
      nullptr, Bytes("limpet"), Bytes(""));
  FakeLb lb{.hosts = {{"10.0.0.1:80"}, {"10.0.0.2:80"}}};
  void* policy = envoy_dynamic_module_on_lb_new(config, lb.get());
  {
    Module module(
        "own",
        R"({"sessionPersistence": {"sessionName": "S", "type": "Header",
            "failover": {"type": "Strict", "status": 410}}})");
    const std::string token = module.Begin("10.0.0.1:80");
    EXPECT_EQ(token.size(), 100U);
    lb.hosts[0].health = LIMPET_ENVOY_UNHEALTHY;
    envoy_dynamic_module_on_lb_on_host_membership_update(lb.get(), policy, 0,
                                                         0);
    FakeStream stream(&module.host);
    stream.request = {{"s", token}};
    module.Serve(&stream, "10.0.0.2:80");
    EXPECT_EQ(stream.answered, 410U);
    EXPECT_EQ(module.host["outcome_rejected"], 1U);

    uint32_t priority = 9;
    uint32_t index = 9;
    EXPECT_TRUE(envoy_dynamic_module_on_lb_choose_host(
        lb.get(), policy, nullptr, &priority, &index));
    EXPECT_EQ(priority, 0U);
    EXPECT_EQ(index, 0U);  // of the healthy ones
  }
  envoy_dynamic_module_on_lb_destroy(policy);
  envoy_dynamic_module_on_lb_config_destroy(config);
}

// Where so many new sessions go by smooth round robin: priority, place among
// its healthy hosts.
std::vector<std::pair<uint32_t, uint32_t>> Choose(FakeLb* lb,
                                                  std::string_view json,
                                                  int count) {
  const void* config = envoy_dynamic_module_on_lb_config_new(
      nullptr, Bytes("limpet"), Bytes(json));
  void* policy = envoy_dynamic_module_on_lb_new(config, lb->get());
  std::vector<std::pair<uint32_t, uint32_t>> chosen;
  for (int i = 0; i < count; ++i) {
    uint32_t priority = 0;
    uint32_t index = 0;
    if (envoy_dynamic_module_on_lb_choose_host(lb->get(), policy, nullptr,
                                               &priority, &index)) {
      chosen.emplace_back(priority, index);
    }
  }
  envoy_dynamic_module_on_lb_destroy(policy);
  envoy_dynamic_module_on_lb_config_destroy(config);
  return chosen;
}

// How many go to each healthy host of priority 0.
std::vector<int> Shares(FakeLb* lb, std::string_view json, int count) {
  std::vector<int> shares(lb->hosts.size());
  for (const auto& [priority, index] : Choose(lb, json, count)) {
    if (priority == 0) ++shares[index];
  }
  return shares;
}

// How many of 1000 go to hosts of each of two priorities.
std::vector<int> SharesOfPriorities(FakeLb* lb, std::string_view json) {
  std::vector<int> shares(2);
  for (const auto& [priority, index] : Choose(lb, json, 1000)) {
    ++shares[priority];
  }
  return shares;
}

TEST(EnvoyModule, BalancesByWeightsOfAnySize) {
  FakeLb lb{.hosts = {{"10.0.0.1:80", 3'000'000'000}, {"10.0.0.2:80", 1}}};
  const std::vector<int> shares = Shares(&lb, "{}", 1000);
  EXPECT_EQ(shares[0] + shares[1], 1000);
  EXPECT_GE(shares[0], 998);
}

TEST(EnvoyModule, BalancesByTheWeightsOfLocalities) {
  using V = std::vector<int>;
  // 90 to 10, as two backendRefs of Envoy Gateway's: two hosts and four.
  FakeLb lb{.hosts = {{"10.0.0.1:80"},
                      {"10.0.0.2:80"},
                      {"10.0.1.1:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.1.2:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.1.3:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.1.4:80", 1, LIMPET_ENVOY_HEALTHY, 1}},
            .localities = {90, 10}};
  constexpr char kWeighs[] = R"({"weighLocalities": true})";
  EXPECT_EQ(Shares(&lb, kWeighs, 400), (V{180, 180, 10, 10, 10, 10}));
  EXPECT_EQ(Shares(&lb, "{}", 600), (V{100, 100, 100, 100, 100, 100}));
  // One of two healthy: 70 % of the weight. The places are of healthy hosts.
  lb.hosts[1].health = LIMPET_ENVOY_UNHEALTHY;
  EXPECT_EQ(Shares(&lb, kWeighs, 730), (V{630, 25, 25, 25, 25, 0}));
  lb.hosts[0].health = LIMPET_ENVOY_UNHEALTHY;
  EXPECT_EQ(Shares(&lb, kWeighs, 400), (V{100, 100, 100, 100, 0, 0}));
}

TEST(EnvoyModule, WeightsOfLocalitiesDoNotCallTheNextPriority) {
  // Five of seven are healthy: more than 71 %. The next priority is not needed,
  // though the locality that weighs most has but one of three.
  FakeLb lb{.hosts = {{"10.0.0.1:80"},
                      {"10.0.0.2:80", 1, LIMPET_ENVOY_UNHEALTHY},
                      {"10.0.0.3:80", 1, LIMPET_ENVOY_UNHEALTHY},
                      {"10.0.1.1:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.1.2:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.1.3:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.1.4:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.2.1:80", 1, LIMPET_ENVOY_HEALTHY, 0, 1}},
            .localities = {90, 10},
            .priorities = 2};
  constexpr char kWeighs[] = R"({"weighLocalities": true})";
  EXPECT_EQ(SharesOfPriorities(&lb, kWeighs), (std::vector<int>{1000, 0}));
  lb.hosts[3].health = LIMPET_ENVOY_UNHEALTHY;
  // 1.4 times 4 of 7.
  EXPECT_NEAR(SharesOfPriorities(&lb, kWeighs)[0], 800, 50);
}

}  // namespace
}  // namespace limpet_envoy::testing
