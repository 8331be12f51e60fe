// Two PID namespaces, where threads have equal ids: the kernel, which tells the
// owners of locks apart by these, would take one for the other.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string>

#include "map_parts.h"
#include "process.h"
#include "world.h"

namespace limpet::testing {
namespace {

constexpr SessionMap::Options kOptions{.capacity = 46};
constexpr SessionId kId{.high = 1, .low = 2};
constexpr std::chrono::microseconds kBudget{100};
constexpr char kRefused[] =
    "memory: is used from another PID namespace; attach read_only or alone";
constexpr int kNoNamespace = 77;

// A child that runs `body` as thread 2 of a new PID namespace. It needs the
// right to make one: root's, or any user's where user namespaces are allowed.
class NamespaceChild : public Child {
 public:
  explicit NamespaceChild(const std::function<int()>& body)
      : Child([&] {
          if (unshare(CLONE_NEWPID) != 0 &&
              unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) {
            return kNoNamespace;
          }
          // Thread 1 is the namespace's init, whom signals from within spare.
          return RunChild([&] {
                   return RunChild([&] {
                            return gettid() == 2 ? body() : kNoNamespace;
                          }).IsStatus(0)
                              ? 0
                              : 1;
                 }).IsStatus(0)
                     ? 0
                     : 1;
        }) {}
};

// What the first namespace and the test tell each other.
struct Signals {
  std::atomic<bool> has_the_lock;
  std::atomic<bool> may_die;
};

void Await(const std::atomic<bool>& signal) {
  while (!signal.load()) sched_yield();
}

std::string ReasonAgainst(const SharedMemory& memory,
                          const MapAttachment& use = {}) {
  return SessionMap::Attach(memory.bytes(), use).status().ToString();
}

TEST(ForeignPidNamespace, IsLetInToLookOrAlone) {
  const SharedMemory memory(*SessionMap::MemorySize(kOptions));
  ASSERT_TRUE(SessionMap::Create(memory.bytes(), kOptions).ok());
  MapParts(memory.bytes()).header().host.pid_namespace ^= 1;
  EXPECT_EQ(ReasonAgainst(memory), kRefused);
  EXPECT_TRUE(SessionMap::Attach(memory.bytes(), {.read_only = true}).ok());
  EXPECT_TRUE(SessionMap::Attach(memory.bytes(), {.alone = true}).ok());
  EXPECT_TRUE(SessionMap::Attach(memory.bytes()).ok());
}

TEST(PidNamespaces, OfEqualThreadIdsNeverShareALock) {
  const SharedMemory memory(*SessionMap::MemorySize(kOptions));
  const SharedMemory shared(sizeof(Signals));
  auto& signals = *reinterpret_cast<Signals*>(shared.bytes().data());

  NamespaceChild first([&] {
    const auto map = SessionMap::Create(memory.bytes(), kOptions);
    SessionMap::Entry entry{.endpoint = 7};
    if (!map.ok() || (*map)->InsertOrGet(kId, &entry, {}, At(0)) !=
                         SessionMap::InsertResult::kInserted) {
      return 1;
    }
    MapParts(memory.bytes())
        .shard_header(0)
        .lock.Acquire(LockKind::kRobust, kBudget);
    signals.has_the_lock = true;
    Await(signals.may_die);
    kill(getpid(), SIGKILL);
    return 1;
  });
  while (!signals.has_the_lock.load()) {
    ASSERT_FALSE(first.Ended())
        << "no PID namespace: run this as root, or allow user namespaces";
    sched_yield();
  }

  // Thread 2 of another namespace, and one of this.
  const auto be_refused = [&] {
    const auto looks = SessionMap::Attach(memory.bytes(), {.read_only = true});
    SessionMap::Entry entry;
    return ReasonAgainst(memory) == kRefused && looks.ok() &&
                   (*looks)->FindTouch(kId, {}, At(1), &entry) ==
                       SessionMap::FindResult::kLive &&
                   (*looks)->Erase(kId) == SessionMap::EraseResult::kBusy
               ? 0
               : 1;
  };
  EXPECT_TRUE(NamespaceChild(be_refused).Wait().IsStatus(0));
  EXPECT_EQ(be_refused(), 0);

  signals.may_die = true;
  first.Wait();
  // Still not: that all of the others are gone, nobody but the host can know.
  EXPECT_EQ(ReasonAgainst(memory), kRefused);
  const auto take_over = [&] {
    const auto map = SessionMap::Attach(
        memory.bytes(), {.alone = true, .lock_budget = kBudget});
    return map.ok() && (*map)->Erase(kId) == SessionMap::EraseResult::kErased
               ? 0
               : 1;
  };
  EXPECT_TRUE(NamespaceChild(take_over).Wait().IsStatus(0));
  EXPECT_EQ(ReasonAgainst(memory), kRefused);
}

}  // namespace
}  // namespace limpet::testing
