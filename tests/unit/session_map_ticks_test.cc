// Times in 32 bits: at the boundary instant, at the ends of the window, and
// over many of its lengths.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "limpet/session_map.h"
#include "session_map/ticks.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

using FindResult = SessionMap::FindResult;

constexpr Duration kCentury = 36525 * kDay;
constexpr uint32_t kTicks[] = {1, 2, 3, 10, 97, 980};
// The horizon of a map that is used now, near 0, at each wrap, and at the end.
constexpr uint64_t kHorizons[] = {
    kTicksAhead,      kWindow - 1,          kWindow,
    kWindow + 1,      2 * kWindow + 12'345, 1'700'000'000'000 + kTicksAhead,
    uint64_t{1} << 48};

Timestamp Ms(int64_t ms) { return Timestamp(Duration(ms)); }

// What is kept of a whole number of ticks: the same. Before 1970 it may be one
// tick more.
void ExpectKept(Timestamp kept, int64_t ticks, uint32_t tick) {
  EXPECT_GE(kept, Ms(ticks * tick));
  EXPECT_LE(kept, Ms((ticks + (ticks < 0 ? 1 : 0)) * tick));
}

// Times to try about one: itself, its neighbours, and some at random below.
std::vector<int64_t> About(int64_t ms, int64_t reach, uint64_t seed) {
  std::vector<int64_t> times = {ms - 1, ms, ms + 1};
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200; ++i) {
    times.push_back(
        ms - static_cast<int64_t>(random() % static_cast<uint64_t>(reach)));
  }
  return times;
}

TEST(Ticks, AreAsLongAsTheLongestTimeoutNeedsThemToBe) {
  const auto most = static_cast<int64_t>(kMostTicks);
  EXPECT_EQ(TickFor(Duration(1)), 1U);
  EXPECT_EQ(TickFor(37 * kDay), 1U);
  EXPECT_EQ(TickFor(Duration(most)), 1U);
  EXPECT_EQ(TickFor(Duration(most + 1)), 2U);
  EXPECT_EQ(TickFor(Duration(2 * most)), 2U);
  EXPECT_EQ(TickFor(kCentury), 980U);
  // What the header promises of them.
  EXPECT_GE(kMostTicks, 3'000'000'000U);
}

TEST(Ticks, RoundUpByLessThanOne) {
  for (const uint32_t tick : kTicks) {
    const Window window(tick, kTicksAhead);
    for (const int64_t ms :
         About(kMaxTimestampMillis - 1, kMaxTimestampMillis - 1, tick)) {
      const int64_t kept = window.TicksOf(Ms(ms)) * tick;
      EXPECT_GE(kept, ms);
      EXPECT_LT(kept, ms + tick);
    }
    for (const int64_t ms : {-1, -2, -5, -979, -980, -981, -1'000'000}) {
      EXPECT_GE(window.TicksOf(Ms(ms)) * tick, ms);
    }
  }
}

TEST(Ticks, AreKeptThroughoutTheWindow) {
  for (const uint32_t tick : kTicks) {
    for (const uint64_t horizon : kHorizons) {
      const Window window(tick, horizon);
      const auto newest = static_cast<int64_t>(horizon);
      const int64_t oldest = newest - int64_t{kWindow - 1};
      for (const int64_t ticks : About(newest - 1, kWindow - 2, horizon)) {
        ExpectKept(window.TimeOf(window.Keep(Ms(ticks * tick))), ticks, tick);
      }
      // What is outside is kept as the nearest inside.
      for (const int64_t beyond : {int64_t{1}, int64_t{1} << 20,
                                   int64_t{kWindow} - 1, int64_t{kWindow}}) {
        EXPECT_EQ(window.TimeOf(window.Keep(Ms((newest + beyond) * tick))),
                  Ms(newest * tick));
        ExpectKept(window.TimeOf(window.Keep(Ms((oldest - beyond) * tick))),
                   oldest, tick);
      }
      EXPECT_TRUE(window.Reaches(Ms(newest * tick)));
      EXPECT_FALSE(window.Reaches(Ms(newest * tick + 1)));
    }
  }
}

TEST(Ticks, EndASessionAtTheInstantAndWithCoarseOnesHardlyLater) {
  for (const uint32_t tick : kTicks) {
    const int64_t longest = static_cast<int64_t>(kMostTicks) * tick;
    for (const uint64_t horizon : kHorizons) {
      const Window window(tick, horizon);
      const int64_t latest = static_cast<int64_t>(horizon - kTicksAhead) * tick;
      for (const int64_t timeout :
           {int64_t{1}, int64_t{1'000}, longest / 7, longest - 2 * tick}) {
        // So long ago that it ends before the clock is where the horizon was
        // made, at all rests of a tick.
        for (const int64_t ms : About(latest - timeout, tick, horizon)) {
          const uint32_t kept = window.Keep(Ms(ms));
          const auto over = [&](const Timeouts& timeouts, int64_t now) {
            return Expiry{timeouts, window, Ms(now)}.IsOver(kept, kept);
          };
          for (const Timeouts& timeouts :
               {Timeouts{.absolute = Duration(timeout)},
                Timeouts{.idle = Duration(timeout)}}) {
            EXPECT_FALSE(over(timeouts, ms - longest));
            EXPECT_FALSE(over(timeouts, ms));
            EXPECT_FALSE(over(timeouts, ms + timeout - 1));
            const int64_t late = tick == 1 ? 0 : 2 * int64_t{tick};
            EXPECT_TRUE(over(timeouts, ms + timeout + late));
            EXPECT_TRUE(over(timeouts, ms + timeout + longest));
          }
          EXPECT_FALSE(over(Timeouts{}, ms + 2 * longest));
        }
      }
    }
  }
}

TEST(Ticks, MeanTheSameWhenTheHorizonMoves) {
  for (const uint32_t tick : kTicks) {
    for (const uint64_t horizon : kHorizons) {
      const Window before(tick, horizon);
      for (const uint64_t moved :
           {kTicksAhead / 2, kTicksAhead, kMostTicks, kWindow - 1, kWindow,
            kWindow + 1, 3 * kWindow}) {
        const Window after(tick, horizon + moved);
        const auto oldest =
            static_cast<int64_t>(horizon + moved) - int64_t{kWindow - 1};
        for (const int64_t ticks : About(static_cast<int64_t>(horizon) - 1,
                                         kWindow - 2, horizon + moved)) {
          const uint32_t kept = before.Keep(Ms(ticks * tick));
          if (ticks < 0) continue;
          EXPECT_EQ(after.TimeOf(after.Keep(before.TimeOf(kept))),
                    Ms(std::max(ticks, oldest) * tick));
        }
        // The oldest is older than every timeout, but for one tick.
        const auto clock = static_cast<int64_t>(horizon + moved - kTicksAhead);
        EXPECT_EQ(clock - oldest, static_cast<int64_t>(kMostTicks) - 1);
      }
    }
  }
}

// --- the same, seen from outside --------------------------------------------

std::shared_ptr<SessionMap> MakeMap(Duration longest) {
  return *SessionMap::Make({.capacity = 8, .longest_timeout = longest});
}

void InsertAt(SessionMap& map, const SessionId& id, const Timeouts& timeouts,
              Timestamp now) {
  SessionMap::Entry entry{.endpoint = 1};
  ASSERT_EQ(map.InsertOrGet(id, &entry, timeouts, now),
            SessionMap::InsertResult::kInserted);
}

TEST(SessionMapTime, ASessionInUseOutlivesManyWraps) {
  auto map = MakeMap(37 * kDay);
  const Timeouts timeouts{.idle = kDay};
  const SessionId used = map->NewId();
  const SessionId idle = map->NewId();
  InsertAt(*map, used, timeouts, At(0));
  InsertAt(*map, idle, timeouts, At(0));
  SessionMap::Entry entry;
  // Two years are 14 wraps.
  const Duration step = kDay - Duration(1);
  for (int i = 1; i <= 730; ++i) {
    const Timestamp now = At(0) + i * step;
    ASSERT_EQ(map->FindTouch(used, timeouts, now, &entry), FindResult::kLive);
    EXPECT_EQ(entry.last_used, now);
    // As long as anything depends on it, it is known exactly.
    if (now - At(0) <= 37 * kDay) {
      EXPECT_EQ(entry.created, At(0));
    }
    EXPECT_LE(entry.created, std::max(At(0), now - 37 * kDay));
  }
  EXPECT_NE(map->FindTouch(idle, timeouts, At(0) + 731 * kDay, &entry),
            FindResult::kLive);
  EXPECT_EQ(map->counts().expired, 1U);
}

TEST(SessionMapTime, ASessionThatWasIdleForManyWindowsDoesNotComeBack) {
  for (const Duration timeout : {Duration(1), kDay, 37 * kDay}) {
    for (const int64_t windows : {1, 2, 3, 10}) {
      for (const int64_t ms : {-2, -1, 0, 1, 2}) {
        auto map = MakeMap(37 * kDay);
        const Timeouts timeouts{.idle = timeout};
        const SessionId id = map->NewId();
        InsertAt(*map, id, timeouts, At(0));
        const Timestamp now = At(0) + Duration(windows * int64_t{kWindow} + ms);
        SessionMap::Entry entry;
        EXPECT_NE(map->FindTouch(id, timeouts, now, &entry), FindResult::kLive);
        InsertAt(*map, id, timeouts, now);
        EXPECT_EQ(map->FindTouch(id, timeouts, now, &entry), FindResult::kLive);
        EXPECT_EQ(entry.created, now);
      }
    }
  }
}

TEST(SessionMapTime, ASessionWithoutTimeoutsOutlivesAllWindows) {
  auto map = MakeMap(Duration(1));
  const SessionId id = map->NewId();
  InsertAt(*map, id, {}, At(0));
  SessionMap::Entry entry;
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(map->FindTouch(map->NewId(), {}, At(0) + i * 40 * kDay, &entry),
              FindResult::kAbsent);
    ASSERT_EQ(map->Find(id, {}, At(0) + i * 40 * kDay, &entry),
              FindResult::kLive);
  }
}

TEST(SessionMapTime, ACenturyEndsNeverEarlyAndTwoStepsLateAtMost) {
  auto map = MakeMap(kCentury);
  constexpr Duration kStep{980};
  SessionMap::Entry entry;
  for (const Duration timeout :
       {Duration(1), Duration(10'000), kDay, kCentury - kDay, kCentury}) {
    for (int64_t rest = 0; rest < kStep.count(); rest += 49) {
      const Timeouts timeouts{.absolute = timeout, .idle = timeout};
      const SessionId id = map->NewId();
      const Timestamp start = At(rest);
      InsertAt(*map, id, timeouts, start);
      EXPECT_EQ(map->Find(id, timeouts, start + timeout - Duration(1), &entry),
                FindResult::kLive);
      EXPECT_LT(entry.created - start, kStep);
      EXPECT_EQ(map->Find(id, timeouts, start + timeout + 2 * kStep, &entry),
                FindResult::kExpired);
      map->Erase(id);
    }
  }
}

TEST(SessionMapTime, TheFirstAndTheLastInstantAreTimesLikeOthers) {
  const Timeouts timeouts{.absolute = Duration(1'000)};
  for (const Timestamp start :
       {TimestampFromMillis(0), TimestampFromMillis(kMaxTimestampMillis)}) {
    auto map = MakeMap(37 * kDay);
    const SessionId id = map->NewId();
    InsertAt(*map, id, timeouts, start);
    SessionMap::Entry entry;
    EXPECT_EQ(map->FindTouch(id, timeouts, start + Duration(999), &entry),
              FindResult::kLive);
    EXPECT_EQ(entry.created, start);
    EXPECT_EQ(map->FindTouch(id, timeouts, start + Duration(1'000), &entry),
              FindResult::kExpired);
  }
}

}  // namespace
}  // namespace limpet::testing
