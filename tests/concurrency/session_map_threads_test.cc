#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <vector>

#include "limpet/session_map.h"
#include "test_policy.h"
#include "threads.h"

namespace limpet::testing {
namespace {

constexpr int kThreads = 4;
constexpr Timeouts kForever{};

// What the session of an id must hold, so that a torn one shows.
EndpointHandle Expected(const SessionId& id) { return (id.high ^ id.low) | 1; }

SessionMap::Entry EntryOf(const SessionId& id) {
  return {.endpoint = Expected(id), .created = At(0), .last_used = At(0)};
}

TEST(SessionMapThreads, NobodySeesTheSessionOfAnother) {
  auto map = *SessionMap::Make({.capacity = 64});
  std::vector<SessionId> ids;
  for (int i = 0; i < 128; ++i) ids.push_back(map->NewId());
  std::atomic<int> wrong{0};
  RunThreads(kThreads, [&](int thread) {
    std::mt19937_64 random(static_cast<uint64_t>(thread));
    for (int i = 0; i < 30'000; ++i) {
      const SessionId& id = ids[random() % ids.size()];
      switch (random() % 4) {
        case 0:
          map->Insert(id, EntryOf(id), kForever, At(i));
          break;
        case 1:
          map->Erase(id);
          break;
        default: {
          SessionMap::Entry entry;
          if (map->FindTouch(id, kForever, At(i), &entry) ==
                  SessionMap::FindResult::kLive &&
              entry.endpoint != Expected(id)) {
            wrong.fetch_add(1);
          }
        }
      }
    }
  });
  EXPECT_EQ(wrong.load(), 0);
  size_t held = 0;
  for (const SessionId& id : ids) held += map->Erase(id);
  EXPECT_LE(held, map->capacity());
  EXPECT_EQ(map->size(), 0U);
}

TEST(SessionMapThreads, OfRacingInsertsOneWins) {
  auto map = *SessionMap::Make({.capacity = 10'000});
  std::vector<SessionId> ids;
  for (int i = 0; i < 5'000; ++i) ids.push_back(map->NewId());
  std::atomic<size_t> winners{0};
  RunThreads(kThreads, [&](int) {
    for (const SessionId& id : ids) {
      winners += map->Insert(id, EntryOf(id), kForever, At(0)) ==
                 SessionMap::InsertResult::kInserted;
    }
  });
  EXPECT_EQ(winners.load(), ids.size());
  EXPECT_EQ(map->size(), ids.size());
}

TEST(SessionMapThreads, OfRacingMovesAllLearnTheWinner) {
  auto map = *SessionMap::Make({.capacity = 10});
  for (int round = 0; round < 500; ++round) {
    const SessionId id = map->NewId();
    map->Insert(id, {.endpoint = 1, .created = At(0), .last_used = At(0)},
                kForever, At(0));
    std::vector<EndpointHandle> seen(kThreads);
    RunThreads(kThreads, [&](int thread) {
      seen[static_cast<size_t>(thread)] =
          map->Rebind(id, 1, static_cast<EndpointHandle>(thread) + 2, At(1));
    });
    for (const EndpointHandle endpoint : seen) EXPECT_EQ(endpoint, seen[0]);
    map->Erase(id);
  }
}

TEST(SessionMapThreads, NeverHoldsMoreThanItsCapacityAndCountsExactly) {
  auto map = *SessionMap::Make({.capacity = 1'000});
  const Timeouts timeouts{.absolute = std::chrono::seconds(1)};
  std::atomic<size_t> inserted{0};
  std::atomic<size_t> swept{0};
  std::atomic<bool> over_capacity{false};
  RunThreads(kThreads, [&](int thread) {
    for (int i = 0; i < 5'000; ++i) {
      const SessionId id = map->NewId();
      SessionMap::Entry entry = EntryOf(id);
      entry.created = At(i);
      inserted += map->Insert(id, entry, kForever, At(i)) ==
                  SessionMap::InsertResult::kInserted;
      if (map->size() > map->capacity()) over_capacity = true;
      if (thread == 0 && i % 16 == 0) swept += map->Sweep(timeouts, At(i), 512);
    }
  });
  EXPECT_FALSE(over_capacity);
  EXPECT_EQ(map->size(), inserted - swept);
  size_t live = 0;
  map->CountLive(kForever, At(0), [&](EndpointHandle, size_t n) { live += n; });
  EXPECT_EQ(map->size(), live);
}

}  // namespace
}  // namespace limpet::testing
