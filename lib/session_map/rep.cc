#include "session_map/rep.h"

#include <algorithm>
#include <new>

namespace limpet {
inline namespace v0 {
namespace {

template <class T>
T* At(std::span<std::byte> memory, size_t offset) {
  return reinterpret_cast<T*>(memory.data() + offset);
}

bool EverySession(const MapShard::Slot&) { return true; }

}  // namespace

SessionMap::Rep::Rep(std::span<std::byte> memory, const Options& options,
                     const Geometry& geometry, const MapAttachment& use)
    : header(At<MapHeader>(memory, 0)),
      buckets(At<MapShard::Bucket>(memory, geometry.BucketsAt())),
      endpoints(At<MapEndpoints::Handle>(memory, geometry.EndpointsAt()),
                At<MapEndpoints::StateOf>(memory, geometry.EndpointStatesAt()),
                geometry.endpoints),
      buckets_per_shard(geometry.all_buckets()),
      shard_buckets(geometry.buckets),
      shard_mask(geometry.shards - 1),
      tick(TickFor(options.longest_timeout)),
      horizon_margin(use.read_only ? INT64_MAX : int64_t{kTicksAhead / 2}),
      geometry(geometry),
      stash_homes(At<MapShard::StashHomes>(memory, geometry.StashHomesAt())),
      shard_headers(At<ShardHeader>(memory, geometry.ShardHeadersAt())),
      options(options),
      use(use),
      lock_kind(static_cast<LockKind>(header->abi.lock_kind)) {
  if (!use.read_only) {
    repair_counts_ = Memory(all_buckets() * sizeof(uint64_t));
    if (repair_counts_.bytes().empty()) throw std::bad_alloc();
  }
}

// --- sections ---------------------------------------------------------------

SessionMap::Rep::Section::Section(Rep& rep, uint32_t shard,
                                  std::chrono::microseconds budget)
    : rep_(rep), shard_(rep.shard(shard)), header_(rep.shard_headers[shard]) {
  if (rep.use.read_only) return;
  const Acquired acquired = header_.lock.Acquire(rep.lock_kind, budget);
  locked_ = acquired != Acquired::kBusy;
  if (acquired == Acquired::kOwnerDied) {
    rep.Repair(shard);
    Add(header_.repaired, 1);
  }
}

SessionMap::Rep::Section::~Section() {
  if (locked_) header_.lock.Release(rep_.lock_kind);
}

// Whoever dies in here leaves the shard's lock to the next, who begins again.
void SessionMap::Rep::Repair(uint32_t i) {
  const std::span counts(
      reinterpret_cast<uint64_t*>(repair_counts_.bytes().data()) +
          size_t{i} * geometry.all_buckets(),
      geometry.all_buckets());
  const uint64_t held = shard(i).Repair(counts);
  shard_headers[i].held.store(held, std::memory_order_relaxed);
}

void SessionMap::Rep::MakeLocksAnew() {
  header->lock.Init(lock_kind);
  for (uint32_t i = 0; i < geometry.shards; ++i) {
    shard_headers[i].lock.Init(lock_kind);
  }
}

// --- scans ------------------------------------------------------------------

SessionMap::SweepResult SessionMap::Rep::Sweep(const Timeouts& timeouts,
                                               Timestamp now, size_t budget) {
  if (use.read_only) return {.freed = 0, .complete = false};
  const uint64_t count = std::min<uint64_t>(
      budget / kSlots + (budget % kSlots != 0), all_buckets());
  const Expiry expiry(timeouts, window(), now);
  // Concurrent sweeps take turns at different places.
  const uint64_t begin =
      header->sweep_cursor.fetch_add(count, std::memory_order_relaxed) %
      all_buckets();
  return VisitSlots(
      begin, count,
      [&](const MapShard::Slot& slot) { return IsOver(expiry, slot); },
      [](MapShard& shard, ShardHeader& sums, const MapShard::Slot& slot) {
        shard.Erase(slot);
        Add(sums.expired, 1);
        return true;
      });
}

bool SessionMap::Rep::MayScan(Timestamp now) {
  // Scans take a fifth of the time at most: some 0.2 ms for 1,024 buckets.
  const auto pause = static_cast<int64_t>(all_buckets() / 1024);
  const int64_t time = now.time_since_epoch().count();
  int64_t last = last_scan_.load(std::memory_order_relaxed);
  return (last == 0 || time < last || time >= last + pause) &&
         last_scan_.compare_exchange_strong(last, time,
                                            std::memory_order_relaxed);
}

bool SessionMap::Rep::MoveHorizon(const Timeouts& timeouts, Timestamp now,
                                  std::chrono::microseconds budget) {
  if (use.read_only) return false;
  const uint64_t target =
      static_cast<uint64_t>(std::max<int64_t>(window().TicksOf(now), 0)) +
      kTicksAhead;
  uint64_t before = 0;
  if (header->horizon.compare_exchange_strong(before, target,
                                              std::memory_order_acq_rel) ||
      before >= target - kTicksAhead / 2) {
    return true;  // there is no session yet, or another was faster
  }
  if (!MayScan(now)) return false;
  if (header->lock.Acquire(lock_kind, budget) == Acquired::kBusy) return false;
  before = horizon();
  bool moved = before >= target - kTicksAhead / 2;
  if (!moved) {
    const Window old_window(tick, before);
    const Window new_window(tick, target);
    const Expiry expiry(timeouts, old_window, now);
    const auto visit = [&](MapShard& shard, ShardHeader& sums,
                           const MapShard::Slot& slot) {
      if (IsOver(expiry, slot)) {
        shard.Erase(slot);
        Add(sums.expired, 1);
        return true;
      }
      const uint32_t created = MapShard::BindingOf(slot).created;
      const uint32_t last_used = MapShard::LastUsed(slot);
      shard.Restamp(slot, new_window.Keep(old_window.TimeOf(created)),
                    last_used, new_window.Keep(old_window.TimeOf(last_used)));
      return false;
    };
    moved = VisitSlots(0, all_buckets(), EverySession, visit).complete;
    if (moved) header->horizon.store(target, std::memory_order_release);
  }
  header->lock.Release(lock_kind);
  return moved;
}

// --- endpoints --------------------------------------------------------------

// REQUIRES: the header's lock is held.
bool SessionMap::Rep::CollectEndpoints(const Timeouts& timeouts,
                                       Timestamp now) {
  endpoints.Suspect();
  const Expiry expiry(timeouts, window(), now);
  const auto visit = [&](MapShard& shard, ShardHeader& sums,
                         const MapShard::Slot& slot) {
    if (IsOver(expiry, slot)) {
      shard.Erase(slot);
      Add(sums.expired, 1);
      return true;
    }
    endpoints.Held(MapShard::BindingOf(slot).endpoint);
    return false;
  };
  const bool complete =
      VisitSlots(0, all_buckets(), EverySession, visit).complete;
  if (complete) endpoints.TakeBack();
  return complete;
}

SessionMap::Rep::Index SessionMap::Rep::IndexOf(EndpointHandle endpoint,
                                                const Timeouts& timeouts,
                                                Timestamp now) {
  Index index{.value = endpoints.Find(endpoint)};
  if (index.value != MapEndpoints::kNone) return index;
  if (use.read_only ||
      header->lock.Acquire(lock_kind, use.lock_budget) == Acquired::kBusy) {
    index.busy = true;
    return index;
  }
  index.value = endpoints.Add(endpoint);
  if (index.value == MapEndpoints::kNone && MayScan(now) &&
      CollectEndpoints(timeouts, now)) {
    index.value = endpoints.Add(endpoint);
  }
  header->lock.Release(lock_kind);
  return index;
}

}  // namespace v0
}  // namespace limpet
