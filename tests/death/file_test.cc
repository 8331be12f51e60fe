// Maps in files: copied while a lock is held in them, or older than the last
// boot. Never two writers, never a lock that nobody can free.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "stage.h"

namespace limpet::testing {
namespace {

using RebindResult = SessionMap::RebindResult;

constexpr std::chrono::microseconds kBudget{100};

// Somebody else who has claimed a file.
class Claim {
 public:
  explicit Claim(int file)
      : file_(open(("/proc/self/fd/" + std::to_string(file)).c_str(),
                   O_RDONLY | O_CLOEXEC)) {
    EXPECT_EQ(flock(file_, LOCK_SH | LOCK_NB), 0);
  }
  ~Claim() { close(file_); }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  int file_;
};

std::string ReasonAgainst(const SharedMemory& memory,
                          const MapAttachment& use) {
  return SessionMap::Attach(memory.bytes(), use).status().ToString();
}

class CopiedFile : public ::testing::Test {
 protected:
  // Copies the file while its writer is stopped at a place.
  SharedMemory CopyAt(size_t place) {
    stage_.Reset();
    Child child([&] { return stage_.Act(place, [] { raise(SIGSTOP); }); });
    EXPECT_TRUE(child.WaitForStop().IsStopped());
    SharedMemory copy(stage_.world().memory());
    child.Continue();
    EXPECT_TRUE(child.Wait().IsStatus(0));
    // Who has the first one knows nothing of it.
    EXPECT_EQ(stage_.world().survivor().counts().repaired, 0U);
    EXPECT_EQ(stage_.parts().Audit(stage_.world().ids(), Counts::kExact), "");
    return copy;
  }

  void ExpectWritable(SessionMap& map, const SharedMemory& memory) {
    ASSERT_EQ(stage_.WriteNext(map), RebindResult::kMoved);
    ASSERT_EQ(
        MapParts(memory.bytes()).Audit(stage_.world().ids(), Counts::kExact),
        "");
  }

  Stage stage_{ScenarioOf("InsertsOverAnExpiredSession")};
};

TEST_F(CopiedFile, IsRecoveredByWhoIsAloneWithIt) {
  for (size_t place = 0; place < stage_.way().size(); ++place) {
    if (!stage_.way().IsAfterStore(place)) continue;
    SCOPED_TRACE("place " + std::to_string(place));
    const SharedMemory copy = CopyAt(place);
    {
      const auto map = SessionMap::Attach(
          copy.bytes(), {.file = copy.file(), .lock_budget = kBudget});
      ASSERT_TRUE(map.ok()) << map.status().ToString();
      ASSERT_NO_FATAL_FAILURE(ExpectWritable(**map, copy));
    }
    // From now on it is the file that it is.
    EXPECT_TRUE(SessionMap::Attach(copy.bytes(), {.file = copy.file()}).ok());
  }
}

TEST_F(CopiedFile, InUseIsRefused) {
  const SharedMemory copy = CopyAt(stage_.PlaceInSection());
  const Claim claim(copy.file());
  EXPECT_EQ(ReasonAgainst(copy, {.file = copy.file()}),
            "memory: is a copy of another file; attach read_only or alone");
  EXPECT_EQ(ReasonAgainst(copy, {.alone = true, .file = copy.file()}),
            "alone: must be false: the file is in use");
  EXPECT_EQ(ReasonAgainst(copy, {.read_only = true, .file = copy.file()}),
            "ok");
}

TEST_F(CopiedFile, WithoutADescriptorKeepsItsLockUntilRecovered) {
  const SharedMemory copy = CopyAt(stage_.PlaceInSection());
  const auto map = SessionMap::Attach(copy.bytes(), {.lock_budget = kBudget});
  ASSERT_TRUE(map.ok());
  EXPECT_EQ(stage_.WriteNext(**map), RebindResult::kBusy);
  ASSERT_TRUE((*map)->Recover(true).ok());
  ASSERT_NO_FATAL_FAILURE(ExpectWritable(**map, copy));
}

TEST_F(CopiedFile, IsMendedForWhoSaysThatHeIsAlone) {
  const SharedMemory copy = CopyAt(stage_.PlaceInSection());
  const auto map = SessionMap::Attach(copy.bytes(), {.alone = true});
  ASSERT_TRUE(map.ok());
  ASSERT_NO_FATAL_FAILURE(ExpectWritable(**map, copy));
}

// A map whose machine went down while a lock was held: its owner is gone, and
// no kernel that knew of it is there to say so.
class RebootedMachine : public ::testing::Test {
 protected:
  static constexpr SessionMap::Options kOptions{.capacity = 46};
  static constexpr SessionId kId{.high = 1, .low = 2};

  RebootedMachine() : memory_(*SessionMap::MemorySize(kOptions)) {
    Child child([&] {
      const auto map = *SessionMap::Create(memory_.bytes(), kOptions,
                                           {.file = memory_.file()});
      SessionMap::Entry entry{.endpoint = 7};
      map->InsertOrGet(kId, &entry, {}, At(0));
      const MapParts parts(memory_.bytes());
      parts.header().host.boot ^= 1;
      parts.shard_header(0).lock.Acquire(LockKind::kRobust, kBudget);
      return raise(SIGSTOP);
    });
    EXPECT_TRUE(child.WaitForStop().IsStopped());
    const auto saved = memory_.Save();
    child.Kill();
    EXPECT_TRUE(child.Wait().IsKilled());
    memory_.Restore(saved);
  }

  void ExpectWritable(const MapAttachment& use) {
    const auto map = SessionMap::Attach(memory_.bytes(), use);
    ASSERT_TRUE(map.ok()) << map.status().ToString();
    EXPECT_EQ((*map)->Erase(kId), SessionMap::EraseResult::kErased);
    EXPECT_EQ((*map)->size(), 0U);
  }

  SharedMemory memory_;
};

TEST_F(RebootedMachine, LeavesAMapThatIsRefused) {
  const std::string reason =
      "memory: was made before the last boot; attach read_only or alone";
  EXPECT_EQ(ReasonAgainst(memory_, {}), reason);
  const Claim claim(memory_.file());
  EXPECT_EQ(ReasonAgainst(memory_, {.file = memory_.file()}), reason);
}

TEST_F(RebootedMachine, LeavesAMapToLookAt) {
  const auto map = SessionMap::Attach(memory_.bytes(), {.read_only = true});
  ASSERT_TRUE(map.ok());
  SessionMap::Entry entry;
  EXPECT_EQ((*map)->FindTouch(kId, {}, At(1), &entry),
            SessionMap::FindResult::kLive);
}

TEST_F(RebootedMachine, LeavesAMapToWhoIsAloneWithItsFile) {
  ExpectWritable({.file = memory_.file(), .lock_budget = kBudget});
  EXPECT_EQ(ReasonAgainst(memory_, {}), "ok");
}

TEST_F(RebootedMachine, LeavesAMapToWhoSaysThatHeIsAlone) {
  ExpectWritable({.alone = true, .lock_budget = kBudget});
  EXPECT_EQ(ReasonAgainst(memory_, {}), "ok");
}

}  // namespace
}  // namespace limpet::testing
