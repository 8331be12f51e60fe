// ShardLock: a lock in memory that processes share and may die in. Part of the
// layout of shared memory.
//
// Two kinds. A robust mutex: the kernel tells the next owner that the last one
// died. Where there is none (macOS, some sandboxes, qemu-user), a word that is
// polled: an owner that dies in it leaves it locked until Init.
//
// Thread rule: as a mutex; Init when nobody else uses it.
#ifndef LIMPET_LIB_SESSION_MAP_SHARD_LOCK_H_
#define LIMPET_LIB_SESSION_MAP_SHARD_LOCK_H_

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace limpet {
inline namespace v0 {

enum class LockKind : uint32_t {
  kNone = 0,  // of a map in its recovery
  kRobust = 1,
  kPolled = 2,
};

// What this process, on this machine, can do.
LockKind BestLockKind();

enum class Acquired : uint8_t {
  kYes,
  kOwnerDied,  // yes; what it guards may have to be mended
  kBusy,       // no: its owner is alive, or that cannot be told
};

class ShardLock {
 public:
  void Init(LockKind kind);

  // Waits for up to `budget`, 0: tries once. A stopped owner is never taken for
  // a dead one.
  Acquired Acquire(LockKind kind, std::chrono::microseconds budget);
  void Release(LockKind kind);

 private:
  Acquired TryAcquire(LockKind kind);

  union {
    pthread_mutex_t mutex_;
    std::atomic<uint32_t> word_;
    unsigned char size_[48];  // of the largest mutex of glibc
  };
};
static_assert(sizeof(ShardLock) == 48);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_MAP_SHARD_LOCK_H_
