#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "test_policy.h"
#include "threads.h"

namespace limpet::testing {
namespace {

constexpr int kThreads = 4;
constexpr int kRequests = 3'000;

// Threads meet at sets that nobody has prepared, and at one that is prepared
// and counted while they choose.
TEST(PolicyThreads, OneTableIsMadeForAllWhoFindNone) {
  const auto keys = KeyRing::Generate();
  for (const char* type : {"RingHash", "Maglev", "EnvoyRingHash",
                           "NginxConsistentHash", "HaproxyConsistentHash"}) {
    const auto policy =
        MakePolicy(std::string(R"({"sessionName": "S", "type": "Header",
            "store": {"type": "SessionMap"}, "balancer": {"type": ")") +
                       type + R"("}})",
                   "default/test/0", keys);
    std::vector<Endpoint> pods = Pods(20);
    for (Endpoint& pod : pods) pod.max_sessions = 1'000'000;
    for (int round = 0; round < 10; ++round) {
      const auto set = MakeSet(pods);
      std::array<std::atomic<uint32_t>, 50> places;
      for (auto& place : places) place = kNoEndpoint;
      std::atomic<int> differ{0};
      RunThreads(kThreads, [&](int thread) {
        if (thread == 0) policy->Prepare(*set, At(0));
        for (size_t i = 0; i < places.size(); ++i) {
          const std::string key = std::to_string(i);
          const uint32_t place =
              policy->Select({}, *set, At(0), {.hash_key = key}).endpoint;
          uint32_t other = kNoEndpoint;
          if (!places[i].compare_exchange_strong(other, place) &&
              other != place) {
            ++differ;
          }
        }
      });
      EXPECT_EQ(differ, 0) << type;
    }
  }
}

TEST(PolicyThreads, ManyClientsStickWhileTheEndpointsChange) {
  for (const char* store : {"SealedToken", "SessionMap", "EnvoyToken"}) {
    // Whoever waits for a lock that a stopped thread has goes unpinned in the
    // end; not here.
    std::shared_ptr<SessionMap> patient;
    if (std::string_view(store) == "SessionMap") {
      patient = *SessionMap::Make({.capacity = 100'000},
                                  {.lock_budget = std::chrono::seconds(50)});
    }
    const auto policy =
        MakePolicy(std::string(R"({"sessionName": "S", "type": "Header",
                        "store": {"type": ")") +
                       store + R"("}})",
                   "default/test/0", TestKeys(), patient);
    // pod-3 comes and goes; sessions of the others never move.
    const auto all = MakeSet(Pods(4));
    const auto without = MakeSet(Pods(3));
    Cluster cluster(all);
    std::atomic<bool> done{false};
    std::jthread publisher([&] {
      for (int i = 0; !done; ++i) {
        cluster.Publish(i % 2 ? all : without);
        std::this_thread::yield();
      }
    });
    std::atomic<int> strayed{0};
    RunThreads(kThreads, [&](int) {
      Cluster::Reader reader(cluster);
      std::string token;
      std::string pinned;
      std::array<char, 512> buffer;
      for (int i = 0; i < kRequests; ++i) {
        const EndpointSet& set = reader.Current();
        const std::string_view values[] = {token};
        const Decision decision = policy->Select(values, set, At(i));
        const std::string& id = set[decision.endpoint].id;
        if (!pinned.empty() && pinned != "pod-3" && id != pinned) ++strayed;
        pinned = id;
        const auto field =
            policy->Commit(decision, &set[decision.endpoint], At(i), buffer);
        if (field) token = std::string(field->value);
        if (i % 100 == 99) token.clear(), pinned.clear();
      }
    });
    done = true;
    publisher.join();
    EXPECT_EQ(strayed.load(), 0) << store;
    uint64_t counted = 0;
    for (const uint64_t value : policy->counters().values) counted += value;
    EXPECT_EQ(counted, uint64_t{kThreads} * kRequests);
  }
}

TEST(PolicyThreads, RoundRobinDealsEvenlyToManyThreads) {
  const auto policy = MakePolicy("null");
  const auto set = MakeSet(Pods(4));
  std::array<std::atomic<int>, 4> counts{};
  RunThreads(kThreads, [&](int) {
    for (int i = 0; i < kRequests; ++i) {
      ++counts[policy->Select({}, *set, At(0)).endpoint];
    }
  });
  for (const auto& count : counts) EXPECT_EQ(count.load(), kRequests);
}

}  // namespace
}  // namespace limpet::testing
