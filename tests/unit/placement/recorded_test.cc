// The answers of nginx, HAProxy and Envoy that tests/proxies/placement
// recorded.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "placement_case.h"
#include "test_vectors.h"

namespace limpet::testing {
namespace {

using nlohmann::json;

// The first of the members with that one's text: the answers tell no others
// apart.
uint32_t Shown(const json& members, uint32_t member) {
  const std::string key = members.at(member).value("key", "");
  if (key.empty()) return member;
  for (uint32_t i = 0; i < member; ++i) {
    if (members[i].at("key") == key) return i;
  }
  return member;
}

class PlacementRecorded : public ::testing::TestWithParam<const char*> {};

TEST_P(PlacementRecorded, EveryKeyIsWhereTheProxyPlacedIt) {
  const json recorded = LoadVectors(GetParam());
  ASSERT_GE(recorded.size(), 30U);
  for (const json& placement : recorded) {
    SCOPED_TRACE(placement.at("mode").get<std::string>() + ", " +
                 placement.at("name").get<std::string>());
    const std::vector<Tries> placed = Place(placement);
    ASSERT_EQ(placed.size(), placement.at("last").size());
    ASSERT_GE(placed.size(), 100U);
    for (size_t i = 0; i < placed.size(); ++i) {
      ASSERT_FALSE(placed[i].empty());
      EXPECT_EQ(Shown(placement.at("members"), placed[i].back()),
                placement.at("last")[i])
          << "key " << i;
      if (placement.contains("tries")) {
        EXPECT_EQ(placed[i].size(), placement.at("tries")[i]) << "key " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Proxies, PlacementRecorded,
                         ::testing::Values("placement_nginx.json",
                                           "placement_haproxy.json",
                                           "placement_haproxy_3_0.json",
                                           "placement_envoy.json"));

}  // namespace
}  // namespace limpet::testing
