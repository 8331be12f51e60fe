#include "scenarios.h"

#include <algorithm>
#include <chrono>

namespace limpet::testing {
namespace {

using std::chrono::seconds;

// Sessions from kLong ago are over at kNow, those from kLately are not.
constexpr Timeouts kTimeouts{.idle = seconds(10)};
constexpr int64_t kLongAgo = 5'000;
constexpr int64_t kLately = 15'000;
constexpr Timestamp kNow = At(20'000);
constexpr int64_t kDay = 24 * 3'600 * 1'000;
constexpr EndpointHandle kNew = 99;

constexpr SessionMap::Options kOptions{.capacity = World::kCapacity};
constexpr SessionMap::Options kEvicting{
    .capacity = World::kCapacity, .when_full = SessionMap::WhenFull::kEvict};
constexpr SessionMap::Options kFewEndpoints{.capacity = World::kCapacity,
                                            .endpoints = 3};

MapOperation Insert(const SessionId& id,
                    EndpointHandle endpoint = World::kThere) {
  return [=](SessionMap& map) {
    SessionMap::Entry entry{.endpoint = endpoint};
    map.InsertOrGet(id, &entry, kTimeouts, kNow);
  };
}

MapOperation Rebind(const SessionId& id, EndpointHandle to) {
  return [=](SessionMap& map) {
    SessionMap::Entry entry;
    map.Rebind(id, World::kHere, to, kTimeouts, kNow, &entry);
  };
}

MapOperation FindTouch(const SessionId& id) {
  return [=](SessionMap& map) {
    SessionMap::Entry entry;
    map.FindTouch(id, kTimeouts, kNow, &entry);
  };
}

MapOperation Erase(const SessionId& id) {
  return [=](SessionMap& map) { map.Erase(id); };
}

// A session two buckets from home, and neighbours all the way.
SessionId PutAwayFromHome(World& world, int64_t at,
                          EndpointHandle endpoint = World::kHere) {
  world.Fill(0, 2, kLately);
  return world.Put(world.NewIdWithChain(), at, endpoint);
}

// A session in the stash. One more of the same chain is on its way to it.
SessionId PutIntoTheStash(World& world, int64_t at,
                          EndpointHandle endpoint = World::kHere) {
  PutAwayFromHome(world, kLately);
  world.Fill(2, 7, kLately);
  return world.Put(world.NewIdWithChain(), at, endpoint);
}

void FillUp(World& world) {
  PutAwayFromHome(world, kLately);
  world.Fill(2, 7, kLately);
  while (world.survivor().size() < World::kCapacity) {
    world.Put(world.NewIdAt(7), kLately);
  }
}

std::vector<Scenario> MakeScenarios() {
  std::vector<Scenario> all;
  const auto add = [&](const char* name, const SessionMap::Options& options,
                       std::function<MapOperation(World&)> prepare,
                       Timestamp next = kNow) {
    all.push_back({name, options, std::move(prepare), next});
  };

  add("InsertsIntoAFreeSlot", kOptions, [](World& world) {
    PutAwayFromHome(world, kLately);
    return Insert(world.NewIdAt(5));
  });
  add("InsertsAwayFromHome", kOptions, [](World& world) {
    PutAwayFromHome(world, kLately);
    return Insert(world.NewIdWithChain());
  });
  add("InsertsIntoTheStash", kOptions, [](World& world) {
    PutIntoTheStash(world, kLately);
    return Insert(world.NewIdWithChain());
  });
  add("InsertsOverAnExpiredSession", kOptions, [](World& world) {
    PutAwayFromHome(world, kLately);
    world.Put(world.NewIdWithChain(), kLongAgo);
    world.Fill(2, 3, kLately);
    return Insert(world.NewIdWithChain());
  });
  add("InsertsOverItsExpiredSelf", kOptions, [](World& world) {
    PutAwayFromHome(world, kLately);
    return Insert(world.Put(world.NewIdWithChain(), kLongAgo));
  });
  add("InsertsOverItsExpiredSelfInTheStash", kOptions,
      [](World& world) { return Insert(PutIntoTheStash(world, kLongAgo)); });
  add("InsertsOnANewEndpoint", kOptions, [](World& world) {
    PutAwayFromHome(world, kLately);
    return Insert(world.NewIdWithChain(), kNew);
  });
  add("InsertsOnATakenBackEndpoint", kFewEndpoints, [](World& world) {
    PutAwayFromHome(world, kLongAgo, World::kElsewhere);
    return Insert(world.NewIdWithChain(), kNew);
  });
  add("IsRefusedWhenFull", kOptions, [](World& world) {
    FillUp(world);
    return Insert(world.NewIdWithChain());
  });
  add("SweepsWhenFull", kOptions, [](World& world) {
    world.Put(world.NewIdAt(8), kLongAgo);
    FillUp(world);
    return Insert(world.NewIdWithChain());
  });
  add("EvictsTheIdlest", kEvicting, [](World& world) {
    PutAwayFromHome(world, kLately - 1'000);
    FillUp(world);
    return Insert(world.NewIdWithChain());
  });
  add("Rebinds", kOptions, [](World& world) {
    return Rebind(PutAwayFromHome(world, kLately), World::kThere);
  });
  add("RebindsToANewEndpoint", kOptions, [](World& world) {
    return Rebind(PutIntoTheStash(world, kLately), kNew);
  });
  add("RebindsWhatIsOver", kOptions, [](World& world) {
    return Rebind(PutAwayFromHome(world, kLongAgo), World::kThere);
  });
  add("Erases", kOptions, [](World& world) {
    PutAwayFromHome(world, kLately);
    return Erase(world.Put(world.NewIdWithChain(), kLately));
  });
  add("ErasesFromTheStash", kOptions,
      [](World& world) { return Erase(PutIntoTheStash(world, kLately)); });
  add("ErasesAnEndpoint", kOptions, [](World& world) {
    world.Put(world.NewIdAt(4), kLately, World::kElsewhere);
    PutAwayFromHome(world, kLately, World::kElsewhere);
    PutIntoTheStash(world, kLately, World::kElsewhere);
    return [](SessionMap& map) { map.EraseEndpoint(World::kElsewhere); };
  });
  add("Sweeps", kOptions, [](World& world) {
    world.Put(world.NewIdAt(4), kLongAgo);
    PutAwayFromHome(world, kLongAgo);
    PutIntoTheStash(world, kLongAgo);
    return [](SessionMap& map) { map.Sweep(kTimeouts, kNow, 72); };
  });
  add("Touches", kOptions,
      [](World& world) { return FindTouch(PutAwayFromHome(world, kLately)); });
  add("EndsWhatIsOver", kOptions, [](World& world) {
    PutAwayFromHome(world, kLately);
    return FindTouch(world.Put(world.NewIdWithChain(), kLongAgo));
  });
  // Two weeks on, the oldest times get new stamps.
  add(
      "MovesTheHorizon", kOptions,
      [](World& world) {
        PutAwayFromHome(world, kLately);
        world.Put(world.NewIdAt(4), 9 * kDay);
        PutIntoTheStash(world, kLately);
        const SessionId recent = world.Put(world.NewIdAt(7), 44 * kDay);
        return [recent](SessionMap& map) {
          SessionMap::Entry entry;
          map.FindTouch(recent, World::kForever, At(58 * kDay), &entry);
        };
      },
      At(50 * kDay));
  return all;
}

}  // namespace

const std::vector<Scenario>& Scenarios() {
  static const auto* const all = new std::vector<Scenario>(MakeScenarios());
  return *all;
}

const Scenario& ScenarioOf(std::string_view name) {
  return *std::find_if(
      Scenarios().begin(), Scenarios().end(),
      [&](const Scenario& scenario) { return scenario.name == name; });
}

}  // namespace limpet::testing
