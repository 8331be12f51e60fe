#include "shard_deaths.h"

#include <gtest/gtest.h>

#include <iostream>

namespace limpet::testing {
namespace {

TEST(ShardDeaths, NoDeathLosesASessionOrACount) {
  const Tally tally = DeathsInShard();
  EXPECT_EQ(tally.failures, 0U) << "the first one: " << tally.first_failure;
  EXPECT_GT(tally.cases, 1'000U);
  std::cout << tally.cases << " deaths and pairs of deaths\n";
}

TEST(ShardDeaths, NoReaderSeesWhatNeverWas) {
  const Tally tally = DeathsBesideReaders();
  EXPECT_EQ(tally.failures, 0U) << "the first one: " << tally.first_failure;
  EXPECT_GT(tally.cases, 100'000U);
  std::cout << tally.cases << " readers beside a death\n";
}

}  // namespace
}  // namespace limpet::testing
