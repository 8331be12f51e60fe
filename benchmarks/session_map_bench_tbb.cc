#include <oneapi/tbb/concurrent_hash_map.h>

#include <utility>

#include "session_map_bench_peer.h"
#include "session_map_bench_sides.h"

namespace limpet::bench {
namespace {

struct HashCompare {
  using is_transparent = void;
  template <class Key>
  size_t hash(const Key& key) const {
    return PeerHash()(key);
  }
  template <class A, class B>
  bool equal(const A& a, const B& b) const {
    return PeerEqual()(a, b);
  }
};

template <class Key>
class Tbb {
 public:
  explicit Tbb(size_t n) : map_(n) {}

  uint64_t Find(const Key& key, uint32_t tick) {
    typename Map::const_accessor found;  // its lock is shared
    return map_.find(found, Sought(key)) ? found->second.Use(tick) : 0;
  }

  bool Insert(const Key& key, uint32_t endpoint, uint32_t tick) {
    return map_.emplace(StoredKey<Key>(Sought(key)),
                        PeerSession{endpoint, tick, tick});
  }

  bool Erase(const Key& key) { return map_.erase(Sought(key)); }

 private:
  // Its own allocator would take its memory from elsewhere than the others.
  using Map = tbb::concurrent_hash_map<
      StoredKey<Key>, PeerSession, HashCompare,
      std::allocator<std::pair<const StoredKey<Key>, PeerSession>>>;

  Map map_;
};

}  // namespace

template <class Key>
std::unique_ptr<Side<Key>> MakeTbb(uint32_t n) {
  return std::make_unique<SideOf<Tbb<Key>, Key>>(n);
}
template std::unique_ptr<Side<TextKey>> MakeTbb(uint32_t);
template std::unique_ptr<Side<IdKey>> MakeTbb(uint32_t);

}  // namespace limpet::bench
