// What changes a session: insert, rebind, erase.
#include <algorithm>
#include <cassert>

#include "session_map/rep.h"

namespace limpet {
inline namespace v0 {
namespace {

// What an insert into a full shard looks through for sessions that are over:
// some 1,024 places.
constexpr uint32_t kInsertSweepBuckets = 171;
// How often an endpoint's index may be taken back between getting it and
// holding it. Once is a coincidence already.
constexpr int kIndexTries = 4;

}  // namespace

SessionMap::Entry SessionMap::Rep::EntryIn(const MapShard::Slot& slot,
                                           const Window& window) const {
  const Binding binding = MapShard::BindingOf(slot);
  return EntryOf(endpoints.HandleOf(binding.endpoint), binding.created,
                 MapShard::LastUsed(slot), window);
}

uint64_t SessionMap::Rep::held() const {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < geometry.shards; ++i) {
    sum += shard_headers[i].held.load(std::memory_order_relaxed);
  }
  return sum;
}

void SessionMap::Rep::EndIfOver(SessionId id, const Timeouts& timeouts,
                                Timestamp now) {
  Section section(*this, ShardOf(id), std::chrono::microseconds(0));
  if (!section) return;
  const Expiry expiry(timeouts, window(), now);
  const MapShard::Slot slot = section.shard().FindSlot(KeyOf(id));
  if (!slot || !IsOver(expiry, slot)) {
    return;
  }
  section.shard().Erase(slot);
  Add(section.header().held, uint64_t{0} - 1);
  Add(section.header().expired, 1);
}

std::optional<SessionMap::InsertResult> SessionMap::Rep::Insert(
    const SessionId& id, uint32_t endpoint, Entry* entry,
    const Timeouts& timeouts, Timestamp now) {
  const MapKey key = KeyOf(id);
  FetchHome(id);
  Section section(*this, ShardOf(id));
  if (!section) return InsertResult::kBusy;
  MapShard& shard = section.shard();
  ShardHeader& sums = section.header();
  const Window window = this->window();
  const Expiry expiry(timeouts, window, now);
  const auto over = [&](const Binding& binding, uint32_t last_used) {
    return expiry.IsOver(binding.created, last_used);
  };
  MapShard::Places places = shard.FindPlaces(key, over);
  if (places.found) {
    if (!IsOver(expiry, places.found)) {
      *entry = EntryIn(places.found, window);
      return InsertResult::kExists;
    }
    places = MapShard::PlaceOf(places.found);
  }
  if (endpoint == MapEndpoints::kNone) {
    Add(sums.refused, 1);
    return InsertResult::kFull;
  }
  if (!endpoints.Hold(endpoint, entry->endpoint)) return std::nullopt;

  const auto is_full = [&] {
    return sums.held.load(std::memory_order_relaxed) >= geometry.shard_limit;
  };
  std::atomic<uint64_t>* ended = &sums.expired;  // whose place it takes
  if (places.room && MapShard::Print(places.room) == 0 && is_full()) {
    SweepSome(section, expiry);
    if (is_full()) places = shard.FindOver(key, over);
  }
  if (!places.room && options.when_full == WhenFull::kEvict) {
    places = shard.FindIdlest(
        key, [&](uint32_t last_used) { return window.TimeOf(last_used); });
    ended = &sums.evicted;
  }
  if (!places.room) {
    Add(sums.refused, 1);
    return InsertResult::kFull;
  }
  const bool replaces = MapShard::Print(places.room) != 0;
  const uint32_t tick = window.Keep(now);
  shard.Insert(key, places, {.endpoint = endpoint, .created = tick}, tick);
  Add(replaces ? *ended : sums.held, 1);
  Add(sums.inserted, 1);
  *entry = EntryIn(places.room, window);
  return InsertResult::kInserted;
}

// The next places of the shard.
void SessionMap::Rep::SweepSome(Section& section, const Expiry& expiry) {
  ShardHeader& sums = section.header();
  const uint32_t buckets = section.shard().all_buckets();
  uint64_t at = sums.sweep_cursor.load(std::memory_order_relaxed) % buckets;
  for (uint32_t i = 0; i < std::min(buckets, kInsertSweepBuckets); ++i) {
    for (size_t s = 0; s < kSlots; ++s) {
      const MapShard::Slot slot{
          &section.shard().bucket(static_cast<uint32_t>(at)), s};
      if (MapShard::Print(slot) == 0 || !IsOver(expiry, slot)) continue;
      section.shard().Erase(slot);
      Add(sums.held, uint64_t{0} - 1);
      Add(sums.expired, 1);
    }
    at = at + 1 == buckets ? 0 : at + 1;
  }
  sums.sweep_cursor.store(at, std::memory_order_relaxed);
}

SessionMap::InsertResult SessionMap::InsertOrGet(const SessionId& id,
                                                 Entry* entry,
                                                 const Timeouts& timeouts,
                                                 Timestamp now) {
  assert(entry->endpoint != kNoHandle);
  if (!rep_->KeepHorizonAhead(timeouts, now, rep_->use.lock_budget)) {
    return InsertResult::kBusy;
  }
  for (int i = 0; i < kIndexTries; ++i) {
    const Rep::Index index = rep_->IndexOf(entry->endpoint, timeouts, now);
    if (index.busy) break;
    const auto result = rep_->Insert(id, index.value, entry, timeouts, now);
    if (result) return *result;
  }
  return InsertResult::kBusy;
}

std::optional<SessionMap::RebindResult> SessionMap::Rep::Rebind(
    const SessionId& id, EndpointHandle from, uint32_t endpoint,
    EndpointHandle to, const Timeouts& timeouts, Timestamp now, Entry* entry) {
  FetchHome(id);
  Section section(*this, ShardOf(id));
  if (!section) return RebindResult::kBusy;
  const MapShard::Slot slot = section.shard().FindSlot(KeyOf(id));
  if (!slot) return RebindResult::kAbsent;
  const Window window = this->window();
  const Expiry expiry(timeouts, window, now);
  if (IsOver(expiry, slot)) {
    section.shard().Erase(slot);
    Add(section.header().held, uint64_t{0} - 1);
    Add(section.header().expired, 1);
    return RebindResult::kAbsent;
  }
  const bool moves = EntryIn(slot, window).endpoint == from;
  if (moves) {
    if (endpoint == MapEndpoints::kNone) return RebindResult::kFull;
    if (!endpoints.Hold(endpoint, to)) return std::nullopt;
    const uint32_t tick = window.Keep(now);
    section.shard().Rebind(slot, {.endpoint = endpoint, .created = tick}, tick);
  }
  *entry = EntryIn(slot, window);
  return moves ? RebindResult::kMoved : RebindResult::kElsewhere;
}

SessionMap::RebindResult SessionMap::Rebind(const SessionId& id,
                                            EndpointHandle from,
                                            EndpointHandle to,
                                            const Timeouts& timeouts,
                                            Timestamp now, Entry* entry) {
  assert(to != kNoHandle);
  if (!rep_->KeepHorizonAhead(timeouts, now, rep_->use.lock_budget)) {
    return RebindResult::kBusy;
  }
  for (int i = 0; i < kIndexTries; ++i) {
    const Rep::Index index = rep_->IndexOf(to, timeouts, now);
    if (index.busy) break;
    const auto result =
        rep_->Rebind(id, from, index.value, to, timeouts, now, entry);
    if (result) return *result;
  }
  return RebindResult::kBusy;
}

SessionMap::EraseResult SessionMap::Erase(const SessionId& id) {
  rep_->FetchHome(id);
  Rep::Section section(*rep_, rep_->ShardOf(id));
  if (!section) return EraseResult::kBusy;
  const MapShard::Slot slot = section.shard().FindSlot(rep_->KeyOf(id));
  if (!slot) return EraseResult::kAbsent;
  section.shard().Erase(slot);
  Add(section.header().held, uint64_t{0} - 1);
  Add(section.header().erased, 1);
  return EraseResult::kErased;
}

SessionMap::SweepResult SessionMap::EraseEndpoint(EndpointHandle endpoint) {
  return rep_->VisitSlots(
      0, rep_->all_buckets(),
      [&](const MapShard::Slot& slot) {
        return rep_->HandleOf(MapShard::BindingOf(slot).endpoint) == endpoint;
      },
      [](MapShard& shard, ShardHeader& sums, const MapShard::Slot& slot) {
        shard.Erase(slot);
        Add(sums.erased_endpoint, 1);
        return true;
      });
}

}  // namespace v0
}  // namespace limpet
