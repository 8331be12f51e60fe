#include <gtest/gtest.h>

#include <array>
#include <string>

#include "test_policy.h"

namespace limpet::testing {
namespace {

constexpr char kMap[] =
    R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "10s",
        "store": {"type": "SessionMap", "capacity": 2}})";

// A format; the keys of the tag are c0-cf and d0-df, the id is 34 ... 43.
TEST(MapToken, IsTheGoldenOne) {
  CountingRandom random;
  auto map = SessionMap::Make({.capacity = 2}, {.random = &random});
  ASSERT_TRUE(map.ok());
  std::array<std::byte, 60> passed;  // and the balancer draws 8
  random.Fill(passed);
  auto policy = Policy::FromJson(
      kMap, {.scope = "default/map/0", .sessions = *map, .random = &random});
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ(Send(**policy, *MakeSet(Pods(1)), At(0), {}).token,
            "NDU2Nzg5Ojs8PT4_QEFCQ-J49vMYqg-W");
}

TEST(MapToken, OfAnotherScopeIsForeignInTheSameMap) {
  const auto set = MakeSet(Pods(2));
  auto map = SessionMap::Make({.capacity = 8});
  const auto a = MakePolicy(kMap, "a", nullptr, *map);
  const auto b = MakePolicy(kMap, "b", nullptr, *map);
  const Seen first = Send(*a, *set, At(0), {});
  EXPECT_EQ(Send(*b, *set, At(1), {first.token}).outcome, Outcome::kForeign);
  EXPECT_EQ(Send(*a, *set, At(1), {first.token}).outcome, Outcome::kKept);
}

TEST(MapToken, WhatLimpetDidNotMakeDiesBeforeTheMap) {
  const auto set = MakeSet(Pods(2));
  const auto policy = MakePolicy(kMap);
  const std::string token = Send(*policy, *set, At(0), {}).token;
  ASSERT_EQ(token.size(), 32U);
  for (size_t i = 0; i < token.size(); ++i) {
    std::string forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    const Outcome outcome = Send(*policy, *set, At(1), {forged}).outcome;
    EXPECT_TRUE(outcome == Outcome::kInvalid || outcome == Outcome::kForeign ||
                outcome == Outcome::kUnpinned)
        << i;
  }
}

TEST(MapToken, AFullMapServesNewClientsUnpinnedAndKeepsTheOthers) {
  const auto set = MakeSet(Pods(3));
  const auto policy = MakePolicy(kMap);
  Client a(*policy);
  Client b(*policy);
  Client c(*policy);
  a.Request(*set, At(0));
  b.Request(*set, At(1));
  const Seen full = c.Request(*set, At(2));
  EXPECT_EQ(full.outcome, Outcome::kUnpinned);
  EXPECT_FALSE(full.endpoint.empty());
  EXPECT_EQ(full.field, "");
  EXPECT_EQ(a.Request(*set, At(3)).outcome, Outcome::kKept);
  EXPECT_EQ(b.Request(*set, At(3)).outcome, Outcome::kKept);
  // The place of a session that is over is free without a sweep.
  EXPECT_EQ(c.Request(*set, At(10'000)).outcome, Outcome::kNew);
}

TEST(MapToken, AnIdleSessionSlidesWithoutANewToken) {
  const auto set = MakeSet(Pods(3));
  const auto policy = MakePolicy(
      R"({"sessionName": "S", "type": "Header", "idleTimeout": "10s",
          "store": {"type": "SessionMap"}})");
  Client client(*policy);
  client.Request(*set, At(0));
  int64_t ms = 0;
  for (int i = 0; i < 10; ++i) {
    const Seen seen = client.Request(*set, At(ms += 9'999));
    EXPECT_EQ(seen.outcome, Outcome::kKept);
    EXPECT_EQ(seen.field, "");
  }
  EXPECT_EQ(client.Request(*set, At(ms + 10'000)).outcome, Outcome::kExpired);
}

TEST(MapToken, APolicyThatTakesOverTheMapTakesOverItsSessions) {
  const auto set = MakeSet(Pods(3));
  const auto before = MakePolicy(kMap);
  const Seen first = Send(*before, *set, At(0), {});
  const auto after =
      MakePolicy(kMap, before->scope(), nullptr, before->sessions());
  const Seen next = Send(*after, *set, At(1), {first.token});
  EXPECT_EQ(next.outcome, Outcome::kKept);
  EXPECT_EQ(next.endpoint, first.endpoint);
}

TEST(MapToken, SessionsOfAVanishedEndpointDoNotPileUp) {
  const auto policy = MakePolicy(
      R"({"sessionName": "S", "type": "Header",
          "store": {"type": "SessionMap"}})");
  Client client(*policy);
  for (int i = 0; i < 10; ++i) {
    client.Request(*MakeSet({{.id = "pod-" + std::to_string(i)}}), At(i));
  }
  EXPECT_EQ(policy->sessions()->size(), 1U);
}

}  // namespace
}  // namespace limpet::testing
