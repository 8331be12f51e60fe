// What the memory model allows and forbids, by the classic small programs.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "explorer.h"
#include "model_atomic.h"
#include "outcomes.h"

namespace limpet::model {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr auto kAcqRel = std::memory_order_acq_rel;
constexpr auto kSeqCst = std::memory_order_seq_cst;

class Litmus : public ::testing::Test {
 protected:
  // All that the threads can record, from x = y = z = 0.
  Outcomes OutcomesOf(std::vector<std::function<void()>> threads) {
    const Result result = Explore({.begin =
                                       [this] {
                                         x_.store(0, kRelaxed);
                                         y_.store(0, kRelaxed);
                                         z_.store(0, kRelaxed);
                                       },
                                   .threads = std::move(threads)});
    EXPECT_EQ(result.verdict, Verdict::kHolds) << result.report;
    return result.outcomes;
  }

  Atomic<uint64_t> x_;
  Atomic<uint64_t> y_;
  Atomic<uint32_t> z_;
};

TEST_F(Litmus, ReleaseAndAcquirePassAMessage) {
  const auto outcomes = [this](auto release, auto acquire) {
    return OutcomesOf({[=, this] {
                         x_.store(1, kRelaxed);
                         y_.store(1, release);
                       },
                       [=, this] {
                         Record(y_.load(acquire));
                         Record(x_.load(kRelaxed));
                       }});
  };
  const Outcomes passed = {{0, 0}, {0, 1}, {1, 1}};
  const Outcomes lost = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  EXPECT_EQ(outcomes(kRelease, kAcquire), passed);
  EXPECT_EQ(outcomes(kSeqCst, kSeqCst), passed);
  EXPECT_EQ(outcomes(kRelaxed, kAcquire), lost);
  EXPECT_EQ(outcomes(kRelease, kRelaxed), lost);
}

TEST_F(Litmus, MessagesArePassedOnFromThreadToThread) {
  const Outcomes outcomes =
      OutcomesOf({[this] {
                    x_.store(1, kRelaxed);
                    y_.store(1, kRelease);
                  },
                  [this] { z_.store(y_.load(kAcquire) != 0, kRelease); },
                  [this] {
                    Record(z_.load(kAcquire));
                    Record(x_.load(kRelaxed));
                  }});
  EXPECT_EQ(outcomes, (Outcomes{{0, 0}, {0, 1}, {1, 1}}));
}

TEST_F(Litmus, BothStoresCanBeBuffered) {
  const Outcomes all = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  EXPECT_EQ(OutcomesOf({[this] {
                          x_.store(1, kRelease);
                          Record(y_.load(kAcquire));
                        },
                        [this] {
                          y_.store(1, kRelease);
                          Record(x_.load(kAcquire));
                        }}),
            all);
}

// seq_cst counts as acq_rel: more is allowed than C++ does, never less.
TEST_F(Litmus, SequentialConsistencyIsTakenForAcquireAndRelease) {
  const Outcomes outcomes = OutcomesOf({[this] {
                                          x_.store(1, kSeqCst);
                                          Record(y_.load(kSeqCst));
                                        },
                                        [this] {
                                          y_.store(1, kSeqCst);
                                          Record(x_.load(kSeqCst));
                                        }});
  EXPECT_TRUE(outcomes.contains({0, 0}));
}

TEST_F(Litmus, ReadsOfOneLocationNeverGoBack) {
  const Outcomes outcomes = OutcomesOf({[this] {
                                          x_.store(1, kRelaxed);
                                          x_.store(2, kRelaxed);
                                        },
                                        [this] {
                                          Record(x_.load(kRelaxed));
                                          Record(x_.load(kRelaxed));
                                        }});
  EXPECT_EQ(outcomes,
            (Outcomes{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}}));
}

TEST_F(Litmus, AllThreadsAgreeOnTheOrderOfOneLocation) {
  const auto read_twice = [this] {
    Record(x_.load(kRelaxed));
    Record(x_.load(kRelaxed));
  };
  const Outcomes outcomes =
      OutcomesOf({[this] { x_.store(1, kRelaxed); },
                  [this] { x_.store(2, kRelaxed); }, read_twice, read_twice});
  EXPECT_TRUE(outcomes.contains({1, 2, 1, 2}));
  EXPECT_TRUE(outcomes.contains({2, 1, 2, 1}));
  EXPECT_FALSE(outcomes.contains({1, 2, 2, 1}));
  EXPECT_FALSE(outcomes.contains({2, 1, 1, 2}));
}

// A store that was not seen may come later in the order of the location: the
// writer of 2 has read nothing of 1, so either can be the last.
TEST_F(Litmus, UnseenStoresAreNotInTheOrderOfTime) {
  const Outcomes outcomes = OutcomesOf({[this] {
                                          x_.store(1, kRelaxed);
                                          y_.store(2, kRelaxed);
                                          Record(y_.load(kRelaxed));
                                        },
                                        [this] {
                                          y_.store(1, kRelaxed);
                                          x_.store(2, kRelaxed);
                                          Record(x_.load(kRelaxed));
                                        }});
  EXPECT_EQ(outcomes, (Outcomes{{1, 1}, {1, 2}, {2, 1}, {2, 2}}));
  std::set<std::array<uint64_t, 2>> left;
  const Result result = Explore({.begin =
                                     [this] {
                                       x_.store(0, kRelaxed);
                                       y_.store(0, kRelaxed);
                                     },
                                 .threads = {[this] {
                                               x_.store(1, kRelease);
                                               y_.store(2, kRelease);
                                             },
                                             [this] {
                                               y_.store(1, kRelease);
                                               x_.store(2, kRelease);
                                             }},
                                 .end =
                                     [&] {
                                       left.insert({x_.load(), y_.load()});
                                     }});
  EXPECT_EQ(result.verdict, Verdict::kHolds) << result.report;
  // {1, 1}: each thread's first store is the last of its location (2+2W).
  EXPECT_EQ(left.size(), 4U);
}

TEST_F(Litmus, ReadModifyWriteCarriesOnAReleaseSequence) {
  const Outcomes outcomes = OutcomesOf({[this] {
                                          x_.store(1, kRelaxed);
                                          y_.store(1, kRelease);
                                        },
                                        [this] { y_.fetch_add(1, kRelaxed); },
                                        [this] {
                                          if (y_.load(kAcquire) != 2) return;
                                          Record(x_.load(kRelaxed));
                                        }});
  EXPECT_EQ(outcomes, (Outcomes{{}, {1}}));
}

TEST_F(Litmus, CompareExchangeCarriesOnAReleaseSequence) {
  const Outcomes outcomes =
      OutcomesOf({[this] {
                    x_.store(1, kRelaxed);
                    y_.store(1, kRelease);
                  },
                  [this] {
                    uint64_t expected = 1;
                    y_.compare_exchange_strong(expected, 2, kRelaxed, kRelaxed);
                  },
                  [this] {
                    if (y_.load(kAcquire) != 2) return;
                    Record(x_.load(kRelaxed));
                  }});
  EXPECT_EQ(outcomes, (Outcomes{{}, {1}}));
}

TEST_F(Litmus, APlainStoreEndsAReleaseSequence) {
  const Outcomes by_another = OutcomesOf({[this] {
                                            x_.store(1, kRelaxed);
                                            y_.store(1, kRelease);
                                          },
                                          [this] { y_.store(2, kRelaxed); },
                                          [this] {
                                            if (y_.load(kAcquire) != 2) return;
                                            Record(x_.load(kRelaxed));
                                          }});
  EXPECT_EQ(by_another, (Outcomes{{}, {0}, {1}}));
  // The same thread's too, as of C++20.
  const Outcomes by_itself = OutcomesOf({[this] {
                                           x_.store(1, kRelaxed);
                                           y_.store(1, kRelease);
                                           y_.store(2, kRelaxed);
                                         },
                                         [this] {
                                           if (y_.load(kAcquire) != 2) return;
                                           Record(x_.load(kRelaxed));
                                         }});
  EXPECT_EQ(by_itself, (Outcomes{{}, {0}, {1}}));
}

TEST_F(Litmus, ReadersMayDisagreeOnIndependentWrites) {
  const auto outcomes = [this](auto acquire) {
    return OutcomesOf({[this] { x_.store(1, kRelease); },
                       [this] { y_.store(1, kRelease); },
                       [=, this] {
                         Record(x_.load(acquire));
                         Record(y_.load(acquire));
                       },
                       [=, this] {
                         Record(y_.load(acquire));
                         Record(x_.load(acquire));
                       }});
  };
  EXPECT_TRUE(outcomes(kAcquire).contains({1, 0, 1, 0}));
  EXPECT_EQ(outcomes(kAcquire).size(), 16U);
}

// C++ allows {1, 1} with relaxed orders; hardware that does it is not modelled.
TEST_F(Litmus, LoadBufferingIsLeftOut) {
  const Outcomes outcomes = OutcomesOf({[this] {
                                          Record(x_.load(kRelaxed));
                                          y_.store(1, kRelaxed);
                                        },
                                        [this] {
                                          Record(y_.load(kRelaxed));
                                          x_.store(1, kRelaxed);
                                        }});
  EXPECT_EQ(outcomes, (Outcomes{{0, 0}, {0, 1}, {1, 0}}));
}

TEST_F(Litmus, ReadModifyWritesLoseNothing) {
  const auto add = [this] { Record(z_.fetch_add(1, kRelaxed)); };
  EXPECT_EQ(
      OutcomesOf({add, add, add}),
      (Outcomes{
          {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}));
  // What a load and a store would do.
  const auto add_apart = [this] {
    const uint32_t old = z_.load(kRelaxed);
    z_.store(old + 1, kRelaxed);
    Record(old);
  };
  EXPECT_TRUE(OutcomesOf({add_apart, add_apart}).contains({0, 0}));
}

TEST_F(Litmus, OneOfTwoCompareExchangesWins) {
  const auto claim = [this] {
    uint64_t expected = 0;
    const bool won = x_.compare_exchange_strong(expected, 1, kAcqRel, kAcquire);
    Record(won);
    Record(expected);
  };
  EXPECT_EQ(OutcomesOf({claim, claim}), (Outcomes{{1, 0, 0, 1}, {0, 1, 1, 0}}));
}

TEST_F(Litmus, AWeakCompareExchangeFailsWithoutACauseToo) {
  const auto claim = [this] {
    uint64_t expected = 0;
    Record(x_.compare_exchange_weak(expected, 1, kAcqRel, kAcquire));
    Record(expected);
  };
  EXPECT_EQ(OutcomesOf({claim}), (Outcomes{{1, 0}, {0, 0}}));
}

// A read-modify-write that has seen nothing of a store can come before it.
TEST_F(Litmus, ReadModifyWriteComesBeforeAStoreItHasNotSeen) {
  const Outcomes outcomes = OutcomesOf({[this] {
                                          x_.store(5, kRelaxed);
                                          y_.store(1, kRelaxed);
                                        },
                                        [this] {
                                          Record(y_.load(kRelaxed));
                                          Record(x_.fetch_add(1, kRelaxed));
                                          Record(x_.load(kRelaxed));
                                        }});
  EXPECT_TRUE(outcomes.contains({1, 0, 1}));
  EXPECT_TRUE(outcomes.contains({1, 0, 5}));
  EXPECT_TRUE(outcomes.contains({1, 5, 6}));
  EXPECT_FALSE(outcomes.contains({1, 0, 6}));
}

TEST_F(Litmus, NumbersWrapAsTheirTypeDoes) {
  EXPECT_EQ(OutcomesOf({[this] {
              z_.fetch_sub(1, kRelaxed);
              Record(z_.load(kRelaxed));
              Record(z_.fetch_add(2, kRelaxed));
              Record(z_.exchange(7, kRelaxed));
              Record(z_.load(kRelaxed));
            }}),
            (Outcomes{{0xFFFFFFFF, 0xFFFFFFFF, 1, 7}}));
}

TEST_F(Litmus, AMutexHandsOnAllThatItsHolderSaw) {
  Mutex mutex;
  const auto add = [&] {
    mutex.lock();
    const uint64_t x = x_.load(kRelaxed);
    const uint64_t y = y_.load(kRelaxed);
    Check(x == y, "both or none");
    x_.store(x + 1, kRelaxed);
    y_.store(y + 1, kRelaxed);
    mutex.unlock();
    Record(x);
  };
  EXPECT_EQ(OutcomesOf({add, add}), (Outcomes{{0, 1}, {1, 0}}));
}

}  // namespace
}  // namespace limpet::model
