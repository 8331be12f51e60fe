// That the protocol needs each of its rules: without it a scenario fails that
// holds with it.
#include "mutants.h"

#include <gtest/gtest.h>

#include <string>

#include "scenarios.h"

namespace limpet::model {
namespace {

class Mutants : public ::testing::TestWithParam<Mutant> {};

TEST_P(Mutants, AreSeen) {
  const Mutant& mutant = GetParam();
  bool found = false;
  for (const Scenario& scenario : AllScenarios()) {
    if (scenario.name != mutant.seen_by) continue;
    found = true;
    EXPECT_EQ(Explore(scenario).verdict, Verdict::kHolds) << scenario.name;
    EXPECT_EQ(Explore(scenario, mutant.alter).verdict, Verdict::kViolated)
        << scenario.name;
  }
  EXPECT_TRUE(found) << mutant.seen_by;
}

INSTANTIATE_TEST_SUITE_P(Protocol, Mutants, ::testing::ValuesIn(AllMutants()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace limpet::model
