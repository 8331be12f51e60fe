#include "session_map/shard_lock.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <new>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace limpet {
inline namespace v0 {
namespace {

constexpr int kSpins = 64;
constexpr std::chrono::microseconds kPoll{50};
constexpr std::chrono::microseconds kSlice{500};

void Pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

void Sleep(std::chrono::microseconds time) {
  const timespec pause{.tv_sec = 0, .tv_nsec = time.count() * 1000};
  nanosleep(&pause, nullptr);
}

}  // namespace

LockKind BestLockKind() {
#if defined(LIMPET_HAS_ROBUST_MUTEX) && defined(__linux__)
  // qemu-user lets a robust mutex be made and never tells of a death; but it
  // does not know this call.
  void* head = nullptr;
  size_t size = 0;
  if (syscall(SYS_get_robust_list, 0, &head, &size) == 0 && head != nullptr) {
    return LockKind::kRobust;
  }
#endif
  return LockKind::kPolled;
}

void ShardLock::Init(LockKind kind) {
  if (kind == LockKind::kPolled) {
    new (&word_) std::atomic<uint32_t>(0);
    return;
  }
#if defined(LIMPET_HAS_ROBUST_MUTEX)
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  new (&mutex_) pthread_mutex_t;
  pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
#endif
}

Acquired ShardLock::TryAcquire(LockKind kind) {
  if (kind == LockKind::kPolled) {
    // Looking before writing leaves the line with its owner.
    return word_.load(std::memory_order_relaxed) == 0 &&
                   word_.exchange(1, std::memory_order_acquire) == 0
               ? Acquired::kYes
               : Acquired::kBusy;
  }
#if defined(LIMPET_HAS_ROBUST_MUTEX)
  switch (pthread_mutex_trylock(&mutex_)) {
    case 0:
      return Acquired::kYes;
    case EOWNERDEAD:
      pthread_mutex_consistent(&mutex_);
      return Acquired::kOwnerDied;
    default:
      break;
  }
#endif
  return Acquired::kBusy;
}

Acquired ShardLock::Acquire(LockKind kind, std::chrono::microseconds budget) {
  Acquired acquired = TryAcquire(kind);
  if (acquired != Acquired::kBusy || budget.count() == 0) return acquired;
  for (int i = 0; i < kSpins && acquired == Acquired::kBusy; ++i) {
    Pause();
    acquired = TryAcquire(kind);
  }
  if (acquired != Acquired::kBusy) return acquired;
#if defined(LIMPET_HAS_MUTEX_CLOCKLOCK)
  // In slices: whoever is woken and then killed takes the wake of all who wait
  // with it.
  for (auto left = budget; kind == LockKind::kRobust && left.count() > 0;
       left -= kSlice) {
    const auto slice = std::min(left, kSlice);
    timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const int64_t nanos = until.tv_nsec + slice.count() * 1000;
    until.tv_sec += nanos / 1'000'000'000;
    until.tv_nsec = nanos % 1'000'000'000;
    switch (pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until)) {
      case 0:
        return Acquired::kYes;
      case EOWNERDEAD:
        pthread_mutex_consistent(&mutex_);
        return Acquired::kOwnerDied;
      default:
        break;
    }
  }
  if (kind == LockKind::kRobust) return Acquired::kBusy;
#endif
  for (auto left = budget; left.count() > 0 && acquired == Acquired::kBusy;
       left -= kPoll) {
    Sleep(kPoll);
    acquired = TryAcquire(kind);
  }
  return acquired;
}

void ShardLock::Release(LockKind kind) {
  if (kind == LockKind::kPolled) {
    word_.store(0, std::memory_order_release);
    return;
  }
#if defined(LIMPET_HAS_ROBUST_MUTEX)
  pthread_mutex_unlock(&mutex_);
#endif
}

}  // namespace v0
}  // namespace limpet
