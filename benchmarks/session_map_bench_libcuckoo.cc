#include <libcuckoo/cuckoohash_map.hh>

#include "session_map_bench_peer.h"
#include "session_map_bench_sides.h"

namespace limpet::bench {
namespace {

template <class Key>
class Libcuckoo {
 public:
  explicit Libcuckoo(size_t n) { map_.reserve(n); }

  uint64_t Find(const Key& key, uint32_t tick) {
    uint64_t endpoint = 0;
    map_.find_fn(Sought(key), [&](const PeerSession& session) {
      endpoint = session.Use(tick);
    });
    return endpoint;
  }

  bool Insert(const Key& key, uint32_t endpoint, uint32_t tick) {
    return map_.insert(StoredKey<Key>(Sought(key)),
                       PeerSession{endpoint, tick, tick});
  }

  bool Erase(const Key& key) { return map_.erase(Sought(key)); }

 private:
  libcuckoo::cuckoohash_map<StoredKey<Key>, PeerSession, PeerHash, PeerEqual>
      map_;
};

}  // namespace

template <class Key>
std::unique_ptr<Side<Key>> MakeLibcuckoo(uint32_t n) {
  return std::make_unique<SideOf<Libcuckoo<Key>, Key>>(n);
}
template std::unique_ptr<Side<TextKey>> MakeLibcuckoo(uint32_t);
template std::unique_ptr<Side<IdKey>> MakeLibcuckoo(uint32_t);

}  // namespace limpet::bench
