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
  const EndpointSet::Group& group = set->groups()[0];
  EXPECT_EQ(group.ready, (std::vector<uint32_t>{0, 4}));
  EXPECT_EQ(group.cumulative, (std::vector<uint64_t>{1, 4}));
  EXPECT_EQ(group.total_weight, 4U);
  EXPECT_FALSE(group.equal_weights);
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
