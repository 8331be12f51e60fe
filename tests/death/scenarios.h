// Scenarios: every operation that writes, each on a world made for it.
//
// Thread rule: plain values.
#ifndef LIMPET_TESTS_DEATH_SCENARIOS_H_
#define LIMPET_TESTS_DEATH_SCENARIOS_H_

#include <functional>
#include <ostream>
#include <string_view>
#include <vector>

#include "world.h"

namespace limpet::testing {

using MapOperation = std::function<void(SessionMap&)>;

struct Scenario {
  const char* name;
  SessionMap::Options options;
  // Fills a world for the operation that it returns.
  std::function<MapOperation(World&)> prepare;
  Timestamp next;  // when the next write is
};

inline void PrintTo(const Scenario& scenario, std::ostream* out) {
  *out << scenario.name;
}

const std::vector<Scenario>& Scenarios();
const Scenario& ScenarioOf(std::string_view name);

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_SCENARIOS_H_
