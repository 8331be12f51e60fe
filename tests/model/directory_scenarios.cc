// Endpoints whose index is taken back and given to another: who finds a session
// must never be sent to that one.
#include "keys.h"
#include "scenarios.h"

namespace limpet::model {
namespace {

void FindA(World& world) { Record(world.Find(kA)); }

void LookAtEndpointsAfterwards(World& world) {
  world.Find(kA);
  world.Find(kB);
  world.CheckCounts();
}

}  // namespace

std::vector<Scenario> DirectoryScenarios() {
  return {
      {
          .name = "EraseAndRecycle",
          .begin = Begin({.held = {0}, .directory = true}),
          .writers = {[](World& world) {
            world.Erase(kA);
            world.Recycle();
          }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({0, kNone}),
      },
      {
          .name = "RebindAndRecycle",
          .begin = Begin({.held = {0}, .directory = true}),
          .writers = {[](World& world) {
            world.Rebind(0, kRebound);
            world.Recycle();
          }},
          .readers = {FindTwice(kA)},
          .end = LookAtEndpointsAfterwards,
          .outcomes = NeverBack({0, kRebound}),
      },
      {
          .name = "AnotherTakesThePlaceAndItsEndpointIsRecycled",
          .begin = Begin({.held = {0}, .over = {0}, .directory = true}),
          .writers = {[](World& world) {
            world.Insert(1);
            world.Recycle();
          }},
          .readers = {FindTwice(kA)},
          .end = LookAtEndpointsAfterwards,
          .outcomes = NeverBack({0, kNone, 1}),
      },
      {
          .name = "EraseBesideRecycle",
          .begin = Begin({.held = {0}, .directory = true}),
          .writers = {[](World& world) { world.Erase(kA); },
                      [](World& world) { world.Recycle(); }},
          .readers = {FindA},
          .outcomes = {{0}, {kNone}},
      },
      {
          .name = "RebindBesideRecycle",
          .begin = Begin({.held = {0}, .directory = true}),
          .writers = {[](World& world) { world.Rebind(0, kRebound); },
                      [](World& world) { world.Recycle(); }},
          .readers = {FindA},
          .end = LookAtEndpointsAfterwards,
          .outcomes = {{0}, {kRebound}},
      },
      {
          // The index of an endpoint that no session has, while it is taken
          // back.
          .name = "InsertBesideRecycle",
          .begin =
              [](World& world) {
                Begin({.held = {0, 4}, .directory = true})(world);
                world.Erase(kA);
              },
          .writers = {[](World& world) { Record(world.Insert(0)); },
                      [](World& world) { world.Recycle(); }},
          .readers = {FindA},
          .end = LookAtEndpointsAfterwards,
          .outcomes = {{0, 0}, {0, kNone}, {kNone, kNone}},
      },
      {
          .name = "TwoInsertsBesideRecycle",
          .begin =
              [](World& world) {
                Begin({.held = {0}, .directory = true})(world);
                world.Erase(kA);
              },
          .writers = {[](World& world) { Record(world.Insert(0)); },
                      [](World& world) { Record(world.Insert(4)); },
                      [](World& world) { world.Recycle(); }},
          .end = LookAtEndpointsAfterwards,
          .outcomes = {{0, 4}, {0, kNone}, {kNone, 4}, {kNone, kNone}},
      },
  };
}

}  // namespace limpet::model
