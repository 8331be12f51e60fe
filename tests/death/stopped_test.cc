// A writer that is stopped in the section is not dead: whoever reads goes on,
// whoever writes there is told so, and nothing is ever mended.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "stage.h"

namespace limpet::testing {
namespace {

using FindResult = SessionMap::FindResult;
using InsertResult = SessionMap::InsertResult;
using RebindResult = SessionMap::RebindResult;

void Stop() { raise(SIGSTOP); }

std::string NameOf(const ::testing::TestParamInfo<const char*>& test) {
  return test.param;
}

// --- in a map of one shard, at every instruction ----------------------------

class StoppedWriter : public ::testing::TestWithParam<const char*> {
 protected:
  StoppedWriter() : stage_(ScenarioOf(GetParam())) {}

  // Others read and write while `child` is stopped; then it goes on.
  void Meet(Child* child, uint64_t repaired) {
    ASSERT_TRUE(child->WaitForStop().IsStopped());
    SessionMap& map = stage_.world().survivor();
    SessionMap::Entry entry;
    ASSERT_EQ(map.FindTouch(stage_.world().bystander(), World::kForever,
                            At(15'000), &entry),
              FindResult::kLive);
    for (size_t i = 1; i < stage_.before().size(); ++i) {
      if (!stage_.before()[i] || !stage_.done()[i]) continue;
      ASSERT_EQ(
          map.Find(stage_.world().ids()[i], World::kForever, At(0), &entry),
          FindResult::kLive);
    }
    const bool locked = stage_.parts().IsLocked(0);
    locked_ += locked;
    ASSERT_EQ(stage_.WriteNext(map),
              locked ? RebindResult::kBusy : RebindResult::kMoved);
    child->Continue();
    const Exit exit = child->Wait();
    ASSERT_TRUE(exit.IsStatus(0)) << exit.ToString();
    ASSERT_EQ(stage_.WriteNext(map),
              locked ? RebindResult::kMoved : RebindResult::kElsewhere);
    ASSERT_EQ(map.counts().repaired, repaired);
    ASSERT_EQ(stage_.parts().Audit(stage_.world().ids(), Counts::kExact), "");
  }

  Stage stage_;
  size_t locked_ = 0;
};

TEST_P(StoppedWriter, AtAnyInstructionDisturbsNoReaderAndIsNotTakenForDead) {
  for (size_t place = 0; place < stage_.way().size(); ++place) {
    SCOPED_TRACE("place " + std::to_string(place));
    stage_.Reset();
    Child child([&] { return stage_.Act(place, Stop); });
    ASSERT_NO_FATAL_FAILURE(Meet(&child, 0));
  }
  EXPECT_GT(locked_, 0U);
}

INSTANTIATE_TEST_SUITE_P(While, StoppedWriter,
                         ::testing::Values("InsertsAwayFromHome",
                                           "InsertsOverAnExpiredSession",
                                           "Rebinds", "Erases"),
                         NameOf);

class StoppedRepair : public StoppedWriter {};

TEST_P(StoppedRepair, IsNotDoneByAnother) {
  ASSERT_TRUE(stage_.DieAt(stage_.PlaceInSection()).IsKilled());
  const SharedMemory& memory = stage_.world().memory();
  const auto dead = memory.Save();
  const Instructions way = stage_.WayOf(stage_.operation());
  for (size_t place = 0; place < way.size(); ++place) {
    if (!way.IsAfterStore(place)) continue;
    SCOPED_TRACE("place " + std::to_string(place));
    memory.Restore(dead);
    Child child(
        [&] { return stage_.Act(stage_.operation(), way, place, Stop); });
    ASSERT_NO_FATAL_FAILURE(Meet(&child, 1));
  }
  EXPECT_GT(locked_, 0U);
}

INSTANTIATE_TEST_SUITE_P(While, StoppedRepair,
                         ::testing::Values("InsertsAwayFromHome"), NameOf);

// --- in a map of two shards -------------------------------------------------

TEST(StoppedWriterOfOneShard, LeavesTheOthersAlone) {
  const SessionMap::Options options{.capacity = 2 * 6'144};
  SharedMemory memory(*SessionMap::MemorySize(options));
  const MapAttachment use{.lock_budget = std::chrono::microseconds(100)};
  const auto map = *SessionMap::Create(memory.bytes(), options, use);
  const MapParts parts(memory.bytes());
  ASSERT_EQ(parts.geometry().shards, 2U);

  const auto insert = [&](const SessionId& id) {
    SessionMap::Entry entry{.endpoint = 7};
    return map->InsertOrGet(id, &entry, {}, At(0));
  };
  std::vector<SessionId> ids;
  for (int i = 0; i < 1'000; ++i) {
    ids.push_back(map->NewId());
    ASSERT_EQ(insert(ids.back()), InsertResult::kInserted);
  }
  SessionId id = map->NewId();
  while (parts.ShardOf(id) != 0) id = map->NewId();
  ids.push_back(id);
  const auto saved = memory.Save();
  const Operation operation = [&] { insert(id); };
  const Instructions way = Instructions::Of(operation, memory.bytes());

  size_t locked = 0;
  for (size_t place = 0; place < way.size(); ++place) {
    if (!way.IsAfterStore(place)) continue;
    SCOPED_TRACE("place " + std::to_string(place));
    memory.Restore(saved);
    Child child([&] { return way.Run(operation, place, Stop) ? 0 : 1; });
    ASSERT_TRUE(child.WaitForStop().IsStopped());
    const bool is_locked = parts.IsLocked(0);
    locked += is_locked;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      SessionMap::Entry entry;
      ASSERT_EQ(map->FindTouch(ids[i], {}, At(1), &entry), FindResult::kLive);
    }
    for (const SessionId& other : std::span(ids).first(8)) {  // of both shards
      SessionMap::Entry entry;
      ASSERT_EQ(map->Rebind(other, 7, 8, {}, At(2), &entry),
                is_locked && parts.ShardOf(other) == 0 ? RebindResult::kBusy
                                                       : RebindResult::kMoved);
    }
    ASSERT_EQ(map->Sweep({}, At(2), SIZE_MAX).complete, !is_locked);
    child.Continue();
    ASSERT_TRUE(child.Wait().IsStatus(0));
    ASSERT_TRUE(map->Sweep({}, At(2), SIZE_MAX).complete);
    ASSERT_EQ(map->size(), ids.size());
    ASSERT_EQ(map->counts().repaired, 0U);
    ASSERT_EQ(parts.Audit(ids, Counts::kExact), "");
  }
  EXPECT_GT(locked, 0U);
}

}  // namespace
}  // namespace limpet::testing
