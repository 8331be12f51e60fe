// Where deaths go unnoticed: a dead owner keeps its lock until somebody vouches
// that nobody else is there.
#include <gtest/gtest.h>

#include <csignal>

#include "stage.h"

namespace limpet::testing {
namespace {

using RebindResult = SessionMap::RebindResult;

class PolledLocks : public ::testing::Test {
 protected:
  SessionMap& survivor() { return stage_.world().survivor(); }

  Stage stage_{ScenarioOf("InsertsOverAnExpiredSession"), LockKind::kPolled};
};

TEST_F(PolledLocks, SayThatDeathsGoUnnoticed) {
  EXPECT_FALSE(survivor().death_is_noticed());
}

TEST_F(PolledLocks, StayWithTheDeadUntilSomebodyRecoversAlone) {
  size_t locked = 0;
  for (size_t place = 0; place < stage_.way().size(); ++place) {
    SCOPED_TRACE("place " + std::to_string(place));
    ASSERT_TRUE(stage_.DieAt(place).IsKilled());
    const bool is_locked = stage_.parts().IsLocked(0);
    locked += is_locked;
    if (is_locked) {
      ASSERT_EQ(stage_.WriteNext(survivor()), RebindResult::kBusy);
      ASSERT_EQ(survivor().Recover(false).ToString(),
                "alone: a lock is held by an owner who is not known to be "
                "dead");
    } else {
      ASSERT_TRUE(survivor().Recover(false).ok());
    }
    ASSERT_EQ(stage_.parts().Audit(stage_.world().ids(), Counts::kNotTooLow),
              "");
    SessionMap::Entry entry;
    ASSERT_EQ(survivor().FindTouch(stage_.world().bystander(), World::kForever,
                                   At(15'000), &entry),
              SessionMap::FindResult::kLive);
    ASSERT_TRUE(survivor().Recover(true).ok());
    ASSERT_EQ(stage_.WriteNext(survivor()), RebindResult::kMoved);
    ASSERT_EQ(stage_.parts().Audit(stage_.world().ids(), Counts::kExact), "");
  }
  EXPECT_GT(locked, 0U);
}

TEST_F(PolledLocks, OfAStoppedOwnerAreNotTaken) {
  const size_t place = stage_.PlaceInSection();
  Child child([&] { return stage_.Act(place, [] { raise(SIGSTOP); }); });
  ASSERT_TRUE(child.WaitForStop().IsStopped());
  EXPECT_EQ(stage_.WriteNext(survivor()), RebindResult::kBusy);
  child.Continue();
  ASSERT_TRUE(child.Wait().IsStatus(0));
  EXPECT_EQ(stage_.WriteNext(survivor()), RebindResult::kMoved);
  EXPECT_EQ(survivor().counts().repaired, 0U);
  EXPECT_EQ(stage_.parts().Audit(stage_.world().ids(), Counts::kExact), "");
}

TEST_F(PolledLocks, BecomeOnesThatNoticeForWhoAttachesAlone) {
  ASSERT_TRUE(stage_.DieAt(stage_.PlaceInSection()).IsKilled());
  auto map =
      SessionMap::Attach(stage_.world().memory().bytes(), {.alone = true});
  ASSERT_TRUE(map.ok());
  EXPECT_TRUE((*map)->death_is_noticed());
  EXPECT_EQ(stage_.WriteNext(**map), RebindResult::kMoved);
  EXPECT_EQ(stage_.parts().Audit(stage_.world().ids(), Counts::kExact), "");
}

}  // namespace
}  // namespace limpet::testing
