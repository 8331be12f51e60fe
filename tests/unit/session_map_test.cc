#include "limpet/session_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "test_policy.h"

namespace limpet::testing {
namespace {

using FindResult = SessionMap::FindResult;
using InsertResult = SessionMap::InsertResult;
using std::chrono::seconds;

constexpr Timeouts kForever{};

SessionMap::Entry EntryAt(EndpointHandle endpoint, Timestamp now) {
  return {.endpoint = endpoint, .created = now, .last_used = now};
}

TEST(SessionMap, HoldsExactlyItsCapacity) {
  for (const size_t capacity : {1, 2, 3, 10, 100, 1'000, 10'000, 100'000}) {
    auto map = *SessionMap::Make({.capacity = capacity});
    std::vector<SessionId> ids;
    for (size_t i = 0; i < capacity; ++i) {
      ids.push_back(map->NewId());
      ASSERT_EQ(map->Insert(ids.back(), EntryAt(i + 1, At(0)), kForever, At(0)),
                InsertResult::kInserted)
          << i << " of " << capacity;
    }
    EXPECT_EQ(map->size(), capacity);
    EXPECT_EQ(map->Insert(map->NewId(), EntryAt(1, At(0)), kForever, At(0)),
              InsertResult::kFull);
    SessionMap::Entry entry;
    for (size_t i = 0; i < capacity; ++i) {
      ASSERT_EQ(map->FindTouch(ids[i], kForever, At(1), &entry),
                FindResult::kLive);
      EXPECT_EQ(entry.endpoint, i + 1);
    }
  }
}

TEST(SessionMap, RefusesAnImpossibleCapacityByName) {
  for (const size_t capacity : {size_t{0}, (size_t{1} << 31) + 1}) {
    EXPECT_EQ(SessionMap::Make({.capacity = capacity}).status().ToString(),
              "capacity: must be from 1 to 2147483648 sessions");
  }
}

TEST(SessionMap, DoesNotInsertAnIdTwice) {
  auto map = *SessionMap::Make({.capacity = 4});
  const SessionId id = map->NewId();
  EXPECT_EQ(map->Insert(id, EntryAt(1, At(0)), kForever, At(0)),
            InsertResult::kInserted);
  EXPECT_EQ(map->Insert(id, EntryAt(2, At(0)), kForever, At(0)),
            InsertResult::kExists);
  SessionMap::Entry entry;
  map->FindTouch(id, kForever, At(0), &entry);
  EXPECT_EQ(entry.endpoint, 1U);
  EXPECT_EQ(map->size(), 1U);
}

TEST(SessionMap, RebindMovesOnlyFromTheEndpointThatTheCallerSaw) {
  auto map = *SessionMap::Make({.capacity = 4});
  const SessionId id = map->NewId();
  map->Insert(id, EntryAt(1, At(0)), kForever, At(0));
  EXPECT_EQ(map->Rebind(id, 1, 2, At(5)), 2U);
  EXPECT_EQ(map->Rebind(id, 1, 3, At(6)), 2U);
  EXPECT_EQ(map->Rebind(map->NewId(), 1, 3, At(6)), kNoHandle);
  SessionMap::Entry entry;
  map->FindTouch(id, kForever, At(7), &entry);
  EXPECT_EQ(entry.created, At(5));
}

TEST(SessionMap, SweepFreesWhatIsOverAndNothingElse) {
  auto map = *SessionMap::Make({.capacity = 1'000});
  const Timeouts timeouts{.absolute = seconds(10)};
  for (int i = 0; i < 1'000; ++i) {
    map->Insert(map->NewId(), EntryAt(1, At(i % 2 * 5'000)), timeouts, At(0));
  }
  size_t freed = 0;
  for (int i = 0; i < 100; ++i) freed += map->Sweep(timeouts, At(10'000), 64);
  EXPECT_EQ(freed, 500U);
  EXPECT_EQ(map->size(), 500U);
}

TEST(SessionMap, CountsLiveSessionsByEndpoint) {
  auto map = *SessionMap::Make({.capacity = 100});
  const Timeouts timeouts{.absolute = seconds(10)};
  for (int i = 0; i < 10; ++i) {
    map->Insert(map->NewId(), EntryAt(i % 3 + 1, At(i * 1'000)), timeouts,
                At(i * 1'000));
  }
  std::map<EndpointHandle, size_t> counts;
  map->CountLive(timeouts, At(10'000), [&](EndpointHandle endpoint, size_t n) {
    counts[endpoint] = n;
  });
  // Session 0 (on endpoint 1) is over.
  EXPECT_EQ(counts, (std::map<EndpointHandle, size_t>{{1, 3}, {2, 3}, {3, 3}}));
}

// Random operations on tiny maps, so that places are used again all the time,
// side by side with a std::map and the same clock, which also goes back.
TEST(SessionMapModel, DoesWhatAStdMapWouldDo) {
  for (const uint64_t seed : {1, 2, 3, 4, 5, 6}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const size_t capacity = 1 + seed * 5;
    auto map = *SessionMap::Make({.capacity = capacity});
    const Timeouts timeouts{.absolute = seconds(seed % 2 ? 20 : 0),
                            .idle = seconds(seed % 3 ? 5 : 0)};
    std::vector<SessionId> ids;
    for (size_t i = 0; i < capacity * 2; ++i) ids.push_back(map->NewId());
    std::map<size_t, SessionMap::Entry> model;
    const auto over = [&](const SessionMap::Entry& e, Timestamp now) {
      return IsOver(timeouts, e.created, e.last_used, now);
    };
    int64_t clock = 0;
    for (int step = 0; step < 50'000; ++step) {
      clock += static_cast<int64_t>(random() % 300) - 20;
      const Timestamp now = At(clock);
      const size_t key = random() % ids.size();
      const auto it = model.find(key);
      switch (random() % 6) {
        case 0:
        case 1: {
          SessionMap::Entry entry;
          const FindResult result =
              map->FindTouch(ids[key], timeouts, now, &entry);
          if (it == model.end()) {
            ASSERT_EQ(result, FindResult::kAbsent) << step;
          } else if (over(it->second, now)) {
            ASSERT_EQ(result, FindResult::kExpired) << step;
            model.erase(it);
          } else {
            ASSERT_EQ(result, FindResult::kLive) << step;
            it->second.last_used = std::max(it->second.last_used, now);
            ASSERT_EQ(entry.endpoint, it->second.endpoint);
            ASSERT_EQ(entry.last_used, it->second.last_used);
          }
          break;
        }
        case 2:
        case 3: {
          const SessionMap::Entry entry = EntryAt(random() % 5 + 1, now);
          // A full map sweeps all of its few places first.
          if (model.size() == capacity) {
            std::erase_if(model, [&](const auto& held) {
              return over(held.second, now);
            });
          }
          const InsertResult expected =
              model.size() == capacity ? InsertResult::kFull
              : model.contains(key)    ? InsertResult::kExists
                                       : InsertResult::kInserted;
          ASSERT_EQ(map->Insert(ids[key], entry, timeouts, now), expected)
              << step;
          if (expected == InsertResult::kInserted) model[key] = entry;
          break;
        }
        case 4: {
          const EndpointHandle from = random() % 5 + 1;
          const EndpointHandle to = random() % 5 + 1;
          if (it != model.end() && it->second.endpoint == from) {
            it->second = EntryAt(to, now);
          }
          ASSERT_EQ(map->Rebind(ids[key], from, to, now),
                    it == model.end() ? kNoHandle : it->second.endpoint);
          break;
        }
        case 5:
          ASSERT_EQ(map->Erase(ids[key]), model.erase(key) == 1);
          break;
      }
      ASSERT_EQ(map->size(), model.size()) << step;
    }
  }
}

}  // namespace
}  // namespace limpet::testing
