// PollDrain: how long a draining endpoint may still have sessions, against a
// model that keeps a list of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seeded_random.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

using PolledBy = std::optional<Timestamp>;

std::string DrainedBy(const std::string& timeouts,
                      const std::string& store = "SealedToken") {
  return R"({"sessionName": "S", "type": "Header", )" + timeouts +
         R"("store": {"type": ")" + store + R"("}})";
}

// Pods(3); pod-0 drains since `since`.
std::vector<Endpoint> DrainingPods(Timestamp since, Timestamp deadline = {}) {
  std::vector<Endpoint> pods = Pods(3);
  pods[0].state = EndpointState::kDraining;
  pods[0].since = since;
  pods[0].drain_deadline = deadline;
  return pods;
}

// A new session on pod-0 of Pods(3).
Seen BeginOnPod0(const Policy& policy, Timestamp now) {
  static constexpr uint32_t kOthers[] = {1, 2};
  const Seen seen =
      Send(policy, *MakeSet(Pods(3)), now, {}, {.tried = kOthers});
  EXPECT_EQ(seen.endpoint, "pod-0");
  return seen;
}

TEST(Drain, AReadyEndpointServes) {
  const auto policy = MakePolicy(DrainedBy(R"("absoluteTimeout": "10s", )"));
  DrainProgress progress;
  progress.state = DrainState::kDrained;
  EXPECT_EQ(policy->PollDrain(*MakeSet(Pods(1)), 0, At(0), &progress),
            DrainState::kServing);
  EXPECT_EQ(progress.state, DrainState::kServing);
  EXPECT_EQ(progress.done, 0);
  EXPECT_EQ(progress.done_by, std::nullopt);
  EXPECT_EQ(progress.live_sessions, std::nullopt);
}

struct BoundRow {
  const char* timeouts;
  Timestamp deadline;
  PolledBy done_by;
};

TEST(Drain, OfSealedTokensEndsByTheTimeoutsAndTheDeadline) {
  const BoundRow rows[] = {
      {"", {}, {}},
      {"", At(90'000), At(90'000)},
      {R"("absoluteTimeout": "60s", )", {}, At(61'000)},
      {R"("idleTimeout": "10s", )", {}, At(11'000)},
      {R"("absoluteTimeout": "60s", "idleTimeout": "10s", )", {}, At(11'000)},
      {R"("absoluteTimeout": "5s", "idleTimeout": "10s", )", {}, At(6'000)},
      {R"("absoluteTimeout": "60s", )", At(30'000), At(30'000)},
      {R"("absoluteTimeout": "60s", )", At(61'001), At(61'000)},
  };
  for (const BoundRow& row : rows) {
    SCOPED_TRACE(row.timeouts);
    const auto policy = MakePolicy(DrainedBy(row.timeouts));
    const auto set = MakeSet(DrainingPods(At(1'000), row.deadline));
    DrainProgress progress;
    EXPECT_EQ(policy->PollDrain(*set, 0, At(1'000), &progress),
              DrainState::kDraining);
    EXPECT_EQ(progress.done_by, row.done_by);
    EXPECT_EQ(progress.live_sessions, std::nullopt);
    EXPECT_EQ(progress.done, 0);
    if (!row.done_by) continue;
    const Duration whole = *row.done_by - At(1'000);
    policy->PollDrain(*set, 0, At(1'000) + whole / 4, &progress);
    EXPECT_NEAR(progress.done, 0.25, 0.001);
    EXPECT_EQ(policy->PollDrain(*set, 0, *row.done_by - Duration(1), &progress),
              DrainState::kDraining);
    EXPECT_LT(progress.done, 1);
    EXPECT_EQ(policy->PollDrain(*set, 0, *row.done_by, &progress),
              DrainState::kDrained);
    EXPECT_EQ(progress.done, 1);
  }
}

TEST(Drain, WaitsForSessionsOfRequestsThatWereUnderWay) {
  const auto policy = MakePolicy(DrainedBy(R"("absoluteTimeout": "60s", )"));
  const auto old_set = MakeSet(Pods(1));
  const Decision decision = policy->Select({}, *old_set, At(0));
  std::vector<Endpoint> pods = Pods(1);
  pods[0].state = EndpointState::kDraining;
  pods[0].since = At(1'000);
  const auto set = MakeSet(pods);
  DrainProgress progress;
  policy->PollDrain(*set, 0, At(1'000), &progress);
  EXPECT_EQ(progress.done_by, At(61'000));
  std::vector<char> buffer(policy->MaxFieldSize());
  ASSERT_TRUE(policy->Commit(decision, *old_set, 0, At(5'000), buffer));
  policy->PollDrain(*set, 0, At(5'000), &progress);
  EXPECT_EQ(progress.done_by, At(65'000));
}

TEST(Drain, OfAnIdleTimeoutIsPutOffByEveryTokenThatIsWritten) {
  const auto policy = MakePolicy(
      DrainedBy(R"("absoluteTimeout": "1h", "idleTimeout": "10s", )"));
  DrainProgress progress;
  policy->PollDrain(*MakeSet(Pods(3)), 0, At(0), &progress);
  const Seen first = BeginOnPod0(*policy, At(0));
  const auto set = MakeSet(DrainingPods(At(1'000)));
  policy->PollDrain(*set, 0, At(2'000), &progress);
  EXPECT_EQ(progress.done_by, At(11'000));
  // Its token is young: it is not written anew.
  EXPECT_EQ(Send(*policy, *set, At(4'000), {first.token}).field, "");
  policy->PollDrain(*set, 0, At(4'000), &progress);
  EXPECT_EQ(progress.done_by, At(11'000));
  EXPECT_NE(Send(*policy, *set, At(9'000), {first.token}).field, "");
  policy->PollDrain(*set, 0, At(9'000), &progress);
  EXPECT_EQ(progress.done_by, At(19'000));
  // A session of another endpoint is another's.
  const uint32_t others[] = {0, 2};
  Send(*policy, *set, At(12'000), {}, {.tried = others});
  policy->PollDrain(*set, 0, At(12'000), &progress);
  EXPECT_EQ(progress.done_by, At(19'000));
}

TEST(Drain, OfASubstitutedSessionIsThatOfItsOwnEndpoint) {
  const auto policy = MakePolicy(R"({"sessionName": "S", "type": "Header",
                     "idleTimeout": "10s", "failover": {"type": "Temporary"}})");
  DrainProgress progress;
  policy->PollDrain(*MakeSet(Pods(3)), 0, At(0), &progress);
  const Seen first = BeginOnPod0(*policy, At(0));
  const auto set = MakeSet(DrainingPods(At(1'000)));
  const uint32_t tried[] = {0};
  const Seen away =
      Send(*policy, *set, At(6'000), {first.token}, {.tried = tried});
  EXPECT_EQ(away.outcome, Outcome::kSubstituted);
  EXPECT_NE(away.field, "");
  policy->PollDrain(*set, 0, At(6'000), &progress);
  EXPECT_EQ(progress.done_by, At(16'000));
}

// It cannot know what the policy that it replaced has written.
TEST(Drain, OfAPolicyThatIsNewBeginsWithItsFirstPoll) {
  const std::string json = DrainedBy(R"("idleTimeout": "10s", )");
  const auto old_policy = MakePolicy(json);
  const Seen first = BeginOnPod0(*old_policy, At(0));
  const auto set = MakeSet(DrainingPods(At(1'000)));
  DrainProgress progress;
  old_policy->PollDrain(*set, 0, At(1'000), &progress);
  const Seen again = Send(*old_policy, *set, At(9'000), {first.token});
  ASSERT_NE(again.token, "");

  const auto policy = MakePolicy(json);
  EXPECT_EQ(policy->PollDrain(*set, 0, At(12'000), &progress),
            DrainState::kDraining);
  EXPECT_EQ(progress.done_by, At(22'000));
  EXPECT_EQ(Send(*policy, *set, At(18'999), {again.token}).endpoint, "pod-0");
}

TEST(Drain, WithoutASinceBeginsWithItsFirstPoll) {
  const auto policy = MakePolicy(DrainedBy(R"("absoluteTimeout": "60s", )"));
  const auto set = MakeSet(DrainingPods({}));
  DrainProgress progress;
  policy->PollDrain(*set, 0, At(5'000), &progress);
  EXPECT_EQ(progress.done_by, At(65'000));
  policy->PollDrain(*set, 0, At(35'000), &progress);
  EXPECT_EQ(progress.done_by, At(65'000));
  EXPECT_EQ(progress.done, 0.5);
  EXPECT_EQ(policy->PollDrain(*set, 0, At(65'000), &progress),
            DrainState::kDrained);
  // The next drain begins anew.
  policy->PollDrain(*MakeSet(Pods(3)), 0, At(70'000), &progress);
  policy->PollDrain(*set, 0, At(80'000), &progress);
  EXPECT_EQ(progress.done_by, At(140'000));
}

TEST(Drain, OfEnvoysCookiesEndsWithAWholeSecond) {
  const auto policy = MakePolicy(
      R"({"sessionName": "S", "absoluteTimeout": "10s",
          "store": {"type": "EnvoyToken"}})");
  const Seen first = BeginOnPod0(*policy, At(0));
  const auto set = MakeSet(DrainingPods(At(1)));
  DrainProgress progress;
  policy->PollDrain(*set, 0, At(1), &progress);
  EXPECT_EQ(progress.done_by, At(11'000));
  const auto header = MakePolicy(R"({"type": "Header", "header": {"name": "S"},
                     "store": {"type": "EnvoyToken"}})");
  header->PollDrain(*set, 0, At(1), &progress);
  EXPECT_EQ(progress.done_by, std::nullopt);
}

TEST(Drain, OfAPolicyWithoutSessionsIsDoneAtOnce) {
  const auto policy = MakePolicy("null");
  DrainProgress progress;
  EXPECT_EQ(
      policy->PollDrain(*MakeSet(DrainingPods(At(0))), 0, At(0), &progress),
      DrainState::kDrained);
}

TEST(Drain, OfAMapIsCounted) {
  const auto policy = MakePolicy(DrainedBy("", "SessionMap"));
  for (int i = 0; i < 4; ++i) BeginOnPod0(*policy, At(0));
  const auto set = MakeSet(DrainingPods(At(1)));
  DrainProgress progress;
  EXPECT_EQ(policy->PollDrain(*set, 0, At(1), &progress),
            DrainState::kDraining);
  EXPECT_EQ(progress.live_sessions, 4U);
  EXPECT_EQ(progress.first_sessions, 4U);
  EXPECT_EQ(progress.done_by, std::nullopt);  // there is no timeout
  policy->sessions()->EraseEndpoint(set->handle(0));
  BeginOnPod0(*policy, At(2));  // was under way
  policy->PollDrain(*set, 0, At(2), &progress);
  EXPECT_EQ(progress.live_sessions, 1U);
  EXPECT_EQ(progress.first_sessions, 4U);
  EXPECT_EQ(progress.done, 0.75);
  policy->sessions()->EraseEndpoint(set->handle(0));
  EXPECT_EQ(policy->PollDrain(*set, 0, At(3), &progress), DrainState::kDrained);
  EXPECT_EQ(progress.live_sessions, 0U);
  EXPECT_EQ(progress.done_by, At(3));
  // Another endpoint has a drain of its own, from another number.
  std::vector<Endpoint> pods = Pods(3);
  pods[1].state = EndpointState::kDraining;
  policy->PollDrain(*MakeSet(pods), 1, At(4), &progress);
  EXPECT_EQ(progress.first_sessions, 0U);
}

TEST(Drain, IsDoneWhereNobodyIsServed) {
  for (const char* store : {"SealedToken", "SessionMap"}) {
    const auto policy = MakePolicy(DrainedBy("", store));
    BeginOnPod0(*policy, At(0));
    std::vector<Endpoint> pods = Pods(3);
    pods[0].state = EndpointState::kUnavailable;
    DrainProgress progress;
    EXPECT_EQ(policy->PollDrain(*MakeSet(pods), 0, At(5), &progress),
              DrainState::kDrained);
    EXPECT_EQ(progress.done_by, At(5));
    const auto set = MakeSet(DrainingPods(At(0)));
    policy->PollDrain(*set, 0, At(5), &progress);
    EXPECT_EQ(progress.state, DrainState::kDraining);
    EXPECT_EQ(policy->PollDrain(*set, kNoEndpoint, At(6), &progress),
              DrainState::kDrained);
    EXPECT_EQ(progress.done, 1);
    EXPECT_EQ(policy->PollDrain(*MakeSet({}), 0, At(6), &progress),
              DrainState::kDrained);
  }
}

// --- against a model --------------------------------------------------------

// A session as the model knows it: by the rules, and by what was sent.
struct ModelSession {
  std::string token;
  std::string endpoint;
  Timestamp created;
  Timestamp refreshed;
};

// Random requests, some of them long, while endpoints drain and come back. Of
// sealed tokens the list has all that were ever sent; of a map its sessions.
class DrainModel {
 public:
  DrainModel(uint64_t seed, const std::string& store)
      : engine_(seed), random_(seed), is_map_(store == "SessionMap") {
    static constexpr const char* kFailovers[] = {
        R"("Rebind")", R"("Temporary")", R"("Strict")",
        R"("RebindAfter", "after": "4s")"};
    if (Below(3) != 0) timeouts_.absolute = Duration(8'000 + Below(20'000));
    if (Below(3) != 0) timeouts_.idle = Duration(8'000 + Below(8'000));
    const auto field = [](const char* name, Duration timeout) {
      return "\"" + std::string(name) + "\": \"" +
             std::to_string(timeout.count()) + "ms\", ";
    };
    auto policy = Policy::FromJson(
        R"({"sessionName": "S", "type": "Header", )" +
            field("absoluteTimeout", timeouts_.absolute) +
            field("idleTimeout", timeouts_.idle) + R"("store": {"type": ")" +
            store + R"(", "capacity": 500}, "failover": {"type": )" +
            kFailovers[Below(4)] + "}}",
        {.scope = "default/test/0", .keys = TestKeys(), .random = &random_});
    EXPECT_TRUE(policy.ok()) << policy.status().ToString();
    policy_ = *std::move(policy);
    buffer_.resize(policy_->MaxFieldSize());
    pods_ = Pods(4);
    set_ = MakeSet(pods_);
  }

  int drains() const { return drains_; }

  void Run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      now_ms_ += static_cast<int64_t>(Below(4) == 0 ? Below(3'000) : Below(20));
      while (!under_way_.empty() &&
             Now() - under_way_.front().since > Duration(3'000)) {
        CommitFirst();
      }
      switch (Below(12)) {
        case 0:
          ChangeAnEndpoint();
          break;
        case 1:
        case 2:
          for (uint32_t pod = 0; pod < pods_.size(); ++pod) Poll(pod);
          break;
        case 3:
          if (!under_way_.empty()) CommitFirst();
          break;
        default:
          Request();
      }
    }
  }

 private:
  struct UnderWay {
    Decision decision;
    std::shared_ptr<const EndpointSet> set;
    std::string token;  // that came
    Timestamp since;
  };

  size_t Below(size_t n) { return engine_() % n; }
  Timestamp Now() const { return At(now_ms_); }

  PolledBy End(const ModelSession& session) const {
    PolledBy end;
    if (timeouts_.absolute > Duration(0)) {
      end = session.created + timeouts_.absolute;
    }
    if (timeouts_.idle > Duration(0)) {
      const Timestamp idle = session.refreshed + timeouts_.idle;
      end = end ? std::min(*end, idle) : idle;
    }
    return end;
  }
  bool IsLive(const ModelSession& session) const {
    const PolledBy end = End(session);
    return !end || Now() < *end;
  }

  ModelSession* SessionOf(const std::string& token) {
    const auto it =
        std::find_if(sessions_.begin(), sessions_.end(),
                     [&](const ModelSession& s) { return s.token == token; });
    return it == sessions_.end() ? nullptr : &*it;
  }

  void Request() {
    std::string token;
    if (!sessions_.empty() && Below(5) != 0) {
      // Mostly of the younger ones.
      const size_t back = Below(Below(2) != 0 ? 20 : sessions_.size());
      token = sessions_[sessions_.size() - 1 - back % sessions_.size()].token;
    }
    const std::string_view value = token;
    std::vector<uint32_t> tried;
    if (Below(6) == 0) tried.push_back(static_cast<uint32_t>(Below(4)));
    ModelSession* session = SessionOf(token);
    const bool live = session != nullptr && IsLive(*session);
    const Decision decision =
        policy_->Select(std::span(&value, token.empty() ? 0 : 1), *set_, Now(),
                        {.tried = tried});
    if (is_map_ && live) session->refreshed = Now();
    if (decision.endpoint == kNoEndpoint) return;
    if (decision.outcome == Outcome::kKept) {
      const std::string& id = (*set_)[decision.endpoint].id;
      EXPECT_FALSE(drained_.contains(id)) << id << " served after its drain";
      EXPECT_TRUE(live);
    }
    under_way_.push_back({decision, set_, token, Now()});
    if (Below(4) != 0) CommitLast();
  }

  void CommitFirst() {
    const UnderWay request = under_way_.front();
    under_way_.pop_front();
    Commit(request);
  }
  void CommitLast() {
    const UnderWay request = under_way_.back();
    under_way_.pop_back();
    Commit(request);
  }

  void Commit(const UnderWay& request) {
    const uint32_t served = request.decision.endpoint;
    Outcome outcome;
    const auto field = policy_->Commit(request.decision, *request.set, served,
                                       Now(), buffer_, &outcome);
    if (!field) return;
    ModelSession session{.token = std::string(field->value),
                         .endpoint = (*request.set)[served].id,
                         .created = Now(),
                         .refreshed = Now()};
    if (outcome == Outcome::kKept || outcome == Outcome::kSubstituted) {
      // The same session, written anew.
      const ModelSession* old = SessionOf(request.token);
      ASSERT_NE(old, nullptr);
      session.endpoint = old->endpoint;
      session.created = old->created;
    }
    if (ModelSession* moved = SessionOf(session.token)) {
      *moved = session;
    } else {
      sessions_.push_back(session);
    }
  }

  void ChangeAnEndpoint() {
    // What is under way in a map begins sessions that nobody can foresee.
    while (is_map_ && !under_way_.empty()) CommitFirst();
    Endpoint& pod = pods_[Below(pods_.size())];
    const EndpointState states[] = {
        EndpointState::kReady, EndpointState::kDraining,
        EndpointState::kDraining, EndpointState::kUnavailable};
    const EndpointState state = states[Below(4)];
    if (state == pod.state) return;
    pod.state = state;
    pod.since = Now();
    pod.drain_deadline =
        Below(3) == 0 ? Now() + Duration(4'000 + Below(20'000)) : Timestamp{};
    drained_.erase(pod.id);
    set_ = MakeSet(pods_);
  }

  void Poll(uint32_t index) {
    const Endpoint& pod = pods_[index];
    DrainProgress& progress = progress_[pod.id];
    const DrainState state = policy_->PollDrain(*set_, index, Now(), &progress);
    EXPECT_EQ(state == DrainState::kServing,
              pod.state == EndpointState::kReady);
    EXPECT_EQ(state == DrainState::kDrained, progress.done == 1);
    EXPECT_GE(progress.done, 0);
    EXPECT_LE(progress.done, 1);
    if (state == DrainState::kServing) return;
    size_t live = 0;
    for (const ModelSession& session : sessions_) {
      if (session.endpoint != pod.id || !IsLive(session)) continue;
      ++live;
      if (pod.state == EndpointState::kUnavailable || !progress.done_by) {
        continue;
      }
      PolledBy end = End(session);
      if (pod.drain_deadline != Timestamp{}) {
        end = end ? std::min(*end, pod.drain_deadline) : pod.drain_deadline;
      }
      ASSERT_TRUE(end) << "a session without an end has a bound";
      EXPECT_LE(*end, *progress.done_by);
    }
    if (is_map_) {
      EXPECT_EQ(progress.live_sessions, live);
    }
    if (state != DrainState::kDrained) return;
    ++drains_;
    drained_[pod.id] = true;
    for (const ModelSession& session : sessions_) {
      if (session.endpoint != pod.id) continue;
      const std::string_view value = session.token;
      const Decision decision =
          policy_->Select(std::span(&value, 1), *set_, Now());
      EXPECT_NE(decision.outcome, Outcome::kKept);
    }
    // Select has stamped them as used.
    if (is_map_) {
      for (ModelSession& session : sessions_) {
        if (session.endpoint == pod.id && IsLive(session)) {
          session.refreshed = Now();
        }
      }
    }
  }

  std::mt19937_64 engine_;
  SeededRandom random_;
  const bool is_map_;
  int64_t now_ms_ = 0;
  Timeouts timeouts_;
  std::unique_ptr<Policy> policy_;
  std::vector<Endpoint> pods_;
  std::shared_ptr<const EndpointSet> set_;
  std::vector<ModelSession> sessions_;
  std::deque<UnderWay> under_way_;
  std::map<std::string, DrainProgress> progress_;
  std::map<std::string, bool> drained_;
  std::vector<char> buffer_;
  int drains_ = 0;
};

class DrainModelTest : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Stores, DrainModelTest,
                         ::testing::Values("SealedToken", "SessionMap"),
                         [](const auto& info) {
                           return std::string(info.param);
                         });

TEST_P(DrainModelTest, NoSessionIsServedAfterItsBound) {
  int drains = 0;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    DrainModel model(seed, GetParam());
    model.Run(600);
    drains += model.drains();
    if (HasFailure()) return;
  }
  EXPECT_GT(drains, 100);  // it has seen some
}

}  // namespace
}  // namespace limpet::testing
