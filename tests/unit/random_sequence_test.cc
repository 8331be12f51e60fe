#include "balancers/random_sequence.h"

#include <gtest/gtest.h>

#include <barrier>
#include <set>
#include <thread>
#include <vector>

#include "chi_square.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

TEST(RandomSequenceTest, BeginsWhereItsSourceSays) {
  CountingRandom one(1);
  CountingRandom again(1);
  CountingRandom two(2);
  RandomSequence a(one);
  RandomSequence b(again);
  RandomSequence c(two);
  const uint64_t first = a.Take().Next();
  EXPECT_EQ(first, b.Take().Next());
  EXPECT_NE(first, c.Take().Next());
}

TEST(RandomSequenceTest, NoTwoRequestsOrThreadsDrawTheSame) {
  constexpr int kThreads = 40;  // more than have a place of their own
  CountingRandom seed;
  RandomSequence sequence(seed);
  std::vector<std::vector<uint64_t>> drawn(kThreads);
  {
    std::barrier together(kThreads);
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        together.arrive_and_wait();
        for (int request = 0; request < 100; ++request) {
          RandomSequence::Draws draws = sequence.Take();
          for (int i = 0; i < 10; ++i) drawn[t].push_back(draws.Next());
        }
        together.arrive_and_wait();
      });
    }
  }
  std::set<uint64_t> all;
  for (const auto& of_thread : drawn) {
    all.insert(of_thread.begin(), of_thread.end());
  }
  EXPECT_EQ(all.size(), size_t{kThreads} * 1'000);
}

TEST(RandomSequenceTest, IsUniform) {
  CountingRandom seed(5);
  RandomSequence sequence(seed);
  std::vector<uint64_t> counts(100);
  for (int i = 0; i < 1'000'000; ++i) ++counts[sequence.Below(100)];
  EXPECT_GT(ChiSquareP<double>(counts, std::vector<double>(100, 1)), 1e-3);
}

TEST(RandomSequenceTest, AChanceIsOfOne) {
  CountingRandom seed(6);
  RandomSequence sequence(seed);
  RandomSequence::Draws draws = sequence.Take();
  std::vector<uint64_t> counts(2);
  for (int i = 0; i < 100'000; ++i) {
    EXPECT_FALSE(draws.Chance(0));
    EXPECT_TRUE(draws.Chance(1));
    ++counts[draws.Chance(0.3) ? 1 : 0];
  }
  EXPECT_GT(ChiSquareP<double>(counts, std::vector<double>{0.7, 0.3}), 1e-3);
}

}  // namespace
}  // namespace limpet::testing
