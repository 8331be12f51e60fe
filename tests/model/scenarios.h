// Scenarios: who does what to a small map at the same time, and all that the
// readers may find.
#ifndef LIMPET_TESTS_MODEL_SCENARIOS_H_
#define LIMPET_TESTS_MODEL_SCENARIOS_H_

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "explorer.h"
#include "outcomes.h"
#include "world.h"

namespace limpet::model {

struct Scenario {
  using Part = std::function<void(World&)>;

  std::string name;
  uint32_t buckets = 1;
  uint32_t stash = 0;
  Part begin{};
  std::vector<Part> writers{};  // the first threads
  std::vector<Part> readers{};
  Part end = [](World& world) { world.CheckCounts(); };
  // All that is recorded in some execution: no more, and no less.
  Outcomes outcomes{};
  bool mortal = false;  // the first writer may die
};

// As a parameter of tests.
inline void PrintTo(const Scenario& scenario, std::ostream* out) {
  *out << scenario.name;
}

// One reader beside one writer, two writers, two who touch.
std::vector<Scenario> ShardScenarios();
// With sessions that are not in their home bucket.
std::vector<Scenario> ChainScenarios();
// Endpoints whose index is taken back.
std::vector<Scenario> DirectoryScenarios();
// A writer that dies, and the repair.
std::vector<Scenario> DeathScenarios();

std::vector<Scenario> AllScenarios();

// What a mutant does instead of an access; `reads` tells that it is a reader's.
using Alter = std::function<Alteration(Kind, const Access&, bool reads)>;

Result Explore(const Scenario& scenario, const Alter& alter = nullptr);

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_SCENARIOS_H_
