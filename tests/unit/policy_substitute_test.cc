// Where a session goes when its endpoint cannot serve: to the same place from
// every proxy.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "test_policy.h"

namespace limpet::testing {
namespace {

std::string Sticky(const std::string& failover, const std::string& more = "") {
  return R"({"sessionName": "S", "type": "Header", "failover": {"type": ")" +
         failover + R"("})" + more + "}";
}

std::vector<Endpoint> Without(std::vector<Endpoint> endpoints,
                              const std::string& id) {
  std::erase_if(endpoints, [&](const Endpoint& e) { return e.id == id; });
  return endpoints;
}

std::vector<Endpoint> Unavailable(std::vector<Endpoint> endpoints,
                                  const std::string& id) {
  for (Endpoint& endpoint : endpoints) {
    if (endpoint.id == id) endpoint.state = EndpointState::kUnavailable;
  }
  return endpoints;
}

TEST(Substitute, IsTheSameForAllProxiesOfAFleet) {
  for (const char* failover : {"Rebind", "Temporary"}) {
    const auto fleet = MakeFleet(Sticky(failover));
    const std::vector<Endpoint> pods = Pods(10);
    const auto set = MakeSet(pods);
    for (int session = 0; session < 100; ++session) {
      const Seen first = Send(*fleet[session % kFleet], *set, At(0), {});
      for (const auto& change : {Unavailable, Without}) {
        const auto broken = MakeSet(change(pods, first.endpoint));
        const Seen expected = Send(*fleet[0], *broken, At(1), {first.token});
        EXPECT_NE(expected.endpoint, first.endpoint);
        for (const auto& proxy : fleet) {
          EXPECT_EQ(Send(*proxy, *broken, At(1), {first.token}).endpoint,
                    expected.endpoint);
        }
      }
    }
  }
}

TEST(Substitute, HasASubstituteToo) {
  const auto fleet = MakeFleet(Sticky("Temporary"));
  const auto set = MakeSet(Pods(5));
  const Seen first = Send(*fleet[0], *set, At(0), {});
  std::vector<uint32_t> tried = {set->Find(HashEndpointId(first.endpoint))};
  while (tried.size() < 5) {
    const std::string_view values[] = {first.token};
    const uint32_t next =
        fleet[1]->Select(values, *set, At(1), {.tried = tried}).endpoint;
    for (const auto& proxy : fleet) {
      EXPECT_EQ(proxy->Select(values, *set, At(1), {.tried = tried}).endpoint,
                next);
    }
    tried.push_back(next);
  }
  EXPECT_EQ(std::set<uint32_t>(tried.begin(), tried.end()).size(), 5U);
}

// Not all of a dead endpoint's sessions fall upon one other.
TEST(Substitute, SpreadsTheSessionsOfADeadEndpointByWeight) {
  const auto policy = MakePolicy(Sticky("Temporary"));
  const std::vector<Endpoint> pods = {
      {.id = "dead"}, {.id = "a"}, {.id = "b", .weight = 3}};
  const auto set = MakeSet(pods);
  const auto broken = MakeSet(Unavailable(pods, "dead"));
  const uint32_t others[] = {1, 2};
  std::map<std::string, int> counts;
  constexpr int kSessions = 4'000;
  for (int i = 0; i < kSessions; ++i) {
    const Seen first = Send(*policy, *set, At(0), {}, {.tried = others});
    ++counts[Send(*policy, *broken, At(1), {first.token}).endpoint];
  }
  // Ids are random: six standard deviations.
  EXPECT_NEAR(counts["a"], kSessions / 4, 165);
  EXPECT_EQ(counts["a"] + counts["b"], kSessions);
}

TEST(Substitute, IsOfTheSessionsOwnBackendWhileThatOneGetsNewSessions) {
  const std::vector<Endpoint> pods = {{.id = "blue-0", .backend = "blue"},
                                      {.id = "blue-1", .backend = "blue"},
                                      {.id = "green-0", .backend = "green"}};
  const uint32_t others[] = {1, 2};
  const auto policy = MakePolicy(Sticky("Temporary"));
  const auto after = [&](uint32_t blue, std::vector<Endpoint> endpoints) {
    const Seen first =
        Send(*policy, *MakeSet(pods), At(0), {}, {.tried = others});
    EXPECT_EQ(first.endpoint, "blue-0");
    const auto set = MakeSet(Unavailable(std::move(endpoints), "blue-0"),
                             {{"blue", blue}, {"green", 99}});
    return Send(*policy, *set, At(1), {first.token}).endpoint;
  };
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(after(1, pods), "blue-1");
    EXPECT_EQ(after(0, pods), "green-0");
    EXPECT_EQ(after(1, Unavailable(pods, "blue-1")), "green-0");
  }
}

TEST(Substitute, IsDrawnAnewInABackendOfTheNameOfOneOfItsEndpoints) {
  const auto policy = MakePolicy(Sticky("Temporary"));
  const auto before = MakeSet({{.id = "gone"}});
  std::vector<Endpoint> pods;
  for (const std::string backend : {"a0", "b0"}) {
    for (int i = 0; i < 10; ++i) {
      pods.push_back(
          {.id = backend.substr(0, 1) + std::to_string(i), .backend = backend});
    }
  }
  const auto after = MakeSet(pods);
  std::map<std::string, int> counts;
  constexpr int kSessions = 4'000;
  for (int i = 0; i < kSessions; ++i) {
    const Seen first = Send(*policy, *before, At(0), {});
    ++counts[Send(*policy, *after, At(1), {first.token}).endpoint];
  }
  // Ids are random: six standard deviations.
  EXPECT_NEAR(counts["a0"], kSessions / 20, 83);
  EXPECT_NEAR(counts["b0"], kSessions / 20, 83);
}

TEST(Substitute, IsOfTheBackendThatTheWeightsChose) {
  const auto policy =
      MakePolicy(Sticky("Temporary", R"(, "splitting": "WeightsFirst")"));
  const std::vector<Endpoint> pods = {{.id = "blue-0", .backend = "blue"},
                                      {.id = "blue-1", .backend = "blue"},
                                      {.id = "green-0", .backend = "green"}};
  const std::vector<Backend> all_blue = {{"blue", 1}, {"green", 0}};
  const uint32_t others[] = {1};
  const Seen first =
      Send(*policy, *MakeSet(pods, all_blue), At(0), {}, {.tried = others});
  const auto broken = MakeSet(Unavailable(pods, "blue-0"), all_blue);
  const Seen away = Send(*policy, *broken, At(1), {first.token});
  EXPECT_EQ(away.outcome, Outcome::kSubstituted);
  EXPECT_EQ(away.endpoint, "blue-1");
}

TEST(Substitute, IsNobodyWhereNobodyIsLeft) {
  const auto policy = MakePolicy(Sticky("Rebind"));
  const std::vector<Endpoint> pods = Pods(2);
  const Seen first = Send(*policy, *MakeSet(pods), At(0), {});
  const auto none = MakeSet(Unavailable(Unavailable(pods, "pod-0"), "pod-1"));
  EXPECT_EQ(Send(*policy, *none, At(1), {first.token}).outcome,
            Outcome::kUnavailable);
}

// Its tokens name an endpoint and no session: one substitute for all of them
// would get all of the load.
TEST(Substitute, OfAnEnvoyTokenIsTheBalancersChoice) {
  const auto policy =
      MakePolicy(Sticky("Temporary", R"(, "store": {"type": "EnvoyToken"})"));
  const std::vector<Endpoint> pods = Pods(3);
  const Seen first = Send(*policy, *MakeSet(pods), At(0), {});
  const auto broken = MakeSet(Unavailable(pods, first.endpoint));
  const Seen a = Send(*policy, *broken, At(1), {first.token});
  const Seen b = Send(*policy, *broken, At(1), {first.token});
  EXPECT_NE(a.endpoint, b.endpoint);  // round robin
}

}  // namespace
}  // namespace limpet::testing
