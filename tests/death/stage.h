// Stage: a world, an operation that is about to be done in it, and the way of
// it. Children act on it again and again, each from the same beginning.
//
// Thread rule: belongs to its owner.
#ifndef LIMPET_TESTS_DEATH_STAGE_H_
#define LIMPET_TESTS_DEATH_STAGE_H_

#include <cstddef>
#include <vector>

#include "instructions.h"
#include "process.h"
#include "scenarios.h"
#include "world.h"

namespace limpet::testing {

class Stage {
 public:
  explicit Stage(const Scenario& scenario, LockKind locks = LockKind::kRobust);

  const World& world() const { return world_; }
  const MapParts& parts() const { return world_.parts(); }
  const MapOperation& operation() const { return operation_; }
  const Instructions& way() const { return way_; }

  // What there is before the operation, after it, and after the next write.
  const World::Entries& before() const { return before_; }
  const World::Entries& done() const { return done_; }
  const World::Entries& after() const { return after_; }
  const SessionMap::Counts& sums_before() const { return sums_before_; }
  const SessionMap::Counts& sums_done() const { return sums_done_; }

  // The next write to the same shard, which concerns nobody else.
  SessionMap::RebindResult WriteNext(SessionMap& map) const;
  MapOperation NextWrite() const;

  // Lays the memory out as it was, or as it was when it was saved.
  void Reset() const { world_.memory().Restore(saved_); }

  // The way of an operation in the world as it is; that stays so.
  Instructions WayOf(const MapOperation& operation) const;

  // For children: does the victim's operation, and acts at a place. 0 if that
  // was reached.
  int Act(size_t place, const Operation& act) const {
    return Act(operation_, way_, place, act);
  }
  int Act(const MapOperation& operation, const Instructions& way, size_t place,
          const Operation& act) const;

  // Leaves the world with a death at a place.
  Exit DieAt(size_t place) const;
  // A place where the victim has the lock and stores that nobody will finish.
  size_t PlaceInSection() const;

 private:
  World world_;
  MapOperation operation_;
  Timestamp next_;
  std::vector<std::byte> saved_;
  World::Entries before_;
  World::Entries done_;
  World::Entries after_;
  SessionMap::Counts sums_before_;
  SessionMap::Counts sums_done_;
  Instructions way_;
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_STAGE_H_
