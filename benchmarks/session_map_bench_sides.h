// The sides of session_map_bench: limpet, the floor, and its peers.
#ifndef LIMPET_BENCHMARKS_SESSION_MAP_BENCH_SIDES_H_
#define LIMPET_BENCHMARKS_SESSION_MAP_BENCH_SIDES_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "session_map_bench_side.h"

namespace limpet::bench {

class LimpetMap;

// By the names that they have in tables.
inline constexpr const char* kSideNames[] = {
    "limpet",    "floor",      "libcuckoo", "TBB",
    "absl-spin", "absl-mutex", "LRU",       "boost",
};

template <class Key>
struct LimpetSide {
  std::unique_ptr<Side<Key>> side;
  LimpetMap* map;  // the side's own
};

// Each with room for n sessions.
template <class Key>
LimpetSide<Key> MakeLimpet(uint32_t n);

// What no map can do without: a hash of the key, and one line of memory, read
// and stamped. As many lines as limpet has.
template <class Key>
std::unique_ptr<Side<Key>> MakeFloor(size_t memory);

template <class Key>
std::unique_ptr<Side<Key>> MakeLibcuckoo(uint32_t n);
template <class Key>
std::unique_ptr<Side<Key>> MakeTbb(uint32_t n);
// absl::flat_hash_map, 64 of them, each behind a lock.
template <class Key>
std::unique_ptr<Side<Key>> MakeAbslSpin(uint32_t n);
template <class Key>
std::unique_ptr<Side<Key>> MakeAbslMutex(uint32_t n);
// The usual thing: std::unordered_map and an LRU list, 64 of them, each behind
// a std::mutex.
template <class Key>
std::unique_ptr<Side<Key>> MakeLru(uint32_t n);
// boost::concurrent_flat_map, which came with Boost 1.83; null before.
bool HasBoost();
template <class Key>
std::unique_ptr<Side<Key>> MakeBoost(uint32_t n);

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_SESSION_MAP_BENCH_SIDES_H_
