// Select and Commit allocate nothing, on known and on new sessions of every
// store, but for what a thread remembers sealed tokens in. A program of its
// own: it replaces the global operator new.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "hash_policy.h"
#include "test_policy.h"

namespace {
thread_local bool counting = false;
thread_local int allocations = 0;

void* Allocate(std::size_t size) {
  if (counting) ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return Allocate(size); }
void* operator new[](std::size_t size) { return Allocate(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

namespace limpet::testing {
namespace {

class NoAllocation : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(
    Stores, NoAllocation,
    ::testing::Values(
        R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "10s"})",
        R"({"sessionName": "S", "absoluteTimeout": "10s", "idleTimeout": "5s"})",
        R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "10s",
            "store": {"type": "SessionMap", "capacity": 3}})",
        R"({"sessionName": "S", "absoluteTimeout": "10s",
            "balancer": {"type": "LeastRequest", "choices": 16,
                         "slowStart": {"window": "300s"}},
            "store": {"type": "SessionMap"}})",
        R"({"sessionName": "S", "absoluteTimeout": "10s",
            "balancer": {"type": "LeastSessions"},
            "store": {"type": "SessionMap"}})",
        R"({"sessionName": "S", "absoluteTimeout": "10s",
            "balancer": {"type": "Random"},
            "store": {"type": "EnvoyToken"}})",
        R"({"type": "Header", "header": {"name": "S"},
            "store": {"type": "EnvoyToken"}})",
        R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "10s",
            "store": {"type": "SessionMap"},
            "failover": {"type": "RebindAfter", "after": "1s"},
            "rebalance": {"percentPerMinute": 100, "idleAtLeast": "1ms"}})",
        "null"));

TEST(NoAllocationCounter, SeesAnAllocation) {
  counting = true;
  allocations = 0;
  delete new int(1);
  std::string(100, 'x').swap(*std::make_unique<std::string>());
  counting = false;
  EXPECT_GE(allocations, 2);
}

TEST(NoAllocationOfAValue, KnownOrNew) {
  const auto policy = MakePolicy(
      R"({"sessionName": "S", "idleTimeout": "10s", "type": "Header"})");
  std::array<char, kMaxValueSize> value;
  std::vector<char> buffer(policy->MaxSealedFieldSize());
  std::string token;
  Outcome outcome;
  for (const int at : {0, 0, 1, 9000, 30000}) {
    const std::array<std::string_view, 1> values{token};
    allocations = 0;
    counting = true;
    const OpenedValue opened = policy->OpenValue(values, At(at), value);
    const auto field =
        policy->SealValue(opened, "10.0.0.1:80", At(at), buffer, &outcome);
    counting = false;
    // The thread's first value is remembered in memory of its own.
    EXPECT_LE(allocations, at == 0 ? 1 : 0) << at;
    if (field) token = field->value;
  }
}

// In a thread of its own, whose first sealed token it is.
TEST(NoAllocationOfAThread, ButForItsFirstSealedToken) {
  constexpr char kSealed[] = R"({"sessionName": "S", "type": "Header"})";
  const auto set = MakeSet(Pods(8));
  for (const bool remember : {true, false}) {
    const auto policy = Policy::FromJson(
        kSealed,
        {.scope = "s", .keys = TestKeys(), .remember_tokens = remember});
    const std::string token = Send(**policy, *set, At(0), {}).token;
    const std::jthread thread([&] {
      for (int i = 0; i < 3; ++i) {
        const std::string_view values[] = {token};
        allocations = 0;
        counting = true;
        const Decision decision = (*policy)->Select(values, *set, At(0));
        counting = false;
        EXPECT_EQ(decision.outcome, Outcome::kKept);
        EXPECT_EQ(allocations, remember && i == 0 ? 1 : 0) << i;
      }
    });
  }
}

TEST(NoAllocationByHash, OnceTheSetIsPrepared) {
  std::vector<Endpoint> pods = Pods(8);
  pods[1].weight = 3;
  pods[7].priority = 1;
  const auto set = MakeSet(pods);
  const std::vector<uint32_t> active(8, 1);
  const ActiveRequests counts{
      [](const void* host, uint32_t endpoint) {
        return (*static_cast<const std::vector<uint32_t>*>(host))[endpoint];
      },
      &active};
  for (const char* type :
       {"RingHash", "Maglev", "Rendezvous", "EnvoyRingHash", "EnvoyMaglev",
        "NginxHash", "NginxConsistentHash", "NginxIpHash",
        "HaproxyConsistentHash", "HaproxyMapHash"}) {
    const auto policy = HashPolicy(Type(type));
    policy->Prepare(*set, At(0));
    const uint32_t tried[] = {0, 1, 2};
    for (size_t n = 0; n < 4; ++n) {
      allocations = 0;
      counting = true;
      const Decision decision =
          policy->Select({}, *set, At(0),
                         {.tried = std::span(tried).first(n),
                          .active = counts,
                          .hash_key = "abcd"});
      counting = false;
      EXPECT_NE(decision.endpoint, kNoEndpoint) << type;
      EXPECT_EQ(allocations, 0) << type << n;
    }
  }
}

TEST_P(NoAllocation, InSelectAndCommit) {
  const auto policy = MakePolicy(GetParam());
  const auto set = MakeSet(Pods(8));
  Client first(*policy);
  first.Request(*set, At(0));
  first.Request(*set, At(0));
  std::vector<Endpoint> pods = Pods(8);
  for (Endpoint& pod : pods) pod.state = EndpointState::kDraining;
  pods[0].state = EndpointState::kReady;
  const auto drained = MakeSet(pods);
  std::vector<char> buffer(policy->MaxFieldSize());
  DrainProgress progress;

  std::string known;
  const uint32_t tried[] = {0, 1};
  for (int i = 0; i < 40; ++i) {
    // In turns: new, known, known and retried, forged, over.
    const std::string value = i % 5 == 0   ? ""
                              : i % 5 == 3 ? known + "x"
                                           : known;
    const std::string_view values[] = {value};
    const Timestamp now = At(i % 5 == 4 ? 20'000 * (i + 1) : 20'000 * (i / 5));
    const SelectOptions options{.tried = i % 5 == 2
                                             ? std::span<const uint32_t>(tried)
                                             : std::span<const uint32_t>()};
    const EndpointSet& endpoints = i % 2 ? *drained : *set;

    allocations = 0;
    counting = true;
    const Decision decision = policy->Select(values, endpoints, now, options);
    std::optional<ResponseField> field;
    if (decision.endpoint != kNoEndpoint) {
      field =
          policy->Commit(decision, &endpoints[decision.endpoint], now, buffer);
    }
    policy->PollDrain(endpoints, 1, now, &progress);
    counting = false;
    EXPECT_EQ(allocations, 0) << OutcomeName(decision.outcome);
    if (field) known = Carry(*policy, TokenOf(*policy, field->value));
  }
}

}  // namespace
}  // namespace limpet::testing
