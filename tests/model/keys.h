// Keys and lives that the scenarios have in common.
#ifndef LIMPET_TESTS_MODEL_KEYS_H_
#define LIMPET_TESTS_MODEL_KEYS_H_

#include <cstdint>
#include <vector>

#include "outcomes.h"
#include "scenarios.h"
#include "world.h"

namespace limpet::model {

// All of one class, so that their chains share their counts.
constexpr MapKey KeyNumber(uint64_t number, uint32_t home) {
  return {.fingerprint = FingerprintOf(number << 8), .home = home};
}

// A and B are at home in bucket 0, C in bucket 1.
inline constexpr MapKey kA = KeyNumber(1, 0);
inline constexpr MapKey kB = KeyNumber(2, 0);
inline constexpr MapKey kC = KeyNumber(3, 1);

// Lives of A: 0 to 3, one after the other; of B: 4 to 7; of C: 8 and 9.
// From 10 on they fill buckets up.
inline constexpr World::Life kFirstOfB = 4;
inline constexpr World::Life kFirstOfC = 8;
inline constexpr World::Life kFirstFiller = 10;

inline constexpr World::Life kRebound = 3;
inline constexpr World::Life kNone = World::kNone;

// The state in which these lives are, and so many more fill buckets 0 and 1;
// some are over. A rebind makes 0 to 3, or 5 to 7.
struct Beginning {
  std::vector<World::Life> held{};
  unsigned full = 0;
  std::vector<World::Life> over{};
  unsigned next_full = 0;
  bool directory = false;
};

inline Scenario::Part Begin(const Beginning& beginning) {
  return [=](World& world) {
    for (World::Life i = 0; i < kFirstFiller; ++i) {
      world.Define(i, i < kFirstOfB ? kA : i < kFirstOfC ? kB : kC);
    }
    world.SetRebound(0, kRebound);
    world.SetRebound(5, 7);
    if (beginning.directory) world.UseDirectory();
    World::Life filler = kFirstFiller;
    const auto fill = [&](unsigned count, uint32_t home) {
      for (unsigned i = 0; i < count; ++i, ++filler) {
        world.Define(filler, KeyNumber(filler, home));
        world.Insert(filler);
      }
    };
    fill(beginning.full, 0);
    fill(beginning.next_full, 1);
    for (const World::Life life : beginning.held) world.Insert(life);
    for (const World::Life life : beginning.over) world.SetOver(life);
  };
}

inline Scenario::Part FindTwice(const MapKey& key) {
  return [key](World& world) {
    Record(world.Find(key));
    Record(world.Find(key));
  };
}

// What a reader that looks `times` times can find of a session that goes
// through these lives: it never goes back.
inline Outcomes NeverBack(const std::vector<World::Life>& lives,
                          unsigned times = 2) {
  Outcomes outcomes;
  Outcome found;
  const auto look = [&](const auto& again, size_t from) -> void {
    if (found.size() == times) {
      outcomes.insert(found);
      return;
    }
    for (size_t i = from; i < lives.size(); ++i) {
      found.push_back(lives[i]);
      again(again, i);
      found.pop_back();
    }
  };
  look(look, 0);
  return outcomes;
}

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_KEYS_H_
