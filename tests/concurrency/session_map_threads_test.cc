// Many threads on tiny maps, so that places are used again all the time.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <iostream>
#include <mutex>
#include <random>
#include <set>
#include <vector>

#include "limpet/session_map.h"
#include "preemption.h"
#include "scale.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

using EraseResult = SessionMap::EraseResult;
using FindResult = SessionMap::FindResult;
using InsertResult = SessionMap::InsertResult;
using RebindResult = SessionMap::RebindResult;
using WhenFull = SessionMap::WhenFull;

constexpr int kThreads = 4;
constexpr unsigned kRounds = 4;
// However slow the machine is, nobody is busy for that long.
constexpr MapAttachment kPatient{.lock_budget = std::chrono::seconds(50)};

// What a session of a key that began at At(round) must be bound to: a reader
// that pairs what belongs to two sessions shows.
EndpointHandle Expected(unsigned key, unsigned round) {
  return EndpointHandle{key} * kRounds + round + 1;
}

bool IsRight(unsigned key, const SessionMap::Entry& entry) {
  const auto round = static_cast<unsigned>((entry.created - At(0)).count());
  return round < kRounds && entry.endpoint == Expected(key, round) &&
         entry.last_used >= At(0) && entry.last_used < At(kRounds);
}

// One step on a key; false: it saw what it must not see.
bool Step(SessionMap& map, const std::vector<SessionId>& ids,
          std::mt19937_64& random, uint64_t* lookups) {
  const auto key = static_cast<unsigned>(random() % ids.size());
  const auto round = static_cast<unsigned>(random() % kRounds);
  const SessionId& id = ids[key];
  SessionMap::Entry entry{.endpoint = Expected(key, round)};
  const uint64_t kind = random() % 16;
  if (kind < 3) {
    const auto result = map.InsertOrGet(id, &entry, kForever, At(round));
    return result == InsertResult::kFull ||
           (result != InsertResult::kBusy && IsRight(key, entry));
  }
  if (kind == 3) return map.Erase(id) != EraseResult::kBusy;
  if (kind == 4) {
    const unsigned from = static_cast<unsigned>(random() % kRounds);
    const auto result =
        map.Rebind(id, Expected(key, from), Expected(key, round), kForever,
                   At(round), &entry);
    return result == RebindResult::kAbsent ||
           (result != RebindResult::kBusy && result != RebindResult::kFull &&
            IsRight(key, entry));
  }
  if (kind == 5) {
    constexpr size_t kBatch = 20;
    std::array<SessionId, kBatch> batch;
    std::array<FindResult, kBatch> results;
    std::array<SessionMap::Entry, kBatch> entries;
    for (size_t i = 0; i < kBatch; ++i) batch[i] = ids[(key + i) % ids.size()];
    map.FindTouchBatch(batch, kForever, At(round), results, entries);
    *lookups += kBatch;
    bool right = true;
    for (size_t i = 0; i < kBatch; ++i) {
      const auto of = static_cast<unsigned>((key + i) % ids.size());
      right &= results[i] == FindResult::kAbsent || IsRight(of, entries[i]);
    }
    return right;
  }
  ++*lookups;
  const FindResult result =
      kind % 2 == 0 ? map.Find(id, kForever, At(round), &entry)
                    : map.FindTouch(id, kForever, At(round), &entry);
  return result == FindResult::kAbsent || IsRight(key, entry);
}

// When all have gone the sums must be right to the last session.
void ExpectExactCounts(SessionMap& map, const std::vector<SessionId>& ids) {
  size_t found = 0;
  SessionMap::Entry entry;
  for (const SessionId& id : ids) {
    found += map.Find(id, kForever, At(0), &entry) == FindResult::kLive;
  }
  const SessionMap::Counts counts = map.counts();
  EXPECT_EQ(map.size(), found);
  EXPECT_EQ(counts.inserted - counts.expired - counts.evicted - counts.erased -
                counts.erased_endpoint,
            found);
  EXPECT_EQ(counts.repaired, 0U);
  size_t live = 0;
  map.CountLive(kForever, At(0),
                [&](EndpointHandle, size_t count) { live += count; });
  EXPECT_EQ(live, found);
}

TEST(SessionMapThreads, NobodySeesTheSessionOfAnotherOrHalfOfTwo) {
  const int steps = Scaled(100'000, 1'000'000, 8'000'000) / kThreads;
  std::atomic<uint64_t> lookups{0};
  for (const size_t capacity : {1, 5, 29, 60}) {
    for (const WhenFull when_full : {WhenFull::kRefuse, WhenFull::kEvict}) {
      auto map = *SessionMap::Make({.capacity = capacity,
                                    .endpoints = 3 * capacity * kRounds,
                                    .when_full = when_full},
                                   kPatient);
      std::vector<SessionId> ids(2 * capacity + 1);
      for (SessionId& id : ids) id = map->NewId();
      std::atomic<int> wrong{0};
      RunPreemptedThreads(kThreads, 50, [&](int thread) {
        std::mt19937_64 random(static_cast<uint64_t>(thread));
        uint64_t mine = 0;
        for (int i = 0; i < steps; ++i) {
          if (!Step(*map, ids, random, &mine)) ++wrong;
        }
        lookups += mine;
      });
      EXPECT_EQ(wrong.load(), 0) << capacity;
      ExpectExactCounts(*map, ids);
    }
  }
  std::cout << lookups << " lookups\n";
}

TEST(SessionMapThreads, OfRacingInsertsOneWins) {
  const size_t count = Scaled<size_t>(5'000, 100'000, 1'000'000);
  auto map = *SessionMap::Make({.capacity = count}, kPatient);
  std::vector<SessionId> ids(count);
  for (SessionId& id : ids) id = map->NewId();
  std::vector<std::vector<EndpointHandle>> seen(kThreads);
  std::atomic<size_t> winners{0};
  SpinBarrier together(kThreads);
  RunPreemptedThreads(kThreads, 50, [&](int thread) {
    const auto me = static_cast<EndpointHandle>(thread) + 1;
    for (size_t i = 0; i < count; ++i) {
      if (i % 256 == 0) together.ArriveAndWait();
      SessionMap::Entry entry{.endpoint = me};
      const InsertResult result =
          map->InsertOrGet(ids[i], &entry, kForever, At(0));
      if (result == InsertResult::kInserted) {
        ++winners;
        EXPECT_EQ(entry.endpoint, me);
      } else {
        EXPECT_EQ(result, InsertResult::kExists);
      }
      seen[static_cast<size_t>(thread)].push_back(entry.endpoint);
    }
  });
  EXPECT_EQ(winners.load(), count);
  for (int thread = 1; thread < kThreads; ++thread) {
    EXPECT_EQ(seen[static_cast<size_t>(thread)], seen[0]);
  }
  ExpectExactCounts(*map, ids);
  const std::set<EndpointHandle> have_won(seen[0].begin(), seen[0].end());
  std::cout << count << " races, won by " << have_won.size() << " threads\n";
}

TEST(SessionMapThreads, OfRacingMovesOneWinsAndAllLearnIt) {
  const int rounds = Scaled(500, 20'000, 60'000);
  auto map = *SessionMap::Make({.capacity = 10}, kPatient);
  const SessionId id = map->NewId();
  std::array<std::atomic<EndpointHandle>, kThreads> seen{};
  std::atomic<int> moved{0};
  SpinBarrier together(kThreads);
  RunPreemptedThreads(kThreads, 50, [&](int thread) {
    const auto me = static_cast<EndpointHandle>(thread) + 2;
    for (int round = 0; round < rounds; ++round) {
      SessionMap::Entry entry{.endpoint = 1};
      if (thread == 0) map->InsertOrGet(id, &entry, kForever, At(0));
      together.ArriveAndWait();
      const RebindResult result =
          map->Rebind(id, 1, me, kForever, At(1), &entry);
      if (result == RebindResult::kMoved) {
        ++moved;
      } else {
        EXPECT_EQ(result, RebindResult::kElsewhere);
      }
      seen[static_cast<size_t>(thread)] = entry.endpoint;
      together.ArriveAndWait();
      if (thread == 0) {
        for (const auto& endpoint : seen) EXPECT_EQ(endpoint, seen[0]);
        map->Erase(id);
      }
    }
  });
  EXPECT_EQ(moved.load(), rounds);
}

TEST(SessionMapThreads, ScansBesideWritersLoseAndInventNothing) {
  const int steps = Scaled(2'000, 40'000, 400'000);
  auto map = *SessionMap::Make({.capacity = 1'000}, kPatient);
  const Timeouts timeouts{.absolute = std::chrono::seconds(1)};
  std::mutex mutex;
  std::vector<SessionId> ids;
  std::atomic<uint64_t> inserted{0};
  std::atomic<uint64_t> swept{0};
  std::atomic<uint64_t> ended{0};
  std::atomic<bool> over_capacity{false};
  RunPreemptedThreads(kThreads, 50, [&](int thread) {
    std::vector<SessionId> mine;
    for (int i = 0; i < steps; ++i) {
      const SessionId id = map->NewId();
      // Of every endpoint, so that even threads that run one after the other
      // leave something to erase.
      SessionMap::Entry entry{
          .endpoint = static_cast<EndpointHandle>(i % kThreads) + 1};
      if (map->InsertOrGet(id, &entry, timeouts, At(i)) ==
          InsertResult::kInserted) {
        ++inserted;
        mine.push_back(id);
      }
      if (map->size() > map->capacity()) over_capacity = true;
      if (thread == 0 && i % 16 == 0) {
        swept += map->Sweep(timeouts, At(i), 512).freed;
      }
      if (thread == 1 && i % 256 == 0) ended += map->EraseEndpoint(3).freed;
      if (thread == 2 && i % 64 == 0) {
        const uint64_t before = inserted;
        size_t live = 0;
        map->CountLive(timeouts, At(i), [&](EndpointHandle endpoint, size_t n) {
          EXPECT_LE(endpoint, EndpointHandle{kThreads});
          live += n;
        });
        // Those who were there, and those who came while it looked: a place
        // given to another may be met again. Every thread may owe one count.
        EXPECT_LE(live, map->capacity() + (inserted - before) + kThreads);
      }
    }
    const std::lock_guard<std::mutex> lock(mutex);
    ids.insert(ids.end(), mine.begin(), mine.end());
  });
  EXPECT_FALSE(over_capacity);
  const SessionMap::Counts counts = map->counts();
  EXPECT_EQ(counts.inserted, inserted);
  EXPECT_EQ(counts.erased_endpoint, ended);
  EXPECT_GE(counts.expired, swept);
  EXPECT_GT(swept + ended, 0U);
  ExpectExactCounts(*map, ids);
}

}  // namespace
}  // namespace limpet::testing
