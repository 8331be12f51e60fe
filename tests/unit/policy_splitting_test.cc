// Several weighted backends in one rule: GEP-1619 "Traffic splitting", before
// and after 1.7.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "test_policy.h"

namespace limpet::testing {
namespace {

std::vector<Endpoint> BlueAndGreen() {
  return {{.id = "blue-0", .backend = "blue"},
          {.id = "blue-1", .backend = "blue"},
          {.id = "green-0", .backend = "green"},
          {.id = "green-1", .backend = "green"}};
}

std::shared_ptr<const EndpointSet> Weighted(uint32_t blue, uint32_t green) {
  return MakeSet(BlueAndGreen(), {{.name = "blue", .weight = blue},
                                  {.name = "green", .weight = green}});
}

constexpr char kSessionFirst[] = R"({"sessionName": "S", "type": "Header"})";
constexpr char kWeightsFirst[] =
    R"({"type": "Header", "header": {"name": "S"}})";

TEST(SessionFirst, ASessionWinsOverWeightsEvenAtZero) {
  const auto policy = MakePolicy(kSessionFirst);
  Client client(*policy);
  const Seen first = client.Request(*Weighted(1, 0), At(0));
  EXPECT_TRUE(first.endpoint.starts_with("blue"));
  const auto turned = Weighted(0, 1);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.Request(*turned, At(i)).endpoint, first.endpoint);
    EXPECT_TRUE(
        Send(*policy, *turned, At(i), {}).endpoint.starts_with("green"));
  }
}

TEST(SessionFirst, NewSessionsFollowTheWeights) {
  for (const char* balancer : {"RoundRobin", "Random", "LeastRequest"}) {
    const auto policy = MakePolicy(
        std::string(R"({"sessionName": "S", "type": "Header", "balancer":
                        {"type": ")") +
        balancer + R"("}})");
    const auto set = Weighted(70, 30);
    int blue = 0;
    for (int i = 0; i < 4'000; ++i) {
      blue += Send(*policy, *set, At(i), {}).endpoint.starts_with("blue");
    }
    // Five standard deviations of a binomial.
    EXPECT_NEAR(blue / 4'000.0, 0.7, 0.0363) << balancer;
  }
}

TEST(WeightsFirst, ASessionDoesNotOverrideTheSplit) {
  const auto policy = MakePolicy(kWeightsFirst);
  EXPECT_EQ(policy->config().splitting, Splitting::kWeightsFirst);
  const auto set = Weighted(70, 30);
  Client client(*policy);
  int blue = 0;
  for (int i = 0; i < 500; ++i) {
    blue += client.Request(*set, At(i)).endpoint.starts_with("blue");
  }
  EXPECT_NEAR(blue / 500.0, 0.7, 0.05);
}

TEST(WeightsFirst, ASessionHoldsInsideTheBackendThatTheWeightsChose) {
  const auto policy = MakePolicy(kWeightsFirst);
  const auto set = Weighted(1, 0);
  Client client(*policy);
  const Seen first = client.Request(*set, At(0));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.Request(*set, At(i)).endpoint, first.endpoint);
  }
}

TEST(WeightsFirst, ATokenOfAnotherBackendIsReplaced) {
  const auto policy = MakePolicy(kWeightsFirst);
  Client client(*policy);
  client.Request(*Weighted(1, 0), At(0));
  const auto turned = Weighted(0, 1);
  const Seen next = client.Request(*turned, At(1));
  EXPECT_EQ(next.outcome, Outcome::kOtherBackend);
  EXPECT_TRUE(next.endpoint.starts_with("green"));
  EXPECT_EQ(client.Request(*turned, At(2)).endpoint, next.endpoint);
}

TEST(WeightsFirst, SessionsOfABackendThatOnlyDrainsAreKept) {
  std::vector<Endpoint> pods = BlueAndGreen();
  const auto policy = MakePolicy(kWeightsFirst);
  Client client(*policy);
  const Seen first = client.Request(*MakeSet(pods), At(0));
  for (Endpoint& pod : pods) pod.state = EndpointState::kDraining;
  EXPECT_EQ(client.Request(*MakeSet(pods), At(1)).endpoint, first.endpoint);
}

}  // namespace
}  // namespace limpet::testing
