#include <gtest/gtest.h>

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "deaths.h"

namespace limpet::testing {
namespace {

void ExpectNoFailure(const char* deaths, const Tally& tally) {
  EXPECT_EQ(tally.failures, 0U) << "the first one: " << tally.first_failure;
  EXPECT_GT(tally.cases, 0U);
  std::cout << tally.cases << " " << deaths << "\n";
}

// All but the one that takes no lock.
std::vector<Scenario> WithALock() {
  std::vector<Scenario> scenarios = Scenarios();
  std::erase_if(scenarios, [](const Scenario& scenario) {
    return scenario.name == std::string_view("Touches");
  });
  return scenarios;
}

std::string NameOf(const ::testing::TestParamInfo<Scenario>& test) {
  return test.param.name;
}

class DeathAtEveryInstruction : public ::testing::TestWithParam<Scenario> {};

TEST_P(DeathAtEveryInstruction, HarmsNobody) {
  ExpectNoFailure("deaths", Deaths(GetParam()).AtEveryInstruction());
}

INSTANTIATE_TEST_SUITE_P(While, DeathAtEveryInstruction,
                         ::testing::ValuesIn(Scenarios()), NameOf);

class TwoDeaths : public ::testing::TestWithParam<Scenario> {};

TEST_P(TwoDeaths, AfterEveryStoreAndEveryStoreOfTheRepairHarmNobody) {
  ExpectNoFailure("pairs of deaths",
                  Deaths(GetParam()).AndAtEveryStoreOfTheRepair());
}

INSTANTIATE_TEST_SUITE_P(While, TwoDeaths, ::testing::ValuesIn(WithALock()),
                         NameOf);

// The repair is the same for all, and what it finds is different.
class DeathInTheRepair : public ::testing::TestWithParam<Scenario> {};

TEST_P(DeathInTheRepair, AtEveryInstructionHarmsNobody) {
  ExpectNoFailure("deaths in the repair",
                  Deaths(GetParam()).AndAtEveryInstructionOfTheRepair());
}

INSTANTIATE_TEST_SUITE_P(
    After, DeathInTheRepair,
    ::testing::Values(ScenarioOf("InsertsIntoTheStash"),
                      ScenarioOf("InsertsOverAnExpiredSession"),
                      ScenarioOf("EvictsTheIdlest"),
                      ScenarioOf("ErasesAnEndpoint")),
    NameOf);

}  // namespace
}  // namespace limpet::testing
