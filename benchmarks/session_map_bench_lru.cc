#include <list>
#include <mutex>
#include <unordered_map>

#include "session_map_bench_peer.h"
#include "session_map_bench_sides.h"

namespace limpet::bench {
namespace {

template <class Key>
class Lru {
 public:
  explicit Lru(size_t n) {
    for (Shard& shard : shards_) shard.map.reserve(Sharded<Shard>::Room(n));
  }

  uint64_t Find(const Key& key, uint32_t tick) {
    Shard& shard = shards_[PeerHash()(Sought(key))];
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.map.find(Sought(key));
    if (found == shard.map.end()) return 0;
    shard.latest_first.splice(shard.latest_first.begin(), shard.latest_first,
                              found->second);
    return found->second->session.Use(tick);
  }

  bool Insert(const Key& key, uint32_t endpoint, uint32_t tick) {
    Shard& shard = shards_[PeerHash()(Sought(key))];
    const std::lock_guard lock(shard.mutex);
    shard.latest_first.push_front(
        {StoredKey<Key>(Sought(key)), {endpoint, tick, tick}});
    return shard.map
        .emplace(shard.latest_first.front().key, shard.latest_first.begin())
        .second;
  }

  bool Erase(const Key& key) {
    Shard& shard = shards_[PeerHash()(Sought(key))];
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.map.find(Sought(key));
    if (found == shard.map.end()) return false;
    const auto node = found->second;
    shard.map.erase(found);
    shard.latest_first.erase(node);
    return true;
  }

 private:
  struct Node {
    StoredKey<Key> key;
    PeerSession session;
  };
  struct alignas(128) Shard {
    std::mutex mutex;
    std::list<Node> latest_first;
    std::unordered_map<SoughtKey<Key>, typename std::list<Node>::iterator,
                       PeerHash, PeerEqual>
        map;
  };

  Sharded<Shard> shards_;
};

}  // namespace

template <class Key>
std::unique_ptr<Side<Key>> MakeLru(uint32_t n) {
  return std::make_unique<SideOf<Lru<Key>, Key>>(n);
}
template std::unique_ptr<Side<TextKey>> MakeLru(uint32_t);
template std::unique_ptr<Side<IdKey>> MakeLru(uint32_t);

}  // namespace limpet::bench
