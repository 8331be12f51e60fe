// Processes that come when others are dead or stopped: to look, or to go on.
#include <gtest/gtest.h>

#include <csignal>

#include "stage.h"

namespace limpet::testing {
namespace {

using RebindResult = SessionMap::RebindResult;

class Newcomer : public ::testing::Test {
 protected:
  // What a process sees that can do nothing but look.
  void ExpectALookShowsAll() {
    const SharedMemory& memory = stage_.world().memory();
    const Mapping mapping(memory.file(), memory.bytes().size(), true);
    const auto map = SessionMap::Attach(mapping.bytes(), {.read_only = true});
    ASSERT_TRUE(map.ok()) << map.status().ToString();
    const World::Entries entries = stage_.world().Look();
    for (size_t i = 0; i < entries.size(); ++i) {
      SessionMap::Entry entry;
      const auto found = (*map)->FindTouch(stage_.world().ids()[i],
                                           World::kForever, At(20'000), &entry);
      ASSERT_EQ(found == SessionMap::FindResult::kLive, entries[i].has_value());
      if (entries[i]) {
        ASSERT_EQ(entry.endpoint, entries[i]->endpoint);
      }
    }
    ASSERT_EQ(stage_.WriteNext(**map), RebindResult::kBusy);
    ASSERT_FALSE((*map)->Recover(false).ok());
  }

  Stage stage_{ScenarioOf("InsertsOverAnExpiredSession")};
};

TEST_F(Newcomer, LooksBesideADeadWriter) {
  for (size_t place = 0; place < stage_.way().size(); ++place) {
    if (!stage_.way().IsAfterStore(place)) continue;
    SCOPED_TRACE("place " + std::to_string(place));
    ASSERT_TRUE(stage_.DieAt(place).IsKilled());
    const auto dead = stage_.world().memory().Save();
    ASSERT_NO_FATAL_FAILURE(ExpectALookShowsAll());
    ASSERT_EQ(stage_.world().memory().Save(), dead);
  }
}

TEST_F(Newcomer, LooksBesideAStoppedWriter) {
  for (size_t place = 0; place < stage_.way().size(); ++place) {
    if (!stage_.way().IsAfterStore(place)) continue;
    SCOPED_TRACE("place " + std::to_string(place));
    stage_.Reset();
    Child child([&] { return stage_.Act(place, [] { raise(SIGSTOP); }); });
    ASSERT_TRUE(child.WaitForStop().IsStopped());
    ASSERT_NO_FATAL_FAILURE(ExpectALookShowsAll());
    child.Continue();
    ASSERT_TRUE(child.Wait().IsStatus(0));
  }
}

TEST_F(Newcomer, GoesOnAtAnotherAddressWhenAllAreDead) {
  const SharedMemory& memory = stage_.world().memory();
  for (size_t place = 0; place < stage_.way().size(); ++place) {
    SCOPED_TRACE("place " + std::to_string(place));
    ASSERT_TRUE(stage_.DieAt(place).IsKilled());
    const Mapping mapping(memory.file(), memory.bytes().size(), false);
    ASSERT_NE(mapping.bytes().data(), memory.bytes().data());
    const auto map = SessionMap::Attach(mapping.bytes());
    ASSERT_TRUE(map.ok()) << map.status().ToString();
    ASSERT_EQ(stage_.WriteNext(**map), RebindResult::kMoved);
    stage_.operation()(**map);
    ASSERT_EQ(stage_.parts().Audit(stage_.world().ids(), Counts::kExact), "");
    SessionMap::Entry entry;
    for (const SessionId& id : stage_.world().ids()) {
      const size_t i = static_cast<size_t>(&id - stage_.world().ids().data());
      ASSERT_EQ((*map)->Find(id, World::kForever, At(0), &entry) ==
                    SessionMap::FindResult::kLive,
                stage_.after()[i].has_value());
    }
  }
}

}  // namespace
}  // namespace limpet::testing
