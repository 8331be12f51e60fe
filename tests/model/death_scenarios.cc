// A writer that dies before any of its stores, and whoever comes next mends
// what it left, readers beside them.
#include "keys.h"
#include "scenarios.h"

namespace limpet::model {
namespace {

void EraseC(World& world) { world.Erase(kC); }

void CheckCounts(World& world) { world.CheckCountsAfterDeath(); }

}  // namespace

std::vector<Scenario> DeathScenarios() {
  return {
      {
          .name = "DeathInInsert",
          .begin = Begin({}),
          .writers = {[](World& world) { world.Insert(0); }, EraseC},
          .readers = {FindTwice(kA)},
          .end = CheckCounts,
          .outcomes = NeverBack({kNone, 0}),
          .mortal = true,
      },
      {
          .name = "DeathInAnInsertFarFromHome",
          .buckets = 2,
          .begin = Begin({.held = {4}, .full = 6}),
          .writers = {[](World& world) { world.Insert(0); },
                      [](World& world) { world.Erase(kB); }},
          .readers = {FindTwice(kA)},
          .end = CheckCounts,
          .outcomes = NeverBack({kNone, 0}),
          .mortal = true,
      },
      {
          .name = "DeathInAnEraseFarFromHome",
          .buckets = 2,
          .begin = Begin({.held = {0, 4}, .full = 6}),
          .writers = {[](World& world) { world.Erase(kA); }, EraseC},
          .readers = {FindTwice(kA), FindTwice(kB)},
          .end = CheckCounts,
          .outcomes = {{0, 0, 4, 4}, {0, kNone, 4, 4}, {kNone, kNone, 4, 4}},
          .mortal = true,
      },
      {
          .name = "DeathInTheEraseOfTheOnlyOneFarFromHome",
          .buckets = 2,
          .begin = Begin({.held = {0}, .full = 6}),
          .writers = {[](World& world) { world.Erase(kA); }, EraseC},
          .readers = {FindTwice(kA)},
          .end = CheckCounts,
          .outcomes = NeverBack({0, kNone}),
          .mortal = true,
      },
      {
          .name = "DeathInEraseThenTheSameKeyAgain",
          .begin = Begin({.held = {0}}),
          .writers = {[](World& world) { world.Erase(kA); },
                      [](World& world) { world.Insert(1); }},
          .readers = {FindTwice(kA)},
          .end = CheckCounts,
          .outcomes = NeverBack({0, kNone, 1}),
          .mortal = true,
      },
      {
          .name = "DeathInTakingAPlaceThenTheSameKeyAgain",
          .begin = Begin({.held = {0}, .full = 5, .over = {0}}),
          .writers = {[](World& world) { world.Insert(4); },
                      [](World& world) { world.Insert(1); }},
          .readers = {FindTwice(kA)},
          .end = CheckCounts,
          .outcomes = NeverBack({0, kNone, 1}),
          .mortal = true,
      },
      {
          .name = "DeathInRecycleBesideInsertThenRecycle",
          .begin =
              [](World& world) {
                Begin({.held = {0}, .directory = true})(world);
                world.Erase(kA);
              },
          .writers = {[](World& world) { world.Recycle(); },
                      [](World& world) { Record(world.Insert(1)); },
                      [](World& world) { world.Recycle(); }},
          .readers = {[](World& world) { Record(world.Find(kA)); }},
          .end = CheckCounts,
          .outcomes = {{1, 1}, {1, kNone}, {kNone, kNone}},
          .mortal = true,
      },
      {
          .name = "DeathInRebindThenRecycle",
          .begin = Begin({.held = {0}, .directory = true}),
          .writers = {[](World& world) { world.Rebind(0, kRebound); },
                      [](World& world) { world.Recycle(); }},
          .readers = {FindTwice(kA)},
          .end = CheckCounts,
          .outcomes = NeverBack({0, kRebound}),
          .mortal = true,
      },
  };
}

}  // namespace limpet::model
