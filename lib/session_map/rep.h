// SessionMap::Rep: this process's view of a map's memory.
//
// Thread rule: what SessionMap says; "under the lock" is a Section of the
// shard.
#ifndef LIMPET_LIB_SESSION_MAP_REP_H_
#define LIMPET_LIB_SESSION_MAP_REP_H_

#include <atomic>
#include <cassert>
#include <optional>
#include <span>
#include <utility>

#include "limpet/session_map.h"
#include "session_map/geometry.h"
#include "session_map/host.h"
#include "session_map/layout.h"
#include "session_map/memory.h"
#include "session_map/ticks.h"

namespace limpet {
inline namespace v0 {

class SessionMap::Rep {
 public:
  // REQUIRES: `memory` is that of a map of this geometry.
  Rep(std::span<std::byte> memory, const Options& options,
      const Geometry& geometry, const MapAttachment& use);

  // What every lookup needs, in one line.
  MapHeader* header;
  MapShard::Bucket* buckets;
  MapEndpoints endpoints;
  uint64_t buckets_per_shard;
  uint32_t shard_buckets;  // without the stash
  uint32_t shard_mask;
  uint32_t tick;  // ms
  // How far the clock keeps from the horizon, in ticks. One that only looks
  // never stamps: for it, the horizon is always too near.
  int64_t horizon_margin;

  Geometry geometry;
  MapShard::StashHomes* stash_homes;
  ShardHeader* shard_headers;
  Options options;
  MapAttachment use;
  LockKind lock_kind;
  Memory own_memory;
  FileClaim claim;

  using Seen = MapShard::Seen<EndpointHandle>;

  MapShard::Bucket& Home(const SessionId& id) const {
    return buckets[(id.high & shard_mask) * buckets_per_shard +
                   Spread(id.high, shard_buckets)];
  }
  // Its two lines on their way from memory, side by side.
  MapShard::Bucket& FetchHome(const SessionId& id) const {
    MapShard::Bucket& home = Home(id);
    __builtin_prefetch(&home);
    __builtin_prefetch(&home.last_used.back());
    return home;
  }
  EndpointHandle HandleOf(uint32_t index) const {
    return endpoints.HandleOf(index);
  }
  MapShard shard(uint32_t i) const {
    return {buckets + size_t{i} * geometry.all_buckets(), geometry.buckets,
            geometry.stash, stash_homes + size_t{i} * geometry.stash};
  }
  uint32_t ShardOf(const SessionId& id) const {
    return limpet::ShardOf(id, geometry.shards);
  }
  MapKey KeyOf(const SessionId& id) const {
    return limpet::KeyOf(id, geometry.buckets);
  }
  uint64_t horizon() const {
    return header->horizon.load(std::memory_order_acquire);
  }
  Window window() const { return {tick, horizon()}; }
  RandomSource& random() const {
    return use.random ? *use.random : SystemRandom();
  }

  // A session at home in a map that may stamp; whatever else comes, Lookup
  // answers.
  FindResult FindTouch(SessionId id, const Timeouts& timeouts, Timestamp now,
                       Entry* entry);
  FindResult Lookup(SessionId id, const Timeouts& timeouts, Timestamp now,
                    bool touch, Entry* entry);
  FindResult Answer(SessionId id, const Seen& seen, const Window& window,
                    const Timeouts& timeouts, Timestamp now, bool touch,
                    int64_t ticks, Entry* entry);
  Entry EntryOf(EndpointHandle endpoint, uint32_t created, uint32_t last_used,
                const Window& window) const {
    return {.endpoint = endpoint,
            .created = window.TimeOf(created),
            .last_used = window.TimeOf(last_used)};
  }
  Entry EntryIn(const MapShard::Slot& slot, const Window& window) const;

  // Ends a session that was found over, unless a writer is at work there.
  void EndIfOver(SessionId id, const Timeouts& timeouts, Timestamp now);

  // `endpoint` is an index of the endpoint's; kNone: there is none to be had.
  // Both are nullopt when the index was taken back: ask for another.
  std::optional<InsertResult> Insert(const SessionId& id, uint32_t endpoint,
                                     Entry* entry, const Timeouts& timeouts,
                                     Timestamp now);
  std::optional<RebindResult> Rebind(const SessionId& id, EndpointHandle from,
                                     uint32_t endpoint, EndpointHandle to,
                                     const Timeouts& timeouts, Timestamp now,
                                     Entry* entry);
  uint64_t held() const;

  // An index of an endpoint's, to be held under a shard's lock.
  struct Index {
    uint32_t value = MapEndpoints::kNone;
    bool busy = false;
  };
  Index IndexOf(EndpointHandle endpoint, const Timeouts& timeouts,
                Timestamp now);

  // Sees to it that times up to `now` can be kept. False: they cannot yet.
  bool KeepHorizonAhead(const Timeouts& timeouts, Timestamp now,
                        std::chrono::microseconds budget) {
    const Window window = this->window();
    return !window.IsNear(window.TicksOf(now), horizon_margin) ||
           MoveHorizon(timeouts, now, budget) || this->window().Reaches(now);
  }

  SweepResult Sweep(const Timeouts& timeouts, Timestamp now, size_t budget);

  // Visits slots of sessions among `count` buckets of the whole map from
  // `begin` on, under the locks of their shards: those for which wanted(slot)
  // is true. Incomplete where a shard is busy. visit(shard, its header, slot)
  // is true if it ended the session.
  template <class Wanted, class Visit>
  SweepResult VisitSlots(uint64_t begin, uint64_t count, const Wanted& wanted,
                         const Visit& visit);
  uint64_t all_buckets() const {
    return uint64_t{geometry.shards} * geometry.all_buckets();
  }

  // Mends a shard. REQUIRES: the lock of the shard, or nobody else is here.
  void Repair(uint32_t shard);
  // Make all locks anew; mend all shards too. REQUIRES: nobody else is here.
  void MakeLocksAnew();
  void Recover();

  class Section;

 private:
  bool MoveHorizon(const Timeouts& timeouts, Timestamp now,
                   std::chrono::microseconds budget);
  bool CollectEndpoints(const Timeouts& timeouts, Timestamp now);
  void SweepSome(Section& section, const Expiry& expiry);

  // Scratch memory for the repair of each shard, there beforehand: whoever
  // repairs may die in it too, so nothing that he would have to give back.
  Memory repair_counts_;
  // When endpoints were last collected, horizons last tried: ms. Either is a
  // scan of the map, and may have to wait for somebody.
  std::atomic<int64_t> last_scan_{0};
  bool MayScan(Timestamp now);
};

// A write's time with a shard's lock. What a dead owner left is mended first.
class SessionMap::Rep::Section {
 public:
  Section(Rep& rep, uint32_t shard)
      : Section(rep, shard, rep.use.lock_budget) {}
  Section(Rep& rep, uint32_t shard, std::chrono::microseconds budget);
  ~Section();
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  explicit operator bool() const { return locked_; }
  MapShard& shard() { return shard_; }
  ShardHeader& header() { return header_; }

 private:
  Rep& rep_;
  MapShard shard_;
  ShardHeader& header_;
  bool locked_ = false;
};

inline bool IsOver(const Expiry& expiry, const MapShard::Slot& slot) {
  return expiry.IsOver(MapShard::BindingOf(slot).created,
                       MapShard::LastUsed(slot));
}

// Sums have one writer at a time: no need for a locked instruction.
inline void Add(std::atomic<uint64_t>& sum, uint64_t n) {
  sum.store(sum.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

template <class Wanted, class Visit>
SessionMap::SweepResult SessionMap::Rep::VisitSlots(uint64_t begin,
                                                    uint64_t count,
                                                    const Wanted& wanted,
                                                    const Visit& visit) {
  constexpr uint64_t kBucketsPerHold = 256;  // some 10 us
  constexpr size_t kBucketsAhead = 8;        // fetched beforehand
  const uint32_t per_shard = geometry.all_buckets();
  SweepResult result;
  for (uint64_t at = begin, end = begin + count; at < end;) {
    const auto of_shard =
        static_cast<uint32_t>(at / per_shard % geometry.shards);
    const uint64_t first = at % per_shard;
    const uint64_t last = std::min(
        {first + kBucketsPerHold, uint64_t{per_shard}, first + (end - at)});
    at += last - first;
    Section section(*this, of_shard);
    if (!section) {
      result.complete = false;
      continue;
    }
    size_t freed = 0;
    for (uint64_t i = first; i < last; ++i) {
      MapShard::Bucket& bucket =
          section.shard().bucket(static_cast<uint32_t>(i));
      const MapShard::Bucket* next = &bucket + kBucketsAhead;
      __builtin_prefetch(next);
      __builtin_prefetch(&next->last_used.back());
      for (size_t s = 0; s < kSlots; ++s) {
        const MapShard::Slot slot{&bucket, s};
        // Free or not is anybody's guess: no branch for it.
        const bool taken = MapShard::Print(slot) != 0;
        const bool is_wanted = wanted(slot);
        if (taken & is_wanted) {
          freed += visit(section.shard(), section.header(), slot);
        }
      }
    }
    Add(section.header().held, uint64_t{0} - freed);
    result.freed += freed;
  }
  return result;
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_MAP_REP_H_
