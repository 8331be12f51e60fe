// Death while a map is made, or made anew by who is alone with its file.
#include <gtest/gtest.h>

#include <string>

#include "instructions.h"
#include "map_parts.h"
#include "process.h"
#include "seeded_random.h"
#include "world.h"

namespace limpet::testing {
namespace {

using EraseResult = SessionMap::EraseResult;
using InsertResult = SessionMap::InsertResult;

constexpr SessionMap::Options kOptions{.capacity = 46};
constexpr SessionId kId{.high = 1, .low = 2};
constexpr std::chrono::microseconds kBudget{100};

InsertResult Insert(SessionMap& map) {
  SessionMap::Entry entry{.endpoint = 7};
  return map.InsertOrGet(kId, &entry, {}, At(0));
}

class DeathInMaking : public ::testing::Test {
 protected:
  DeathInMaking() : memory_(*SessionMap::MemorySize(kOptions)) {}

  MapAttachment use() const {
    return {.file = memory_.file(), .lock_budget = kBudget};
  }

  // A death after every store of an operation, each followed by a check.
  template <class Check>
  void DieAfterEveryStore(const Operation& operation, const Check& check) {
    const auto saved = memory_.Save();
    const Instructions way = Instructions::Of(operation, memory_.bytes());
    memory_.Restore(saved);
    size_t deaths = 0;
    for (size_t place = 0; place < way.size(); ++place) {
      if (!way.IsAfterStore(place)) continue;
      SCOPED_TRACE("place " + std::to_string(place));
      memory_.Restore(saved);
      const Exit exit =
          RunChild([&] { return way.Run(operation, place, Die) ? 0 : 1; });
      ASSERT_TRUE(exit.IsKilled()) << exit.ToString();
      ASSERT_NO_FATAL_FAILURE(check());
      ++deaths;
    }
    EXPECT_GT(deaths, 10U);
    memory_.Restore(saved);
  }

  // Writes go on, and go on after a death in the section.
  void ExpectSound(SessionMap& map) {
    ASSERT_NE(Insert(map), InsertResult::kBusy);
    const Exit exit = RunChild([&] {
      MapParts(memory_.bytes())
          .shard_header(0)
          .lock.Acquire(LockKind::kRobust, kBudget);
      Die();
      return 0;
    });
    ASSERT_TRUE(exit.IsKilled());
    ASSERT_EQ(map.Erase(kId), EraseResult::kErased);
    ASSERT_EQ(map.size(), 0U);
  }

  SharedMemory memory_;
};

TEST_F(DeathInMaking, LeavesAMapOrNone) {
  DieAfterEveryStore(
      [&] {
        SeededRandom random(20261130);
        MapAttachment same_each_time = use();
        same_each_time.random = &random;
        (void)SessionMap::Create(memory_.bytes(), kOptions, same_each_time);
      },
      [&] {
        auto map = SessionMap::Attach(memory_.bytes(), use());
        if (!map.ok()) {
          ASSERT_EQ(map.status().ToString(), "memory: holds no session map");
          map = SessionMap::Create(memory_.bytes(), kOptions, use());
        }
        ASSERT_TRUE(map.ok()) << map.status().ToString();
        ASSERT_NO_FATAL_FAILURE(ExpectSound(**map));
      });
}

class DeathInRecovery : public DeathInMaking {
 protected:
  DeathInRecovery() {
    EXPECT_EQ(Insert(**SessionMap::Create(memory_.bytes(), kOptions, use())),
              InsertResult::kInserted);
  }

  // Deaths in an operation, and a process that attaches next.
  void DieIn(const Operation& operation, const MapAttachment& next) {
    DieAfterEveryStore(operation, [&] {
      auto map = SessionMap::Attach(memory_.bytes(), next);
      // Without a file it may have to be told that it is alone.
      if (!map.ok() && next.file == -1) {
        map = SessionMap::Attach(memory_.bytes(), {.alone = true});
      }
      ASSERT_TRUE(map.ok()) << map.status().ToString();
      ASSERT_EQ((*map)->size(), 1U);
      ASSERT_NO_FATAL_FAILURE(ExpectSound(**map));
    });
  }
  Operation Attaches(const MapAttachment& use) {
    return [this, use] { (void)SessionMap::Attach(memory_.bytes(), use); };
  }
};

TEST_F(DeathInRecovery, AfterARebootIsRecoveredFrom) {
  MapParts(memory_.bytes()).header().host.boot ^= 1;
  DieIn(Attaches(use()), use());
}

TEST_F(DeathInRecovery, OfPolledLocksIsRecoveredFrom) {
  const MapParts parts(memory_.bytes());
  parts.header().abi.lock_kind = static_cast<uint32_t>(LockKind::kPolled);
  parts.header().lock.Init(LockKind::kPolled);
  parts.shard_header(0).lock.Init(LockKind::kPolled);
  parts.shard_header(0).lock.Acquire(LockKind::kPolled, kBudget);
  DieIn(Attaches(use()), use());
}

TEST_F(DeathInRecovery, OfOneWhoSaysThatHeIsAloneIsRecoveredFrom) {
  const Operation recovers = Attaches({.alone = true, .lock_budget = kBudget});
  DieIn(recovers, use());
  DieIn(recovers, {.lock_budget = kBudget});
}

TEST_F(DeathInRecovery, OfAMapThatIsAttachedIsRecoveredFrom) {
  const auto map =
      *SessionMap::Attach(memory_.bytes(), {.lock_budget = kBudget});
  const Operation recovers = [&] { (void)map->Recover(true); };
  DieIn(recovers, use());
  DieIn(recovers, {.lock_budget = kBudget});
}

}  // namespace
}  // namespace limpet::testing
