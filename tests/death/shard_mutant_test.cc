// Built with a shard that has one mistake in it.
#include <gtest/gtest.h>

#include <iostream>

#include "shard_deaths.h"

namespace limpet::testing {
namespace {

TEST(Mutant, ShowsInTheDeaths) {
  const Tally deaths = DeathsInShard();
  const Tally readers = DeathsBesideReaders();
  EXPECT_GT(deaths.failures + readers.failures, 0U);
  std::cout << deaths.failures << " of " << deaths.cases << " deaths, "
            << readers.failures << " of " << readers.cases << " readers\n"
            << (deaths.failures ? deaths : readers).first_failure << "\n";
}

}  // namespace
}  // namespace limpet::testing
