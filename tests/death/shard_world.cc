#include "shard_world.h"

namespace limpet::testing {

MapKey ShardWorld::NewKeyAt(uint32_t home) {
  MapKey key;
  do {
    key = KeyOf({.high = random_(), .low = random_()}, kBuckets);
  } while (key.home != home);
  keys_.push_back(key);
  return key;
}

MapKey ShardWorld::NewKeyWithChain() {
  MapKey key;
  do {
    key = KeyOf({.high = random_(), .low = random_()}, kBuckets);
  } while (key.home != 0 || StepOf(key.fingerprint, kBuckets) != 1 ||
           ClassOf(key.fingerprint) != 3);
  keys_.push_back(key);
  return key;
}

MortalShard::Places ShardWorld::PlacesOf(const MortalShard& shard,
                                         const MapKey& key) {
  const auto is_over = [](const Binding& binding, uint32_t) {
    return binding.endpoint == kOverLife;
  };
  const MortalShard::Places places = shard.FindPlaces(key, is_over);
  if (places.found && is_over(MortalShard::BindingOf(places.found), 0)) {
    return MortalShard::PlaceOf(places.found);
  }
  return places;
}

namespace {

void Begin(MortalShard shard, const MapKey& key,
           const MortalShard::Places& places, uint32_t life) {
  const auto seen = ShardWorld::SeenOf(life);
  shard.Insert(key, places,
               {.endpoint = seen.endpoint, .created = seen.created},
               seen.last_used);
}

}  // namespace

void ShardWorld::Insert(const MapKey& key, uint32_t life) {
  const MortalShard::Places places = PlacesOf(shard(), key);
  if (!places.found && places.room) Begin(shard(), key, places, life);
}

void ShardWorld::Evict(const MapKey& key, uint32_t life) {
  if (PlacesOf(shard(), key).found) return;
  Begin(shard(), key,
        shard().FindIdlest(key, [](uint32_t last_used) { return last_used; }),
        life);
}

void ShardWorld::Rebind(const MapKey& key, uint32_t life) {
  const MortalShard::Slot slot = shard().FindSlot(key);
  if (!slot) return;
  const Seen seen = SeenOf(life);
  shard().Rebind(slot, {.endpoint = seen.endpoint, .created = seen.created},
                 seen.last_used);
}

void ShardWorld::Erase(const MapKey& key) {
  const MortalShard::Slot slot = shard().FindSlot(key);
  if (slot) shard().Erase(slot);
}

uint64_t ShardWorld::Repair() {
  std::array<uint64_t, kBuckets + kStash> counts;
  return shard().Repair(counts);
}

void ShardWorld::Fill(uint32_t begin, uint32_t end) {
  for (uint32_t bucket = begin; bucket < end; ++bucket) {
    for (const auto& print : memory_.buckets[bucket].print) {
      if (print.load(std::memory_order_relaxed) == 0) {
        const MapKey key = NewKeyAt(bucket);
        Insert(key, static_cast<uint32_t>(100 + keys_.size()));
      }
    }
  }
}

std::optional<ShardWorld::Seen> ShardWorld::Find(const MapKey& key) const {
  const auto seen = shard().Find(key, [](uint32_t index) { return index; });
  if (!seen.slot) return std::nullopt;
  return Seen{.endpoint = seen.endpoint,
              .created = seen.created,
              .last_used = seen.last_used};
}

std::string ShardWorld::Audit(Counts counts) const {
  return ShardAudit<MortalAtoms>(memory(), keys_).Problem(counts);
}

size_t ShardWorld::sessions() const {
  return ShardAudit<MortalAtoms>(memory(), keys_).sessions();
}

}  // namespace limpet::testing
