// What becomes of a session whose endpoint cannot serve, in one table: every
// failover in every situation, for every store.
#include <gtest/gtest.h>

#include <map>
#include <ostream>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "test_policy.h"

namespace limpet::testing {
namespace {

constexpr int64_t kAfter = 30'000;   // ms that RebindAfter waits
constexpr int64_t kAsked = 200'000;  // when the request comes
constexpr int64_t kNotSaid = -1;

// How the session's endpoint is when the request comes.
struct Situation {
  const char* name;
  EndpointState state = EndpointState::kReady;
  int64_t for_ms = kNotSaid;            // how long it has been in that state
  int64_t past_deadline_ms = kNotSaid;  // less than 0: there is no deadline
  bool tried = false;                   // in vain, for this request
  bool gone = false;                    // from the set
};

constexpr EndpointState kDown = EndpointState::kUnavailable;
constexpr EndpointState kDrains = EndpointState::kDraining;

constexpr Situation kServes{"Serves"};
constexpr Situation kRecovered{"Recovered", EndpointState::kReady, 0};
constexpr Situation kTried{.name = "TriedInVain", .tried = true};
constexpr Situation kDownNow{"DownJustNow", kDown, 0};
constexpr Situation kDownShort{"DownForLess", kDown, kAfter - 1};
constexpr Situation kDownExactly{"DownForExactly", kDown, kAfter};
constexpr Situation kDownLong{"DownForLonger", kDown, kAfter + 1};
constexpr Situation kDownAlways{"DownSinceLongAgo", kDown};
constexpr Situation kDownAhead{"DownSinceAMomentAhead", kDown, -5'000};
constexpr Situation kDownAndTried{.name = "DownForLongerAndTried",
                                  .state = kDown,
                                  .for_ms = kAfter + 1,
                                  .tried = true};
constexpr Situation kDraining{"Draining", kDrains, 100'000};
constexpr Situation kDrainingTried{.name = "DrainingTriedInVain",
                                   .state = kDrains,
                                   .for_ms = 100'000,
                                   .tried = true};
constexpr Situation kDrainEnds{"DrainDeadlineNow", kDrains, 100'000, 0};
constexpr Situation kDrainEnded{"PastDeadlineForLess", kDrains, 100'000,
                                kAfter - 1};
constexpr Situation kDrainLong{"PastDeadlineForExactly", kDrains, 100'000,
                               kAfter};
constexpr Situation kGone{.name = "Gone", .gone = true};

constexpr FailoverType kRebind = FailoverType::kRebind;
constexpr FailoverType kTemporary = FailoverType::kTemporary;
constexpr FailoverType kStrict = FailoverType::kStrict;
constexpr FailoverType kRebindAfter = FailoverType::kRebindAfter;

constexpr Outcome kKept = Outcome::kKept;
constexpr Outcome kMoved = Outcome::kMoved;
constexpr Outcome kAway = Outcome::kSubstituted;
constexpr Outcome kRefused = Outcome::kRejected;
constexpr Outcome kBegun = Outcome::kUnknownEndpoint;

enum Where { kOwn, kOther, kNobody };
enum Field { kNoField, kSent };

// The request's outcome, who serves it, whether the response has a field, and
// where the next request goes once the endpoint is back.
struct Row {
  FailoverType failover;
  Situation situation;
  Outcome outcome;
  Where served;
  Field field;
  Where then;
};

constexpr Row kTable[] = {
    {kRebind, kServes, kKept, kOwn, kNoField, kOwn},
    {kRebind, kRecovered, kKept, kOwn, kNoField, kOwn},
    {kRebind, kTried, kMoved, kOther, kSent, kOther},
    {kRebind, kDownNow, kMoved, kOther, kSent, kOther},
    {kRebind, kDownShort, kMoved, kOther, kSent, kOther},
    {kRebind, kDownExactly, kMoved, kOther, kSent, kOther},
    {kRebind, kDownLong, kMoved, kOther, kSent, kOther},
    {kRebind, kDownAlways, kMoved, kOther, kSent, kOther},
    {kRebind, kDownAhead, kMoved, kOther, kSent, kOther},
    {kRebind, kDownAndTried, kMoved, kOther, kSent, kOther},
    {kRebind, kDraining, kKept, kOwn, kNoField, kOwn},
    {kRebind, kDrainingTried, kMoved, kOther, kSent, kOther},
    {kRebind, kDrainEnds, kMoved, kOther, kSent, kOther},
    {kRebind, kDrainEnded, kMoved, kOther, kSent, kOther},
    {kRebind, kDrainLong, kMoved, kOther, kSent, kOther},
    {kRebind, kGone, kBegun, kOther, kSent, kOther},

    {kTemporary, kServes, kKept, kOwn, kNoField, kOwn},
    {kTemporary, kRecovered, kKept, kOwn, kNoField, kOwn},
    {kTemporary, kTried, kAway, kOther, kNoField, kOwn},
    {kTemporary, kDownNow, kAway, kOther, kNoField, kOwn},
    {kTemporary, kDownShort, kAway, kOther, kNoField, kOwn},
    {kTemporary, kDownExactly, kAway, kOther, kNoField, kOwn},
    {kTemporary, kDownLong, kAway, kOther, kNoField, kOwn},
    {kTemporary, kDownAlways, kAway, kOther, kNoField, kOwn},
    {kTemporary, kDownAhead, kAway, kOther, kNoField, kOwn},
    {kTemporary, kDownAndTried, kAway, kOther, kNoField, kOwn},
    {kTemporary, kDraining, kKept, kOwn, kNoField, kOwn},
    {kTemporary, kDrainingTried, kAway, kOther, kNoField, kOwn},
    {kTemporary, kDrainEnds, kAway, kOther, kNoField, kOwn},
    {kTemporary, kDrainEnded, kAway, kOther, kNoField, kOwn},
    {kTemporary, kDrainLong, kAway, kOther, kNoField, kOwn},
    {kTemporary, kGone, kBegun, kOther, kSent, kOther},

    {kStrict, kServes, kKept, kOwn, kNoField, kOwn},
    {kStrict, kRecovered, kKept, kOwn, kNoField, kOwn},
    {kStrict, kTried, kRefused, kNobody, kNoField, kOwn},
    {kStrict, kDownNow, kRefused, kNobody, kNoField, kOwn},
    {kStrict, kDownShort, kRefused, kNobody, kNoField, kOwn},
    {kStrict, kDownExactly, kRefused, kNobody, kNoField, kOwn},
    {kStrict, kDownLong, kRefused, kNobody, kNoField, kOwn},
    {kStrict, kDownAlways, kRefused, kNobody, kNoField, kOwn},
    {kStrict, kDownAhead, kRefused, kNobody, kNoField, kOwn},
    {kStrict, kDownAndTried, kRefused, kNobody, kNoField, kOwn},
    {kStrict, kDraining, kKept, kOwn, kNoField, kOwn},
    {kStrict, kDrainingTried, kRefused, kNobody, kNoField, kOwn},
    {kStrict, kDrainEnds, kRefused, kNobody, kNoField, kOwn},
    {kStrict, kDrainEnded, kRefused, kNobody, kNoField, kOwn},
    {kStrict, kDrainLong, kRefused, kNobody, kNoField, kOwn},
    {kStrict, kGone, kBegun, kOther, kSent, kOther},

    {kRebindAfter, kServes, kKept, kOwn, kNoField, kOwn},
    {kRebindAfter, kRecovered, kKept, kOwn, kNoField, kOwn},
    {kRebindAfter, kTried, kAway, kOther, kNoField, kOwn},
    {kRebindAfter, kDownNow, kAway, kOther, kNoField, kOwn},
    {kRebindAfter, kDownShort, kAway, kOther, kNoField, kOwn},
    {kRebindAfter, kDownExactly, kMoved, kOther, kSent, kOther},
    {kRebindAfter, kDownLong, kMoved, kOther, kSent, kOther},
    {kRebindAfter, kDownAlways, kMoved, kOther, kSent, kOther},
    {kRebindAfter, kDownAhead, kAway, kOther, kNoField, kOwn},
    {kRebindAfter, kDownAndTried, kMoved, kOther, kSent, kOther},
    {kRebindAfter, kDraining, kKept, kOwn, kNoField, kOwn},
    {kRebindAfter, kDrainingTried, kAway, kOther, kNoField, kOwn},
    {kRebindAfter, kDrainEnds, kAway, kOther, kNoField, kOwn},
    {kRebindAfter, kDrainEnded, kAway, kOther, kNoField, kOwn},
    {kRebindAfter, kDrainLong, kMoved, kOther, kSent, kOther},
    {kRebindAfter, kGone, kBegun, kOther, kSent, kOther},
};

const char* NameOf(FailoverType type) {
  switch (type) {
    case FailoverType::kRebind:
      return "Rebind";
    case FailoverType::kTemporary:
      return "Temporary";
    case FailoverType::kStrict:
      return "Strict";
    case FailoverType::kRebindAfter:
      return "RebindAfter";
  }
  return "";
}

void PrintTo(const Row& row, std::ostream* out) {
  *out << NameOf(row.failover) << ", " << row.situation.name;
}

std::string WithFailover(const std::string& store, FailoverType type) {
  const std::string after =
      type == kRebindAfter ? R"(, "after": "30s")" : std::string();
  return R"({"sessionName": "S", "type": "Header", "store": {"type": ")" +
         store + R"("}, "failover": {"type": ")" + NameOf(type) + "\"" + after +
         "}}";
}

// Pods(4), one of them in the situation.
std::vector<Endpoint> PodsIn(const Situation& situation,
                             const std::string& own) {
  std::vector<Endpoint> pods;
  for (Endpoint& pod : Pods(4)) {
    if (pod.id == own) {
      if (situation.gone) continue;
      pod.state = situation.state;
      if (situation.for_ms != kNotSaid) {
        pod.since = At(kAsked - situation.for_ms);
      }
      if (situation.past_deadline_ms != kNotSaid) {
        pod.drain_deadline = At(kAsked - situation.past_deadline_ms);
      }
    }
    pods.push_back(pod);
  }
  return pods;
}

class FailoverTable
    : public ::testing::TestWithParam<std::tuple<const char*, Row>> {};

INSTANTIATE_TEST_SUITE_P(All, FailoverTable,
                         ::testing::Combine(::testing::Values("SealedToken",
                                                              "SessionMap",
                                                              "EnvoyToken"),
                                            ::testing::ValuesIn(kTable)),
                         [](const auto& info) {
                           const Row& row = std::get<1>(info.param);
                           return std::string(std::get<0>(info.param)) +
                                  NameOf(row.failover) + row.situation.name;
                         });

TEST_P(FailoverTable, Holds) {
  const auto& [store, row] = GetParam();
  const auto policy = MakePolicy(WithFailover(store, row.failover));
  Client client(*policy);
  const auto all = MakeSet(Pods(4));
  client.Request(*all, At(0));  // none is always the first
  Client session(*policy);
  const std::string own = session.Request(*all, At(0)).endpoint;

  const auto set = MakeSet(PodsIn(row.situation, own));
  std::vector<uint32_t> tried;
  if (row.situation.tried) tried.push_back(set->Find(HashEndpointId(own)));
  const Seen seen = session.Request(*set, At(kAsked), {.tried = tried});
  EXPECT_EQ(seen.outcome, row.outcome) << OutcomeName(seen.outcome);
  EXPECT_EQ(seen.status, row.served == kNobody ? 503 : 0);
  EXPECT_EQ(!seen.field.empty(), row.field == kSent);
  switch (row.served) {
    case kOwn:
      EXPECT_EQ(seen.endpoint, own);
      break;
    case kOther:
      EXPECT_NE(seen.endpoint, own);
      EXPECT_NE(seen.endpoint, "");
      break;
    case kNobody:
      EXPECT_EQ(seen.endpoint, "");
      break;
  }

  const auto back = MakeSet(PodsIn(kRecovered, own));
  const Seen next = session.Request(*back, At(kAsked + 1));
  EXPECT_EQ(next.outcome, Outcome::kKept);
  EXPECT_EQ(next.endpoint, row.then == kOwn ? own : seen.endpoint);
}

TEST(FailoverTableItself, HasEveryFailoverInEverySituation) {
  std::set<std::string> situations;
  std::set<std::pair<FailoverType, std::string>> rows;
  for (const Row& row : kTable) {
    situations.insert(row.situation.name);
    EXPECT_TRUE(rows.insert({row.failover, row.situation.name}).second);
  }
  EXPECT_EQ(rows.size(), situations.size() * 4);
}

// --- what the host does otherwise -------------------------------------------

// Who served where the host sent the request, and what was counted.
struct Committed {
  Outcome outcome;
  bool field;
  std::string then;  // who is chosen for the next request of a ready set
};

Committed ServedBy(const Policy& policy, const EndpointSet& asked,
                   const std::string& token, const std::string& server) {
  const std::string_view values[] = {token};
  const Decision decision = policy.Select(values, asked, At(kAsked));
  std::vector<char> buffer(policy.MaxFieldSize());
  Committed committed{};
  const auto field =
      policy.Commit(decision, asked, asked.Find(HashEndpointId(server)),
                    At(kAsked), buffer, &committed.outcome);
  committed.field = field.has_value();
  const std::string next = field ? std::string(field->value) : token;
  committed.then =
      Send(policy, *MakeSet(Pods(4)), At(kAsked + 1), {next}).endpoint;
  return committed;
}

struct CommitRow {
  FailoverType failover;
  Situation situation;
  const char* server;  // "own", "chosen", "third": neither
  Outcome outcome;
  const char* then;
};

// Another endpoint than the chosen one has served, after the host's own
// retries.
TEST(FailoverCommit, SettlesForWhoServed) {
  constexpr CommitRow kRows[] = {
      {kRebind, kServes, "third", kMoved, "third"},
      {kTemporary, kServes, "third", kAway, "own"},
      {kStrict, kServes, "third", kAway, "own"},
      // It did not answer just now, for no more is known.
      {kRebindAfter, kServes, "third", kAway, "own"},
      {kRebindAfter, kDownShort, "third", kAway, "own"},
      {kRebindAfter, kDownShort, "chosen", kAway, "own"},
      {kRebindAfter, kDownShort, "own", kKept, "own"},
      {kRebindAfter, kDownLong, "third", kMoved, "third"},
      {kRebindAfter, kDownLong, "chosen", kMoved, "chosen"},
      {kRebindAfter, kDownLong, "own", kKept, "own"},
      {kRebindAfter, kDrainEnded, "third", kAway, "own"},
      {kRebindAfter, kDrainLong, "third", kMoved, "third"},
  };
  for (const char* store : {"SealedToken", "SessionMap"}) {
    for (const CommitRow& row : kRows) {
      SCOPED_TRACE(std::string(store) + ", " + NameOf(row.failover) + ", " +
                   row.situation.name + ", " + row.server);
      const auto policy = MakePolicy(WithFailover(store, row.failover));
      const Seen first = Send(*policy, *MakeSet(Pods(4)), At(0), {});
      const auto set = MakeSet(PodsIn(row.situation, first.endpoint));
      std::map<std::string, std::string> ids = {{"own", first.endpoint}};
      const std::string_view values[] = {first.token};
      const uint32_t chosen = policy->Select(values, *set, At(kAsked)).endpoint;
      ids["chosen"] = (*set)[chosen].id;
      for (const Endpoint& pod : Pods(4)) {
        if (pod.id != ids["own"] && pod.id != ids["chosen"]) {
          ids["third"] = pod.id;
        }
      }
      const Committed committed =
          ServedBy(*policy, *set, first.token, ids[row.server]);
      EXPECT_EQ(committed.outcome, row.outcome)
          << OutcomeName(committed.outcome);
      EXPECT_EQ(committed.field, row.outcome == kMoved);
      EXPECT_EQ(committed.then, ids[row.then]);
    }
  }
}

// --- a fleet ----------------------------------------------------------------

// The substitute's substitute too, whether the session waits or moves.
TEST(FailoverFleet, AgreesOnEverySubstituteUntilNobodyIsLeft) {
  constexpr int kPods = 6;
  const auto fleet = MakeFleet(WithFailover("SealedToken", kRebindAfter));
  for (const int64_t down_for : {kAfter - 1, kAfter}) {
    for (int session = 0; session < 20; ++session) {
      std::vector<Endpoint> pods = Pods(kPods);
      const Seen first =
          Send(*fleet[session % kFleet], *MakeSet(pods), At(0), {});
      std::string down = first.endpoint;
      for (int left = kPods - 1; left > 0; --left) {
        for (Endpoint& pod : pods) {
          if (pod.id != down) continue;
          pod.state = EndpointState::kUnavailable;
          pod.since = At(kAsked - down_for);
        }
        const auto set = MakeSet(pods);
        down = Send(*fleet[0], *set, At(kAsked), {first.token}).endpoint;
        for (const auto& proxy : fleet) {
          const Seen seen = Send(*proxy, *set, At(kAsked), {first.token});
          EXPECT_EQ(seen.endpoint, down);
          EXPECT_EQ(seen.outcome, down_for < kAfter ? kAway : kMoved);
        }
      }
    }
  }
}

// An endpoint that comes and goes is waited for each time anew.
TEST(FailoverFleet, AFlappingEndpointKeepsItsSessions) {
  const auto policy = MakePolicy(WithFailover("SealedToken", kRebindAfter));
  Client client(*policy);
  const std::string own = client.Request(*MakeSet(Pods(4)), At(0)).endpoint;
  for (int64_t ms = 0; ms < 10 * kAfter; ms += kAfter) {
    std::vector<Endpoint> pods = Pods(4);
    for (Endpoint& pod : pods) {
      if (pod.id == own) {
        pod.state = EndpointState::kUnavailable;
        pod.since = At(ms);
      }
    }
    const auto down = MakeSet(pods);
    EXPECT_EQ(client.Request(*down, At(ms)).outcome, kAway);
    EXPECT_EQ(client.Request(*down, At(ms + kAfter - 1)).outcome, kAway);
  }
  EXPECT_EQ(client.Request(*MakeSet(Pods(4)), At(10 * kAfter)).endpoint, own);
}

}  // namespace
}  // namespace limpet::testing
