// What the peers of limpet's map have in common: the session, the hash.
#ifndef LIMPET_BENCHMARKS_SESSION_MAP_BENCH_PEER_H_
#define LIMPET_BENCHMARKS_SESSION_MAP_BENCH_PEER_H_

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "session_map_bench_keys.h"
#include "session_map_bench_side.h"

namespace limpet::bench {

struct PeerSession {
  uint32_t endpoint;
  uint32_t created;
  mutable uint32_t last_used;  // some peers find under a shared lock

  // Its endpoint if it is live, which it is stamped for; else 0.
  uint64_t Use(uint32_t tick) const {
    const std::atomic_ref<uint32_t> stamp(last_used);
    const uint32_t last = stamp.load(std::memory_order_relaxed);
    // Signed: a tick of another thread may be newer.
    if (static_cast<int32_t>(tick - created) >= kAbsoluteTimeout ||
        static_cast<int32_t>(tick - last) >= kIdleTimeout) {
      return 0;
    }
    if (last != tick) stamp.store(tick, std::memory_order_relaxed);
    return endpoint;
  }
};

// A key as a peer stores it, and as it looks one up.
template <class Key>
using StoredKey =
    std::conditional_t<std::is_same_v<Key, TextKey>, std::string, Key>;
template <class Key>
using SoughtKey =
    std::conditional_t<std::is_same_v<Key, TextKey>, std::string_view, Key>;

inline std::string_view Sought(const TextKey& key) { return key.view(); }
inline const IdKey& Sought(const IdKey& key) { return key; }

// Not noexcept, or std::unordered_map would not keep the hashes in its nodes.
struct PeerHash {
  using is_transparent = void;
  using is_avalanching = std::true_type;  // Boost need not mix it once more
  size_t operator()(std::string_view key) const {
    return XXH3_64bits(key.data(), key.size());
  }
  size_t operator()(const IdKey& key) const {
    return XXH3_64bits(&key.id, sizeof(key.id));
  }
};

struct PeerEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const {
    return a == b;
  }
  bool operator()(const IdKey& a, const IdKey& b) const { return a == b; }
};

// 64 shards by the topmost bits of the hash, which the maps within look at
// last.
template <class Shard>
class Sharded {
 public:
  Shard& operator[](size_t hash) { return shards_[hash >> 58]; }
  auto begin() { return shards_.begin(); }
  auto end() { return shards_.end(); }

  // Shards are not filled evenly: a tenth more.
  static constexpr size_t Room(uint32_t n) { return n / 64 * 11 / 10 + 1; }

 private:
  std::array<Shard, 64> shards_;
};

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_SESSION_MAP_BENCH_PEER_H_
