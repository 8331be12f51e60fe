// Caps and bounded load.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

#include "hash_policy.h"

namespace limpet::testing {
namespace {

// A host that counts requests in hand.
struct Host {
  explicit Host(size_t endpoints) : active(endpoints, 0) {}

  ActiveRequests Counts() const {
    return {[](const void* self, uint32_t endpoint) {
              return static_cast<const Host*>(self)->active[endpoint];
            },
            this,
            [](const void* self, uint32_t) {
              return static_cast<const Host*>(self)->total;
            }};
  }
  void Begin(uint32_t endpoint) {
    ++active[endpoint];
    ++total;
  }
  void End(uint32_t endpoint) {
    --active[endpoint];
    --total;
  }

  std::vector<uint32_t> active;
  uint64_t total = 0;
};

class EveryBoundedBalancer : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Kinds, EveryBoundedBalancer,
                         ::testing::Values("RingHash", "Maglev", "Rendezvous",
                                           "RoundRobin", "Random",
                                           "LeastRequest"),
                         [](const auto& info) {
                           return std::string(info.param);
                         });

// The guarantee of Mirrokni et al.: nobody ever has more than the bound of what
// the mean then is, rounded up.
TEST_P(EveryBoundedBalancer, GivesNobodyMoreThanTheBoundAtAnyInstant) {
  const auto policy = HashPolicy(R"({"type": ")" + std::string(GetParam()) +
                                 R"(", "boundedLoadPercent": 125})");
  std::vector<Endpoint> pods = Pods(20);
  pods[7].weight = 4;
  const auto set = MakeSet(pods);
  Host host(pods.size());
  std::mt19937_64 random(5);
  Zipf zipf(1'000, 1.1);
  std::vector<uint32_t> in_hand;
  for (int step = 0; step < 20'000; ++step) {
    if (!in_hand.empty() && random() % 100 < (step < 10'000 ? 45 : 55)) {
      const size_t i = random() % in_hand.size();
      host.End(in_hand[i]);
      in_hand[i] = in_hand.back();
      in_hand.pop_back();
      continue;
    }
    const std::string key = KeyNumber(zipf(random));
    const uint32_t index = Place(*policy, *set, key, {.active = host.Counts()});
    ASSERT_NE(index, kNoEndpoint);
    host.Begin(index);
    in_hand.push_back(index);
    const double share = pods[index].weight / 23.0;
    const double most =
        std::ceil(1.25 * static_cast<double>(host.total) * share - 1e-9);
    ASSERT_LE(host.active[index], most) << step;
  }
}

TEST_P(EveryBoundedBalancer, DoesNotCountWhatGetsNoNewSessions) {
  const auto policy = HashPolicy(R"({"type": ")" + std::string(GetParam()) +
                                 R"(", "boundedLoadPercent": 125})");
  std::vector<Endpoint> pods = Pods(10);
  pods[0].state = EndpointState::kDraining;
  pods[1].weight = 0;
  const auto set = MakeSet(pods);
  Host host(10);
  for (int i = 0; i < 2'000; ++i) host.Begin(static_cast<uint32_t>(i % 2));
  for (int i = 0; i < 160; ++i) {
    const uint32_t index =
        Place(*policy, *set, "one key", {.active = host.Counts()});
    ASSERT_GE(index, 2U);
    host.Begin(index);
    ASSERT_LE(host.active[index], std::ceil(1.25 * (i + 1) / 8.0)) << i;
  }
}

TEST_P(EveryBoundedBalancer, FillsAPriorityBeforeItTurnsToTheNext) {
  const auto policy = HashPolicy(Type(GetParam()));
  std::vector<Endpoint> pods = Pods(21);
  for (uint32_t i = 0; i < 20; ++i) pods[i].max_requests = 5;
  pods[20].priority = 1;
  const auto set = MakeSet(pods);
  Host host(21);
  for (uint32_t i = 0; i < 19; ++i) {
    for (int n = 0; n < 5; ++n) host.Begin(i);
  }
  for (size_t i = 0; i < 300; ++i) {
    EXPECT_EQ(Place(*policy, *set, KeyNumber(i), {.active = host.Counts()}),
              19U);
  }
}

TEST_P(EveryBoundedBalancer, ServesOverTheBoundRatherThanNot) {
  const auto policy = HashPolicy(R"({"type": ")" + std::string(GetParam()) +
                                 R"(", "boundedLoadPercent": 101})");
  const auto set = MakeSet(Pods(3));
  Host host(3);
  for (int i = 0; i < 90; ++i) host.Begin(2);
  const std::array<uint32_t, 2> tried = {0, 1};
  EXPECT_EQ(
      Place(*policy, *set, "key", {.tried = tried, .active = host.Counts()}),
      2U);
}

TEST(BoundedLoad, WithoutCountsThereIsNone) {
  const auto policy =
      HashPolicy(R"({"type": "Maglev", "boundedLoadPercent": 101})");
  const auto plain = HashPolicy(Type("Maglev"));
  const auto set = MakeSet(Pods(5));
  for (size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(Place(*policy, *set, KeyNumber(i)),
              Place(*plain, *set, KeyNumber(i)));
  }
}

constexpr const char* kStores[] = {R"({"type": "SealedToken"})",
                                   R"({"type": "SessionMap"})"};

std::unique_ptr<Policy> BoundedPolicy(const std::string& store,
                                      const std::string& failover) {
  return MakePolicy(R"({"sessionName": "s", "type": "Header", "store": )" +
                        store + R"(, "failover": {"type": ")" + failover +
                        R"("}, "balancer": {"type": "Random",
                        "boundedLoadPercent": 125}})",
                    "test", PlaceKeys());
}

TEST(BoundedLoad, ServesASessionElsewhereThisOnceAndItComesBack) {
  for (const char* store : kStores) {
    for (const char* failover : {"Rebind", "Temporary"}) {
      const auto policy = BoundedPolicy(store, failover);
      const auto set = MakeSet(Pods(4));
      Client client(*policy);
      const std::string own = client.Request(*set, At(0)).endpoint;
      Host host(4);
      for (uint32_t i = 0; i < 4; ++i) {
        for (int n = 0; n < ((*set)[i].id == own ? 50 : 10); ++n) host.Begin(i);
      }
      const SelectOptions busy{.active = host.Counts()};
      const Seen first = client.Request(*set, At(1), busy);
      EXPECT_EQ(first.outcome, Outcome::kSubstituted);
      EXPECT_NE(first.endpoint, own);
      EXPECT_EQ(first.field, "");
      EXPECT_EQ(client.Request(*set, At(2), busy).endpoint, first.endpoint);
      const Seen back = client.Request(*set, At(3));
      EXPECT_EQ(back.outcome, Outcome::kKept);
      EXPECT_EQ(back.endpoint, own);
    }
  }
}

// Without an id to find a substitute by, Envoy's kind may name the session's
// own endpoint again: then it is kept.
TEST(BoundedLoad, CallsNoSessionSubstitutedThatStays) {
  const auto policy = MakePolicy(
      R"({"sessionName": "s", "type": "Header",
          "store": {"type": "EnvoyToken"},
          "balancer": {"type": "EnvoyMaglev", "boundedLoadPercent": 125}})");
  const auto set = MakeSet(Pods(4));
  Client client(*policy);
  const std::string own =
      client.Request(*set, At(0), {.hash_key = "key"}).endpoint;
  Host host(4);
  for (uint32_t i = 0; i < 4; ++i) {
    for (int n = 0; n < ((*set)[i].id == own ? 13 : 9); ++n) host.Begin(i);
  }
  for (int extra = 0; extra < 10; ++extra) {
    const Seen seen = client.Request(
        *set, At(1), {.active = host.Counts(), .hash_key = "key"});
    EXPECT_EQ(seen.outcome,
              seen.endpoint == own ? Outcome::kKept : Outcome::kSubstituted);
    const std::vector<std::string_view> values = {client.token()};
    const Decision decision = policy->Select(
        values, *set, At(1), {.active = host.Counts(), .hash_key = "key"});
    EXPECT_EQ(decision.outcome, (*set)[decision.endpoint].id == own
                                    ? Outcome::kKept
                                    : Outcome::kSubstituted);
    host.Begin(set->Find(HashEndpointId(own)));
  }
}

TEST(BoundedLoad, LeavesStrictSessionsWhereTheyAre) {
  const auto policy = BoundedPolicy(kStores[0], "Strict");
  const auto set = MakeSet(Pods(4));
  Client client(*policy);
  const uint32_t own = [&] {
    const std::string id = client.Request(*set, At(0)).endpoint;
    return set->Find(HashEndpointId(id));
  }();
  Host host(4);
  for (int n = 0; n < 50; ++n) host.Begin(own);
  const Seen seen = client.Request(*set, At(1), {.active = host.Counts()});
  EXPECT_EQ(seen.outcome, Outcome::kKept);
  EXPECT_EQ(seen.endpoint, (*set)[own].id);
}

// Sessions pinned anywhere, requested by Zipf: the bound holds for them too.
TEST(BoundedLoad, HoldsForPinnedSessionsAtAnyInstant) {
  const auto policy = BoundedPolicy(kStores[0], "Rebind");
  const auto set = MakeSet(Pods(20));
  std::vector<Client> clients;
  for (int i = 0; i < 500; ++i) clients.emplace_back(*policy);
  for (Client& client : clients) client.Request(*set, At(0));
  Host host(20);
  std::mt19937_64 random(6);
  Zipf zipf(clients.size(), 1.1);
  std::vector<uint32_t> in_hand;
  for (int step = 0; step < 10'000; ++step) {
    if (!in_hand.empty() && random() % 100 < (step < 5'000 ? 45 : 55)) {
      const size_t i = random() % in_hand.size();
      host.End(in_hand[i]);
      in_hand[i] = in_hand.back();
      in_hand.pop_back();
      continue;
    }
    const Seen seen =
        clients[zipf(random)].Request(*set, At(1), {.active = host.Counts()});
    const uint32_t index = set->Find(HashEndpointId(seen.endpoint));
    ASSERT_NE(index, kNoEndpoint);
    host.Begin(index);
    in_hand.push_back(index);
    ASSERT_LE(host.active[index],
              std::ceil(1.25 * static_cast<double>(host.total) / 20 - 1e-9));
  }
}

TEST(MaxRequests, SendsNobodyToAFullEndpoint) {
  for (const char* type :
       {"RoundRobin", "Random", "LeastRequest", "RingHash", "Maglev",
        "Rendezvous", "EnvoyMaglev", "EnvoyRingHash", "NginxHash",
        "NginxConsistentHash", "HaproxyConsistentHash", "HaproxyMapHash"}) {
    const auto policy = HashPolicy(Type(type));
    std::vector<Endpoint> pods = Pods(4);
    for (Endpoint& pod : pods) pod.max_requests = 5;
    const auto set = MakeSet(pods);
    Host host(4);
    for (size_t i = 0; i < 20; ++i) {
      const uint32_t index =
          Place(*policy, *set, KeyNumber(i % 3), {.active = host.Counts()});
      ASSERT_NE(index, kNoEndpoint) << type << i;
      host.Begin(index);
      ASSERT_LE(host.active[index], 5U) << type;
    }
    EXPECT_EQ(Place(*policy, *set, "one more", {.active = host.Counts()}),
              kNoEndpoint);
    EXPECT_EQ(policy->counters()[Outcome::kUnavailable], 1U);
  }
}

TEST(MaxRequests, OfASessionsOwnEndpointSendItElsewhereThisOnce) {
  for (const char* failover : {"Rebind", "Temporary", "Strict"}) {
    const auto policy = MakePolicy(
        R"({"sessionName": "s", "type": "Header", "failover": {"type": ")" +
        std::string(failover) + R"("}})");
    std::vector<Endpoint> pods = Pods(2);
    for (Endpoint& pod : pods) pod.max_requests = 5;
    const auto set = MakeSet(pods);
    Client client(*policy);
    const std::string own = client.Request(*set, At(0)).endpoint;
    const uint32_t index = set->Find(HashEndpointId(own));
    Host host(2);
    for (int i = 0; i < 5; ++i) host.Begin(index);
    const Seen full = client.Request(*set, At(1), {.active = host.Counts()});
    if (std::string(failover) == "Strict") {
      EXPECT_EQ(full.outcome, Outcome::kRejected);
      EXPECT_EQ(full.status, 503);
      continue;
    }
    EXPECT_EQ(full.outcome, Outcome::kSubstituted);
    EXPECT_NE(full.endpoint, own);
    for (int i = 0; i < 5; ++i) host.Begin(1 - index);
    const Seen none = client.Request(*set, At(2), {.active = host.Counts()});
    EXPECT_EQ(none.outcome, Outcome::kUnavailable);
    EXPECT_EQ(none.status, 503);
    host.End(index);
    const Seen back = client.Request(*set, At(3), {.active = host.Counts()});
    EXPECT_EQ(back.outcome, Outcome::kKept);
    EXPECT_EQ(back.endpoint, own);
  }
}

TEST(MaxSessions, GivesAFullEndpointNoNewOnesAndLeavesItItsOwn) {
  const auto policy = MakePolicy(
      R"({"sessionName": "s", "type": "Header", "absoluteTimeout": "10s",
          "store": {"type": "SessionMap"}})");
  std::vector<Endpoint> pods = Pods(3);
  for (Endpoint& pod : pods) pod.max_sessions = 4;
  const auto set = MakeSet(pods);
  policy->Prepare(*set, At(0));
  std::vector<Client> clients;
  std::map<std::string, int> sessions;
  for (int i = 0; i < 12; ++i) {
    const Seen seen = clients.emplace_back(*policy).Request(*set, At(i));
    ++sessions[seen.endpoint];
  }
  for (const auto& [id, count] : sessions) EXPECT_EQ(count, 4) << id;
  EXPECT_EQ(Client(*policy).Request(*set, At(20)).outcome,
            Outcome::kUnavailable);
  for (Client& client : clients) {
    EXPECT_EQ(client.Request(*set, At(21)).outcome, Outcome::kKept);
  }
  // Counted anew once they are over.
  policy->Prepare(*set, At(20'000));
  EXPECT_EQ(Client(*policy).Request(*set, At(20'000)).outcome, Outcome::kNew);
}

TEST(MaxSessions, DoNotKeepASubstituteFromServingThisOnce) {
  const auto policy = MakePolicy(
      R"({"sessionName": "s", "type": "Header",
          "store": {"type": "SessionMap"}, "failover": {"type": "Temporary"}})");
  std::vector<Endpoint> pods = Pods(2);
  for (Endpoint& pod : pods) pod.max_sessions = 1;
  const auto set = MakeSet(pods);
  policy->Prepare(*set, At(0));
  Client first(*policy);
  Client second(*policy);
  const std::string own = first.Request(*set, At(0)).endpoint;
  second.Request(*set, At(0));
  pods[set->Find(HashEndpointId(own))].state = EndpointState::kUnavailable;
  const auto without = MakeSet(pods);
  policy->Prepare(*without, At(1));
  const Seen seen = first.Request(*without, At(1));
  EXPECT_EQ(seen.outcome, Outcome::kSubstituted);
  EXPECT_NE(seen.endpoint, own);
}

TEST(MaxSessions, OfAnotherMapAreNotCounted) {
  std::vector<Endpoint> pods = Pods(1);
  pods[0].max_sessions = 1;
  const auto set = MakeSet(pods);
  for (int i = 0; i < 50; ++i) {
    const auto policy = MakePolicy(
        R"({"sessionName": "s", "type": "Header",
            "store": {"type": "SessionMap", "capacity": 100}})");
    policy->Prepare(*set, At(0));
    EXPECT_EQ(Client(*policy).Request(*set, At(0)).outcome, Outcome::kNew) << i;
  }
}

TEST(MaxRequests, OfAnEndpointWithoutSessionIdsKeepTheBackend) {
  const auto policy = MakePolicy(
      R"({"sessionName": "s", "type": "Header", "store": {"type": "EnvoyToken"}})");
  std::vector<Endpoint> pods = Pods(4);
  for (uint32_t i = 0; i < 4; ++i) {
    pods[i].backend = i < 2 ? "a" : "b";
    pods[i].max_requests = 1;
  }
  const auto set = MakeSet(pods);
  for (int i = 0; i < 20; ++i) {
    Client client(*policy);
    const std::string own = client.Request(*set, At(0)).endpoint;
    const uint32_t index = set->Find(HashEndpointId(own));
    Host host(4);
    host.Begin(index);
    const Seen seen = client.Request(*set, At(1), {.active = host.Counts()});
    EXPECT_EQ(seen.outcome, Outcome::kSubstituted);
    EXPECT_EQ(seen.endpoint, pods[index ^ 1].id);
  }
}

TEST(MaxSessions, AreCountedInANewSetToo) {
  const auto policy = MakePolicy(
      R"({"sessionName": "s", "type": "Header",
          "store": {"type": "SessionMap"}})");
  std::vector<Endpoint> pods = Pods(2);
  for (Endpoint& pod : pods) pod.max_sessions = 3;
  const auto set = MakeSet(pods);
  policy->Prepare(*set, At(0));
  for (int i = 0; i < 6; ++i) Client(*policy).Request(*set, At(0));
  pods.push_back({.id = "new", .max_sessions = 1});
  const auto grown = MakeSet(pods);
  policy->Prepare(*grown, At(0));
  EXPECT_EQ(Client(*policy).Request(*grown, At(0)).endpoint, "new");
  EXPECT_EQ(Client(*policy).Request(*grown, At(0)).outcome,
            Outcome::kUnavailable);
}

}  // namespace
}  // namespace limpet::testing
