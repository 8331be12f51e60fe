#include <gtest/gtest.h>

#include <string>

#include "test_policy.h"

namespace limpet::testing {
namespace {

std::string Config(const std::string& store, const std::string& failover) {
  return R"({"sessionName": "S", "type": "Header", "idleTimeout": "10s",
             "store": {"type": ")" +
         store + R"("}, "failover": )" + failover + "}";
}

class Failover : public ::testing::TestWithParam<const char*> {
 protected:
  // A session on one of three endpoints, and the set without that one.
  void Begin(const Policy& policy, Client& client) {
    set_ = MakeSet(Pods(3));
    pinned_ = client.Request(*set_, At(0)).endpoint;
    std::vector<Endpoint> pods = Pods(3);
    for (Endpoint& pod : pods) {
      if (pod.id == pinned_) pod.state = EndpointState::kUnavailable;
    }
    broken_ = MakeSet(pods);
    (void)policy;
  }

  std::shared_ptr<const EndpointSet> set_;
  std::shared_ptr<const EndpointSet> broken_;
  std::string pinned_;
};

INSTANTIATE_TEST_SUITE_P(Stores, Failover,
                         ::testing::Values("SealedToken", "SessionMap"),
                         [](const auto& info) {
                           return std::string(info.param);
                         });

TEST_P(Failover, TemporaryServesElsewhereAndComesBack) {
  const auto policy =
      MakePolicy(Config(GetParam(), R"({"type": "Temporary"})"));
  Client client(*policy);
  Begin(*policy, client);
  const Seen away = client.Request(*broken_, At(1'000));
  EXPECT_EQ(away.outcome, Outcome::kSubstituted);
  EXPECT_NE(away.endpoint, pinned_);
  EXPECT_EQ(away.field, "");
  const Seen back = client.Request(*set_, At(2'000));
  EXPECT_EQ(back.outcome, Outcome::kKept);
  EXPECT_EQ(back.endpoint, pinned_);
}

TEST_P(Failover, TemporaryKeepsAnIdleSessionAliveWhileItIsAway) {
  const auto policy =
      MakePolicy(Config(GetParam(), R"({"type": "Temporary"})"));
  Client client(*policy);
  Begin(*policy, client);
  for (int64_t ms = 6'000; ms <= 30'000; ms += 6'000) {
    EXPECT_EQ(client.Request(*broken_, At(ms)).outcome, Outcome::kSubstituted);
  }
  EXPECT_EQ(client.Request(*set_, At(36'000)).endpoint, pinned_);
}

TEST_P(Failover, StrictRefusesWithTheConfiguredStatus) {
  const auto policy =
      MakePolicy(Config(GetParam(), R"({"type": "Strict", "status": 421})"));
  Client client(*policy);
  Begin(*policy, client);
  const Seen refused = client.Request(*broken_, At(1'000));
  EXPECT_EQ(refused.outcome, Outcome::kRejected);
  EXPECT_EQ(refused.status, 421);
  EXPECT_EQ(refused.endpoint, "");
  EXPECT_EQ(policy->counters()[Outcome::kRejected], 1U);
  EXPECT_EQ(client.Request(*set_, At(2'000)).endpoint, pinned_);
}

TEST_P(Failover, StrictRefusesARetryElsewhereToo) {
  const auto policy = MakePolicy(Config(GetParam(), R"({"type": "Strict"})"));
  Client client(*policy);
  Begin(*policy, client);
  const uint32_t tried[] = {set_->Find(HashEndpointId(pinned_))};
  EXPECT_EQ(client.Request(*set_, At(1), {.tried = tried}).outcome,
            Outcome::kRejected);
}

TEST_P(Failover, RebindLearnsFromCommitThatAnotherEndpointServed) {
  const auto policy = MakePolicy(Config(GetParam(), R"({"type": "Rebind"})"));
  Client client(*policy);
  Begin(*policy, client);
  const std::string_view values[] = {client.token()};
  const Decision decision = policy->Select(values, *set_, At(1));
  ASSERT_EQ(decision.outcome, Outcome::kKept);
  const Endpoint& other = (*set_)[(decision.endpoint + 1) % 3];
  std::vector<char> buffer(policy->MaxFieldSize());
  Outcome outcome;
  const auto field = policy->Commit(decision, &other, At(1), buffer, &outcome);
  EXPECT_EQ(outcome, Outcome::kMoved);
  ASSERT_TRUE(field);
  EXPECT_EQ(Send(*policy, *set_, At(2), {std::string(field->value)}).endpoint,
            other.id);
}

TEST(MapFailover, TwoRequestsThatSeeTheSameDeadEndpointAgree) {
  const auto policy = MakePolicy(Config("SessionMap", R"({"type": "Rebind"})"));
  const auto set = MakeSet(Pods(4));
  Client client(*policy);
  const Seen first = client.Request(*set, At(0));
  const uint32_t dead[] = {set->Find(HashEndpointId(first.endpoint))};
  const std::string_view values[] = {client.token()};
  const Decision a = policy->Select(values, *set, At(1), {.tried = dead});
  // The other was in vain at the first's choice, too.
  const uint32_t both[] = {dead[0], a.endpoint};
  const Decision b = policy->Select(values, *set, At(1), {.tried = both});
  ASSERT_NE(a.endpoint, b.endpoint);
  std::vector<char> buffer(policy->MaxFieldSize());
  ASSERT_TRUE(policy->Commit(a, &(*set)[a.endpoint], At(1), buffer));
  ASSERT_TRUE(policy->Commit(b, &(*set)[b.endpoint], At(1), buffer));
  EXPECT_EQ(client.Request(*set, At(2)).endpoint, (*set)[a.endpoint].id);
  EXPECT_EQ(policy->sessions()->size(), 1U);
}

}  // namespace
}  // namespace limpet::testing
