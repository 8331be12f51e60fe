// Side: one of the maps that session_map_bench compares, seen block by block,
// so that what is called through a pointer is 256 operations and not one.
//
// Thread rule: Run and RunTimed may be called by many threads.
//
// A map of SideOf<Map, Key> has
//   explicit Map(size_t n);  // room for n sessions
//   uint64_t Find(const Key& key, uint32_t tick);  // its endpoint, or 0 if
//       there is none or one of the timeouts has elapsed; stamps it as used
//   bool Insert(const Key& key, uint32_t endpoint, uint32_t tick);
//   bool Erase(const Key& key);
// and, if its memory does not come from malloc, size_t MemorySize() const.
#ifndef LIMPET_BENCHMARKS_SESSION_MAP_BENCH_SIDE_H_
#define LIMPET_BENCHMARKS_SESSION_MAP_BENCH_SIDE_H_

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "session_map_bench_keys.h"

namespace limpet::bench {

// Ticks are milliseconds since some moment before the first session.
inline constexpr int32_t kIdleTimeout = 24 * 3600 * 1000;
inline constexpr int32_t kAbsoluteTimeout = 7 * kIdleTimeout;

// Ends one operation before the next begins: a proxy runs thousands of
// instructions between two lookups, so they never overlap.
inline void Serialize() {
#if defined(__x86_64__)
  _mm_lfence();
#elif defined(__aarch64__)
  asm volatile("dsb ld\n\tisb" ::: "memory");
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

template <class Key>
class Side {
 public:
  virtual ~Side() = default;
  // Whether it finds nothing but what was put in.
  virtual bool keeps_keys() const { return true; }

  // Sessions 0 to n-1.
  virtual void Fill(uint32_t n, uint32_t tick) = 0;
  // The operations that succeeded: a session was found, or one was erased and
  // one inserted.
  virtual uint32_t Run(const Block<Key>& block, uint32_t tick) = 0;
  // The same, and how long each took, the clock included.
  virtual uint32_t RunTimed(const Block<Key>& block, uint32_t tick,
                            uint32_t* nanoseconds) = 0;
  // Of its memory, everything included.
  virtual size_t bytes() const = 0;
};

inline size_t BytesFromMalloc() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

template <class Map, class Key>
class SideOf final : public Side<Key> {
 public:
  explicit SideOf(size_t room) : before_(BytesFromMalloc()), map_(room) {}

  Map& map() { return map_; }

  bool keeps_keys() const override {
    return !requires { Map::kKeepsNoKeys; };
  }

  void Fill(uint32_t n, uint32_t tick) override {
    for (uint64_t i = 0; i < n; ++i) {
      const Key key = Key::Of(i);
      map_.Insert(key, EndpointOf(key), tick);
    }
    if constexpr (requires { map_.MemorySize(); }) {
      bytes_ = map_.MemorySize();
    } else {
      bytes_ = BytesFromMalloc() - before_;
    }
  }

  uint32_t Run(const Block<Key>& block, uint32_t tick) override {
    uint32_t succeeded = 0;
    for (uint32_t i = 0; i < Block<Key>::kSize; ++i) {
      succeeded += Do(block, i, tick);
      Serialize();
    }
    return succeeded;
  }

  uint32_t RunTimed(const Block<Key>& block, uint32_t tick,
                    uint32_t* nanoseconds) override {
    using Clock = std::chrono::steady_clock;
    uint32_t succeeded = 0;
    for (uint32_t i = 0; i < Block<Key>::kSize; ++i) {
      const Clock::time_point start = Clock::now();
      succeeded += Do(block, i, tick);
      Serialize();
      nanoseconds[i] = static_cast<uint32_t>(
          std::chrono::nanoseconds(Clock::now() - start).count());
    }
    return succeeded;
  }

  size_t bytes() const override { return bytes_; }

 private:
  bool Do(const Block<Key>& block, uint32_t i, uint32_t tick) {
    const Key& key = block.keys[i];
    if (block.writes[i]) {
      return map_.Erase(block.oldest[i]) &&
             map_.Insert(key, EndpointOf(key), tick);
    }
    uint64_t endpoint = map_.Find(key, tick);
    benchmark::DoNotOptimize(endpoint);
    return endpoint != 0;
  }

  size_t before_;
  size_t bytes_ = 0;
  Map map_;
};

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_SESSION_MAP_BENCH_SIDE_H_
