// Two buckets and a stash: sessions that are not at home, found by the counts
// of the buckets on their way.
#include <utility>

#include "keys.h"
#include "scenarios.h"

namespace limpet::model {
namespace {

// Tells the reader, by a store and a load of its own, that it has ended.
Scenario::Part ThenRaiseFlag(Scenario::Part part) {
  return [part = std::move(part)](World& world) {
    part(world);
    world.flag().store(1, std::memory_order_release);
  };
}

Scenario::Part SeeFlagAndFind(const MapKey& key) {
  return [key](World& world) {
    Record(world.flag().load(std::memory_order_acquire));
    Record(world.Find(key));
  };
}

std::vector<Scenario> DisplacedScenarios() {
  return {
      {
          .name = "ADisplacedSessionIsNeverMissed",
          .buckets = 2,
          .begin = Begin({.held = {4}, .full = 6}),
          .writers = {[](World& world) {
            world.Insert(0);
            world.Erase(kA);
          }},
          .readers = {FindTwice(kB)},
          .outcomes = {{4, 4}},
      },
      {
          .name = "ADisplacedSessionIsNotMissedWhenTheHomeGetsAFreePlace",
          .buckets = 2,
          .begin = Begin({.held = {4}, .full = 6}),
          .writers = {[](World& world) {
            world.Erase(KeyNumber(kFirstFiller, 0));
            world.Insert(0);
          }},
          .readers = {FindTwice(kB)},
          .outcomes = {{4, 4}},
      },
      {
          .name = "ADisplacedSessionIsNotMissedWhenItsLikeGivesPlaceToAnother",
          .buckets = 2,
          .begin =
              Begin({.held = {0, 4}, .full = 6, .over = {0}, .next_full = 4}),
          .writers = {[](World& world) { world.Insert(8); }},
          .readers = {FindTwice(kB)},
          .outcomes = {{4, 4}},
      },
      {
          .name = "TheLikeOfADisplacedSessionGivesPlaceToAnother",
          .buckets = 2,
          .begin =
              Begin({.held = {0, 4}, .full = 6, .over = {0}, .next_full = 4}),
          .writers = {[](World& world) { world.Insert(8); }},
          .readers = {FindTwice(kA), FindTwice(kC)},
          .outcomes = {{0, 0, kNone, kNone},
                       {0, 0, kNone, 8},
                       {0, 0, 8, 8},
                       {0, kNone, kNone, kNone},
                       {0, kNone, kNone, 8},
                       {0, kNone, 8, 8},
                       {kNone, kNone, kNone, kNone},
                       {kNone, kNone, kNone, 8},
                       {kNone, kNone, 8, 8}},
      },
      {
          .name = "InsertFarFromHome",
          .buckets = 2,
          .begin = Begin({.full = 6}),
          .writers = {[](World& world) { world.Insert(0); }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({kNone, 0}),
      },
      {
          .name = "WhoIsToldOfAnInsertFarFromHomeFindsIt",
          .buckets = 2,
          .begin = Begin({.full = 6}),
          .writers = {ThenRaiseFlag([](World& world) { world.Insert(0); })},
          .readers = {SeeFlagAndFind(kA)},
          .outcomes = {{0, kNone}, {0, 0}, {1, 0}},
      },
      {
          .name = "WhoIsToldOfAnEraseDoesNotFindIt",
          .buckets = 2,
          .begin = Begin({.held = {0}, .full = 6}),
          .writers = {ThenRaiseFlag([](World& world) { world.Erase(kA); })},
          .readers = {SeeFlagAndFind(kA)},
          .outcomes = {{0, 0}, {0, kNone}, {1, kNone}},
      },
      {
          .name = "TheSameKeyTakesItsOwnPlaceFarFromHomeAgain",
          .buckets = 2,
          .begin = Begin({.held = {0}, .full = 6, .over = {0}}),
          .writers = {[](World& world) { world.Insert(1); }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({0, kNone, 1}),
      },
      {
          .name = "TheSameKeyComesBackNearer",
          .buckets = 2,
          .begin = Begin({.held = {0}, .full = 6}),
          .writers = {[](World& world) {
            world.Erase(kA);
            world.Erase(KeyNumber(kFirstFiller, 0));
            world.Insert(1);
          }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({0, kNone, 1}),
      },
      {
          .name = "TheSameKeyComesBackFartherAway",
          .buckets = 2,
          .begin = Begin({.held = {0}, .full = 5}),
          .writers = {[](World& world) {
            world.Erase(kA);
            world.Insert(4);
            world.Insert(1);
          }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({0, kNone, 1}),
      },
      {
          // Its own bucket's counts change between its two lives.
          .name = "EraseAndACountAndTheSameKeyAgain",
          .buckets = 2,
          .begin = Begin({.held = {0, 4}, .full = 5}),
          .writers = {[](World& world) {
            world.Erase(kA);
            world.Erase(kB);
            world.Insert(1);
          }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({0, kNone, 1}),
      },
      {
          .name = "TwoWritersCountUpAndDown",
          .buckets = 2,
          .begin = Begin({.held = {0}, .full = 6}),
          .writers = {[](World& world) { world.Erase(kA); },
                      [](World& world) { world.Insert(4); }},
          .readers = {FindTwice(kB)},
          .outcomes = NeverBack({kNone, 4}),
      },
  };
}

std::vector<Scenario> StashScenarios() {
  return {
      {
          .name = "InsertIntoTheStash",
          .stash = 1,
          .begin = Begin({.full = 6}),
          .writers = {[](World& world) { world.Insert(0); }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({kNone, 0}),
      },
      {
          .name = "AStashedSessionIsNeverMissed",
          .stash = 1,
          .begin = Begin({.held = {4}, .full = 6}),
          .writers = {[](World& world) {
            world.Insert(0);
            world.Erase(kA);
          }},
          .readers = {FindTwice(kB)},
          .outcomes = {{4, 4}},
      },
      {
          .name = "TheSameKeyAgainInTheStash",
          .stash = 1,
          .begin = Begin({.held = {0}, .full = 6}),
          .writers = {[](World& world) {
            world.Erase(kA);
            world.Insert(1);
          }},
          .readers = {FindTwice(kA)},
          .outcomes = NeverBack({0, kNone, 1}),
      },
      {
          // As unlikely as two equal fingerprints, but two sessions all the
          // same.
          .name = "AnEqualPrintOfAnotherHomeTakesAPlaceInTheStash",
          .buckets = 2,
          .stash = 1,
          .begin =
              [](World& world) {
                Begin({.full = 6, .next_full = 6})(world);
                world.Define(9, {.fingerprint = kA.fingerprint, .home = 1});
                world.Insert(0);
              },
          .writers = {[](World& world) {
            world.Erase(kA);
            world.Insert(9);
          }},
          .readers = {[](World& world) {
            Record(world.Find({.fingerprint = kA.fingerprint, .home = 1}));
          }},
          .outcomes = {{kNone}, {9}},
      },
  };
}

}  // namespace

std::vector<Scenario> ChainScenarios() {
  std::vector<Scenario> all = DisplacedScenarios();
  for (Scenario& scenario : StashScenarios()) {
    all.push_back(std::move(scenario));
  }
  return all;
}

}  // namespace limpet::model
