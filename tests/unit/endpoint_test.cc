#include "limpet/endpoint.h"

#include <gtest/gtest.h>

#include <string>

#include "test_policy.h"

namespace limpet::testing {
namespace {

TEST(EndpointSet, FindsAThousandEndpointsByHandleAndAddress) {
  const auto set = MakeSet(Pods(250));
  ASSERT_EQ(set->size(), 250U);
  for (uint32_t i = 0; i < set->size(); ++i) {
    EXPECT_EQ(set->Find(set->handle(i)), i);
    EXPECT_EQ(set->Find(HashEndpointId((*set)[i].id)), i);
    EXPECT_EQ(set->FindAddress((*set)[i].address), i);
  }
  EXPECT_EQ(set->Find(HashEndpointId("nobody")), kNoEndpoint);
  EXPECT_EQ(set->Find(kNoHandle), kNoEndpoint);
  EXPECT_EQ(set->FindAddress("10.0.0.1"), kNoEndpoint);
}

TEST(EndpointSet, RefusesWhatItCannotTellApartAndNamesIt) {
  const auto twice = EndpointSet::Make({{.id = "a"}, {.id = "b"}, {.id = "a"}});
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.status().code(), StatusCode::kDuplicate);
  EXPECT_EQ(twice.status().ToString(), "endpoints[2].id: \"a\" is there twice");

  const auto nameless = EndpointSet::Make({{.id = ""}});
  EXPECT_EQ(nameless.status().ToString(), "endpoints[0].id: must not be empty");
  const auto heavy = EndpointSet::Make({{.id = "a", .weight = 1'000'001}});
  EXPECT_EQ(heavy.status().problems()[0].field, "endpoints[0].weight");
  const auto lost =
      EndpointSet::Make({{.id = "a", .backend = "x"}}, {{.name = "y"}});
  EXPECT_EQ(lost.status().problems()[0].field, "endpoints[0].backend");
  const auto backends = EndpointSet::Make({}, {{.name = "y"}, {.name = "y"}});
  EXPECT_EQ(backends.status().problems()[0].field, "backends[1].name");
  const auto far =
      EndpointSet::Make({{.id = "a", .address = std::string(256, 'x')}});
  EXPECT_EQ(far.status().problems()[0].field, "endpoints[0].address");
}

TEST(EndpointSet, OfTwoEndpointsWithOneAddressTheAvailableOneIsFound) {
  const auto set = MakeSet({{.id = "old",
                             .address = "10.0.0.1:80",
                             .state = EndpointState::kUnavailable},
                            {.id = "new", .address = "10.0.0.1:80"}});
  EXPECT_EQ(set->FindAddress("10.0.0.1:80"), 1U);
}

TEST(EndpointSet, OnlyReadyEndpointsWithAWeightTakePartInAGroup) {
  const auto set = MakeSet({{.id = "a"},
                            {.id = "b", .weight = 0},
                            {.id = "c", .state = EndpointState::kDraining},
                            {.id = "d", .state = EndpointState::kUnavailable},
                            {.id = "e", .weight = 3}});
  ASSERT_EQ(set->groups().size(), 1U);
  ASSERT_EQ(set->groups()[0].tiers.size(), 1U);
  const EndpointSet::Tier& tier = set->groups()[0].tiers[0];
  EXPECT_EQ(tier.ready, (std::vector<uint32_t>{0, 4}));
  EXPECT_EQ(tier.cumulative, (std::vector<uint64_t>{1, 4}));
  EXPECT_EQ(tier.total_weight, 4U);
  EXPECT_FALSE(tier.equal_weights);
  EXPECT_EQ(tier.share, 100U);
  EXPECT_EQ(set->tier(0), 0U);
  EXPECT_EQ(set->tier(1), EndpointSet::kNoTier);
}

// What each tier gets of 100 new sessions, best first.
std::vector<uint32_t> SharesOf(std::vector<Endpoint> endpoints,
                               const std::string& locality = "") {
  const auto set =
      EndpointSet::Make(std::move(endpoints), {}, {.locality = locality});
  EXPECT_TRUE(set.ok()) << set.status().ToString();
  std::vector<uint32_t> shares;
  for (const auto& tier : (*set)->groups()[0].tiers) {
    shares.push_back(tier.share);
  }
  return shares;
}

// `ready` and `down` endpoints of a priority.
void AddRank(uint32_t priority, int ready, int down,
             std::vector<Endpoint>* endpoints) {
  for (int i = 0; i < ready + down; ++i) {
    endpoints->push_back({.id = std::to_string(endpoints->size()),
                          .state = i < ready ? EndpointState::kReady
                                             : EndpointState::kUnavailable,
                          .priority = priority});
  }
}

TEST(EndpointSet, APriorityLeavesToTheNextWhatItCannotServe) {
  struct Row {
    int ready[2];
    int down[2];
    std::vector<uint32_t> shares;
  };
  // The second and third as Envoy's documentation of priority levels has them.
  for (const Row& row : std::vector<Row>{{{4, 2}, {0, 0}, {100, 0}},
                                         {{72, 100}, {28, 0}, {100, 0}},
                                         {{71, 100}, {29, 0}, {99, 1}},
                                         {{50, 100}, {50, 0}, {70, 30}},
                                         {{0, 3}, {5, 0}, {100}},
                                         {{25, 25}, {75, 75}, {50, 50}}}) {
    std::vector<Endpoint> endpoints;
    AddRank(0, row.ready[0], row.down[0], &endpoints);
    AddRank(7, row.ready[1], row.down[1], &endpoints);
    EXPECT_EQ(SharesOf(endpoints), row.shares)
        << row.ready[0] << " and " << row.ready[1];
  }
}

TEST(EndpointSet, DrainingEndpointsTakeNothingFromTheirPriority) {
  std::vector<Endpoint> endpoints;
  AddRank(0, 1, 0, &endpoints);
  AddRank(1, 1, 0, &endpoints);
  for (int i = 0; i < 9; ++i) {
    endpoints.push_back({.id = "draining-" + std::to_string(i),
                         .state = EndpointState::kDraining});
  }
  EXPECT_EQ(SharesOf(endpoints), (std::vector<uint32_t>{100, 0}));
}

TEST(EndpointSet, TheNearestOfAPriorityComeFirst) {
  const std::vector<Endpoint> endpoints = {
      {.id = "abroad", .locality = "us/a"},
      {.id = "next door", .locality = "eu/b"},
      {.id = "here", .locality = "eu/a"},
      {.id = "spare", .priority = 1, .locality = "eu/a"}};
  const auto nearest = [&](const std::string& locality) {
    const auto set = EndpointSet::Make(endpoints, {}, {.locality = locality});
    std::string order;
    for (const auto& tier : (*set)->groups()[0].tiers) {
      for (const uint32_t i : tier.ready) order += endpoints[i].id + ";";
    }
    return order;
  };
  EXPECT_EQ(nearest("eu/a"), "here;next door;abroad;spare;");
  EXPECT_EQ(nearest("us/z"), "abroad;next door;here;spare;");
  EXPECT_EQ(nearest(""), "abroad;next door;here;spare;");
  EXPECT_EQ(SharesOf(endpoints), (std::vector<uint32_t>{100, 0}));
}

TEST(Cluster, ReadersSeeWhatWasPublishedFromTheirNextRequestOn) {
  Cluster cluster(MakeSet(Pods(1)));
  Cluster::Reader reader(cluster);
  EXPECT_EQ(reader.Current().size(), 1U);
  const auto held = reader.Hold();
  cluster.Publish(MakeSet(Pods(2)));
  EXPECT_EQ(held->size(), 1U);
  EXPECT_EQ(reader.Current().size(), 2U);
  EXPECT_EQ(cluster.Snapshot()->size(), 2U);
}

// A format: handles are in tokens that clients hold for days.
TEST(HashEndpointId, NeverChanges) {
  EXPECT_EQ(HashEndpointId("backend-765694d47f-wn8hp"), 0xb7fe071466438dd5U);
  EXPECT_EQ(HashEndpointId("10.0.0.1:3000"), 0xc3903e7e925507fU);
  EXPECT_EQ(HashEndpointId(""), 0x2d06800538d394c2U);
}

}  // namespace
}  // namespace limpet::testing
