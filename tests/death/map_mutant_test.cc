// Built with a session map that has one mistake in it.
#include <gtest/gtest.h>

#include <iostream>

#include "deaths.h"

namespace limpet::testing {
namespace {

TEST(Mutant, ShowsInTheDeaths) {
  const Tally tally =
      Deaths(ScenarioOf("InsertsOverItsExpiredSelf")).AtEveryInstruction();
  EXPECT_GT(tally.failures, 0U);
  std::cout << tally.failures << " of " << tally.cases << " deaths\n"
            << tally.first_failure << "\n";
}

}  // namespace
}  // namespace limpet::testing
