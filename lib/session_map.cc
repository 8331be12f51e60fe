// Shards of open-addressing tables, each under a lock of its own. Ids are
// random, so their bits choose the shard (high) and the place (low).
#include "limpet/session_map.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <mutex>
#include <new>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "codec/big_endian.h"
#include "spread.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr size_t kMaxCapacity = size_t{1} << 31;
constexpr size_t kSessionsPerShard = 4096;
constexpr size_t kMaxShards = 256;
// Places that an insert into a full map looks at for sessions that are over.
constexpr size_t kInsertSweepBudget = 1024;

using SipKey = std::array<uint8_t, crypto_shorthash_KEYBYTES>;

struct Slot {
  SessionId id;
  SessionMap::Entry entry;  // endpoint kNoHandle: the slot is empty

  bool empty() const { return entry.endpoint == kNoHandle; }
};

// Linear probing; what is erased is closed up, so that no markers pile up.
class Shard {
 public:
  explicit Shard(size_t slots) : slots_(slots) {}

  Slot* Find(const SessionId& id) {
    for (size_t i = Home(id);; i = Next(i)) {
      if (slots_[i].empty()) return nullptr;
      if (slots_[i].id == id) return &slots_[i];
    }
  }

  // REQUIRES: !full() and the id is not there.
  void Insert(const SessionId& id, const SessionMap::Entry& entry) {
    size_t i = Home(id);
    while (!slots_[i].empty()) i = Next(i);
    slots_[i] = {.id = id, .entry = entry};
    ++used_;
  }

  void Erase(Slot* slot) {
    auto hole = static_cast<size_t>(slot - slots_.data());
    for (size_t i = Next(hole); !slots_[i].empty(); i = Next(i)) {
      // Whoever's way from home leads over the hole moves into it.
      if (Distance(Home(slots_[i].id), i) >= Distance(hole, i)) {
        slots_[hole] = slots_[i];
        hole = i;
      }
    }
    slots_[hole] = {};
    --used_;
  }

  // One place always stays empty, or a search for what is not there would
  // never end.
  bool full() const { return used_ + 1 >= slots_.size(); }
  size_t slots() const { return slots_.size(); }
  Slot& slot(size_t i) { return slots_[i]; }
  const Slot& slot(size_t i) const { return slots_[i]; }

  mutable std::mutex mutex;  // guards all of the above

 private:
  size_t Home(const SessionId& id) const {
    return Spread(id.low, slots_.size());
  }
  size_t Next(size_t i) const { return i + 1 == slots_.size() ? 0 : i + 1; }
  size_t Distance(size_t from, size_t to) const {
    return to >= from ? to - from : to + slots_.size() - from;
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

bool Over(const Timeouts& timeouts, const SessionMap::Entry& entry,
          Timestamp now) {
  return IsOver(timeouts, entry.created, entry.last_used, now);
}

}  // namespace

struct SessionMap::Rep {
  size_t capacity = 0;
  size_t slots_per_shard = 0;
  RandomSource* random = nullptr;
  SipKey id_key;
  SipKey scope_key;
  std::vector<std::unique_ptr<Shard>> shards;
  std::atomic<size_t> size{0};
  std::atomic<size_t> sweep_cursor{0};

  Shard& shard(const SessionId& id) {
    return *shards[Spread(id.high, shards.size())];
  }

  // Takes one of the `capacity` places, if there is one.
  bool Reserve() {
    size_t held = size.load(std::memory_order_relaxed);
    while (held < capacity) {
      if (size.compare_exchange_weak(held, held + 1,
                                     std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }

  // Erases the sessions that are over among slots [begin, end) of a shard.
  // REQUIRES: the shard's mutex is held.
  size_t SweepShard(Shard& shard, size_t begin, size_t end,
                    const Timeouts& timeouts, Timestamp now) {
    size_t freed = 0;
    for (size_t i = begin; i < end;) {
      Slot& slot = shard.slot(i);
      if (!slot.empty() && Over(timeouts, slot.entry, now)) {
        shard.Erase(&slot);  // another may have moved in: look again
        ++freed;
      } else {
        ++i;
      }
    }
    size.fetch_sub(freed, std::memory_order_relaxed);
    return freed;
  }
};

SessionMap::SessionMap(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
SessionMap::~SessionMap() = default;

Result<std::shared_ptr<SessionMap>> SessionMap::Make(const Options& options) {
  if (options.capacity < 1 || options.capacity > kMaxCapacity) {
    return Status(StatusCode::kInvalidArgument, "capacity",
                  "must be from 1 to 2147483648 sessions");
  }
  if (sodium_init() < 0) {
    return Status(StatusCode::kUnavailable, "", "libsodium did not start");
  }
  try {
    auto rep = std::make_unique<Rep>();
    rep->capacity = options.capacity;
    rep->random = options.random ? options.random : &SystemRandom();
    rep->random->Fill(std::as_writable_bytes(std::span(rep->id_key)));
    rep->random->Fill(std::as_writable_bytes(std::span(rep->scope_key)));
    const size_t shards =
        std::clamp(std::bit_floor(options.capacity / kSessionsPerShard),
                   size_t{1}, kMaxShards);
    const size_t mean = (options.capacity + shards - 1) / shards;
    // A quarter of the places stays empty, for short probes; eight standard
    // deviations more, so that a shard does not fill up before the map does.
    rep->slots_per_shard =
        mean + mean / 3 +
        8 * static_cast<size_t>(std::sqrt(static_cast<double>(mean))) + 2;
    for (size_t i = 0; i < shards; ++i) {
      rep->shards.push_back(std::make_unique<Shard>(rep->slots_per_shard));
    }
    return std::shared_ptr<SessionMap>(new SessionMap(std::move(rep)));
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kUnavailable, "capacity",
                  "not enough memory for " + std::to_string(options.capacity) +
                      " sessions");
  }
}

SessionId SessionMap::NewId() {
  std::array<uint8_t, 16> bytes;
  rep_->random->Fill(std::as_writable_bytes(std::span(bytes)));
  return {.high = LoadBigEndian<8>(bytes.data()),
          .low = LoadBigEndian<8>(bytes.data() + 8)};
}

SessionMap::FindResult SessionMap::FindTouch(const SessionId& id,
                                             const Timeouts& timeouts,
                                             Timestamp now, Entry* entry) {
  Shard& shard = rep_->shard(id);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  Slot* slot = shard.Find(id);
  if (slot == nullptr) return FindResult::kAbsent;
  if (Over(timeouts, slot->entry, now)) {
    shard.Erase(slot);
    rep_->size.fetch_sub(1, std::memory_order_relaxed);
    return FindResult::kExpired;
  }
  slot->entry.last_used = std::max(slot->entry.last_used, now);
  *entry = slot->entry;
  return FindResult::kLive;
}

SessionMap::InsertResult SessionMap::Insert(const SessionId& id,
                                            const Entry& entry,
                                            const Timeouts& timeouts,
                                            Timestamp now) {
  if (!rep_->Reserve()) {
    Sweep(timeouts, now, kInsertSweepBudget);
    if (!rep_->Reserve()) return InsertResult::kFull;
  }
  Shard& shard = rep_->shard(id);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  InsertResult result = InsertResult::kInserted;
  if (shard.Find(id) != nullptr) {
    result = InsertResult::kExists;
  } else if (shard.full() &&
             rep_->SweepShard(shard, 0, shard.slots(), timeouts, now) == 0) {
    result = InsertResult::kFull;
  }
  if (result == InsertResult::kInserted) {
    shard.Insert(id, entry);
  } else {
    rep_->size.fetch_sub(1, std::memory_order_relaxed);
  }
  return result;
}

EndpointHandle SessionMap::Rebind(const SessionId& id, EndpointHandle from,
                                  EndpointHandle to, Timestamp now) {
  Shard& shard = rep_->shard(id);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  Slot* slot = shard.Find(id);
  if (slot == nullptr) return kNoHandle;
  if (slot->entry.endpoint == from) {
    slot->entry = {.endpoint = to, .created = now, .last_used = now};
  }
  return slot->entry.endpoint;
}

bool SessionMap::Erase(const SessionId& id) {
  Shard& shard = rep_->shard(id);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  Slot* slot = shard.Find(id);
  if (slot == nullptr) return false;
  shard.Erase(slot);
  rep_->size.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

size_t SessionMap::Sweep(const Timeouts& timeouts, Timestamp now,
                         size_t budget) {
  const size_t per_shard = rep_->slots_per_shard;
  const size_t all = per_shard * rep_->shards.size();
  budget = std::min(budget, all);
  // Concurrent sweeps take turns at different places.
  size_t at =
      rep_->sweep_cursor.fetch_add(budget, std::memory_order_relaxed) % all;
  size_t freed = 0;
  while (budget > 0) {
    Shard& shard = *rep_->shards[at / per_shard];
    const size_t begin = at % per_shard;
    const size_t end = std::min(begin + budget, per_shard);
    {
      const std::lock_guard<std::mutex> lock(shard.mutex);
      freed += rep_->SweepShard(shard, begin, end, timeouts, now);
    }
    budget -= end - begin;
    at = (at + (end - begin)) % all;
  }
  return freed;
}

size_t SessionMap::size() const {
  return rep_->size.load(std::memory_order_relaxed);
}

size_t SessionMap::capacity() const { return rep_->capacity; }

void SessionMap::CountLive(
    const Timeouts& timeouts, Timestamp now,
    const std::function<void(EndpointHandle, size_t)>& visit) const {
  std::unordered_map<EndpointHandle, size_t> counts;
  for (const std::unique_ptr<Shard>& shard : rep_->shards) {
    const std::lock_guard<std::mutex> lock(shard->mutex);
    for (size_t i = 0; i < shard->slots(); ++i) {
      const Slot& slot = shard->slot(i);
      if (!slot.empty() && !Over(timeouts, slot.entry, now)) {
        ++counts[slot.entry.endpoint];
      }
    }
  }
  for (const auto& [endpoint, count] : counts) visit(endpoint, count);
}

uint64_t SessionMap::Tag(const SessionId& id, uint64_t scope) const {
  std::array<uint8_t, 24> bytes;
  StoreBigEndian<8>(id.high, bytes.data());
  StoreBigEndian<8>(id.low, bytes.data() + 8);
  StoreBigEndian<8>(scope, bytes.data() + 16);
  const auto sip = [](std::span<const uint8_t> in, const SipKey& key) {
    std::array<uint8_t, crypto_shorthash_BYTES> out;
    crypto_shorthash(out.data(), in.data(), in.size(), key.data());
    return LoadBigEndian<8>(out.data());
  };
  const uint64_t of_id = sip(std::span(bytes).first(16), rep_->id_key);
  const uint64_t of_scope = sip(bytes, rep_->scope_key);
  return (of_id >> 32 << 32) | (of_scope >> 32);
}

}  // namespace v0
}  // namespace limpet
