#include "stage.h"

#include <cstdlib>

namespace limpet::testing {
namespace {

// One for all, as its own instructions are on the way.
Operation In(SessionMap& map, const MapOperation& operation) {
  return [&] { operation(map); };
}

void DoInChild(SessionMap& map, const MapOperation& operation) {
  const Exit exit = RunChild([&] {
    operation(map);
    return 0;
  });
  if (!exit.IsStatus(0)) std::abort();
}

}  // namespace

Stage::Stage(const Scenario& scenario, LockKind locks)
    : world_(scenario.options, locks),
      operation_(scenario.prepare(world_)),
      next_(scenario.next),
      saved_(world_.memory().Save()),
      before_(world_.Look()),
      sums_before_(world_.survivor().counts()) {
  DoInChild(world_.victim(), operation_);
  done_ = world_.Look();
  sums_done_ = world_.survivor().counts();
  DoInChild(world_.victim(), NextWrite());
  after_ = world_.Look();
  Reset();
  way_ = WayOf(operation_);
}

SessionMap::RebindResult Stage::WriteNext(SessionMap& map) const {
  SessionMap::Entry entry;
  return map.Rebind(world_.bystander(), World::kHere, World::kThere,
                    World::kForever, next_, &entry);
}

MapOperation Stage::NextWrite() const {
  return [this](SessionMap& map) { WriteNext(map); };
}

Instructions Stage::WayOf(const MapOperation& operation) const {
  const auto saved = world_.memory().Save();
  auto way =
      Instructions::Of(In(world_.victim(), operation), world_.memory().bytes());
  world_.memory().Restore(saved);
  return way;
}

int Stage::Act(const MapOperation& operation, const Instructions& way,
               size_t place, const Operation& act) const {
  return way.Run(In(world_.victim(), operation), place, act) ? 0 : 1;
}

Exit Stage::DieAt(size_t place) const {
  Reset();
  return RunChild([&] { return Act(place, Die); });
}

size_t Stage::PlaceInSection() const {
  size_t last = way_.size();
  for (size_t place = 0; place < way_.size(); ++place) {
    if (!way_.IsAfterStore(place)) continue;
    DieAt(place);
    if (parts().OwnerDied(0) || parts().IsLocked(0)) last = place;
  }
  if (last == way_.size()) std::abort();
  Reset();
  return last;
}

}  // namespace limpet::testing
