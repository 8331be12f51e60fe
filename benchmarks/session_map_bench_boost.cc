#ifdef LIMPET_BENCH_BOOST
#include <boost/unordered/concurrent_flat_map.hpp>
#endif

#include "session_map_bench_peer.h"
#include "session_map_bench_sides.h"

namespace limpet::bench {

#ifdef LIMPET_BENCH_BOOST
namespace {

template <class Key>
class Boost {
 public:
  explicit Boost(size_t n) { map_.reserve(n); }

  uint64_t Find(const Key& key, uint32_t tick) {
    uint64_t endpoint = 0;
    map_.cvisit(Sought(key),
                [&](const auto& found) { endpoint = found.second.Use(tick); });
    return endpoint;
  }

  bool Insert(const Key& key, uint32_t endpoint, uint32_t tick) {
    return map_.try_emplace(StoredKey<Key>(Sought(key)),
                            PeerSession{endpoint, tick, tick});
  }

  bool Erase(const Key& key) { return map_.erase(Sought(key)) == 1; }

 private:
  boost::concurrent_flat_map<StoredKey<Key>, PeerSession, PeerHash, PeerEqual>
      map_;
};

}  // namespace
#endif

bool HasBoost() {
#ifdef LIMPET_BENCH_BOOST
  return true;
#else
  return false;
#endif
}

template <class Key>
std::unique_ptr<Side<Key>> MakeBoost([[maybe_unused]] uint32_t n) {
#ifdef LIMPET_BENCH_BOOST
  return std::make_unique<SideOf<Boost<Key>, Key>>(n);
#else
  return nullptr;
#endif
}
template std::unique_ptr<Side<TextKey>> MakeBoost(uint32_t);
template std::unique_ptr<Side<IdKey>> MakeBoost(uint32_t);

}  // namespace limpet::bench
