// Endpoints that change all the time in a directory with hardly any places,
// beside readers: an index that has gone to another endpoint must not show.
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <random>
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

constexpr unsigned kKeys = 12;

// Every handle belongs to one session, and is new every time.
EndpointHandle NewHandle(unsigned key, uint64_t n) { return n * kKeys + key; }
bool IsOf(unsigned key, EndpointHandle handle) { return handle % kKeys == key; }

TEST(SessionMapDirectoryThreads, NoSessionShowsTheEndpointOfAnother) {
  const int steps = Scaled(20'000, 300'000, 10'000'000);
  for (const size_t endpoints : {1, 2, 5, 40}) {
    auto map = *SessionMap::Make({.capacity = kKeys, .endpoints = endpoints},
                                 {.lock_budget = std::chrono::seconds(50)});
    std::vector<SessionId> ids(kKeys);
    for (SessionId& id : ids) id = map->NewId();
    std::atomic<uint64_t> next{1};
    std::atomic<int> wrong{0};
    std::atomic<uint64_t> handles{0};
    std::atomic<uint64_t> seen{0};
    RunPreemptedThreads(4, 50, [&](int thread) {
      std::mt19937_64 random(static_cast<uint64_t>(thread));
      for (int i = 0; i < steps; ++i) {
        const auto key = static_cast<unsigned>(random() % kKeys);
        SessionMap::Entry entry;
        bool has_entry = false;
        if (thread >= 2) {
          has_entry = map->FindTouch(ids[key], kForever, At(0), &entry) ==
                      FindResult::kLive;
        } else if (i % 3 == 0) {
          EXPECT_NE(map->Erase(ids[key]), EraseResult::kBusy);
        } else if (i % 3 == 1) {
          entry.endpoint = NewHandle(key, next++);
          const InsertResult result =
              map->InsertOrGet(ids[key], &entry, kForever, At(0));
          handles += result == InsertResult::kInserted;
          has_entry = result == InsertResult::kInserted ||
                      result == InsertResult::kExists;
        } else if (map->Find(ids[key], kForever, At(0), &entry) ==
                   FindResult::kLive) {
          const RebindResult result =
              map->Rebind(ids[key], entry.endpoint, NewHandle(key, next++),
                          kForever, At(0), &entry);
          handles += result == RebindResult::kMoved;
          has_entry = result == RebindResult::kMoved ||
                      result == RebindResult::kElsewhere;
        }
        if (has_entry) {
          ++seen;
          if (!IsOf(key, entry.endpoint)) ++wrong;
        }
      }
    });
    EXPECT_EQ(wrong.load(), 0);
    EXPECT_GT(seen.load(), 0U);
    EXPECT_GT(handles.load(), endpoints);
    size_t live = 0;
    map->CountLive(kForever, At(0), [&](EndpointHandle, size_t count) {
      EXPECT_EQ(count, 1U);
      ++live;
    });
    EXPECT_EQ(live, map->size());
    EXPECT_LE(live, endpoints);
    std::cout << endpoints << " places: " << handles << " endpoints in turn, "
              << seen << " seen\n";
  }
}

}  // namespace
}  // namespace limpet::testing
