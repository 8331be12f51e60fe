#include "counter_stripes.h"

#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <vector>

namespace limpet::testing {
namespace {

void OnThreads(int count, const std::function<void()>& run) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(run);
}

TEST(CounterStripes, CountEveryThreadWhetherItOwnsAStripeOrShares) {
  // More threads than stripes of both sorts.
  constexpr int kThreads = 40;
  constexpr uint64_t kTimes = 20'000;
  CounterStripes counters;
  OnThreads(kThreads, [&] {
    for (uint64_t i = 0; i < kTimes; ++i) {
      counters.Add(Outcome::kKept);
      if (i % 4 == 0) counters.Add(Outcome::kNew);
    }
  });
  EXPECT_EQ(counters.Sum()[Outcome::kKept], kThreads * kTimes);
  EXPECT_EQ(counters.Sum()[Outcome::kNew], kThreads * kTimes / 4);
  EXPECT_EQ(counters.Sum()[Outcome::kMoved], 0U);
}

TEST(CounterStripes, AThreadTakesOverWhereAnEndedOneHasCounted) {
  CounterStripes counters;
  size_t first = 0;
  for (int i = 0; i < 100; ++i) {
    OnThreads(1, [&] {
      const size_t place = StripePlace::OfThisThread();
      EXPECT_LT(place, StripePlace::kOwned);
      if (i == 0) first = place;
      EXPECT_EQ(place, first);
      counters.Add(Outcome::kKept);
    });
  }
  EXPECT_EQ(counters.Sum()[Outcome::kKept], 100U);
}

TEST(CounterStripes, TwoThreadsNeverOwnTheSame) {
  const size_t mine = StripePlace::OfThisThread();
  OnThreads(1, [&] { EXPECT_NE(StripePlace::OfThisThread(), mine); });
}

// Counts at the very end of its thread, when the stripe has been given back.
struct LastWord {
  CounterStripes* counters = nullptr;
  ~LastWord() {
    if (counters == nullptr) return;
    EXPECT_GE(StripePlace::OfThisThread(), StripePlace::kOwned);
    counters->Add(Outcome::kUnserved);
  }
};

TEST(CounterStripes, CountWhatAThreadsDestructorsCount) {
  CounterStripes counters;
  OnThreads(1, [&] {
    static thread_local LastWord last;
    last.counters = &counters;
    counters.Add(Outcome::kKept);
  });
  EXPECT_EQ(counters.Sum()[Outcome::kKept], 1U);
  EXPECT_EQ(counters.Sum()[Outcome::kUnserved], 1U);
}

}  // namespace
}  // namespace limpet::testing
