// Rebalance: a new endpoint's share of the sessions that are there moves to it,
// so many a minute, and nothing else.
#include "rebalance.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "balancers/rendezvous.h"
#include "seeded_random.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

constexpr int64_t kOneMinute = 60'000;  // ms

std::string Rebalancing(const std::string& rebalance,
                        const std::string& store = "SealedToken",
                        const std::string& more = "") {
  return R"({"sessionName": "S", "type": "Header", "store": {"type": ")" +
         store + R"("}, "rebalance": )" + rebalance + more + "}";
}

// Session ids are the same in every run.
std::unique_ptr<Policy> MakeSeeded(const std::string& json,
                                   RandomSource& random) {
  auto policy = Policy::FromJson(
      json, {.scope = "default/test/0", .keys = TestKeys(), .random = &random});
  EXPECT_TRUE(policy.ok()) << policy.status().ToString();
  return *std::move(policy);
}

// Pods(count); those from `newer` on came at `since`.
std::vector<Endpoint> PodsSince(int count, int newer, Timestamp since) {
  std::vector<Endpoint> pods = Pods(count);
  for (int i = newer; i < count; ++i) pods[i].since = since;
  return pods;
}

Decision Ask(const Policy& policy, const EndpointSet& set, Timestamp now,
             std::string_view token, const SelectOptions& options = {}) {
  return policy.Select(std::span(&token, 1), set, now, options);
}

// Who the weighted rendezvous of a session's id names.
uint32_t FirstOf(const EndpointSet& set, const SessionId& id) {
  Rendezvous rendezvous(id);
  for (uint32_t i = 0; i < set.size(); ++i) {
    rendezvous.Offer(i, set.handle(i), set[i].weight);
  }
  return rendezvous.first();
}

// Of what was counted in categories of these shares; one degree of freedom less
// than categories.
double ChiSquare(const std::vector<int>& counts,
                 const std::vector<double>& shares) {
  double total = 0;
  for (const int count : counts) total += count;
  double sum = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double expected = total * shares[i];
    sum += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  return sum;
}

// The value that chi-square exceeds with a probability of 10^-4 (Wilson,
// Hilferty).
double ChiSquareBound(double freedom) {
  const double x = 2.0 / (9 * freedom);
  const double root = 1 - x + 3.719 * std::sqrt(x);
  return freedom * root * root * root;
}

// --- turns ------------------------------------------------------------------

// Every minute `percent` of all ids, every id within 100 / percent minutes, and
// none twice before all others had their turn.
TEST(RebalanceTurns, AreEveryonesOnceInTheMinutesThatThePercentTake) {
  SeededRandom random(1);
  constexpr int kIds = 4'000;
  std::vector<SessionId> ids(kIds);
  random.Fill(std::as_writable_bytes(std::span(ids)));
  const auto set =
      MakeSet({{.id = "old", .weight = 0}, {.id = "new", .since = At(1)}});
  for (const uint32_t percent : {1, 3, 7, 25, 30, 33, 50, 67, 99, 100}) {
    SCOPED_TRACE(percent);
    const Rebalance rebalance{.percent_per_minute = percent};
    const double share = percent / 100.0;
    const int minutes = static_cast<int>((100 + percent - 1) / percent);
    std::vector<int> turns(kIds, 0);
    for (int minute = 0; minute < minutes; ++minute) {
      int moved = 0;
      for (int i = 0; i < kIds; ++i) {
        const auto moves = [&](int64_t ms) {
          const Timestamp now =
              TimestampFromMillis((28'333'400 + minute) * kOneMinute + ms);
          return FindNewer(rebalance, *set, {.id = ids[i], .created = At(0)}, 0,
                           now) == 1;
        };
        const bool turn = moves(0);
        EXPECT_EQ(turn, moves(kOneMinute - 1));
        turns[i] += turn;
        moved += turn;
      }
      // Six standard deviations.
      EXPECT_NEAR(moved, kIds * share,
                  6 * std::sqrt(kIds * share * (1 - share)) + 1e-9);
    }
    for (const int turn : turns) {
      EXPECT_GE(turn, 1);
      EXPECT_LE(turn, 100 % percent == 0 ? 1 : 2);
    }
  }
}

// --- a scale-up -------------------------------------------------------------

struct ScaleUp {
  std::vector<Endpoint> old_pods;
  std::vector<Endpoint> new_pods;  // the old ones, and one newer at the end
  uint32_t percent;
};

// 10,000 sessions, each of which makes a request a minute.
void ExpectTheNewOnesShareMoves(const ScaleUp& up, const std::string& store) {
  SeededRandom random(7);
  const auto policy = MakeSeeded(
      Rebalancing(R"({"percentPerMinute": )" + std::to_string(up.percent) + "}",
                  store),
      random);
  constexpr int kSessions = 10'000;
  const auto before = MakeSet(up.old_pods);
  const auto after = MakeSet(up.new_pods);
  const uint32_t newer = static_cast<uint32_t>(after->size() - 1);
  std::vector<std::string> tokens(kSessions);
  std::vector<uint32_t> own(kSessions);
  std::vector<bool> expected(kSessions);
  std::vector<int> placed(before->size(), 0);
  for (int i = 0; i < kSessions; ++i) {
    const Seen seen = Send(*policy, *before, At(0), {});
    tokens[i] = seen.token;
    own[i] = before->Find(HashEndpointId(seen.endpoint));
    ++placed[own[i]];
    const SessionId id = Ask(*policy, *before, At(0), seen.token).session.id;
    expected[i] = FirstOf(*after, id) == newer;
  }

  double weights = 0;
  for (const Endpoint& pod : up.new_pods) weights += pod.weight;
  const double share = up.new_pods.back().weight / weights;
  const int minutes = static_cast<int>((100 + up.percent - 1) / up.percent);
  std::vector<bool> moved(kSessions, false);
  std::vector<int> moved_from(before->size(), 0);
  int moved_in_all = 0;
  for (int minute = 1; minute <= 2 * minutes; ++minute) {
    int moved_now = 0;
    for (int i = 0; i < kSessions; ++i) {
      const Timestamp now = At(minute * kOneMinute + i);
      const Seen seen = Send(*policy, *after, now, {tokens[i]});
      if (seen.outcome == Outcome::kRebalanced) {
        EXPECT_FALSE(moved[i]) << "moved twice";
        EXPECT_EQ(seen.endpoint, (*after)[newer].id);
        moved[i] = true;
        ++moved_now;
        ++moved_from[own[i]];
        tokens[i] = seen.token;
      } else {
        EXPECT_EQ(seen.outcome, Outcome::kKept);
        EXPECT_EQ(seen.endpoint, (*after)[moved[i] ? newer : own[i]].id);
        EXPECT_EQ(seen.field, "");
      }
    }
    moved_in_all += moved_now;
    // The percent of the new one's share: six standard deviations.
    const double chance = share * up.percent / 100;
    EXPECT_LE(moved_now, kSessions * chance +
                             6 * std::sqrt(kSessions * chance * (1 - chance)));
    if (minute == minutes) {
      EXPECT_EQ(moved, expected);  // all had a turn
    }
  }
  EXPECT_EQ(moved, expected);
  EXPECT_EQ(policy->counters()[Outcome::kRebalanced],
            static_cast<uint64_t>(moved_in_all));

  // The new one's share of the weights, from all endpoints alike.
  EXPECT_LT(
      ChiSquare({moved_in_all, kSessions - moved_in_all}, {share, 1 - share}),
      ChiSquareBound(1));
  std::vector<double> origins;
  for (const int count : placed) {
    origins.push_back(static_cast<double>(count) / kSessions);
  }
  EXPECT_LT(ChiSquare(moved_from, origins),
            ChiSquareBound(static_cast<double>(origins.size() - 1)));
}

TEST(RebalanceScaleUp, MovesTheShareOfATenthEndpointAndNothingElse) {
  for (const char* store : {"SealedToken", "SessionMap"}) {
    SCOPED_TRACE(store);
    ExpectTheNewOnesShareMoves({Pods(9), PodsSince(10, 9, At(1)), 30}, store);
  }
}

TEST(RebalanceScaleUp, RespectsWeights) {
  std::vector<Endpoint> old_pods = Pods(4);
  old_pods[0].weight = 5;
  std::vector<Endpoint> new_pods = PodsSince(5, 4, At(1));
  new_pods[0].weight = 5;
  new_pods[4].weight = 4;
  ExpectTheNewOnesShareMoves({old_pods, new_pods, 50}, "SealedToken");
}

TEST(RebalanceScaleUp, IsTheSameAtAllProxiesOfAFleet) {
  const auto fleet = MakeFleet(Rebalancing(R"({"percentPerMinute": 40})"));
  const auto before = MakeSet(Pods(3));
  const auto after = MakeSet(PodsSince(4, 3, At(1)));
  int moved = 0;
  for (int session = 0; session < 200; ++session) {
    const Seen first = Send(*fleet[session % kFleet], *before, At(0), {});
    for (int minute = 1; minute <= 3; ++minute) {
      const Timestamp now = At(minute * kOneMinute);
      const Decision one = Ask(*fleet[0], *after, now, first.token);
      moved += one.outcome == Outcome::kRebalanced;
      for (const auto& proxy : fleet) {
        const Decision other = Ask(*proxy, *after, now, first.token);
        EXPECT_EQ(other.outcome, one.outcome);
        EXPECT_EQ(other.endpoint, one.endpoint);
      }
    }
  }
  EXPECT_GT(moved, 10);  // 50 expected, of random ids
}

TEST(RebalanceIdle, LeavesSessionsThatAreInUse) {
  SeededRandom random(3);
  const auto policy = MakeSeeded(
      Rebalancing(R"({"percentPerMinute": 100, "idleAtLeast": "30s"})",
                  "SessionMap"),
      random);
  constexpr int kSessions = 400;
  const auto before = MakeSet(Pods(1));
  const auto after = MakeSet(PodsSince(2, 1, At(1)));
  std::vector<std::string> tokens;
  for (int i = 0; i < kSessions; ++i) {
    tokens.push_back(Send(*policy, *before, At(0), {}).token);
  }
  int moved = 0;
  for (int64_t ms = 1'000; ms <= 300'000; ms += 1'000) {
    for (int i = 0; i < kSessions; ++i) {
      // Every 29.999 s at most, or every 30 s.
      const bool in_use = i % 2 == 0;
      if (ms % (in_use ? 29'000 : 30'000) != 0) continue;
      const Seen seen = Send(*policy, *after, At(ms), {tokens[i]});
      if (in_use) {
        EXPECT_EQ(seen.outcome, Outcome::kKept);
      } else {
        moved += seen.outcome == Outcome::kRebalanced;
      }
    }
  }
  // Half of the idle half; six standard deviations.
  EXPECT_NEAR(moved, kSessions / 4, 43);
}

// --- who does not move ------------------------------------------------------

// A session on "old", and what a set says of it at once: one of weight 0 gives
// its sessions to whoever is new.
Outcome OutcomeIn(const std::string& json, const std::vector<Endpoint>& set,
                  std::vector<Backend> backends = {},
                  std::vector<uint32_t> tried = {}) {
  const auto policy = MakePolicy(json);
  const Seen first =
      Send(*policy, *MakeSet({{.id = "old", .address = "10.0.0.1:80"}}),
           At(1'000), {});
  return Ask(*policy, *MakeSet(set, std::move(backends)), At(2'000),
             first.token, {.tried = tried})
      .outcome;
}

TEST(RebalanceRules, OnlyANewerEndpointThatIsReadyTakesFromOneThatIsReady) {
  const std::string on = Rebalancing(R"({"percentPerMinute": 100})");
  const Endpoint old_pod{.id = "old", .weight = 0};
  const Endpoint new_pod{.id = "new", .since = At(1'001)};
  const auto with = [](Endpoint pod, auto change) {
    change(pod);
    return pod;
  };
  EXPECT_EQ(OutcomeIn(on, {old_pod, new_pod}), Outcome::kRebalanced);
  EXPECT_EQ(OutcomeIn(Rebalancing("{}"), {old_pod, new_pod}), Outcome::kKept);
  EXPECT_EQ(
      OutcomeIn(Rebalancing(R"({"percentPerMinute": 0})"), {old_pod, new_pod}),
      Outcome::kKept);
  // The session began when it was there already, or long after.
  for (const Timestamp since : {At(1'000), At(0), Timestamp{}}) {
    EXPECT_EQ(OutcomeIn(on, {old_pod,
                             with(new_pod,
                                  [&](Endpoint& pod) { pod.since = since; })}),
              Outcome::kKept);
  }
  for (const EndpointState state :
       {EndpointState::kDraining, EndpointState::kUnavailable}) {
    EXPECT_EQ(OutcomeIn(on, {old_pod,
                             with(new_pod,
                                  [&](Endpoint& pod) { pod.state = state; })}),
              Outcome::kKept);
  }
  EXPECT_EQ(
      OutcomeIn(
          on, {old_pod, with(new_pod, [](Endpoint& pod) { pod.weight = 0; })}),
      Outcome::kKept);
  EXPECT_EQ(OutcomeIn(on, {with(old_pod,
                                [](Endpoint& pod) {
                                  pod.state = EndpointState::kDraining;
                                }),
                           new_pod}),
            Outcome::kKept);
  // What was tried elsewhere is served where it belongs.
  EXPECT_EQ(OutcomeIn(on, {old_pod, new_pod}, {}, {1}), Outcome::kKept);
  EXPECT_EQ(OutcomeIn(on, {old_pod, new_pod, {.id = "third"}}, {}, {2}),
            Outcome::kKept);
  EXPECT_EQ(OutcomeIn(on, {old_pod, new_pod}, {}, {0}), Outcome::kMoved);
}

TEST(RebalanceRules, ASessionStaysInItsBackend) {
  const std::string on = Rebalancing(R"({"percentPerMinute": 100})");
  const Endpoint old_pod{.id = "old", .backend = "blue", .weight = 0};
  const Endpoint green{.id = "new", .backend = "green", .since = At(1'001)};
  Endpoint blue = green;
  blue.backend = "blue";
  EXPECT_EQ(OutcomeIn(on, {old_pod, green}), Outcome::kKept);
  EXPECT_EQ(OutcomeIn(on, {old_pod, blue}), Outcome::kRebalanced);
  EXPECT_EQ(OutcomeIn(on, {old_pod, blue}, {{"blue", 0}}), Outcome::kKept);
}

// --- Commit -----------------------------------------------------------------

struct ServerRow {
  const char* server;  // "": nobody
  Outcome outcome;
  const char* then;
};

TEST(RebalanceCommit, SettlesForWhoServed) {
  constexpr ServerRow kRows[] = {
      {"new", Outcome::kRebalanced, "new"},
      {"old", Outcome::kKept, "old"},
      {"third", Outcome::kSubstituted, "old"},
      {"", Outcome::kUnserved, "old"},
  };
  const std::vector<Endpoint> pods = {{.id = "old", .weight = 0},
                                      {.id = "new", .since = At(1)},
                                      {.id = "third", .weight = 0}};
  // When it is nobody's turn to move.
  std::vector<Endpoint> later = pods;
  later[1].since = Timestamp{};
  const auto set = MakeSet(pods);
  for (const char* store : {"SealedToken", "SessionMap"}) {
    for (const char* failover :
         {R"({"type": "Rebind"})", R"({"type": "Temporary"})",
          R"({"type": "Strict"})",
          R"({"type": "RebindAfter", "after": "1s"})"}) {
      for (const ServerRow& row : kRows) {
        SCOPED_TRACE(std::string(store) + failover + row.server);
        const auto policy = MakePolicy(
            Rebalancing(R"({"percentPerMinute": 100})", store,
                        R"(, "failover": )" + std::string(failover)));
        const Seen first = Send(*policy, *MakeSet({{.id = "old"}}), At(0), {});
        const Decision decision = Ask(*policy, *set, At(2), first.token);
        EXPECT_EQ(decision.outcome, Outcome::kRebalanced);
        EXPECT_EQ(decision.handle, set->handle(1));
        std::vector<char> buffer(policy->MaxFieldSize());
        Outcome outcome;
        const auto field = policy->Commit(decision, *set,
                                          set->Find(HashEndpointId(row.server)),
                                          At(2), buffer, &outcome);
        EXPECT_EQ(outcome, row.outcome) << OutcomeName(outcome);
        EXPECT_EQ(policy->counters()[row.outcome], 1U);
        EXPECT_EQ(field.has_value(), row.outcome == Outcome::kRebalanced);
        const std::string next =
            field ? std::string(field->value) : first.token;
        EXPECT_EQ(Send(*policy, *MakeSet(later), At(3), {next}).endpoint,
                  row.then);
      }
    }
  }
}

TEST(RebalanceCommit, TwoRequestsOfOneSessionOfTheMapMoveItOnce) {
  const auto policy =
      MakePolicy(Rebalancing(R"({"percentPerMinute": 100})", "SessionMap"));
  const auto set =
      MakeSet({{.id = "old", .weight = 0}, {.id = "new", .since = At(1)}});
  const Seen first = Send(*policy, *MakeSet({{.id = "old"}}), At(0), {});
  const Decision a = Ask(*policy, *set, At(2), first.token);
  const Decision b = Ask(*policy, *set, At(2), first.token);
  std::vector<char> buffer(policy->MaxFieldSize());
  for (const Decision& decision : {a, b}) {
    Outcome outcome;
    EXPECT_TRUE(policy->Commit(decision, *set, 1, At(3), buffer, &outcome));
    EXPECT_EQ(outcome, Outcome::kRebalanced);
  }
  EXPECT_EQ(policy->sessions()->size(), 1U);
  EXPECT_EQ(Send(*policy, *set, At(4), {first.token}).endpoint, "new");
}

}  // namespace
}  // namespace limpet::testing
