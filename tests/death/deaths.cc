#include "deaths.h"

#include <optional>

namespace limpet::testing {
namespace {

using Entry = SessionMap::Entry;
using Sums = SessionMap::Counts;

// A state of one session between two: one of them; or moved, and its stamp
// first; or with the same times told from another horizon.
bool IsBetween(const std::optional<Entry>& seen,
               const std::optional<Entry>& before,
               const std::optional<Entry>& after) {
  const auto same = [](const std::optional<Entry>& a,
                       const std::optional<Entry>& b) {
    return a.has_value() == b.has_value() &&
           (!a || (a->endpoint == b->endpoint && a->created == b->created &&
                   a->last_used == b->last_used));
  };
  if (same(seen, before) || same(seen, after)) return true;
  if (!before || !after) return false;
  if (!seen) return before->created != after->created;  // over, and comes again
  const bool keeps_endpoint = before->endpoint == after->endpoint;
  return seen->endpoint == before->endpoint &&
         (seen->created == before->created ||
          (keeps_endpoint && seen->created == after->created)) &&
         (seen->last_used == after->last_used ||
          (keeps_endpoint && seen->last_used == before->last_used));
}

std::string ToString(const std::optional<Entry>& entry) {
  if (!entry) return "absent";
  return "on " + std::to_string(entry->endpoint) + " since " +
         std::to_string((entry->created - At(0)).count()) + " used " +
         std::to_string((entry->last_used - At(0)).count());
}

uint64_t Gone(const Sums& sums) {
  return sums.expired + sums.evicted + sums.erased + sums.erased_endpoint;
}

std::string PlaceName(size_t place) { return "place " + std::to_string(place); }

size_t CountLive(const SessionMap& map) {
  size_t live = 0;
  map.CountLive(World::kForever, At(0),
                [&](EndpointHandle, size_t count) { live += count; });
  return live;
}

}  // namespace

std::string Deaths::CheckEntries(const World::Entries& seen) const {
  for (size_t i = 0; i < seen.size(); ++i) {
    const auto& before = stage_.before()[i];
    const auto& done = stage_.done()[i];
    const auto& after = stage_.after()[i];
    if (!IsBetween(seen[i], before, done) && !IsBetween(seen[i], done, after) &&
        !IsBetween(seen[i], before, after)) {
      return "session " + std::to_string(i) + " is " + ToString(seen[i]) +
             ", was " + ToString(before) + ", becomes " + ToString(done);
    }
  }
  return "";
}

std::string Deaths::CheckSums(const World::Entries& seen) const {
  const Sums& before = stage_.sums_before();
  const bool inserts = stage_.sums_done().inserted != before.inserted;
  uint64_t inserted = 0;
  uint64_t gone = 0;
  // But for the bystander, which the next write has moved.
  for (size_t i = 1; i < seen.size(); ++i) {
    const auto& was = stage_.before()[i];
    const bool is_new =
        inserts && seen[i] && (!was || seen[i]->created != was->created);
    inserted += is_new;
    gone += was && (!seen[i] || is_new);
  }
  const Sums sums = stage_.world().survivor().counts();
  const uint64_t said_inserted = sums.inserted - before.inserted;
  const uint64_t said_gone = Gone(sums) - Gone(before);
  const auto one_short = [](uint64_t sum, uint64_t truly) {
    return sum == truly || sum + 1 == truly;
  };
  if (one_short(said_inserted, inserted) && one_short(said_gone, gone) &&
      sums.refused <= stage_.sums_done().refused) {
    return "";
  }
  return std::to_string(inserted) + " inserted, " + std::to_string(gone) +
         " gone; counted " + std::to_string(said_inserted) + " and " +
         std::to_string(said_gone);
}

std::string Deaths::Survive(size_t deaths) const {
  const World& world = stage_.world();
  SessionMap& map = world.survivor();
  const bool in_section = stage_.parts().OwnerDied(0);
  const auto audit = [&](Counts counts) {
    return stage_.parts().Audit(world.ids(), counts);
  };
  if (std::string wrong = audit(Counts::kNotTooLow); !wrong.empty()) {
    return "before the repair: " + wrong;
  }
  const World::Entries seen = world.Look();
  if (std::string wrong = CheckEntries(seen); !wrong.empty()) return wrong;

  const auto result = stage_.WriteNext(map);
  const bool has_moved = seen[0]->endpoint == World::kThere;
  if (result != (has_moved ? SessionMap::RebindResult::kElsewhere
                           : SessionMap::RebindResult::kMoved)) {
    return "the next write has result " +
           std::to_string(static_cast<int>(result));
  }
  const uint64_t repaired =
      map.counts().repaired - stage_.sums_before().repaired;
  if (repaired > deaths || (repaired != 0) != (in_section || deaths > 1)) {
    return std::to_string(repaired) + " repairs";
  }
  if (std::string wrong = audit(Counts::kExact); !wrong.empty()) {
    return "after the repair: " + wrong;
  }
  if (map.size() != CountLive(map)) {
    return "the sum of live sessions differs from size()";
  }
  World::Entries then = world.Look();
  if (then[0]->endpoint != World::kThere) return "the next write is lost";
  if (std::string wrong = CheckSums(then); !wrong.empty()) return wrong;

  // Whoever asked for it asks again.
  stage_.operation()(map);
  then = world.Look();
  for (size_t i = 0; i < then.size(); ++i) {
    if (!IsBetween(then[i], stage_.after()[i], stage_.after()[i])) {
      return "done again, session " + std::to_string(i) + " is " +
             ToString(then[i]) + ", not " + ToString(stage_.after()[i]);
    }
  }
  if (std::string wrong = audit(Counts::kExact); !wrong.empty()) {
    return "done again: " + wrong;
  }
  return "";
}

Tally Deaths::AtEveryInstruction() const {
  Tally tally;
  for (size_t place = 0; place < stage_.way().size(); ++place) {
    const Exit exit = stage_.DieAt(place);
    tally.Add(PlaceName(place), exit.IsKilled() ? Survive(1) : exit.ToString());
  }
  return tally;
}

void Deaths::DieInTheRepair(size_t place, bool at_every_instruction,
                            Tally* tally) const {
  if (!stage_.DieAt(place).IsKilled()) {
    return tally->Add(PlaceName(place), "not reached");
  }
  if (!stage_.parts().OwnerDied(0)) return;
  const SharedMemory& memory = stage_.world().memory();
  const auto dead = memory.Save();
  const MapOperation mend = stage_.NextWrite();
  const Instructions way = stage_.WayOf(mend);
  for (size_t second = 0; second < way.size(); ++second) {
    if (!at_every_instruction && !way.IsAfterStore(second)) continue;
    memory.Restore(dead);
    const Exit exit =
        RunChild([&] { return stage_.Act(mend, way, second, Die); });
    tally->Add(PlaceName(place) + " and " + PlaceName(second),
               exit.IsKilled() ? Survive(2) : exit.ToString());
  }
}

Tally Deaths::AndAtEveryStoreOfTheRepair() const {
  Tally tally;
  for (size_t place = 0; place < stage_.way().size(); ++place) {
    if (stage_.way().IsAfterStore(place)) DieInTheRepair(place, false, &tally);
  }
  return tally;
}

Tally Deaths::AndAtEveryInstructionOfTheRepair() const {
  Tally tally;
  DieInTheRepair(stage_.PlaceInSection(), true, &tally);
  return tally;
}

}  // namespace limpet::testing
