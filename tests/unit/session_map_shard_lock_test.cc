#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "session_map/shard_lock.h"

namespace limpet::testing {
namespace {

using std::chrono::microseconds;

constexpr microseconds kNoWait{0};
constexpr microseconds kLong = std::chrono::seconds(30);

// What works here: a machine may have no robust mutexes.
std::vector<LockKind> Kinds() {
  if (BestLockKind() == LockKind::kPolled) return {LockKind::kPolled};
  return {LockKind::kPolled, LockKind::kRobust};
}

// A lock lives in zeroed memory, and is made there.
struct LockMemory {
  explicit LockMemory(LockKind kind) { lock().Init(kind); }
  ShardLock& lock() { return *reinterpret_cast<ShardLock*>(bytes); }

  alignas(ShardLock) std::byte bytes[sizeof(ShardLock)] = {};
};

// What another thread gets.
Acquired TryElsewhere(ShardLock& lock, LockKind kind, microseconds budget) {
  Acquired acquired{};
  std::jthread([&] {
    acquired = lock.Acquire(kind, budget);
    if (acquired != Acquired::kBusy) lock.Release(kind);
  }).join();
  return acquired;
}

TEST(ShardLock, IsBusyUntilItIsReleased) {
  for (const LockKind kind : Kinds()) {
    LockMemory memory(kind);
    ShardLock& lock = memory.lock();
    EXPECT_EQ(lock.Acquire(kind, kNoWait), Acquired::kYes);
    EXPECT_EQ(TryElsewhere(lock, kind, kNoWait), Acquired::kBusy);
    EXPECT_EQ(TryElsewhere(lock, kind, microseconds(1'500)), Acquired::kBusy);
    lock.Release(kind);
    EXPECT_EQ(TryElsewhere(lock, kind, kNoWait), Acquired::kYes);
    EXPECT_EQ(lock.Acquire(kind, kNoWait), Acquired::kYes);
    lock.Release(kind);
  }
}

TEST(ShardLock, GoesToWhoWaitsForIt) {
  for (const LockKind kind : Kinds()) {
    LockMemory memory(kind);
    ShardLock& lock = memory.lock();
    ASSERT_EQ(lock.Acquire(kind, kNoWait), Acquired::kYes);
    Acquired acquired{};
    std::jthread waits([&] {
      acquired = lock.Acquire(kind, kLong);
      lock.Release(kind);
    });
    std::this_thread::yield();
    lock.Release(kind);
    waits.join();
    EXPECT_EQ(acquired, Acquired::kYes);
  }
}

TEST(ShardLock, LetsInOneAtATime) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 5'000;
  for (const LockKind kind : Kinds()) {
    LockMemory memory(kind);
    ShardLock& lock = memory.lock();
    int count = 0;  // not atomic
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
          for (int round = 0; round < kRounds; ++round) {
            ASSERT_EQ(lock.Acquire(kind, kLong), Acquired::kYes);
            ++count;
            lock.Release(kind);
          }
        });
      }
    }
    EXPECT_EQ(count, kThreads * kRounds);
  }
}

TEST(ShardLock, TellsTheNextOwnerOnceThatTheLastOneDied) {
  const LockKind kind = BestLockKind();
  LockMemory memory(kind);
  ShardLock& lock = memory.lock();
  std::jthread([&] {
    EXPECT_EQ(lock.Acquire(kind, kNoWait), Acquired::kYes);
  }).join();
  // Where deaths go unnoticed the lock stays until it is made anew.
  EXPECT_EQ(lock.Acquire(kind, kNoWait),
            kind == LockKind::kRobust ? Acquired::kOwnerDied : Acquired::kBusy);
  if (kind == LockKind::kRobust) lock.Release(kind);
  if (kind == LockKind::kPolled) lock.Init(kind);
  EXPECT_EQ(lock.Acquire(kind, kNoWait), Acquired::kYes);
  lock.Release(kind);
}

}  // namespace
}  // namespace limpet::testing
