// What a map holds: all of its capacity, whatever comes after.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "limpet/session_map.h"
#include "scale.h"
#include "seeded_random.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

using FindResult = SessionMap::FindResult;
using InsertResult = SessionMap::InsertResult;
using WhenFull = SessionMap::WhenFull;

EndpointHandle EndpointOf(size_t i) { return i % 100 + 1; }

InsertResult InsertNth(SessionMap& map, const SessionId& id, size_t i,
                       Timestamp now = At(0), const Timeouts& timeouts = {}) {
  SessionMap::Entry entry{.endpoint = EndpointOf(i)};
  return map.InsertOrGet(id, &entry, timeouts, now);
}

// Fills a map to its capacity, exactly.
std::vector<SessionId> Fill(SessionMap& map, Timestamp now = At(0)) {
  std::vector<SessionId> ids(map.capacity());
  for (size_t i = 0; i < ids.size(); ++i) {
    ids[i] = map.NewId();
    EXPECT_EQ(InsertNth(map, ids[i], i, now), InsertResult::kInserted)
        << i << " of " << ids.size();
  }
  return ids;
}

size_t CountFound(SessionMap& map, const std::vector<SessionId>& ids,
                  Timestamp now) {
  size_t found = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    SessionMap::Entry entry;
    found +=
        map.FindTouch(ids[i], kForever, now, &entry) == FindResult::kLive &&
        entry.endpoint == EndpointOf(i);
  }
  return found;
}

// Shards that have less than their share still take some.
void FillUpAllShards(SessionMap& map, Timestamp now = At(0)) {
  for (int refused = 0; refused < 5'000;) {
    const bool full =
        InsertNth(map, map.NewId(), 0, now) == InsertResult::kFull;
    refused = full ? refused + 1 : 0;
  }
}

size_t ResidentBytes() {
  size_t resident = 0;
  // Twice: the first reading makes code resident (or an emulator translates
  // it) after it was read off.
  for (int reading = 0; reading < 2; ++reading) {
    std::ifstream file("/proc/self/statm");
    size_t size = 0;
    file >> size >> resident;
  }
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

TEST(SessionMapCapacity, HoldsExactlyItsCapacityThenRefuses) {
  std::vector<size_t> capacities = {1,   2,     3,      10,     29,
                                    100, 1'000, 12'287, 20'000, 100'000};
  capacities.push_back(Scaled<size_t>(200'000, 1'000'000, 10'000'000));
  for (const size_t capacity : capacities) {
    SeededRandom random(capacity);
    auto map = *SessionMap::Make({.capacity = capacity}, {.random = &random});
    const std::vector<SessionId> ids = Fill(*map);
    ASSERT_EQ(map->size(), capacity);
    // One shard refuses the next; several may have a few places more.
    if (capacity < 12'288) {
      EXPECT_EQ(InsertNth(*map, map->NewId(), 0), InsertResult::kFull);
    }
    FillUpAllShards(*map);
    EXPECT_LE(map->size(), capacity + capacity / 9);
    EXPECT_EQ(CountFound(*map, ids, At(1)), capacity);
  }
}

TEST(SessionMapCapacity, HoldsItOfKeysToo) {
  const size_t capacity = Scaled<size_t>(20'000, 200'000, 1'000'000);
  SeededRandom random(1);
  auto map = *SessionMap::Make({.capacity = capacity}, {.random = &random});
  const auto key = [](size_t i) { return "JSESSIONID-" + std::to_string(i); };
  for (size_t i = 0; i < capacity; ++i) {
    ASSERT_EQ(InsertNth(*map, map->IdOf(key(i)), i), InsertResult::kInserted);
  }
  for (size_t i = 0; i < capacity; ++i) {
    SessionMap::Entry entry;
    ASSERT_EQ(map->FindTouch(key(i), kForever, At(1), &entry),
              FindResult::kLive);
    ASSERT_EQ(entry.endpoint, EndpointOf(i));
  }
}

TEST(SessionMapCapacity, AFloodOfNewSessionsPushesNoLiveOneOut) {
  const size_t flood = Scaled<size_t>(5'000, 200'000, 10'000'000);
  for (const size_t capacity : {1'000, 100'000}) {
    SeededRandom random(2);
    auto map = *SessionMap::Make({.capacity = capacity}, {.random = &random});
    const std::vector<SessionId> ids = Fill(*map);
    FillUpAllShards(*map);
    const size_t size = map->size();
    const uint64_t refused = map->counts().refused;
    const size_t resident = ResidentBytes();
    for (size_t i = 0; i < flood; ++i) {
      ASSERT_EQ(InsertNth(*map, map->NewId(), i, At(1)), InsertResult::kFull);
    }
    EXPECT_LE(ResidentBytes(), resident + 4 * flood + (1 << 20));
    EXPECT_EQ(map->counts().refused, refused + flood);
    EXPECT_EQ(map->counts().evicted, 0U);
    EXPECT_EQ(map->size(), size);
    EXPECT_EQ(CountFound(*map, ids, At(2)), capacity);
    std::cout << flood << " new sessions refused by " << capacity << '\n';
  }
}

TEST(SessionMapCapacity, AFloodOfBogusIdsFindsAndChangesNothing) {
  const size_t flood = Scaled<size_t>(50'000, 1'000'000, 10'000'000);
  SeededRandom random(3);
  auto map = *SessionMap::Make({.capacity = 100'000}, {.random = &random});
  const std::vector<SessionId> ids = Fill(*map);
  ASSERT_EQ(CountFound(*map, ids, At(1)), ids.size());
  const size_t resident = ResidentBytes();
  for (size_t i = 0; i < flood; ++i) {
    SessionMap::Entry entry;
    ASSERT_EQ(map->FindTouch(map->NewId(), kForever, At(1), &entry),
              FindResult::kAbsent);
  }
  EXPECT_LE(ResidentBytes(), resident + 4 * flood + (1 << 20));
  EXPECT_EQ(map->size(), ids.size());
  EXPECT_EQ(CountFound(*map, ids, At(2)), ids.size());
}

TEST(SessionMapCapacity, AMapThatEvictsTakesAllNewSessionsAndKeepsTheUsed) {
  for (const size_t capacity : {size_t{100}, size_t{10'000},
                                Scaled<size_t>(20'000, 100'000, 100'000)}) {
    SeededRandom random(4);
    auto map =
        *SessionMap::Make({.capacity = capacity, .when_full = WhenFull::kEvict},
                          {.random = &random});
    std::vector<SessionId> used = Fill(*map);
    used.resize(capacity / 2);
    // Each round replaces a tenth, and uses what is in use.
    for (int round = 1; round <= 20; ++round) {
      ASSERT_EQ(CountFound(*map, used, At(round)), used.size());
      for (size_t i = 0; i < capacity / 10; ++i) {
        ASSERT_EQ(InsertNth(*map, map->NewId(), i, At(round)),
                  InsertResult::kInserted);
      }
    }
    const SessionMap::Counts counts = map->counts();
    EXPECT_EQ(counts.inserted - counts.evicted, map->size());
    EXPECT_GE(map->size(), capacity);
    EXPECT_LE(map->size(), capacity + capacity / 9);
    EXPECT_EQ(counts.refused, 0U);
  }
}

TEST(SessionMapCapacity, SessionsThatAreOverGiveTheirPlacesUpWithoutASweep) {
  const Timeouts timeouts{.absolute = std::chrono::seconds(10)};
  for (const size_t capacity : {10, 1'000, 100'000}) {
    for (const WhenFull when_full : {WhenFull::kRefuse, WhenFull::kEvict}) {
      SeededRandom random(5);
      auto map = *SessionMap::Make(
          {.capacity = capacity, .when_full = when_full}, {.random = &random});
      Fill(*map);
      for (size_t i = 0; i < capacity; ++i) {
        ASSERT_EQ(InsertNth(*map, map->NewId(), i, At(10'000), timeouts),
                  InsertResult::kInserted)
            << i << " of " << capacity;
      }
      EXPECT_EQ(map->counts().evicted, 0U);
      EXPECT_EQ(map->counts().inserted - map->counts().expired, map->size());
    }
  }
}

TEST(SessionMapCapacity, InsertsFindTheFewPlacesOfThoseThatAreOver) {
  const Timeouts timeouts{.absolute = std::chrono::seconds(10)};
  SeededRandom random(6);
  auto map = *SessionMap::Make({.capacity = 100'000}, {.random = &random});
  for (size_t i = 0; i < 100'000; ++i) {
    const Timestamp created = At(i % 1'000 == 0 ? 0 : 5'000);
    ASSERT_EQ(InsertNth(*map, map->NewId(), i, created),
              InsertResult::kInserted);
  }
  FillUpAllShards(*map, At(5'000));
  // 100 are over. Every insert that finds no place looks at 1,024 more, of
  // 143,000; so in a few hundred the last of the 100 is found.
  const uint64_t before = map->counts().inserted;
  for (size_t i = 0; i < 600; ++i) {
    InsertNth(*map, map->NewId(), i, At(10'000), timeouts);
  }
  EXPECT_EQ(map->counts().expired, 100U);
  EXPECT_EQ(map->counts().inserted - before, 100U);
}

TEST(SessionMapCapacity, TakesAtMost32BytesOfMemoryForASession) {
  for (const size_t capacity : {100'000, 1'000'000, 10'000'000}) {
    EXPECT_LE(*SessionMap::MemorySize({.capacity = capacity}), 32 * capacity)
        << capacity;
  }
}

}  // namespace
}  // namespace limpet::testing
