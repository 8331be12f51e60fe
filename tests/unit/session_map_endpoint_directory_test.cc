#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "limpet/session_map.h"
#include "session_map/endpoint_directory.h"
#include "session_map/layout.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

using InsertResult = SessionMap::InsertResult;

class Directory {
 public:
  explicit Directory(uint32_t size)
      : handles_(std::make_unique<MapEndpoints::Handle[]>(size)),
        states_(std::make_unique<MapEndpoints::StateOf[]>(size)),
        endpoints(handles_.get(), states_.get(), size) {}

  // Takes back all that are not in `held`.
  void Collect(const std::set<uint32_t>& held) {
    endpoints.Suspect();
    for (const uint32_t index : held) endpoints.Held(index);
    endpoints.TakeBack();
  }

 private:
  std::unique_ptr<MapEndpoints::Handle[]> handles_;
  std::unique_ptr<MapEndpoints::StateOf[]> states_;

 public:
  MapEndpoints endpoints;
};

TEST(EndpointDirectory, GivesEveryHandleAnIndexUntilAllAreInUse) {
  Directory directory(100);
  std::set<uint32_t> indices;
  for (EndpointHandle handle = 1; handle <= 100; ++handle) {
    EXPECT_EQ(directory.endpoints.Find(handle), MapEndpoints::kNone);
    const uint32_t index = directory.endpoints.Add(handle);
    ASSERT_LT(index, 100U);
    indices.insert(index);
    EXPECT_EQ(directory.endpoints.HandleOf(index), handle);
  }
  EXPECT_EQ(indices.size(), 100U);
  EXPECT_EQ(directory.endpoints.Add(101), MapEndpoints::kNone);
  EXPECT_EQ(directory.endpoints.Find(101), MapEndpoints::kNone);
  for (EndpointHandle handle = 1; handle <= 100; ++handle) {
    const uint32_t index = directory.endpoints.Find(handle);
    EXPECT_EQ(directory.endpoints.HandleOf(index), handle);
    EXPECT_EQ(directory.endpoints.Add(handle), index);
  }
}

TEST(EndpointDirectory, TakesBackWhatNoSessionHolds) {
  Directory directory(10);
  std::set<uint32_t> held;
  for (EndpointHandle handle = 1; handle <= 10; ++handle) {
    const uint32_t index = directory.endpoints.Add(handle);
    if (handle % 2 == 0) held.insert(index);
  }
  directory.Collect(held);
  for (const uint32_t index : held) {
    EXPECT_EQ(directory.endpoints.HandleOf(index) % 2, 0U);
    EXPECT_TRUE(
        directory.endpoints.Hold(index, directory.endpoints.HandleOf(index)));
  }
  for (EndpointHandle handle = 101; handle <= 105; ++handle) {
    EXPECT_NE(directory.endpoints.Add(handle), MapEndpoints::kNone);
  }
  EXPECT_EQ(directory.endpoints.Add(106), MapEndpoints::kNone);
}

TEST(EndpointDirectory, AnIndexThatIsHeldInTimeStays) {
  Directory directory(4);
  const uint32_t one = directory.endpoints.Add(1);
  const uint32_t two = directory.endpoints.Add(2);
  directory.endpoints.Suspect();
  EXPECT_TRUE(directory.endpoints.Hold(one, 1));
  directory.endpoints.TakeBack();
  EXPECT_TRUE(directory.endpoints.Hold(one, 1));
  EXPECT_FALSE(directory.endpoints.Hold(two, 2));
  // Nor is it that of another by then.
  EXPECT_FALSE(directory.endpoints.Hold(one, 3));
}

// --- seen from outside ------------------------------------------------------

InsertResult Insert(SessionMap& map, const SessionId& id,
                    EndpointHandle endpoint, Timestamp now = At(0),
                    const Timeouts& timeouts = kForever) {
  SessionMap::Entry entry{.endpoint = endpoint};
  return map.InsertOrGet(id, &entry, timeouts, now);
}

TEST(SessionMapEndpoints, HaveSessionsUpToTheNumberOfThemThatIsAllowed) {
  auto map = *SessionMap::Make({.capacity = 100, .endpoints = 3});
  for (unsigned i = 0; i < 30; ++i) {
    ASSERT_EQ(Insert(*map, map->NewId(), i % 3 + 1), InsertResult::kInserted);
  }
  EXPECT_EQ(Insert(*map, map->NewId(), 4), InsertResult::kFull);
  EXPECT_EQ(map->counts().refused, 1U);
  EXPECT_EQ(Insert(*map, map->NewId(), 3), InsertResult::kInserted);
  map->EraseEndpoint(2);
  EXPECT_EQ(Insert(*map, map->NewId(), 4), InsertResult::kInserted);
}

TEST(SessionMapEndpoints, ThatAreAllInUseHideNoSessionThatIsThere) {
  auto map = *SessionMap::Make({.capacity = 100, .endpoints = 1});
  const SessionId id = map->NewId();
  ASSERT_EQ(Insert(*map, id, 1), InsertResult::kInserted);
  SessionMap::Entry entry{.endpoint = 2};
  EXPECT_EQ(map->InsertOrGet(id, &entry, kForever, At(1)),
            InsertResult::kExists);
  EXPECT_EQ(entry.endpoint, 1U);
  EXPECT_EQ(map->Rebind(id, 5, 2, kForever, At(1), &entry),
            SessionMap::RebindResult::kElsewhere);
  EXPECT_EQ(map->Rebind(map->NewId(), 1, 2, kForever, At(1), &entry),
            SessionMap::RebindResult::kAbsent);
  EXPECT_EQ(map->Rebind(id, 1, 2, kForever, At(1), &entry),
            SessionMap::RebindResult::kFull);
}

TEST(SessionMapEndpoints, OfSessionsThatAreOverAreNotInUse) {
  const Timeouts timeouts{.absolute = std::chrono::seconds(1)};
  auto map = *SessionMap::Make({.capacity = 100, .endpoints = 2});
  ASSERT_EQ(Insert(*map, map->NewId(), 1), InsertResult::kInserted);
  ASSERT_EQ(Insert(*map, map->NewId(), 2), InsertResult::kInserted);
  EXPECT_EQ(Insert(*map, map->NewId(), 3, At(1'000), timeouts),
            InsertResult::kInserted);
}

TEST(SessionMapEndpoints, TakeOnePlaceEachHoweverOthersComeAndGo) {
  constexpr size_t kEndpoints = 3;
  auto map = *SessionMap::Make({.capacity = 100, .endpoints = kEndpoints});
  std::mt19937_64 random(1);
  std::vector<std::pair<SessionId, EndpointHandle>> sessions;
  for (int i = 0; i < 10'000; ++i) {
    if (sessions.size() > 5 || (random() % 2 == 0 && !sessions.empty())) {
      const size_t which = random() % sessions.size();
      map->Erase(sessions[which].first);
      sessions.erase(sessions.begin() + static_cast<std::ptrdiff_t>(which));
      continue;
    }
    const EndpointHandle endpoint = random() % 6 + 1;
    std::set<EndpointHandle> in_use = {endpoint};
    for (const auto& session : sessions) in_use.insert(session.second);
    const SessionId id = map->NewId();
    ASSERT_EQ(Insert(*map, id, endpoint), in_use.size() > kEndpoints
                                              ? InsertResult::kFull
                                              : InsertResult::kInserted)
        << i;
    if (in_use.size() <= kEndpoints) sessions.emplace_back(id, endpoint);
  }
}

}  // namespace
}  // namespace limpet::testing
