// Whoever waits for a lock is woken by its owner. One who is woken and killed
// before it has the lock takes the wake with it, and with the wake what the
// lock knew of the others that wait. They must not wait until their budget
// ends.
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <sched.h>

#include <atomic>

#include "process.h"
#include "session_map/shard_lock.h"

namespace limpet::testing {
namespace {

TEST(LostWake, KeepsNobodyWaitingForAFreeLock) {
  const SharedMemory memory(sizeof(ShardLock));
  auto& lock = *reinterpret_cast<ShardLock*>(memory.bytes().data());
  lock.Init(LockKind::kRobust);
  ASSERT_EQ(lock.Acquire(LockKind::kRobust, std::chrono::microseconds(0)),
            Acquired::kYes);
  Child waits([&] {
    return lock.Acquire(LockKind::kRobust, std::chrono::seconds(5)) ==
                   Acquired::kYes
               ? 0
               : 1;
  });
  // A robust mutex begins with its futex.
  std::atomic_ref<uint32_t> futex(
      *reinterpret_cast<uint32_t*>(memory.bytes().data()));
  while ((futex.load() & FUTEX_WAITERS) == 0) sched_yield();
  // As it is when another has come and found the lock free in between. Who is
  // not yet asleep says again that it waits.
  for (int i = 0; i < 1'000; ++i) {
    futex.fetch_and(~uint32_t{FUTEX_WAITERS});
    sched_yield();
  }
  lock.Release(LockKind::kRobust);
  EXPECT_TRUE(waits.Wait().IsStatus(0)) << "it waited in vain";
}

}  // namespace
}  // namespace limpet::testing
