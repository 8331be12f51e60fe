// The life of a session, the same for every store and carrier.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "test_policy.h"

namespace limpet::testing {
namespace {

struct Variant {
  const char* name;
  const char* json;  // absolute timeout 10 s
};

void PrintTo(const Variant& variant, std::ostream* out) {
  *out << variant.name;
}

class EveryStore : public ::testing::TestWithParam<Variant> {
 protected:
  std::unique_ptr<Policy> policy_ = MakePolicy(GetParam().json);
};

INSTANTIATE_TEST_SUITE_P(
    Stores, EveryStore,
    ::testing::Values(
        Variant{"SealedHeader",
                R"({"sessionName": "Session-A", "type": "Header",
                    "absoluteTimeout": "10s"})"},
        Variant{"SealedCookie",
                R"({"sessionName": "sid", "absoluteTimeout": "10s"})"},
        Variant{"MapHeader",
                R"({"sessionName": "Session-A", "type": "Header",
                    "absoluteTimeout": "10s",
                    "store": {"type": "SessionMap"}})"},
        Variant{"MapCookie",
                R"({"sessionName": "sid", "absoluteTimeout": "10s",
                    "store": {"type": "SessionMap"}})"},
        Variant{"EnvoyCookie",
                R"({"sessionName": "sid", "absoluteTimeout": "10s",
                    "store": {"type": "EnvoyToken"}})"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(EveryStore, ASessionSticksAndItsTokenIsSentOnce) {
  const auto set = MakeSet(Pods(4));
  Client client(*policy_);
  const Seen first = client.Request(*set, At(0));
  EXPECT_EQ(first.outcome, Outcome::kNew);
  EXPECT_FALSE(first.token.empty());
  for (int i = 0; i < 50; ++i) {
    const Seen next = client.Request(*set, At(i));
    EXPECT_EQ(next.outcome, Outcome::kKept);
    EXPECT_EQ(next.endpoint, first.endpoint);
    EXPECT_EQ(next.field, "");
  }
  EXPECT_EQ(policy_->counters()[Outcome::kNew], 1U);
  EXPECT_EQ(policy_->counters()[Outcome::kKept], 50U);
}

TEST_P(EveryStore, WithoutATokenRequestsSpread) {
  const auto set = MakeSet(Pods(4));
  std::set<std::string> seen;
  for (int i = 0; i < 4; ++i)
    seen.insert(Send(*policy_, *set, At(0), {}).endpoint);
  EXPECT_EQ(seen.size(), 4U);
}

TEST_P(EveryStore, ASessionIsOverWhenItsAbsoluteTimeoutHasElapsed) {
  const auto set = MakeSet(Pods(4));
  Client client(*policy_);
  client.Request(*set, At(0));
  EXPECT_EQ(client.Request(*set, At(9'999)).outcome, Outcome::kKept);
  const Seen after = client.Request(*set, At(10'000));
  EXPECT_EQ(after.outcome, Outcome::kExpired);
  EXPECT_FALSE(after.token.empty());
  EXPECT_EQ(client.Request(*set, At(19'999)).outcome, Outcome::kKept);
}

TEST_P(EveryStore, AClockThatGoesBackNeitherEndsNorRevivesASession) {
  constexpr int64_t kHours = 8 * 3'600'000;
  const auto set = MakeSet(Pods(4));
  Client over(*policy_);
  Client live(*policy_);
  over.Request(*set, At(0));
  const std::string token = over.token();
  live.Request(*set, At(9'000));
  EXPECT_EQ(live.Request(*set, At(9'000 - kHours)).outcome, Outcome::kKept);
  EXPECT_EQ(over.Request(*set, At(10'000)).outcome, Outcome::kExpired);
  EXPECT_EQ(Send(*policy_, *set, At(9'999), {Carry(*policy_, token)}).outcome,
            Outcome::kExpired);
  EXPECT_EQ(Send(*policy_, *set, At(-kHours), {Carry(*policy_, token)}).outcome,
            Outcome::kExpired);
  EXPECT_EQ(live.Request(*set, At(-kHours)).outcome, Outcome::kKept);
  EXPECT_EQ(live.Request(*set, At(18'999)).outcome, Outcome::kKept);
  EXPECT_EQ(live.Request(*set, At(kHours)).outcome, Outcome::kExpired);
}

TEST_P(EveryStore, TheTokenIsOfTheEndpointThatServed) {
  const auto set = MakeSet(Pods(2));
  const Decision decision = policy_->Select({}, *set, At(0));
  const uint32_t other = 1 - decision.endpoint;
  std::vector<char> buffer(policy_->MaxFieldSize());
  const auto field = policy_->Commit(decision, &(*set)[other], At(0), buffer);
  ASSERT_TRUE(field);
  const Seen next = Send(*policy_, *set, At(1),
                         {Carry(*policy_, TokenOf(*policy_, field->value))});
  EXPECT_EQ(next.outcome, Outcome::kKept);
  EXPECT_EQ(next.endpoint, (*set)[other].id);
}

TEST_P(EveryStore, NobodyServedIsNoToken) {
  const auto set = MakeSet(Pods(2));
  const Decision decision = policy_->Select({}, *set, At(0));
  std::vector<char> buffer(policy_->MaxFieldSize());
  Outcome outcome;
  EXPECT_FALSE(policy_->Commit(decision, nullptr, At(0), buffer, &outcome));
  EXPECT_EQ(outcome, Outcome::kUnserved);
  EXPECT_EQ(policy_->counters()[Outcome::kUnserved], 1U);
}

TEST_P(EveryStore, BlanksAStrayCrAndQuotesAroundATokenAreNotPartOfIt) {
  const auto set = MakeSet(Pods(4));
  Client client(*policy_);
  const Seen first = client.Request(*set, At(0));
  for (const std::string& form :
       {client.token() + "\r", " " + client.token() + " \t\r",
        "\"" + client.token() + "\"", " \"" + client.token() + "\"\r"}) {
    const Seen next = Send(*policy_, *set, At(1), {Carry(*policy_, form)});
    EXPECT_EQ(next.outcome, Outcome::kKept) << form;
    EXPECT_EQ(next.endpoint, first.endpoint);
  }
}

TEST_P(EveryStore, OfSeveralTokensTheFirstValidOneOfFourCounts) {
  const auto set = MakeSet(Pods(4));
  Client client(*policy_);
  const Seen first = client.Request(*set, At(0));
  const std::string good = Carry(*policy_, client.token());
  const std::string bad = Carry(*policy_, "non-sense");
  EXPECT_EQ(Send(*policy_, *set, At(1), {bad, bad, bad, good}).outcome,
            Outcome::kKept);
  EXPECT_EQ(Send(*policy_, *set, At(1), {bad, bad, bad, bad, good}).outcome,
            Outcome::kInvalid);
}

TEST_P(EveryStore, NothingThatAClientInventsPinsOrCrashes) {
  const auto set = MakeSet(Pods(3));
  Client client(*policy_);
  client.Request(*set, At(0));
  const std::string token = client.token();
  const std::vector<std::string> hostile = {"x",
                                            "=",
                                            "\"\"",
                                            "\"",
                                            std::string("a\0b", 3),
                                            "\xff\xfe",
                                            "%00",
                                            "' or 1=1",
                                            "%s%n%p",
                                            std::string(8192, 'A'),
                                            std::string(40'000, '='),
                                            token.substr(1),
                                            token.substr(0, token.size() - 1),
                                            token + "A",
                                            token + token,
                                            std::string(100, 'A'),
                                            std::string(32, 'A')};
  for (const std::string& value : hostile) {
    const Seen seen = Send(*policy_, *set, At(1), {Carry(*policy_, value)});
    EXPECT_TRUE(seen.outcome == Outcome::kInvalid ||
                seen.outcome == Outcome::kUnknownEndpoint ||
                seen.outcome == Outcome::kNew)
        << OutcomeName(seen.outcome) << " for " << value.substr(0, 120);
    EXPECT_FALSE(seen.endpoint.empty());
    EXPECT_FALSE(seen.token.empty());
  }
}

// --- endpoints that come and go ---

TEST_P(EveryStore, ADrainingEndpointKeepsItsSessionsAndGetsNoNewOnes) {
  const auto set = MakeSet(Pods(2));
  Client client(*policy_);
  const Seen first = client.Request(*set, At(0));
  std::vector<Endpoint> pods = Pods(2);
  for (Endpoint& pod : pods) {
    if (pod.id == first.endpoint) pod.state = EndpointState::kDraining;
  }
  const auto draining = MakeSet(pods);
  EXPECT_EQ(client.Request(*draining, At(1)).endpoint, first.endpoint);
  for (int i = 0; i < 10; ++i) {
    EXPECT_NE(Send(*policy_, *draining, At(1), {}).endpoint, first.endpoint);
  }
}

TEST_P(EveryStore, AnUnavailableEndpointsSessionMovesOnceAndStays) {
  const auto set = MakeSet(Pods(3));
  Client client(*policy_);
  const Seen first = client.Request(*set, At(0));
  std::vector<Endpoint> pods = Pods(3);
  for (Endpoint& pod : pods) {
    if (pod.id == first.endpoint) pod.state = EndpointState::kUnavailable;
  }
  const auto broken = MakeSet(pods);
  const Seen moved = client.Request(*broken, At(5'000));
  EXPECT_EQ(moved.outcome, Outcome::kMoved);
  EXPECT_NE(moved.endpoint, first.endpoint);
  EXPECT_FALSE(moved.token.empty());
  // It stays there when the old one is back, with a clock of its own.
  const Seen stays = client.Request(*set, At(14'999));
  EXPECT_EQ(stays.outcome, Outcome::kKept);
  EXPECT_EQ(stays.endpoint, moved.endpoint);
  EXPECT_EQ(client.Request(*set, At(15'000)).outcome, Outcome::kExpired);
}

TEST_P(EveryStore, AnEndpointThatLeftTheSetIsUnknown) {
  std::vector<Endpoint> pods = Pods(3);
  const auto set = MakeSet(pods);
  Client client(*policy_);
  const Seen first = client.Request(*set, At(0));
  std::erase_if(pods,
                [&](const Endpoint& pod) { return pod.id == first.endpoint; });
  const auto smaller = MakeSet(pods);
  const Seen next = client.Request(*smaller, At(1));
  EXPECT_EQ(next.outcome, Outcome::kUnknownEndpoint);
  EXPECT_EQ(client.Request(*smaller, At(2)).outcome, Outcome::kKept);
}

TEST_P(EveryStore, ARetryGoesElsewhereAndMovesTheSession) {
  const auto set = MakeSet(Pods(3));
  Client client(*policy_);
  client.Request(*set, At(0));
  const std::string value = Carry(*policy_, client.token());
  const std::vector<std::string_view> values{value};
  const Decision first = policy_->Select(values, *set, At(1));
  const uint32_t tried[] = {first.endpoint};
  const Seen retry = client.Request(*set, At(1), {.tried = tried});
  EXPECT_EQ(retry.outcome, Outcome::kMoved);
  EXPECT_NE(retry.endpoint, (*set)[first.endpoint].id);
  EXPECT_EQ(client.Request(*set, At(2)).endpoint, retry.endpoint);
}

TEST_P(EveryStore, WhenAllWereTriedNobodyIsAvailable) {
  const auto set = MakeSet(Pods(2));
  const uint32_t tried[] = {0, 1};
  const Seen seen = Send(*policy_, *set, At(0), {}, {.tried = tried});
  EXPECT_EQ(seen.outcome, Outcome::kUnavailable);
  EXPECT_EQ(seen.status, 503);
  EXPECT_EQ(policy_->counters()[Outcome::kUnavailable], 1U);
}

TEST_P(EveryStore, AnEmptySetServesNobody) {
  const auto set = MakeSet({});
  EXPECT_EQ(Send(*policy_, *set, At(0), {}).outcome, Outcome::kUnavailable);
}

}  // namespace
}  // namespace limpet::testing
