#include "scenarios.h"

#include <memory>
#include <utility>
#include <vector>

namespace limpet::model {

std::vector<Scenario> AllScenarios() {
  std::vector<Scenario> all;
  for (const auto part : {&ShardScenarios, &ChainScenarios, &DirectoryScenarios,
                          &DeathScenarios}) {
    for (Scenario& scenario : part()) all.push_back(std::move(scenario));
  }
  return all;
}

Result Explore(const Scenario& scenario, const Alter& alter) {
  // Its atomics must be in the same places in all executions.
  const auto world = std::make_unique<World>(scenario.buckets, scenario.stash);
  Program program{.begin =
                      [&] {
                        world->Clear();
                        scenario.begin(*world);
                      },
                  .threads = {},
                  .end = [&] { scenario.end(*world); },
                  .outcomes = scenario.outcomes,
                  .mortal = scenario.mortal ? 0 : Program::kNobody,
                  .name_of = [&](const void* at) { return world->NameOf(at); }};
  for (const auto* parts : {&scenario.writers, &scenario.readers}) {
    for (const Scenario::Part& part : *parts) {
      program.threads.emplace_back([&] { part(*world); });
    }
  }
  if (alter) {
    program.alter = [&](const Access& access) {
      return alter(world->KindOf(access.location), access,
                   access.thread >= scenario.writers.size());
    };
  }
  return Explore(program);
}

}  // namespace limpet::model
