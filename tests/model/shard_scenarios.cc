// One bucket: readers beside a writer, and writers beside each other.
#include "keys.h"
#include "scenarios.h"

namespace limpet::model {
namespace {

void TouchTwice(World& world) {
  Record(world.FindTouch(kA));
  Record(world.FindTouch(kA));
}

void LookAfterwards(World& world) {
  world.Find(kA);
  world.CheckCounts();
}

void EraseAndInsertAgain(World& world) {
  world.Erase(kA);
  world.Insert(1);
}

std::vector<Scenario> FindScenarios() {
  return {
      {
          .name = "InsertIntoAFreePlace",
          .begin = Begin({}),
          .writers = {[](World& world) { world.Insert(0); }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({kNone, 0}),
      },
      {
          .name = "AnotherTakesThePlaceOfOneThatIsOver",
          .begin = Begin({.held = {4}, .full = 5, .over = {4}}),
          .writers = {[](World& world) { world.Insert(0); }},
          .readers = {[](World& world) {
            Record(world.Find(kB));
            Record(world.Find(kA));
            Record(world.Find(kB));
          }},
          .outcomes = {{4, kNone, 4},
                       {4, kNone, kNone},
                       {4, 0, kNone},
                       {kNone, kNone, kNone},
                       {kNone, 0, kNone}},
      },
      {
          .name = "TheSameKeyTakesItsOwnPlaceAgain",
          .begin = Begin({.held = {0}, .over = {0}}),
          .writers = {[](World& world) { world.Insert(1); }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({0, kNone, 1}),
      },
      {
          .name = "EraseAndTheSameKeyAgain",
          .begin = Begin({.held = {0}}),
          .writers = {EraseAndInsertAgain},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({0, kNone, 1}),
      },
      {
          .name = "EraseAndTheSameKeyAgainTwice",
          .begin = Begin({.held = {0}}),
          .writers = {[](World& world) {
            EraseAndInsertAgain(world);
            world.Erase(kA);
            world.Insert(2);
          }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({0, kNone, 1, kNone, 2}),
      },
      {
          .name = "AnotherAndTheSameKeyAgainInOnePlace",
          .begin = Begin({.held = {0}, .full = 5}),
          .writers = {[](World& world) {
            world.Erase(kA);
            world.Insert(4);
            world.Erase(kB);
            world.Insert(1);
          }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({0, kNone, 1}),
      },
      {
          .name = "EvictTheIdlest",
          .begin = Begin({.held = {4}, .full = 5}),
          .writers = {[](World& world) {
            Check(world.Insert(0, true) == 0, "there is a place");
          }},
          .readers = {FindTwice(kB)},
          .outcomes = NeverBack({4, kNone}),
      },
      {
          .name = "Rebind",
          .begin = Begin({.held = {0}}),
          .writers = {[](World& world) { world.Rebind(0, kRebound); }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({0, kRebound}),
      },
      {
          .name = "RebindAndEraseAndTheSameKeyAgain",
          .begin = Begin({.held = {0}}),
          .writers = {[](World& world) {
            world.Rebind(0, kRebound);
            world.Erase(kA);
            world.Insert(2);
          }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({0, kRebound, kNone, 2}),
      },
      {
          .name = "ANeighbourIsNeverMissed",
          .begin = Begin({.held = {0, 4}}),
          .writers = {[](World& world) {
            world.Erase(kB);
            world.Insert(5);
            world.Rebind(5, 7);
          }},
          .readers = {FindTwice(kA)},
          .outcomes = {{0, 0}},
      },
  };
}

std::vector<Scenario> TouchScenarios() {
  return {
      {
          .name = "TouchBesideTheSameKeyInItsOwnPlace",
          .begin = Begin({.held = {0}, .over = {0}}),
          .writers = {[](World& world) { world.Insert(1); }},
          .readers = {TouchTwice},
          .end = LookAfterwards,
          .outcomes = NeverBack({0, kNone, 1}),
      },
      {
          .name = "TouchBesideAnother",
          .begin = Begin({.held = {0}, .full = 5, .over = {0}}),
          .writers = {[](World& world) { world.Insert(4); }},
          .readers = {TouchTwice},
          .end =
              [](World& world) {
                world.Find(kB);
                world.CheckCounts();
              },
          .outcomes = NeverBack({0, kNone}),
      },
      {
          // The stamp of a late reader may fall on the next life: of a moment
          // at which that one was there.
          .name = "TouchBesideALifeOfTheSameTick",
          .begin =
              [](World& world) {
                world.SetLastUsed(0, 1);
                world.SetLastUsed(1, 1);
                Begin({.held = {0}, .over = {0}})(world);
              },
          .writers = {[](World& world) { world.Insert(1); }},
          .readers = {TouchTwice},
          .end = LookAfterwards,
          .outcomes = NeverBack({0, kNone, 1}),
      },
      {
          .name = "TouchBesideErase",
          .begin = Begin({.held = {0}}),
          .writers = {[](World& world) { world.Erase(kA); }},
          .readers = {TouchTwice},
          .outcomes = NeverBack({0, kNone}),
      },
      {
          .name = "TouchBesideRebind",
          .begin = Begin({.held = {0}}),
          .writers = {[](World& world) { world.Rebind(0, kRebound); }},
          .readers = {TouchTwice},
          .end = LookAfterwards,
          .outcomes = NeverBack({0, kRebound}),
      },
      {
          // Who was used a moment ago may be thrown out, but whole.
          .name = "TouchBesideEviction",
          .begin = Begin({.held = {0}, .full = 5}),
          .writers = {[](World& world) {
            Check(world.Insert(4, true) == 4, "there is a place");
          }},
          .readers = {TouchTwice},
          .end =
              [](World& world) {
                world.Find(kA);
                world.Find(kB);
                world.CheckCounts();
              },
          .outcomes = NeverBack({0, kNone}),
      },
      {
          .name = "TwoTouchBesideTheSameKeyAgain",
          .begin = Begin({.held = {0}, .over = {0}}),
          .writers = {[](World& world) { world.Insert(1); }},
          .readers = {[](World& world) { world.FindTouch(kA); },
                      [](World& world) { Record(world.FindTouch(kA)); }},
          .end = LookAfterwards,
          .outcomes = NeverBack({0, kNone, 1}, 1),
      },
  };
}

std::vector<Scenario> ScanScenarios() {
  return {
      {
          .name = "AVisitSeesEachAsItWas",
          .begin = Begin({.held = {0, 4}}),
          .writers = {EraseAndInsertAgain},
          .readers = {[](World& world) { world.Visit(0); }},
          .outcomes = {{0, 4}, {4}, {1, 4}},
      },
      {
          // The horizon of times moves on: who has learnt of it sees new times
          // only. The flag is the horizon, 0 before and 1 after.
          .name = "TimesAreNewBeforeTheHorizonIs",
          .begin = Begin({.held = {0}}),
          .writers = {[](World& world) {
            world.UnderLock([&] {
              const World::Shard::Slot slot = world.shard().FindSlot(kA);
              world.shard().Restamp(slot, World::CreatedOf(1),
                                    World::Shard::LastUsed(slot),
                                    World::LastUsedOf(1));
              return true;
            });
            world.flag().store(1, std::memory_order_release);
          }},
          .readers = {[](World& world) {
                        // Touches it, in the window that it knows.
                        const auto seen = world.shard().Find(
                            kA, [](uint32_t index) { return index; });
                        World::Shard::Touch(seen.slot, seen.last_used,
                                            World::TouchOf(1));
                      },
                      [](World& world) {
                        const bool moved =
                            world.flag().load(std::memory_order_acquire) != 0;
                        const auto seen = world.shard().Find(
                            kA, [](uint32_t index) { return index; });
                        Record(moved);
                        Record(World::LifeOf(seen.created));
                        Record(seen.last_used);
                      }},
          .outcomes = {{0, 0, World::LastUsedOf(0)},
                       {0, 0, World::LastUsedOf(1)},
                       {0, 0, World::TouchOf(1)},
                       {0, 1, World::LastUsedOf(0)},
                       {0, 1, World::LastUsedOf(1)},
                       {0, 1, World::TouchOf(1)},
                       {1, 1, World::LastUsedOf(1)},
                       {1, 1, World::TouchOf(1)}},
      },
      {
          // The flag is the horizon again: a stamp that only the new one can
          // tell is never seen without it.
          .name = "WhoSeesAStampSeesItsHorizon",
          .begin = Begin({.held = {0}}),
          .writers = {[](World& world) {
            world.flag().store(1, std::memory_order_release);
          }},
          .readers = {[](World& world) {
                        if (world.flag().load(std::memory_order_acquire) == 0) {
                          return;
                        }
                        const auto seen = world.shard().Find(
                            kA, [](uint32_t index) { return index; });
                        World::Shard::Touch(seen.slot, seen.last_used,
                                            World::TouchOf(0));
                      },
                      [](World& world) {
                        const auto seen = world.shard().Find(
                            kA, [](uint32_t index) { return index; });
                        Record(seen.last_used);
                        Record(world.flag().load(std::memory_order_acquire));
                      }},
          .outcomes = {{World::LastUsedOf(0), 0},
                       {World::LastUsedOf(0), 1},
                       {World::TouchOf(0), 1}},
      },
  };
}

std::vector<Scenario> WriterScenarios() {
  return {
      {
          .name = "OfTwoInsertsOneWins",
          .begin = Begin({}),
          .writers = {[](World& world) { Record(world.Insert(0)); },
                      [](World& world) { Record(world.Insert(1)); }},
          .outcomes = {{0, 0}, {1, 1}},
      },
      {
          .name = "OneOfTwoTakesTheLastPlace",
          .begin = Begin({.full = 5}),
          .writers = {[](World& world) { Record(world.Insert(0)); },
                      [](World& world) { Record(world.Insert(4)); }},
          .outcomes = {{0, kNone}, {kNone, 4}},
      },
      {
          .name = "OneOfTwoErases",
          .begin = Begin({.held = {0}}),
          .writers = {[](World& world) { Record(world.Erase(kA)); },
                      [](World& world) { Record(world.Erase(kA)); }},
          .outcomes = {{0, 1}, {1, 0}},
      },
      {
          .name = "RebindBesideErase",
          .begin = Begin({.held = {0}}),
          .writers = {[](World& world) { Record(world.Rebind(0, kRebound)); },
                      [](World& world) {
                        Record(world.Erase(kA));
                        Record(world.Insert(2));
                      }},
          .outcomes = {{0, 1, 2}, {1, 1, 2}},
      },
      {
          .name = "TwoWritersAndAReader",
          .begin = Begin({.held = {0}}),
          .writers = {[](World& world) { world.Erase(kA); },
                      [](World& world) { world.Insert(1); }},
          .readers = {FindTwice(kA)},
          // The insert comes first and finds it there, or second.
          .outcomes = NeverBack({0, kNone, 1}),
      },
  };
}

}  // namespace

std::vector<Scenario> ShardScenarios() {
  std::vector<Scenario> all;
  for (auto* part :
       {&FindScenarios, &TouchScenarios, &ScanScenarios, &WriterScenarios}) {
    for (Scenario& scenario : part()) all.push_back(std::move(scenario));
  }
  return all;
}

}  // namespace limpet::model
