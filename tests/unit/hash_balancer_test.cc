#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>

#include "hash_policy.h"

namespace limpet::testing {
namespace {

constexpr size_t kKeys = 2'000;

class OwnHashBalancer : public ::testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Policy> policy_ = HashPolicy(Type(GetParam()));
};

INSTANTIATE_TEST_SUITE_P(Kinds, OwnHashBalancer,
                         ::testing::Values("RingHash", "Maglev", "Rendezvous"),
                         [](const auto& info) {
                           return std::string(info.param);
                         });

TEST_P(OwnHashBalancer, PlacesAKeyTheSameAtEveryProxyWhateverTheOrder) {
  std::vector<Endpoint> pods = Pods(12);
  pods[3].weight = 5;
  const auto set = MakeSet(pods);
  std::mt19937_64 random(1);
  for (int proxy = 0; proxy < 16; ++proxy) {
    std::shuffle(pods.begin(), pods.end(), random);
    const auto other_set = MakeSet(pods);
    const auto other = HashPolicy(Type(GetParam()));
    if (proxy % 2 == 0) other->Prepare(*other_set, At(0));
    for (size_t i = 0; i < 200; ++i) {
      ASSERT_EQ(PlaceId(*other, *other_set, KeyNumber(i)),
                PlaceId(*policy_, *set, KeyNumber(i)));
    }
  }
}

TEST_P(OwnHashBalancer, PlacesKeysElsewhereUnderAnotherKeyOfTheRing) {
  const auto set = MakeSet(Pods(10));
  const auto other = HashPolicy(Type(GetParam()), PlaceKeys('8'));
  int same = 0;
  for (size_t i = 0; i < kKeys; ++i) {
    same += Place(*policy_, *set, KeyNumber(i)) ==
            Place(*other, *set, KeyNumber(i));
  }
  // Binomial, 0.1: five standard deviations.
  EXPECT_NEAR(same, kKeys * 0.1, 5 * std::sqrt(kKeys * 0.09));
}

TEST_P(OwnHashBalancer, NeedsAKeyToPlaceBy) {
  auto config = SessionPersistence::FromJson("null");
  ASSERT_TRUE(config->Extend(R"({"balancer": )" + Type(GetParam()) + "}").ok());
  for (const auto& keys : {TestKeys(), std::shared_ptr<const KeyRing>()}) {
    const auto policy = Policy::Make(*config, {.scope = "test", .keys = keys});
    ASSERT_FALSE(policy.ok());
    EXPECT_EQ(policy.status().ToString(),
              "keys: this balancer needs a key of the role place");
  }
  EXPECT_TRUE(
      Policy::Make(*config, {.scope = "test", .keys = KeyRing::Generate()})
          .ok());
}

TEST_P(OwnHashBalancer, GivesEveryEndpointItsWeight) {
  // Points on a ring have a spread of their own, beyond that of the keys.
  const std::vector<Endpoint> endpoints = {{.id = "a", .weight = 1},
                                           {.id = "b", .weight = 2},
                                           {.id = "c", .weight = 7},
                                           {.id = "none", .weight = 0}};
  const auto set = MakeSet(endpoints);
  std::map<std::string, int> counts;
  for (size_t i = 0; i < 20'000; ++i) {
    ++counts[PlaceId(*policy_, *set, KeyNumber(i))];
  }
  EXPECT_NEAR(counts["a"], 2'000, 500);
  EXPECT_NEAR(counts["b"], 4'000, 700);
  EXPECT_NEAR(counts["c"], 14'000, 1'000);
  EXPECT_EQ(counts.count("none"), 0U);
}

TEST_P(OwnHashBalancer, MovesNoOtherKeyWhenAnEndpointLeavesOrNearlyNone) {
  for (const int size : {10, 100}) {
    std::vector<Endpoint> pods = Pods(size);
    const auto before = MakeSet(pods);
    pods.erase(pods.begin() + size / 2);
    const auto after = MakeSet(pods);
    const std::string gone = "pod-" + std::to_string(size / 2);
    size_t others = 0;
    size_t moved = 0;
    for (size_t i = 0; i < 20'000; ++i) {
      const std::string place = PlaceId(*policy_, *before, KeyNumber(i));
      if (place == gone) continue;
      ++others;
      moved += PlaceId(*policy_, *after, KeyNumber(i)) != place;
    }
    // Maglev alone: 1 % of its places may change hands.
    const double most = std::string(GetParam()) == "Maglev" ? 0.013 : 0;
    EXPECT_LE(static_cast<double>(moved), most * static_cast<double>(others))
        << size;
  }
}

TEST_P(OwnHashBalancer, SendsRetriesOfAKeyThroughAllEndpointsOnce) {
  const auto set = MakeSet(Pods(6));
  for (size_t i = 0; i < 100; ++i) {
    std::vector<uint32_t> tried;
    while (tried.size() < 6) {
      const uint32_t next =
          Place(*policy_, *set, KeyNumber(i), {.tried = tried});
      ASSERT_NE(next, kNoEndpoint);
      ASSERT_EQ(std::count(tried.begin(), tried.end(), next), 0);
      tried.push_back(next);
    }
    EXPECT_EQ(Place(*policy_, *set, KeyNumber(i), {.tried = tried}),
              kNoEndpoint);
  }
}

TEST_P(OwnHashBalancer, PlacesAKeyInTheSameBackendByTheirWeights) {
  const auto set = MakeSet({{.id = "a0", .backend = "a"},
                            {.id = "b0", .backend = "b"},
                            {.id = "b1", .backend = "b"},
                            {.id = "z0", .backend = "z"}},
                           {{.name = "a", .weight = 1},
                            {.name = "b", .weight = 3},
                            {.name = "z", .weight = 0}});
  std::map<std::string, int> counts;
  for (size_t i = 0; i < 8'000; ++i) {
    const std::string place = PlaceId(*policy_, *set, KeyNumber(i));
    EXPECT_EQ(PlaceId(*policy_, *set, KeyNumber(i)), place);
    ++counts[place];
  }
  EXPECT_NEAR(counts["a0"], 2'000, 200);
  EXPECT_NEAR(counts["b0"], 3'000, 400);
  EXPECT_NEAR(counts["b1"], 3'000, 400);
  EXPECT_EQ(counts.count("z0"), 0U);
}

TEST_P(OwnHashBalancer, GoesByWeightWhereARequestHasNoKey) {
  const auto set =
      MakeSet({{.id = "a", .weight = 1}, {.id = "b", .weight = 3}});
  std::map<std::string, int> counts;
  for (int i = 0; i < 4'000; ++i) {
    ++counts[Send(*policy_, *set, At(0), {}).endpoint];
  }
  EXPECT_NEAR(counts["a"], 1'000, 150);
  EXPECT_NEAR(counts["b"], 3'000, 150);
}

TEST_P(OwnHashBalancer, SpreadsOverPrioritiesByKey) {
  std::vector<Endpoint> pods = Pods(8);
  for (int i = 0; i < 8; ++i) {
    pods[i].priority = i < 4 ? 0 : 1;
    if (i < 2) pods[i].state = EndpointState::kUnavailable;
  }
  const auto set = MakeSet(pods);  // 70 and 30 of 100
  int spilled = 0;
  for (size_t i = 0; i < kKeys; ++i) {
    const uint32_t place = Place(*policy_, *set, KeyNumber(i));
    EXPECT_EQ(Place(*policy_, *set, KeyNumber(i)), place);
    EXPECT_GE(place, 2U);
    spilled += place >= 4;
  }
  EXPECT_NEAR(spilled, kKeys * 0.3, 5 * std::sqrt(kKeys * 0.21));
}

TEST_P(OwnHashBalancer, PlacesNobodyWhereNobodyIs) {
  EXPECT_EQ(Place(*policy_, *MakeSet({}), "key"), kNoEndpoint);
  EXPECT_EQ(Place(*policy_, *MakeSet({{.id = "a", .weight = 0}}), "key"),
            kNoEndpoint);
}

// Where keys land leaves no process, but every proxy of a fleet has to agree,
// of whatever release: changed, all keys move.
TEST(OwnHashBalancers, PlaceGoldenKeys) {
  std::vector<Endpoint> pods = Pods(10);
  pods[2].weight = 4;
  const auto set = MakeSet(pods);
  const auto places = [&](const char* type) {
    const auto policy = HashPolicy(Type(type));
    std::string text;
    for (const char* key : {"", "a", "alice", "10.0.0.1", "0123456789abcdef",
                            "0123456789abcdef0123456789abcdef"
                            "0123456789abcdef0123456789abcdefX"}) {
      text += std::to_string(Place(*policy, *set, key));
    }
    for (size_t i = 0; i < 10; ++i) {
      text += std::to_string(Place(*policy, *set, KeyNumber(i)));
    }
    return text;
  };
  EXPECT_EQ(places("RingHash"), "3822267672223472");
  EXPECT_EQ(places("Maglev"), "3020176622295222");
  EXPECT_EQ(places("Rendezvous"), "8828092210282200");
}

// nginx goes round where its walk ends; here keys part evenly.
TEST(NginxKinds, SpreadWhatTheirWalkDoesNotPlace) {
  for (const char* type : {"NginxHash", "NginxConsistentHash", "NginxIpHash"}) {
    const auto policy = HashPolicy(Type(type));
    std::vector<Endpoint> pods = Pods(100);
    for (int i = 5; i < 100; ++i) pods[i].state = EndpointState::kUnavailable;
    const auto set = MakeSet(pods);
    std::map<uint32_t, int> counts;
    for (uint32_t i = 0; i < 5'000; ++i) {
      const std::string key = {static_cast<char>(i >> 8), static_cast<char>(i),
                               'k', 'y'};
      ++counts[Place(*policy, *set, key)];
    }
    EXPECT_EQ(counts.size(), 5U);
    for (const auto& [index, count] : counts) {
      // nginx's own walk is not even; nobody has nearly half.
      EXPECT_GT(count, 300) << type << index;
      EXPECT_LT(count, 2'000) << type << index;
    }
  }
}

TEST(CompatKinds, HoldBackupsBackWhileOthersCanServe) {
  for (const char* type :
       {"EnvoyRingHash", "EnvoyMaglev", "NginxHash", "NginxConsistentHash",
        "NginxIpHash", "HaproxyConsistentHash", "HaproxyMapHash"}) {
    const auto policy = HashPolicy(Type(type));
    std::vector<Endpoint> pods = Pods(4);
    pods[3].priority = 1;
    const auto set = MakeSet(pods);
    for (Endpoint& pod : pods) {
      if (pod.priority == 0) pod.state = EndpointState::kUnavailable;
    }
    const auto only_backup = MakeSet(pods);
    for (size_t i = 0; i < 200; ++i) {
      EXPECT_LT(Place(*policy, *set, KeyNumber(i)), 3U) << type;
      EXPECT_EQ(Place(*policy, *only_backup, KeyNumber(i)), 3U) << type;
    }
  }
}

TEST(RingHash, MovesKeysToAnEndpointThatGetsHeavierAndNoneElsewhere) {
  const auto policy = HashPolicy(Type("RingHash"));
  std::vector<Endpoint> pods = Pods(10);
  const auto before = MakeSet(pods);
  pods[4].weight = 3;
  const auto after = MakeSet(pods);
  size_t moved = 0;
  for (size_t i = 0; i < kKeys; ++i) {
    const uint32_t from = Place(*policy, *before, KeyNumber(i));
    const uint32_t to = Place(*policy, *after, KeyNumber(i));
    if (from == to) continue;
    ++moved;
    EXPECT_EQ(to, 4U);
  }
  // From 1 of 10 to 3 of 12.
  EXPECT_NEAR(static_cast<double>(moved), kKeys * 0.15, kKeys * 0.05);
}

TEST(RingHash, HasRoomForTheHeaviestEndpoints) {
  const auto policy = HashPolicy(R"({"type": "RingHash",
                                     "pointsPerWeight": 65536})");
  const auto set = MakeSet({{.id = "a", .weight = kMaxWeight},
                            {.id = "b", .weight = kMaxWeight},
                            {.id = "light"}});
  std::map<std::string, int> counts;
  for (size_t i = 0; i < kKeys; ++i) {
    ++counts[PlaceId(*policy, *set, KeyNumber(i))];
  }
  EXPECT_NEAR(counts["a"], kKeys / 2, 150);
  EXPECT_NEAR(counts["b"], kKeys / 2, 150);
  EXPECT_LE(counts["light"], 1);
}

}  // namespace
}  // namespace limpet::testing
