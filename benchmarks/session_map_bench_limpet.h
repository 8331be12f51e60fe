// limpet's side of session_map_bench, and what only limpet can do.
#ifndef LIMPET_BENCHMARKS_SESSION_MAP_BENCH_LIMPET_H_
#define LIMPET_BENCHMARKS_SESSION_MAP_BENCH_LIMPET_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "limpet/session_map.h"
#include "session_map_bench_keys.h"
#include "session_map_bench_side.h"

namespace limpet::bench {

inline constexpr Timeouts kTimeouts{.absolute = Duration(kAbsoluteTimeout),
                                    .idle = Duration(kIdleTimeout)};

inline Timestamp At(uint32_t tick) {
  return TimestampFromMillis(1'700'000'000'000 + tick);
}

class LimpetMap {
 public:
  explicit LimpetMap(size_t n) : options_{.capacity = n} {
    // Writes wait for each other as long as they do in the other maps.
    auto made =
        SessionMap::Make(options_, {.lock_budget = std::chrono::seconds(60)});
    if (!made.ok()) {
      std::fprintf(stderr, "%s\n", made.status().ToString().c_str());
      std::exit(2);
    }
    map_ = *made;
  }

  SessionMap& sessions() { return *map_; }
  size_t MemorySize() const { return *SessionMap::MemorySize(options_); }

  uint64_t Find(const TextKey& key, uint32_t tick) {
    return Found(key.view(), tick);
  }
  uint64_t Find(const IdKey& key, uint32_t tick) { return Found(key.id, tick); }

  template <class Key>
  bool Insert(const Key& key, uint32_t endpoint, uint32_t tick) {
    SessionMap::Entry entry{.endpoint = endpoint, .created = At(tick)};
    return map_->InsertOrGet(IdOf(key), &entry, kTimeouts, At(tick)) ==
           SessionMap::InsertResult::kInserted;
  }

  template <class Key>
  bool Erase(const Key& key) {
    return map_->Erase(IdOf(key)) == SessionMap::EraseResult::kErased;
  }

  SessionId IdOf(const TextKey& key) const { return map_->IdOf(key.view()); }
  SessionId IdOf(const IdKey& key) const { return key.id; }

 private:
  template <class Place>
  uint64_t Found(const Place& place, uint32_t tick) {
    SessionMap::Entry entry;
    return map_->FindTouch(place, kTimeouts, At(tick), &entry) ==
                   SessionMap::FindResult::kLive
               ? entry.endpoint
               : 0;
  }

  SessionMap::Options options_;
  std::shared_ptr<SessionMap> map_;
};

// About 200 ns that touch no memory: each step waits for the one before.
class Work {
 public:
  Work();
  void Do() const;

 private:
  uint32_t steps_ = 100'000;
};

// A block as Side::Run does it, in other ways. REQUIRES: it writes nothing.
// prepare, `work`, finish.
uint32_t RunPrepared(LimpetMap* map, const Work& work,
                     const Block<TextKey>& block, uint32_t tick);
// `work` alone.
uint32_t RunWork(const Work& work, const Block<TextKey>& block);
// FindTouchBatch of 16, their hashes included.
uint32_t RunBatches(LimpetMap* map, const Block<TextKey>& block, uint32_t tick);

// One sweep of the whole map, in nanoseconds per session that is in it.
double NanosecondsPerSwept(LimpetMap* map, const Timeouts& timeouts,
                           uint32_t tick);

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_SESSION_MAP_BENCH_LIMPET_H_
