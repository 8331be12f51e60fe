// The bucket protocol: every scenario, in every way that the memory model
// allows.
#include <gtest/gtest.h>

#include <iostream>

#include "scenarios.h"

namespace limpet::model {
namespace {

class Protocol : public ::testing::TestWithParam<Scenario> {};

TEST_P(Protocol, Holds) {
  const Result result = Explore(GetParam());
  ASSERT_EQ(result.verdict, Verdict::kHolds) << result.report;
  EXPECT_EQ(result.outcomes, GetParam().outcomes);
  std::cout << result.executions << " executions of up to " << result.longest
            << " steps, " << result.states << " states\n";
}

INSTANTIATE_TEST_SUITE_P(Explored, Protocol,
                         ::testing::ValuesIn(AllScenarios()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace limpet::model
