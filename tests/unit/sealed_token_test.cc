#include <gtest/gtest.h>

#include <string>

#include "test_policy.h"

namespace limpet::testing {
namespace {

constexpr char kHeader[] =
    R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "10s"})";

// A format: these bytes live for days in clients. The key is 00 01 02 ... 1f;
// the random source counts up from 60, so that (behind the 8 that the balancer
// drew) the session id is 44 ... 4b and the nonce 4c ... 63; the time is
// 1700000000000.
TEST(SealedToken, IsTheGoldenOne) {
  CountingRandom random(60);
  auto policy = Policy::FromJson(
      kHeader,
      {.scope = "default/header/0", .keys = TestKeys(), .random = &random});
  ASSERT_TRUE(policy.ok());
  const auto set = MakeSet({{.id = "backend-765694d47f-wn8hp"}});
  const Seen seen = Send(**policy, *set, At(0), {});
  EXPECT_EQ(seen.token,
            "AQH08IAXTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjAuQyHHPxt_Zf"
            "W6G65FBUaJQMhOwL_Zkd_zCVXKGV9yt1yBt6DB4DDRFDliqt");
  EXPECT_EQ(Send(**policy, *set, At(1), {seen.token}).outcome, Outcome::kKept);
}

TEST(SealedToken, OfAnotherScopeIsForeign) {
  const auto set = MakeSet(Pods(4));
  const auto a = MakePolicy(kHeader, "default/route/0");
  const auto b = MakePolicy(kHeader, "default/route/1");
  const Seen first = Send(*a, *set, At(0), {});
  EXPECT_EQ(Send(*b, *set, At(1), {first.token}).outcome, Outcome::kForeign);
  EXPECT_EQ(Send(*a, *set, At(1), {first.token}).outcome, Outcome::kKept);
}

TEST(SealedToken, AnyOtherBitIsNotIt) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto set = MakeSet(Pods(4));
  const auto policy = MakePolicy(kHeader);
  const std::string token = Send(*policy, *set, At(0), {}).token;
  ASSERT_EQ(token.size(), 100U);
  for (size_t i = 0; i < token.size(); ++i) {
    for (int bit = 0; bit < 6; ++bit) {
      std::string forged = token;
      forged[i] = kDigits[kDigits.find(token[i]) ^ (1U << bit)];
      const Outcome outcome = Send(*policy, *set, At(1), {forged}).outcome;
      EXPECT_TRUE(outcome == Outcome::kInvalid || outcome == Outcome::kForeign)
          << "digit " << i << " bit " << bit;
    }
    std::string foreign_letter = token;
    for (const char c : {'+', '/', '=', '.', '\0', '\xff'}) {
      foreign_letter[i] = c;
      EXPECT_EQ(Send(*policy, *set, At(1), {foreign_letter}).outcome,
                Outcome::kInvalid);
    }
  }
}

TEST(SealedToken, WithLessThanHalfOfItsIdleTimeLeftIsWrittenAnew) {
  const auto set = MakeSet(Pods(4));
  const auto policy = MakePolicy(
      R"({"sessionName": "S", "type": "Header", "idleTimeout": "10s"})");
  Client client(*policy);
  const Seen first = client.Request(*set, At(0));
  EXPECT_EQ(client.Request(*set, At(5'000)).field, "");
  const Seen anew = client.Request(*set, At(5'001));
  EXPECT_EQ(anew.outcome, Outcome::kKept);
  EXPECT_FALSE(anew.field.empty());
  EXPECT_EQ(client.Request(*set, At(15'000)).outcome, Outcome::kKept);
  EXPECT_EQ(Send(*policy, *set, At(10'000), {first.token}).outcome,
            Outcome::kExpired);
}

TEST(SealedToken, BeingWrittenAnewDoesNotMoveTheAbsoluteEnd) {
  const auto set = MakeSet(Pods(4));
  const auto policy = MakePolicy(
      R"({"sessionName": "S", "type": "Header", "idleTimeout": "4s",
          "absoluteTimeout": "10s"})");
  Client client(*policy);
  client.Request(*set, At(0));
  for (int64_t ms = 3'000; ms < 10'000; ms += 3'000) {
    EXPECT_EQ(client.Request(*set, At(ms)).outcome, Outcome::kKept);
  }
  EXPECT_EQ(client.Request(*set, At(10'000)).outcome, Outcome::kExpired);
}

TEST(SealedToken, ChangedTimeoutsHoldForSessionsThatExist) {
  const auto set = MakeSet(Pods(4));
  const auto longer = MakePolicy(
      R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "1h"})");
  const auto shorter = MakePolicy(kHeader);
  const Seen first = Send(*longer, *set, At(0), {});
  EXPECT_EQ(Send(*shorter, *set, At(9'999), {first.token}).outcome,
            Outcome::kKept);
  EXPECT_EQ(Send(*shorter, *set, At(10'000), {first.token}).outcome,
            Outcome::kExpired);
}

TEST(SealedToken, TellsNothingOfItsEndpoint) {
  const auto set = MakeSet(Pods(1));
  const auto policy = MakePolicy(kHeader);
  // Two sessions on one endpoint share no stretch of their tokens beyond the
  // version, the key id and the scope tag (6 bytes, 8 digits).
  const std::string a = Send(*policy, *set, At(0), {}).token;
  const std::string b = Send(*policy, *set, At(0), {}).token;
  EXPECT_EQ(a.substr(0, 8), b.substr(0, 8));
  EXPECT_NE(a.substr(8, 32), b.substr(8, 32));
  EXPECT_NE(a.substr(40), b.substr(40));
}

}  // namespace
}  // namespace limpet::testing
