// Other ends of a write than death: its process forks in it, or becomes another
// program; its thread ends.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "stage.h"

namespace limpet::testing {
namespace {

using RebindResult = SessionMap::RebindResult;

// A hang is a failure, and soon.
constexpr unsigned kHangs = 10;  // s

[[noreturn]] void EndThread() {
  for (;;) syscall(SYS_exit, 0);
}

class Interrupted : public ::testing::Test {
 protected:
  SessionMap& survivor() { return stage_.world().survivor(); }
  uint64_t repaired() { return survivor().counts().repaired; }

  // The write that was left is mended by the next one.
  void ExpectMended(bool was_locked) {
    ASSERT_NE(stage_.WriteNext(survivor()), RebindResult::kBusy);
    ASSERT_EQ(repaired(), was_locked ? 1U : 0U);
    ASSERT_EQ(stage_.parts().Audit(stage_.world().ids(), Counts::kExact), "");
  }

  // Does the victim's operation in a thread that ends at a place.
  void DoInThread(const MapOperation& operation, const Instructions& way,
                  size_t place) {
    std::thread([&] { stage_.Act(operation, way, place, EndThread); }).join();
  }

  // Does the victim's operation in a process that forks and dies after a store.
  // Its child is the next to write.
  void ForkAndDieAfterEveryStore(const Instructions& way) {
    const SharedMemory& memory = stage_.world().memory();
    const auto saved = memory.Save();
    for (size_t place = 0; place < way.size(); ++place) {
      if (!way.IsAfterStore(place)) continue;
      SCOPED_TRACE("place " + std::to_string(place));
      memory.Restore(saved);
      std::array<int, 2> ends;
      ASSERT_EQ(pipe(ends.data()), 0);
      const Operation fork_and_die = [&] {
        const pid_t parent = getpid();
        if (fork() != 0) Die();
        alarm(kHangs);
        while (getppid() == parent) {
        }
        const char result =
            stage_.WriteNext(stage_.world().victim()) == RebindResult::kMoved
                ? 'm'
                : 'x';
        _exit(write(ends[1], &result, 1) == 1 ? 0 : 1);
      };
      const Exit exit = RunChild([&] {
        return stage_.Act(stage_.operation(), way, place, fork_and_die);
      });
      ASSERT_TRUE(exit.IsKilled());
      close(ends[1]);
      char result = 0;
      ASSERT_EQ(read(ends[0], &result, 1), 1) << "the child hangs";
      close(ends[0]);
      ASSERT_EQ(result, 'm');
      ASSERT_EQ(stage_.parts().Audit(stage_.world().ids(), Counts::kExact), "");
    }
  }

  Stage stage_{ScenarioOf("InsertsOverAnExpiredSession")};
};

TEST_F(Interrupted, ForkAtAnyInstructionGivesTheChildNoLock) {
  size_t locked = 0;
  for (size_t place = 0; place < stage_.way().size(); ++place) {
    SCOPED_TRACE("place " + std::to_string(place));
    stage_.Reset();
    int status = -1;
    const Operation fork_here = [&] {
      const pid_t child = fork();
      if (child == 0) {
        const bool is_locked = stage_.parts().IsLocked(0);
        SessionMap& map = stage_.world().victim();
        SessionMap::Entry entry;
        const bool found =
            map.FindTouch(stage_.world().bystander(), World::kForever,
                          At(15'000), &entry) == SessionMap::FindResult::kLive;
        const bool writes = stage_.WriteNext(map) != RebindResult::kBusy;
        _exit(!found || writes == is_locked ? 1 : is_locked ? 2 : 3);
      }
      waitpid(child, &status, 0);
    };
    const Exit exit = RunChild([&] {
      stage_.Act(place, fork_here);
      return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    });
    ASSERT_TRUE(exit.IsStatus(2) || exit.IsStatus(3)) << exit.ToString();
    locked += exit.IsStatus(2);
    ASSERT_NO_FATAL_FAILURE(ExpectMended(false));
  }
  EXPECT_GT(locked, 0U);
}

TEST_F(Interrupted, ForkedChildMendsWhatItsDeadParentLeft) {
  ForkAndDieAfterEveryStore(stage_.way());
}

TEST_F(Interrupted, ForkedChildMendsWhatItsDeadParentWasMending) {
  ASSERT_TRUE(stage_.DieAt(stage_.PlaceInSection()).IsKilled());
  ForkAndDieAfterEveryStore(stage_.WayOf(stage_.operation()));
}

TEST_F(Interrupted, AnotherProgramLeavesNoLock) {
  size_t locked = 0;
  for (size_t place = 0; place < stage_.way().size(); ++place) {
    SCOPED_TRACE("place " + std::to_string(place));
    stage_.Reset();
    const Exit exit = RunChild([&] {
      return stage_.Act(place, [] {
        execl("/bin/true", "true", nullptr);
        _exit(1);
      });
    });
    ASSERT_TRUE(exit.IsStatus(0)) << exit.ToString();
    locked += stage_.parts().OwnerDied(0);
    ASSERT_NO_FATAL_FAILURE(ExpectMended(stage_.parts().OwnerDied(0)));
  }
  EXPECT_GT(locked, 0U);
}

TEST_F(Interrupted, ThreadThatEndsAtAnyInstructionLeavesNoLock) {
  size_t locked = 0;
  for (size_t place = 0; place < stage_.way().size(); ++place) {
    SCOPED_TRACE("place " + std::to_string(place));
    stage_.Reset();
    // Its own process goes on, and mends it.
    const Exit exit = RunChild([&] {
      alarm(kHangs);
      DoInThread(stage_.operation(), stage_.way(), place);
      const bool died = stage_.parts().OwnerDied(0);
      if (stage_.WriteNext(stage_.world().victim()) != RebindResult::kMoved) {
        return 1;
      }
      return died ? 2 : 3;
    });
    ASSERT_TRUE(exit.IsStatus(2) || exit.IsStatus(3)) << exit.ToString();
    locked += exit.IsStatus(2);
    ASSERT_NO_FATAL_FAILURE(ExpectMended(exit.IsStatus(2)));
  }
  EXPECT_GT(locked, 0U);
}

TEST_F(Interrupted, ThreadThatEndsInTheRepairLeavesNoLock) {
  ASSERT_TRUE(stage_.DieAt(stage_.PlaceInSection()).IsKilled());
  const SharedMemory& memory = stage_.world().memory();
  const auto dead = memory.Save();
  const Instructions way = stage_.WayOf(stage_.operation());
  for (size_t place = 0; place < way.size(); ++place) {
    SCOPED_TRACE("place " + std::to_string(place));
    memory.Restore(dead);
    const Exit exit = RunChild([&] {
      alarm(kHangs);
      DoInThread(stage_.operation(), way, place);
      return stage_.WriteNext(stage_.world().victim()) == RebindResult::kMoved
                 ? 0
                 : 1;
    });
    ASSERT_TRUE(exit.IsStatus(0)) << exit.ToString();
    ASSERT_EQ(stage_.parts().Audit(stage_.world().ids(), Counts::kExact), "");
  }
}

TEST_F(Interrupted, ThreadThatExitsWithALockLeavesNone) {
  pthread_t thread;
  const auto body = [](void* stage) -> void* {
    static_cast<Stage*>(stage)->parts().shard_header(0).lock.Acquire(
        LockKind::kRobust, std::chrono::microseconds(0));
    pthread_exit(nullptr);
  };
  ASSERT_EQ(pthread_create(&thread, nullptr, body, &stage_), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  ASSERT_NO_FATAL_FAILURE(ExpectMended(true));
}

}  // namespace
}  // namespace limpet::testing
