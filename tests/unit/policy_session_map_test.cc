// What a policy makes of a session map: its own and one that it is given.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "test_policy.h"

namespace limpet::testing {
namespace {

using std::chrono::hours;

constexpr char kMapPolicy[] =
    R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "10s",
        "store": {"type": "SessionMap", "capacity": 8}})";

std::string Refusal(std::string_view json, std::shared_ptr<SessionMap> map) {
  const auto policy =
      Policy::FromJson(json, {.scope = "s", .sessions = std::move(map)});
  return policy.ok() ? "" : policy.status().ToString();
}

TEST(PolicySessionMap, OfItsOwnKeepsTheLongestTimeoutThereIs) {
  const auto set = MakeSet(Pods(2));
  const auto policy = MakePolicy(
      R"({"sessionName": "S", "type": "Header",
          "absoluteTimeout": "99999h99999h99999h99999h",
          "store": {"type": "SessionMap"}})");
  const std::string token = Send(*policy, *set, At(0), {}).token;
  const int64_t timeout = Duration(hours(4 * 99'999)).count();
  const Seen kept = Send(*policy, *set, At(timeout - 1), {token});
  EXPECT_EQ(kept.outcome, Outcome::kKept);
  // Such times are kept to a second or so.
  EXPECT_EQ(Send(*policy, *set, At(timeout + 2'000), {token}).outcome,
            Outcome::kExpired);
}

TEST(PolicySessionMap, ThatIsGivenBoundsTheTimeouts) {
  const auto map =
      SessionMap::Make({.capacity = 8, .longest_timeout = hours(1)});
  ASSERT_TRUE(map.ok());
  EXPECT_EQ(Refusal(R"({"absoluteTimeout": "1h", "idleTimeout": "1h",
                        "store": {"type": "SessionMap"}})",
                    *map),
            "");
  EXPECT_EQ(Refusal(R"({"absoluteTimeout": "1h1ms",
                        "store": {"type": "SessionMap"}})",
                    *map),
            "absoluteTimeout: must be at most 1h, the longest timeout of the "
            "session map that was given");
  EXPECT_EQ(Refusal(R"({"absoluteTimeout": "2h", "idleTimeout": "3h",
                        "store": {"type": "SessionMap"}})",
                    *map),
            "absoluteTimeout: must be at most 1h, the longest timeout of the "
            "session map that was given; "
            "idleTimeout: must be at most 1h, the longest timeout of the "
            "session map that was given");
}

TEST(PolicySessionMap, OfNoRoomForAnotherEndpointPinsNobodyThere) {
  const auto map = SessionMap::Make({.capacity = 8, .endpoints = 1});
  ASSERT_TRUE(map.ok());
  const auto policy = MakePolicy(kMapPolicy, "s", nullptr, *map);
  std::vector<Endpoint> pods = Pods(2);
  pods[1].state = EndpointState::kDraining;
  const auto on_first = MakeSet(pods);
  const std::string token = Send(*policy, *on_first, At(0), {}).token;
  EXPECT_FALSE(token.empty());

  std::swap(pods[0].state, pods[1].state);
  const Seen unpinned = Send(*policy, *MakeSet(pods), At(1), {});
  EXPECT_EQ(unpinned.outcome, Outcome::kUnpinned);
  EXPECT_EQ(unpinned.endpoint, "pod-1");
  EXPECT_EQ(unpinned.field, "");

  // Nor can a session move there; it is where it was when its endpoint is back.
  pods[0].state = EndpointState::kUnavailable;
  const Seen elsewhere = Send(*policy, *MakeSet(pods), At(2), {token});
  EXPECT_EQ(elsewhere.outcome, Outcome::kUnpinned);
  EXPECT_EQ(elsewhere.endpoint, "pod-1");
  EXPECT_EQ(elsewhere.field, "");
  const Seen back = Send(*policy, *on_first, At(3), {token});
  EXPECT_EQ(back.outcome, Outcome::kKept);
  EXPECT_EQ(back.endpoint, "pod-0");
}

// A map that cannot be written, as one whose lock a stopped process holds.
TEST(PolicySessionMap, ThatIsBusyServesWithoutStoring) {
  const SessionMap::Options options{.capacity = 8};
  const size_t size = SessionMap::MemorySize(options).value();
  struct Deleter {
    void operator()(std::byte* memory) const {
      ::operator delete(memory, std::align_val_t(128));
    }
  };
  const std::unique_ptr<std::byte, Deleter> memory(
      static_cast<std::byte*>(::operator new(size, std::align_val_t(128))));
  std::fill_n(memory.get(), size, std::byte{0});
  auto writer = SessionMap::Create({memory.get(), size}, options);
  ASSERT_TRUE(writer.ok()) << writer.status().ToString();
  auto reader = SessionMap::Attach({memory.get(), size}, {.read_only = true});
  ASSERT_TRUE(reader.ok()) << reader.status().ToString();
  const auto writes = MakePolicy(kMapPolicy, "s", nullptr, *writer);
  const auto busy = MakePolicy(kMapPolicy, "s", nullptr, *reader);

  std::vector<Endpoint> pods = Pods(2);
  pods[1].state = EndpointState::kDraining;
  const auto set = MakeSet(pods);
  const std::string token = Send(*writes, *set, At(0), {}).token;
  EXPECT_EQ(Send(*busy, *set, At(1), {token}).outcome, Outcome::kKept);
  const Seen unpinned = Send(*busy, *set, At(1), {});
  EXPECT_EQ(unpinned.outcome, Outcome::kUnpinned);
  EXPECT_EQ(unpinned.field, "");

  pods[0].state = EndpointState::kUnavailable;
  pods[1].state = EndpointState::kReady;
  const Seen elsewhere = Send(*busy, *MakeSet(pods), At(2), {token});
  EXPECT_EQ(elsewhere.outcome, Outcome::kUnpinned);
  EXPECT_EQ(elsewhere.endpoint, "pod-1");
  EXPECT_EQ(elsewhere.field, "");
  const Seen back = Send(*writes, *set, At(3), {token});
  EXPECT_EQ(back.outcome, Outcome::kKept);
  EXPECT_EQ(back.endpoint, "pod-0");
}

}  // namespace
}  // namespace limpet::testing
