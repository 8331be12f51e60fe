#include "limpet/session_map.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "seeded_random.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

using EraseResult = SessionMap::EraseResult;
using FindResult = SessionMap::FindResult;
using InsertResult = SessionMap::InsertResult;
using RebindResult = SessionMap::RebindResult;
using std::chrono::seconds;

// Begins a session; its entry.
SessionMap::Entry InsertNew(SessionMap& map, const SessionId& id,
                            EndpointHandle endpoint, Timestamp now,
                            const Timeouts& timeouts = kForever) {
  SessionMap::Entry entry{.endpoint = endpoint};
  EXPECT_EQ(map.InsertOrGet(id, &entry, timeouts, now),
            InsertResult::kInserted);
  return entry;
}

TEST(SessionMap, RefusesImpossibleOptionsByName) {
  const auto reason = [](const SessionMap::Options& options) {
    const auto map = SessionMap::Make(options);
    EXPECT_EQ(SessionMap::MemorySize(options).status().ToString(),
              map.status().ToString());
    return map.status().ToString();
  };
  for (const size_t capacity : {size_t{0}, (size_t{1} << 31) + 1}) {
    EXPECT_EQ(reason({.capacity = capacity}),
              "capacity: must be from 1 to 2147483648 sessions");
  }
  EXPECT_EQ(reason({.endpoints = (size_t{1} << 24) + 1}),
            "endpoints: must be from 1 to 16777216, or 0 to choose");
  for (const Duration timeout :
       {Duration(0), Duration(-1),
        Duration(std::chrono::hours(24 * 36525)) + Duration(1)}) {
    EXPECT_EQ(reason({.longest_timeout = timeout}),
              "longest_timeout: must be longer than 0 and at most 100 years");
  }
  EXPECT_TRUE(
      SessionMap::Make({.longest_timeout = std::chrono::hours(24 * 36525)})
          .ok());
}

TEST(SessionMap, RefusesAnImpossibleAttachmentByName) {
  const auto reason = [](const MapAttachment& use) {
    return SessionMap::Make({.capacity = 1}, use).status().ToString();
  };
  using std::chrono::microseconds;
  for (const auto budget : {microseconds(-1), microseconds(60'000'001)}) {
    EXPECT_EQ(reason({.lock_budget = budget}),
              "lock_budget: must be from 0 to 1 minute");
  }
  EXPECT_EQ(reason({.file = -2}), "file: must be a descriptor, or -1");
  EXPECT_EQ(reason({.read_only = true}),
            "read_only: must be false: creating is writing");
}

TEST(SessionMap, TellsLiveFromExpiredFromAbsent) {
  auto map = *SessionMap::Make({.capacity = 4});
  const Timeouts timeouts{.absolute = seconds(10), .idle = seconds(4)};
  const SessionId id = map->NewId();
  SessionMap::Entry entry;
  EXPECT_EQ(map->FindTouch(id, timeouts, At(0), &entry), FindResult::kAbsent);
  InsertNew(*map, id, 7, At(0), timeouts);
  EXPECT_EQ(map->FindTouch(id, timeouts, At(3'999), &entry), FindResult::kLive);
  EXPECT_EQ(entry.endpoint, 7U);
  EXPECT_EQ(entry.created, At(0));
  EXPECT_EQ(entry.last_used, At(3'999));
  EXPECT_EQ(map->FindTouch(id, timeouts, At(7'000), &entry), FindResult::kLive);
  // Used a moment ago, but 10 s old.
  EXPECT_EQ(map->FindTouch(id, timeouts, At(9'999), &entry), FindResult::kLive);
  EXPECT_EQ(map->FindTouch(id, timeouts, At(10'000), &entry),
            FindResult::kExpired);
  EXPECT_EQ(map->FindTouch(id, timeouts, At(10'000), &entry),
            FindResult::kAbsent);
  EXPECT_EQ(map->size(), 0U);
}

TEST(SessionMap, FindNeitherStampsNorEndsASession) {
  auto map = *SessionMap::Make({.capacity = 4});
  const Timeouts timeouts{.idle = seconds(4)};
  const SessionId id = map->NewId();
  InsertNew(*map, id, 7, At(0), timeouts);
  SessionMap::Entry entry;
  EXPECT_EQ(map->Find(id, timeouts, At(3'000), &entry), FindResult::kLive);
  EXPECT_EQ(entry.last_used, At(0));
  EXPECT_EQ(map->Find(id, timeouts, At(4'000), &entry), FindResult::kExpired);
  EXPECT_EQ(map->Find(id, timeouts, At(4'000), &entry), FindResult::kExpired);
  EXPECT_EQ(map->size(), 1U);
}

TEST(SessionMap, AClockThatGoesBackMakesNoTimePass) {
  auto map = *SessionMap::Make({.capacity = 4});
  const Timeouts timeouts{.absolute = seconds(10), .idle = seconds(4)};
  const SessionId id = map->NewId();
  InsertNew(*map, id, 7, At(5'000), timeouts);
  SessionMap::Entry entry;
  for (const int64_t ms : {4'999, 0, -1'000'000}) {
    EXPECT_EQ(map->FindTouch(id, timeouts, At(ms), &entry), FindResult::kLive);
    EXPECT_EQ(entry.last_used, At(5'000));
  }
  EXPECT_EQ(map->FindTouch(id, timeouts, At(8'999), &entry), FindResult::kLive);
}

TEST(SessionMap, WhoComesSecondGetsTheEntryOfTheFirst) {
  auto map = *SessionMap::Make({.capacity = 4});
  const SessionId id = map->NewId();
  const SessionMap::Entry first = InsertNew(*map, id, 1, At(0));
  EXPECT_EQ(first.endpoint, 1U);
  EXPECT_EQ(first.created, At(0));
  EXPECT_EQ(first.last_used, At(0));
  SessionMap::Entry second{.endpoint = 2, .created = At(9)};
  EXPECT_EQ(map->InsertOrGet(id, &second, kForever, At(9)),
            InsertResult::kExists);
  EXPECT_EQ(second.endpoint, 1U);
  EXPECT_EQ(second.created, At(0));
  EXPECT_EQ(second.last_used, At(0));
  EXPECT_EQ(map->size(), 1U);
}

TEST(SessionMap, AnIdWhoseSessionIsOverBeginsAnew) {
  auto map = *SessionMap::Make({.capacity = 1});
  const Timeouts timeouts{.absolute = seconds(10)};
  const SessionId id = map->NewId();
  InsertNew(*map, id, 1, At(0), timeouts);
  const SessionMap::Entry entry = InsertNew(*map, id, 2, At(10'000), timeouts);
  EXPECT_EQ(entry.endpoint, 2U);
  EXPECT_EQ(entry.created, At(10'000));
  EXPECT_EQ(map->size(), 1U);
  EXPECT_EQ(map->counts().expired, 1U);
}

TEST(SessionMap, RebindMovesOnlyFromTheEndpointThatTheCallerSaw) {
  auto map = *SessionMap::Make({.capacity = 4});
  const SessionId id = map->NewId();
  InsertNew(*map, id, 1, At(0));
  SessionMap::Entry entry;
  EXPECT_EQ(map->Rebind(id, 1, 2, kForever, At(5), &entry),
            RebindResult::kMoved);
  EXPECT_EQ(entry.endpoint, 2U);
  EXPECT_EQ(map->Rebind(id, 1, 3, kForever, At(6), &entry),
            RebindResult::kElsewhere);
  EXPECT_EQ(entry.endpoint, 2U);
  EXPECT_EQ(map->Rebind(map->NewId(), 1, 3, kForever, At(6), &entry),
            RebindResult::kAbsent);
  map->Find(id, kForever, At(7), &entry);
  EXPECT_EQ(entry.endpoint, 2U);
  EXPECT_EQ(entry.created, At(5));
  EXPECT_EQ(entry.last_used, At(5));
}

TEST(SessionMap, RebindDoesNotReviveASessionThatIsOver) {
  auto map = *SessionMap::Make({.capacity = 4});
  const Timeouts timeouts{.idle = seconds(1)};
  const SessionId id = map->NewId();
  InsertNew(*map, id, 1, At(0), timeouts);
  SessionMap::Entry entry;
  EXPECT_EQ(map->Rebind(id, 1, 2, timeouts, At(1'000), &entry),
            RebindResult::kAbsent);
  EXPECT_EQ(map->size(), 0U);
}

TEST(SessionMap, ErasesOnceByIdAndAllOfAnEndpoint) {
  auto map = *SessionMap::Make({.capacity = 100});
  std::vector<SessionId> ids;
  for (unsigned i = 0; i < 100; ++i) {
    ids.push_back(map->NewId());
    InsertNew(*map, ids.back(), i % 4 + 1, At(0));
  }
  EXPECT_EQ(map->Erase(ids[0]), EraseResult::kErased);
  EXPECT_EQ(map->Erase(ids[0]), EraseResult::kAbsent);
  const SessionMap::SweepResult result = map->EraseEndpoint(1);
  EXPECT_EQ(result.freed, 24U);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(map->EraseEndpoint(1).freed, 0U);
  SessionMap::Entry entry;
  for (unsigned i = 0; i < 100; ++i) {
    EXPECT_EQ(map->Find(ids[i], kForever, At(0), &entry),
              i % 4 == 0 ? FindResult::kAbsent : FindResult::kLive);
  }
}

TEST(SessionMap, SweepGoesOnWhereItStoppedAndFreesWhatIsOver) {
  auto map = *SessionMap::Make({.capacity = 1'000});
  const Timeouts timeouts{.absolute = seconds(10)};
  for (int i = 0; i < 1'000; ++i) {
    InsertNew(*map, map->NewId(), 1, At(i % 2 * 5'000), timeouts);
  }
  // 1,000 sessions at a load of 0.7 have some 1,430 places.
  size_t freed = 0;
  for (int i = 0; i < 24; ++i) {
    const SessionMap::SweepResult result = map->Sweep(timeouts, At(10'000), 60);
    EXPECT_TRUE(result.complete);
    EXPECT_LE(result.freed, 60U);
    freed += result.freed;
  }
  EXPECT_EQ(freed, 500U);
  EXPECT_EQ(map->size(), 500U);
  EXPECT_EQ(map->Sweep(timeouts, At(10'000), 1 << 20).freed, 0U);
}

TEST(SessionMap, CountsLiveSessionsByEndpoint) {
  auto map = *SessionMap::Make({.capacity = 100});
  const Timeouts timeouts{.absolute = seconds(10)};
  for (unsigned i = 0; i < 10; ++i) {
    InsertNew(*map, map->NewId(), i % 3 + 1, At(i * 1'000), timeouts);
  }
  std::map<EndpointHandle, size_t> counts;
  map->CountLive(timeouts, At(10'000), [&](EndpointHandle endpoint, size_t n) {
    counts[endpoint] = n;
  });
  // Session 0 (on endpoint 1) is over.
  EXPECT_EQ(counts, (std::map<EndpointHandle, size_t>{{1, 3}, {2, 3}, {3, 3}}));
}

TEST(SessionMap, CountsWhatBecameOfAllSessions) {
  auto map = *SessionMap::Make({.capacity = 4});
  const Timeouts timeouts{.absolute = seconds(10)};
  std::array<SessionId, 4> ids;
  for (SessionId& id : ids) {
    id = map->NewId();
    InsertNew(*map, id, &id - ids.data() + 1, At(0), timeouts);
  }
  SessionMap::Entry entry{.endpoint = 1};
  EXPECT_EQ(map->InsertOrGet(map->NewId(), &entry, timeouts, At(1)),
            InsertResult::kFull);
  map->Erase(ids[0]);
  map->EraseEndpoint(2);
  map->FindTouch(ids[2], timeouts, At(10'000), &entry);
  map->Sweep(timeouts, At(10'000), 1 << 20);
  const SessionMap::Counts counts = map->counts();
  EXPECT_EQ(counts.inserted, 4U);
  EXPECT_EQ(counts.refused, 1U);
  EXPECT_EQ(counts.erased, 1U);
  EXPECT_EQ(counts.erased_endpoint, 1U);
  EXPECT_EQ(counts.expired, 2U);
  EXPECT_EQ(counts.evicted, 0U);
  EXPECT_EQ(counts.repaired, 0U);
}

TEST(SessionMap, FinishesWhatWasPreparedHoweverLateItIs) {
  auto map = *SessionMap::Make({.capacity = 4});
  const SessionId id = map->NewId();
  const auto by_id = map->Prepare(id);
  const auto by_key = map->Prepare("learned");
  SessionMap::Entry entry;
  EXPECT_EQ(map->FindTouch(by_id, kForever, At(0), &entry),
            FindResult::kAbsent);
  InsertNew(*map, id, 1, At(0));
  InsertNew(*map, map->IdOf("learned"), 2, At(0));
  EXPECT_EQ(map->FindTouch(by_id, kForever, At(1), &entry), FindResult::kLive);
  EXPECT_EQ(entry.endpoint, 1U);
  EXPECT_EQ(map->FindTouch(by_key, kForever, At(1), &entry), FindResult::kLive);
  EXPECT_EQ(entry.endpoint, 2U);
  EXPECT_EQ(entry.last_used, At(1));
}

TEST(SessionMap, FindsABatchOfAnyLength) {
  auto map = *SessionMap::Make({.capacity = 100});
  std::vector<SessionId> ids;
  for (unsigned i = 0; i < 100; ++i) {
    ids.push_back(map->NewId());
    if (i % 3 != 0) InsertNew(*map, ids.back(), i + 1, At(0));
  }
  for (size_t size = 0; size <= ids.size(); ++size) {
    std::vector<FindResult> results(size);
    std::vector<SessionMap::Entry> entries(size);
    map->FindTouchBatch(std::span(ids).first(size), kForever, At(1), results,
                        entries);
    for (size_t i = 0; i < size; ++i) {
      const bool held = i % 3 != 0;
      ASSERT_EQ(results[i], held ? FindResult::kLive : FindResult::kAbsent);
      EXPECT_EQ(entries[i].endpoint, held ? i + 1 : kNoHandle);
    }
  }
}

TEST(SessionMap, TagsDependOnTheIdAndTheirLowHalfOnTheScope) {
  SeededRandom random(1);
  auto map = *SessionMap::Make({.capacity = 1}, {.random = &random});
  auto other = *SessionMap::Make({.capacity = 1}, {.random = &random});
  const SessionId id = map->NewId();
  const SessionId another = map->NewId();
  EXPECT_NE(id, another);
  EXPECT_EQ(map->Tag(id, 1), map->Tag(id, 1));
  EXPECT_EQ(map->Tag(id, 1) >> 32, map->Tag(id, 2) >> 32);
  EXPECT_NE(static_cast<uint32_t>(map->Tag(id, 1)),
            static_cast<uint32_t>(map->Tag(id, 2)));
  EXPECT_NE(map->Tag(id, 1) >> 32, map->Tag(another, 1) >> 32);
  EXPECT_NE(map->Tag(id, 1) >> 32, other->Tag(id, 1) >> 32);
}

}  // namespace
}  // namespace limpet::testing
