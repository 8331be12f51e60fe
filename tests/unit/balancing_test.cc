// The fields of `balancer`, and what of them fits together.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "hash_policy.h"

namespace limpet::testing {
namespace {

// What Extend or Validate says to a balancer; "ok" if it is allowed.
std::string Judge(const std::string& json) {
  auto config =
      SessionPersistence::FromJson(R"({"sessionName": "s", "type": "Header"})");
  const Status read = config->Extend(R"({"balancer": )" + json + "}");
  return read.ok() ? config->Validate().ToString() : read.ToString();
}

TEST(BalancingTest, EveryFieldIsRead) {
  auto config = SessionPersistence::FromJson("null");
  ASSERT_TRUE(config
                  ->Extend(R"({"balancer": {
        "type": "HaproxyConsistentHash", "boundedLoadPercent": 150,
        "tableSize": 101, "pointsPerWeight": 7, "minimumRingSize": 10,
        "maximumRingSize": 20, "hostSelectionAttempts": 3,
        "hashFunction": "djb2", "avalanche": true, "hashAddress": true,
        "haproxyHashKey": "addr-port"}})")
                  .ok());
  const Balancing expected{.type = BalancerType::kHaproxyConsistentHash,
                           .bounded_load_percent = 150,
                           .table_size = 101,
                           .points_per_weight = 7,
                           .minimum_ring_size = 10,
                           .maximum_ring_size = 20,
                           .host_selection_attempts = 3,
                           .hash_function = HashFunction::kDjb2,
                           .avalanche = true,
                           .hash_address = true,
                           .haproxy_hash_key = HaproxyHashKey::kAddrPort};
  EXPECT_EQ(config->balancer, expected);
}

TEST(BalancingTest, EveryWordIsAValue) {
  std::map<std::string, BalancerType> types;
  for (const auto& [word, type] :
       {std::pair("RoundRobin", 0), std::pair("Random", 1),
        std::pair("LeastRequest", 2), std::pair("LeastSessions", 3),
        std::pair("RingHash", 4), std::pair("Maglev", 5),
        std::pair("Rendezvous", 6), std::pair("EnvoyRingHash", 7),
        std::pair("EnvoyMaglev", 8), std::pair("NginxHash", 9),
        std::pair("NginxConsistentHash", 10), std::pair("NginxIpHash", 11),
        std::pair("HaproxyConsistentHash", 12),
        std::pair("HaproxyMapHash", 13)}) {
    SessionPersistence config;
    ASSERT_TRUE(config.Extend(R"({"balancer": )" + Type(word) + "}").ok());
    EXPECT_EQ(static_cast<int>(config.balancer.type), type) << word;
  }
  for (const char* function : {"sdbm", "djb2", "wt6", "crc32", "none"}) {
    for (const char* key :
         {"id", "hashed-id", "id32", "addr", "addr-port", "guid"}) {
      EXPECT_EQ(Judge(R"({"type": "HaproxyMapHash", "hashFunction": ")" +
                      std::string(function) + R"(", "haproxyHashKey": ")" +
                      key + R"("})"),
                "ok");
    }
  }
  for (const char* function : {"XX_HASH", "MURMUR_HASH_2"}) {
    EXPECT_EQ(Judge(R"({"type": "EnvoyRingHash", "hashFunction": ")" +
                    std::string(function) + R"("})"),
              "ok");
  }
}

TEST(BalancingTest, WhatDoesNotFitIsNamed) {
  const std::string kBound = "balancer.boundedLoadPercent: ";
  const std::string kPrime =
      "balancer.tableSize: must be a prime, 3 to 5000011";
  for (const auto& [json, expected] : std::map<std::string, std::string>{
           {R"({"boundedLoadPercent": 100})",
            kBound + "must be 0 (no bound) or 101 to 1000"},
           {R"({"boundedLoadPercent": 1001})",
            kBound + "must be 0 (no bound) or 101 to 1000"},
           {R"({"boundedLoadPercent": 101})", "ok"},
           {R"({"type": "NginxHash", "boundedLoadPercent": 125})",
            kBound +
                "must be 0 with this type: that proxy has no bound for it"},
           {R"({"tableSize": 0})", kPrime},
           {R"({"tableSize": 2})", kPrime},
           {R"({"tableSize": 65536})", kPrime},
           {R"({"tableSize": 5000023})", kPrime},
           {R"({"tableSize": 5000011})", "ok"},
           {R"({"tableSize": 4294967295})", kPrime},
           {R"({"pointsPerWeight": 0})",
            "balancer.pointsPerWeight: must be 1 to 65536"},
           {R"({"minimumRingSize": 30, "maximumRingSize": 20})",
            "balancer.minimumRingSize: must be 1 to 20"},
           {R"({"maximumRingSize": 8388609})",
            "balancer.maximumRingSize: must be 1 to 8388608"},
           {R"({"type": "EnvoyMaglev", "hostSelectionAttempts": 65})",
            "balancer.hostSelectionAttempts: must be 0 to 64"},
           {R"({"type": "Maglev", "hostSelectionAttempts": 2})",
            "balancer.hostSelectionAttempts: is of the types EnvoyRingHash and "
            "EnvoyMaglev alone"},
           {R"({"type": "EnvoyMaglev", "hashFunction": "MURMUR_HASH_2"})",
            "balancer.hashFunction: is of type EnvoyRingHash alone"},
           {R"({"type": "EnvoyRingHash", "hashFunction": "sdbm"})",
            "balancer.hashFunction: is of the types HaproxyConsistentHash and "
            "HaproxyMapHash alone"},
           {R"({"type": "HaproxyMapHash", "avalanche": true})",
            "balancer.avalanche: needs a hashFunction, as in HAProxy"},
           {R"({"type": "Maglev", "hashAddress": true})",
            "balancer.hashAddress: is of the types HaproxyConsistentHash and "
            "HaproxyMapHash alone"},
           {R"({"type": "Maglev", "haproxyHashKey": "guid"})",
            "balancer.haproxyHashKey: is of the types HaproxyConsistentHash "
            "and HaproxyMapHash alone"},
           {R"({"type": "Maglev", "slowStart": {"window": "5s"}})",
            "balancer.slowStart.window: must be 0s with this type: a key has "
            "its endpoint, young or old"},
       }) {
    EXPECT_EQ(Judge(json), expected) << json;
  }
}

TEST(LeastSessions, GivesNewOnesToTheEndpointWithTheFewest) {
  const auto policy = MakePolicy(
      R"({"sessionName": "s", "type": "Header",
          "store": {"type": "SessionMap"},
          "balancer": {"type": "LeastSessions", "choices": 16}})");
  const auto two = MakeSet(Pods(2));
  policy->Prepare(*two, At(0));
  for (int i = 0; i < 20; ++i) Client(*policy).Request(*two, At(0));
  // A third one arrives and catches up: sixteen draws miss it hardly ever.
  const auto three = MakeSet(Pods(3));
  policy->Prepare(*three, At(0));
  std::map<std::string, int> counts;
  for (int i = 0; i < 10; ++i) {
    ++counts[Client(*policy).Request(*three, At(0)).endpoint];
  }
  EXPECT_GE(counts["pod-2"], 9);
}

}  // namespace
}  // namespace limpet::testing
