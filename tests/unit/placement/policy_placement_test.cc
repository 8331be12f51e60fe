// A policy's compat balancers against what Envoy, nginx and HAProxy did.
#include <gtest/gtest.h>

#include <string>

#include "limpet/limpet.h"
#include "placement/hashes.h"
#include "policy_case.h"
#include "test_vectors.h"

namespace limpet::testing {
namespace {

using nlohmann::json;

class PolicyPlacement : public ::testing::TestWithParam<const char*> {};

TEST_P(PolicyPlacement, EveryKeyIsWhereTheProxyPlacesIt) {
  const json recorded = LoadVectors(GetParam());
  size_t cases = 0;
  size_t compared = 0;
  for (const json& placement : recorded) {
    const PolicyComparison comparison =
        ComparePolicy(placement, Place(placement));
    EXPECT_EQ(comparison.difference, "")
        << placement.at("mode") << ", " << placement.at("name");
    cases += comparison.compared > 0;
    compared += comparison.compared;
  }
  EXPECT_GE(cases, 30U);
  EXPECT_GE(compared, 100 * cases);
}

INSTANTIATE_TEST_SUITE_P(Proxies, PolicyPlacement,
                         ::testing::Values("placement_nginx.json",
                                           "placement_haproxy.json",
                                           "placement_haproxy_3_0.json",
                                           "placement_envoy.json"));

uint32_t Select(const Policy& policy, const EndpointSet& set,
                const SelectOptions& options) {
  return policy.Select({}, set, TimestampFromMillis(1), options).endpoint;
}

TEST(EnvoyKinds, TakeAHashThatTheHostHasWorkedOut) {
  auto config = SessionPersistence::FromJson("null");
  ASSERT_TRUE(config->Extend(R"({"balancer": {"type": "EnvoyMaglev"}})").ok());
  const auto policy = Policy::Make(*config, {.scope = "test"});
  const auto set = EndpointSet::Make({{.id = "a", .address = "10.0.0.1:80"},
                                      {.id = "b", .address = "10.0.0.2:80"},
                                      {.id = "c", .address = "10.0.0.3:80"}});
  for (uint32_t i = 0; i < 100; ++i) {
    EnvoyHashSum sum;
    sum.Add(EnvoySourceHash("10.1.2." + std::to_string(i)), false);
    sum.Add(EnvoyQueryHash("/?q=" + Key(i), "q"), true);
    ASSERT_TRUE(sum.value().has_value());
    EXPECT_NE(Select(**policy, **set, {.hash = sum.value()}), kNoEndpoint);
    // The hash of one policy is that of its bytes.
    EnvoyHashSum one;
    one.Add(Xxh64(Key(i)), false);
    EXPECT_EQ(Select(**policy, **set, {.hash = one.value()}),
              Select(**policy, **set, {.hash_key = Key(i)}));
  }
}

}  // namespace
}  // namespace limpet::testing
