// Short histories of a few threads on one or two sessions, each checked against
// the map's rules as if the calls had come one after the other.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "limpet/session_map.h"
#include "linearizability.h"
#include "preemption.h"
#include "scale.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

using EraseResult = SessionMap::EraseResult;
using FindResult = SessionMap::FindResult;
using InsertResult = SessionMap::InsertResult;
using RebindResult = SessionMap::RebindResult;

constexpr unsigned kKeys = 2;
constexpr unsigned kCalls = 5;  // of each thread
constexpr uint64_t kEndpoints = 3;

struct Recorded {
  unsigned key = 0;
  bool gives_way = false;  // when it has begun: others go first
  Call call{};
};
using History = std::vector<Recorded>;

class Clock {
 public:
  uint64_t Next() { return next_.fetch_add(1); }

 private:
  std::atomic<uint64_t> next_{1};
};

void Make(SessionMap& map, const SessionId& id, Clock& clock, bool gives_way,
          Call* call) {
  SessionMap::Entry entry{.endpoint = call->endpoint};
  const auto expect = [](bool right) { EXPECT_TRUE(right); };
  call->begin = clock.Next();
  if (gives_way) std::this_thread::yield();
  switch (call->kind) {
    case Call::kFind: {
      const FindResult result = map.FindTouch(id, kForever, At(0), &entry);
      call->end = clock.Next();
      expect(result != FindResult::kExpired);
      call->answer = result == FindResult::kLive ? Call::kThere : Call::kAbsent;
      break;
    }
    case Call::kInsertOrGet: {
      const InsertResult result = map.InsertOrGet(id, &entry, kForever, At(0));
      call->end = clock.Next();
      expect(result == InsertResult::kInserted ||
             result == InsertResult::kExists);
      call->answer =
          result == InsertResult::kExists ? Call::kThere : Call::kInserted;
      break;
    }
    case Call::kRebind: {
      const RebindResult result =
          map.Rebind(id, call->from, call->endpoint, kForever, At(0), &entry);
      call->end = clock.Next();
      expect(result != RebindResult::kBusy && result != RebindResult::kFull);
      call->answer = result == RebindResult::kMoved       ? Call::kDone
                     : result == RebindResult::kElsewhere ? Call::kThere
                                                          : Call::kAbsent;
      break;
    }
    case Call::kErase: {
      const EraseResult result = map.Erase(id);
      call->end = clock.Next();
      expect(result != EraseResult::kBusy);
      call->answer =
          result == EraseResult::kErased ? Call::kDone : Call::kAbsent;
      break;
    }
  }
  if (call->answer != Call::kAbsent && call->kind != Call::kErase) {
    call->entry = entry.endpoint;
  }
}

// Whether calls of several threads ran side by side, on one key.
bool Overlaps(const std::vector<Call>& calls) {
  for (const Call& a : calls) {
    for (const Call& b : calls) {
      if (a.begin < b.begin && b.begin < a.end) return true;
    }
  }
  return false;
}

class Histories {
 public:
  Histories(int threads, int histories)
      : threads_(threads), count_(histories) {}

  void MakeAndCheck() {
    for (SessionId& id : ids_) id = map_->NewId();
    SpinBarrier together(threads_);
    RunPreemptedThreads(threads_, 37, [&](int thread) {
      const auto me = static_cast<size_t>(thread);
      std::mt19937_64 random(static_cast<uint64_t>(thread) + 1);
      for (int i = 0; i < count_; ++i) {
        if (thread == 0) Begin(random);
        recorded_[me].clear();
        for (unsigned n = 0; n < kCalls; ++n) {
          Recorded one{.key = static_cast<unsigned>(random() % kKeys),
                       .gives_way = random() % 4 == 0};
          one.call.kind = static_cast<Call::Kind>(random() % 4);
          one.call.endpoint = random() % kEndpoints + 1;
          one.call.from = random() % kEndpoints + 1;
          recorded_[me].push_back(one);
        }
        together.ArriveAndWait();
        for (Recorded& one : recorded_[me]) {
          Make(*map_, ids_[one.key], clock_, one.gives_way, &one.call);
        }
        together.ArriveAndWait();
        if (thread == 0) Check();
        together.ArriveAndWait();
      }
    });
    std::cout << count_ << " histories of " << threads_ << " threads, in "
              << overlapping_ << " of them calls overlap\n";
    EXPECT_GT(overlapping_, 0);
  }

 private:
  // Every history begins with sessions that are there or not.
  void Begin(std::mt19937_64& random) {
    for (unsigned key = 0; key < kKeys; ++key) {
      map_->Erase(ids_[key]);
      before_[key] = random() % 2 == 0 ? 0 : random() % kEndpoints + 1;
      if (before_[key] == 0) continue;
      SessionMap::Entry entry{.endpoint = before_[key]};
      map_->InsertOrGet(ids_[key], &entry, kForever, At(0));
    }
  }

  void Check() {
    bool overlaps = false;
    for (unsigned key = 0; key < kKeys; ++key) {
      std::vector<Call> calls;
      std::string text;
      for (const History& history : recorded_) {
        for (const Recorded& one : history) {
          if (one.key != key) continue;
          calls.push_back(one.call);
          text += one.call.ToString() + "\n";
        }
      }
      EXPECT_TRUE(IsLinearizable(calls, before_[key]))
          << "from " << before_[key] << ":\n"
          << text;
      overlaps |= Overlaps(calls);
    }
    overlapping_ += overlaps;
  }

  const int threads_;
  const int count_;
  std::shared_ptr<SessionMap> map_ = *SessionMap::Make(
      {.capacity = 4}, {.lock_budget = std::chrono::seconds(50)});
  Clock clock_;
  std::array<SessionId, kKeys> ids_;
  std::array<uint64_t, kKeys> before_{};
  std::array<History, 3> recorded_;
  int overlapping_ = 0;
};

TEST(SessionMapLinearizability, EveryHistoryOfTwoThreadsHasAnOrder) {
  Histories(2, Scaled(1'000, 5'000, 60'000)).MakeAndCheck();
}

TEST(SessionMapLinearizability, EveryHistoryOfThreeThreadsHasAnOrder) {
  Histories(3, Scaled(1'000, 5'000, 20'000)).MakeAndCheck();
}

}  // namespace
}  // namespace limpet::testing
