// That the exploration itself misses nothing and says so where it stops early.
#include "explorer.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "model_atomic.h"
#include "outcomes.h"

namespace limpet::model {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

class Exploration : public ::testing::Test {
 protected:
  // Thread 0 passes x to thread 1 by y.
  Program MessagePassing() {
    return {.begin =
                [this] {
                  x_.store(0);
                  y_.store(0);
                },
            .threads = {[this] {
                          x_.store(1, kRelaxed);
                          y_.store(1, kRelease);
                        },
                        [this] {
                          if (y_.load(kAcquire) == 0) return;
                          Check(x_.load(kRelaxed) == 1, "x has arrived");
                        }}};
  }

  Atomic<uint64_t> x_;
  Atomic<uint64_t> y_;
};

TEST_F(Exploration, TellsHowAViolationCameAbout) {
  Program program = MessagePassing();
  EXPECT_EQ(Explore(program).verdict, Verdict::kHolds);
  program.alter = [](const Access& access) {
    return access.order == kRelease ? Alteration::kRelaxed : Alteration::kNone;
  };
  program.name_of = [this](const void* location) {
    return std::string(location == &x_ ? "x" : "y");
  };
  const Result result = Explore(program);
  EXPECT_EQ(result.verdict, Verdict::kViolated);
  EXPECT_EQ(result.report,
            "x has arrived\n"
            "  thread 0  store   x  relaxed  0x1  (message 1, newest 1)\n"
            "  thread 0  store   y  relaxed  0x1  (message 1, newest 1)\n"
            "  thread 1  load    y  acquire  0x1  (message 1, newest 1)\n"
            "  thread 1  load    x  relaxed  0x0  (message 0, newest 1)\n");
}

TEST_F(Exploration, StoresCanBeSwappedAndDropped) {
  Program program = MessagePassing();
  program.alter = [this](const Access& access) {
    if (access.operation != Operation::kStore) return Alteration::kNone;
    return access.location == &x_ ? Alteration::kHeldBack
                                  : Alteration::kReleased;
  };
  EXPECT_EQ(Explore(program).verdict, Verdict::kViolated);
  program.alter = [this](const Access& access) {
    return access.location == &x_ && access.operation == Operation::kStore
               ? Alteration::kDropped
               : Alteration::kNone;
  };
  EXPECT_EQ(Explore(program).verdict, Verdict::kViolated);
}

TEST_F(Exploration, AStoreHeldBackIsDoneAtLastAndSeenByItsThread) {
  const Result result =
      Explore({.begin = [this] { x_.store(0); },
               .threads = {[this] {
                 x_.store(1, kRelaxed);
                 Record(x_.load(kRelaxed));
               }},
               .end = [this] { Check(x_.load() == 1, "stored"); },
               .alter = [](const Access&) { return Alteration::kHeldBack; }});
  EXPECT_EQ(result.verdict, Verdict::kHolds) << result.report;
  EXPECT_EQ(result.outcomes, (Outcomes{{1}}));
}

TEST_F(Exploration, ADroppedLoadIsTheLastOneAgain) {
  int loads = 0;
  const Result result =
      Explore({.begin =
                   [&, this] {
                     x_.store(0);
                     loads = 0;
                   },
               .threads = {[this] { x_.store(1, kRelaxed); },
                           [this] {
                             const uint64_t first = x_.load(kRelaxed);
                             Check(x_.load(kRelaxed) == first, "the same");
                           }},
               .alter =
                   [&](const Access& access) {
                     return access.operation == Operation::kLoad && ++loads == 2
                                ? Alteration::kDropped
                                : Alteration::kNone;
                   }});
  EXPECT_EQ(result.verdict, Verdict::kHolds) << result.report;
}

TEST_F(Exploration, AnUnlinkedModificationLosesOthers) {
  Program program{.begin = [this] { x_.store(0); },
                  .threads = {[this] { x_.fetch_add(1, kRelaxed); },
                              [this] { x_.fetch_add(1, kRelaxed); }},
                  .end = [this] { Check(x_.load() == 2, "both counted"); }};
  EXPECT_EQ(Explore(program).verdict, Verdict::kHolds);
  program.alter = [](const Access&) { return Alteration::kUnlinked; };
  EXPECT_EQ(Explore(program).verdict, Verdict::kViolated);
}

TEST_F(Exploration, ThreadsThatWaitForEachOtherAreAViolation) {
  Mutex a;
  Mutex b;
  const auto both = [](Mutex& first, Mutex& second) {
    first.lock();
    second.lock();
    second.unlock();
    first.unlock();
  };
  const Result same = Explore(
      {.begin = [] {}, .threads = {[&] { both(a, b); }, [&] { both(a, b); }}});
  EXPECT_EQ(same.verdict, Verdict::kHolds) << same.report;
  const Result crossed = Explore(
      {.begin = [] {}, .threads = {[&] { both(a, b); }, [&] { both(b, a); }}});
  EXPECT_EQ(crossed.verdict, Verdict::kViolated);
  EXPECT_EQ(crossed.report.substr(0, 20), "no thread can go on\n");
}

// Half done or not begun or done: whoever comes next is told, and sees all that
// the dead one did.
TEST_F(Exploration, AThreadCanDieBeforeEachWriteWithAMutex) {
  Mutex mutex;
  const Result result = Explore({.begin =
                                     [this] {
                                       x_.store(0);
                                       y_.store(0);
                                     },
                                 .threads = {[&, this] {
                                               mutex.lock();
                                               x_.store(1, kRelaxed);
                                               y_.store(1, kRelaxed);
                                               mutex.unlock();
                                             },
                                             [&, this] {
                                               Record(mutex.lock());
                                               Record(x_.load(kRelaxed));
                                               Record(y_.load(kRelaxed));
                                               mutex.unlock();
                                             }},
                                 .mortal = 0});
  EXPECT_EQ(result.verdict, Verdict::kHolds) << result.report;
  EXPECT_EQ(result.outcomes,
            (Outcomes{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {1, 1, 1}, {0, 1, 1}}));
}

TEST_F(Exploration, ALimitThatIsReachedIsNoSuccess) {
  const Program program = MessagePassing();
  const Result whole = Explore(program);
  EXPECT_EQ(whole.verdict, Verdict::kHolds);
  EXPECT_EQ(Explore(program, {.executions = whole.executions}).verdict,
            Verdict::kHolds);
  EXPECT_EQ(Explore(program, {.executions = whole.executions - 1}).verdict,
            Verdict::kUnfinished);
  EXPECT_EQ(Explore(program, {.states = whole.states - 1}).verdict,
            Verdict::kUnfinished);
  EXPECT_EQ(Explore(program, {.steps = whole.longest - 1}).verdict,
            Verdict::kUnfinished);
}

TEST_F(Exploration, AProgramThatDoesNotRepeatItselfIsNoSuccess) {
  int runs = 0;
  const Result result = Explore({.begin =
                                     [&, this] {
                                       x_.store(0);
                                       ++runs;
                                     },
                                 .threads = {[&, this] {
                                               if (runs > 1) return;
                                               x_.store(1, kRelaxed);
                                             },
                                             [this] { x_.load(kRelaxed); }}});
  EXPECT_EQ(result.verdict, Verdict::kUnfinished) << result.report;
}

// Two messages have one value, and what can be read after each differs.
class Lookalikes : public Exploration {
 protected:
  // A thread makes x 1, 2, 1 again and 3, and then z 1; others do these.
  Outcomes OutcomesWith(std::function<void()> second,
                        std::function<void()> third) {
    return Explore({.begin =
                        [this] {
                          x_.store(0);
                          y_.store(0);
                          z_.store(0);
                          w_.store(0);
                        },
                    .threads = {[this] {
                                  x_.store(1, kRelaxed);
                                  x_.store(2, kRelaxed);
                                  x_.store(1, kRelaxed);
                                  x_.store(3, kRelaxed);
                                  z_.store(1, kRelaxed);
                                },
                                std::move(second), std::move(third)}})
        .outcomes;
  }

  Atomic<uint64_t> z_;
  Atomic<uint64_t> w_;
};

TEST_F(Lookalikes, StatesDifferInWhatTheirThreadsHaveSeen) {
  const auto outcomes = OutcomesWith(
      [this] {
        Record(z_.load(kRelaxed));
        Record(x_.load(kRelaxed));
        y_.store(1, kRelaxed);
        Record(x_.load(kRelaxed));
      },
      [this] { Record(y_.load(kRelaxed)); });
  EXPECT_TRUE(outcomes.contains({1, 1, 2, 1}));
}

TEST_F(Lookalikes, StatesDifferInWhatTheLastToSeeCanRead) {
  const auto outcomes = OutcomesWith(
      [this] {
        Record(w_.load(kRelaxed));
        Record(x_.load(kRelaxed));
        y_.store(1, kRelaxed);
        Record(x_.load(kRelaxed));
      },
      [this] {
        Record(x_.load(kRelaxed));
        w_.store(1, kRelaxed);
        Record(y_.load(kRelaxed));
      });
  EXPECT_TRUE(outcomes.contains({1, 1, 2, 3, 1}));
}

TEST_F(Lookalikes, StatesDifferInWhatTheirMessagesCarry) {
  const auto outcomes = OutcomesWith(
      [this] {
        Record(x_.load(kRelaxed));
        y_.store(1, kRelease);
      },
      [this] {
        Record(z_.load(kRelaxed));
        Record(y_.load(kAcquire));
        Record(x_.load(kRelaxed));
      });
  EXPECT_TRUE(outcomes.contains({1, 1, 1, 2}));
}

}  // namespace
}  // namespace limpet::model
