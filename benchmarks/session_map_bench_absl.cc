#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <atomic>
#include <mutex>

#include "session_map_bench_peer.h"
#include "session_map_bench_sides.h"

namespace limpet::bench {
namespace {

class SpinLock {
 public:
  void lock() {
    while (locked_.exchange(true, std::memory_order_acquire)) {
      while (locked_.load(std::memory_order_relaxed)) Pause();
    }
  }
  void unlock() { locked_.store(false, std::memory_order_release); }

 private:
  static void Pause() {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  std::atomic<bool> locked_ = false;
};

class AbslMutex {
 public:
  void lock() { mutex_.Lock(); }
  void unlock() { mutex_.Unlock(); }

 private:
  absl::Mutex mutex_;
};

template <class Lock, class Key>
class Absl {
 public:
  explicit Absl(size_t n) {
    for (Shard& shard : shards_) shard.map.reserve(Sharded<Shard>::Room(n));
  }

  uint64_t Find(const Key& key, uint32_t tick) {
    const size_t hash = PeerHash()(Sought(key));
    Shard& shard = shards_[hash];
    const std::lock_guard lock(shard.lock);
    const auto found = shard.map.find(Sought(key), hash);
    return found == shard.map.end() ? 0 : found->second.Use(tick);
  }

  bool Insert(const Key& key, uint32_t endpoint, uint32_t tick) {
    Shard& shard = shards_[PeerHash()(Sought(key))];
    const std::lock_guard lock(shard.lock);
    return shard.map
        .try_emplace(StoredKey<Key>(Sought(key)),
                     PeerSession{endpoint, tick, tick})
        .second;
  }

  bool Erase(const Key& key) {
    Shard& shard = shards_[PeerHash()(Sought(key))];
    const std::lock_guard lock(shard.lock);
    return shard.map.erase(Sought(key)) == 1;
  }

 private:
  struct alignas(128) Shard {
    Lock lock;
    absl::flat_hash_map<StoredKey<Key>, PeerSession, PeerHash, PeerEqual> map;
  };

  Sharded<Shard> shards_;
};

}  // namespace

template <class Key>
std::unique_ptr<Side<Key>> MakeAbslSpin(uint32_t n) {
  return std::make_unique<SideOf<Absl<SpinLock, Key>, Key>>(n);
}
template std::unique_ptr<Side<TextKey>> MakeAbslSpin(uint32_t);
template std::unique_ptr<Side<IdKey>> MakeAbslSpin(uint32_t);

template <class Key>
std::unique_ptr<Side<Key>> MakeAbslMutex(uint32_t n) {
  // Debian's Abseil has its detector of deadlocks built in, at three times the
  // price of the lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return std::make_unique<SideOf<Absl<AbslMutex, Key>, Key>>(n);
}
template std::unique_ptr<Side<TextKey>> MakeAbslMutex(uint32_t);
template std::unique_ptr<Side<IdKey>> MakeAbslMutex(uint32_t);

}  // namespace limpet::bench
