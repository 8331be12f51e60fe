#include "world.h"

#include <sstream>

namespace limpet::model {
void World::Clear() {
  for (auto& bucket : buckets_) {
    bucket.header.store(0);
    for (unsigned i = 0; i < kSlots; ++i) {
      bucket.print[i].store(0);
      bucket.last_used[i].store(0);
      bucket.binding[i].store(0);
    }
  }
  for (auto& home : stash_homes_) home.store(0);
  for (auto& handle : handles_) handle.store(0);
  for (auto& state : states_) state.store(0);
  flag_.store(0);
  repaired_.store(0);
  for (Life i = 0; i < kMostLives; ++i) {
    lives_[i] = {.key = {}, .last_used = LastUsedOf(i)};
  }
  uses_directory_ = false;
}

World::Life World::Insert(Life life, bool evict) {
  const uint32_t index = IndexOf(life);
  if (index == Directory::kNone) return kNone;
  return UnderLock([&] {
    if (uses_directory_ && !directory_.Hold(index, HandleOf(life))) {
      return kNone;
    }
    return InsertUnderLock(life, index, evict);
  });
}

World::Life World::InsertUnderLock(Life life, uint32_t index, bool evict) {
  const MapKey& key = lives_[life].key;
  Shard::Places places =
      shard_.FindPlaces(key, [this](const Binding& binding, uint32_t) {
        return lives_[LifeOf(binding.created)].over;
      });
  if (places.found) {
    const Life found = LifeOf(Shard::BindingOf(places.found).created);
    if (!lives_[found].over) return found;
    places = Shard::PlaceOf(places.found);
  }
  if (!places.room && evict) {
    places =
        shard_.FindIdlest(key, [](uint32_t last_used) { return last_used; });
  }
  if (!places.room) return kNone;
  shard_.Insert(key, places, {.endpoint = index, .created = CreatedOf(life)},
                lives_[life].last_used);
  return life;
}

bool World::Erase(const MapKey& key) {
  return UnderLock([&] {
    const Shard::Slot slot = shard_.FindSlot(key);
    if (slot) shard_.Erase(slot);
    return bool{slot};
  });
}

bool World::Rebind(Life from, Life to) {
  const uint32_t index = IndexOf(to);
  if (index == Directory::kNone) return false;
  return UnderLock([&] {
    if (uses_directory_ && !directory_.Hold(index, HandleOf(to))) return false;
    const Shard::Slot slot = shard_.FindSlot(lives_[from].key);
    if (!slot || Resolve(Shard::BindingOf(slot).endpoint) != HandleOf(from)) {
      return false;
    }
    shard_.Rebind(slot, {.endpoint = index, .created = CreatedOf(to)},
                  lives_[to].last_used);
    return true;
  });
}

void World::Recycle() {
  directory_lock_.lock();
  directory_.Suspect();
  UnderLock([this] {
    for (uint32_t at = 0; at < shard_.all_buckets(); ++at) {
      for (unsigned i = 0; i < kSlots; ++i) {
        const Shard::Slot slot{&shard_.bucket(at), i};
        if (Shard::Print(slot) != 0) {
          directory_.Held(Shard::BindingOf(slot).endpoint);
        }
      }
    }
    return true;
  });
  directory_.TakeBack();
  for (uint32_t i = 0; i < kEndpoints; ++i) {
    directory_.Add(HandleOf(kMostLives + i));
  }
  directory_lock_.unlock();
}

void World::Repair() {
  std::array<uint64_t, kMostBuckets> counts;
  shard_.Repair({counts.data(), shard_.all_buckets()});
  repaired_.store(1, std::memory_order_relaxed);
}

World::Life World::Find(const MapKey& key) {
  return Judge(
      key, shard_.Find(key, [this](uint32_t index) { return Resolve(index); }));
}

World::Life World::FindTouch(const MapKey& key) {
  const auto seen =
      shard_.Find(key, [this](uint32_t index) { return Resolve(index); });
  const Life life = Judge(key, seen);
  if (life != kNone && TouchOf(life) > seen.last_used) {
    Shard::Touch(seen.slot, seen.last_used, TouchOf(life));
  }
  return life;
}

void World::Visit(uint32_t bucket) {
  shard_.ForEach(
      bucket, [this](uint32_t index) { return Resolve(index); },
      [this](const Shard::Seen<uint64_t>& seen) {
        const Life life = LifeOf(seen.created);
        Record(life);
        Judge(lives_[life % kMostLives].key, seen);
      });
}

void World::CheckCountsAfterDeath() {
  if (repaired_.load() == 0) Repair();
  CheckCounts();
}

void World::CheckCounts() {
  constexpr uint64_t kCounts = (uint64_t{1} << 40) - 1;
  std::array<uint64_t, kMostBuckets> before{};
  for (uint32_t i = 0; i < shard_.all_buckets(); ++i) {
    before[i] = buckets_[i].header.load();
  }
  Repair();
  for (uint32_t i = 0; i < shard_.all_buckets(); ++i) {
    Check(((buckets_[i].header.load() ^ before[i]) & kCounts) == 0,
          "the counts are those of the sessions there are");
  }
  CheckAllFound();
}

void World::CheckAllFound() {
  for (uint32_t at = 0; at < shard_.all_buckets(); ++at) {
    for (unsigned i = 0; i < kSlots; ++i) {
      const Shard::Slot slot{&shard_.bucket(at), i};
      if (Shard::Print(slot) == 0) continue;
      const Life life = LifeOf(Shard::BindingOf(slot).created);
      Check(life != kNone && shard_.FindSlot(lives_[life].key) == slot,
            "every session is found");
    }
  }
}

World::Life World::Holds(const MapKey& key) const {
  const Shard::Slot slot = shard_.FindSlot(key);
  return slot ? LifeOf(Shard::BindingOf(slot).created) : kNone;
}

uint32_t World::IndexOf(Life life) {
  if (!uses_directory_) return life;
  uint32_t index = directory_.Find(HandleOf(life));
  if (index != Directory::kNone) return index;
  directory_lock_.lock();
  index = directory_.Add(HandleOf(life));
  directory_lock_.unlock();
  return index;
}

uint64_t World::Resolve(uint32_t index) const {
  return uses_directory_ ? directory_.HandleOf(index) : HandleOf(index);
}

World::Life World::Judge(const MapKey& key,
                         const Shard::Seen<uint64_t>& seen) const {
  if (!seen.slot) return kNone;
  const Life life = LifeOf(seen.created);
  Check(life != kNone, "a session was created when one was");
  if (life == kNone) return kNone;
  const MapKey& of = lives_[life].key;
  Check(of.fingerprint == key.fingerprint && of.home == key.home,
        "a session is that of its key");
  Check(seen.endpoint == HandleOf(life),
        "endpoint and creation are of one life");
  Check(MayBeUsed(life, seen.last_used), "creation and use are of one life");
  return life;
}

bool World::MayBeUsed(Life life, uint32_t last_used) const {
  // Through rebinds it is the same session, and a touch is one of the session.
  const auto session = [this](Life of) {
    while (lives_[of].continues != kNone) of = lives_[of].continues;
    return of;
  };
  for (Life other = 0; other < kMostLives; ++other) {
    // A rebind is a use, before it is a binding.
    const bool begun = other == life || lives_[other].continues == life;
    if (begun && last_used == lives_[other].last_used) return true;
    // A touch may fall on another life that is used in the same tick.
    const bool touched = session(other) == session(life) ||
                         lives_[other].last_used == lives_[life].last_used;
    if (touched && last_used == TouchOf(other)) return true;
  }
  return false;
}

Kind World::KindOf(const void* location) const {
  const auto in = [location](const auto& part) {
    const auto* at = static_cast<const std::byte*>(location);
    const auto* begin = reinterpret_cast<const std::byte*>(&part);
    return at >= begin && at < begin + sizeof(part);
  };
  for (const auto& bucket : buckets_) {
    if (in(bucket.header)) return Kind::kHeader;
    if (in(bucket.print)) return Kind::kPrint;
    if (in(bucket.last_used)) return Kind::kLastUsed;
    if (in(bucket.binding)) return Kind::kBinding;
  }
  if (in(stash_homes_)) return Kind::kStashHome;
  if (in(handles_)) return Kind::kHandle;
  if (in(states_)) return Kind::kState;
  return Kind::kOther;
}

std::string World::NameOf(const void* location) const {
  std::ostringstream name;
  const auto number = [location](const auto& part) {
    return static_cast<const std::byte*>(location) -
           reinterpret_cast<const std::byte*>(&part);
  };
  const auto bucket = number(buckets_) / sizeof(Shard::Bucket);
  const auto& in = buckets_[std::min<size_t>(bucket, kMostBuckets - 1)];
  switch (KindOf(location)) {
    case Kind::kHeader:
      name << "bucket " << bucket << " header";
      break;
    case Kind::kPrint:
      name << "bucket " << bucket << " print " << number(in.print) / 8;
      break;
    case Kind::kLastUsed:
      name << "bucket " << bucket << " last_used " << number(in.last_used) / 4;
      break;
    case Kind::kBinding:
      name << "bucket " << bucket << " binding " << number(in.binding) / 8;
      break;
    case Kind::kStashHome:
      name << "stash home " << number(stash_homes_) / 4;
      break;
    case Kind::kHandle:
      name << "handle " << number(handles_) / 8;
      break;
    case Kind::kState:
      name << "state " << number(states_);
      break;
    case Kind::kOther:
      name << (location == &lock_             ? "lock"
               : location == &directory_lock_ ? "directory lock"
               : location == &flag_           ? "flag"
               : location == &repaired_       ? "repaired"
                                              : "");
      break;
  }
  return name.str();
}

}  // namespace limpet::model
