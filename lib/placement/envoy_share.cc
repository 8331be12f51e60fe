#include "placement/envoy_share.h"

#include <cstddef>

namespace limpet {
inline namespace v0 {
namespace {

bool Counts(const PlacedMember& member) {
  return member.usable && member.weight > 0;
}

}  // namespace

std::vector<EnvoyShare> EnvoyShares(std::span<const PlacedMember> members) {
  const std::vector<uint32_t> one_locality(members.size(), 0);
  const uint32_t weight = 1;
  return EnvoyLocalityShares(members, one_locality, std::span(&weight, 1));
}

// The order of the operations is Envoy's: another one rounds differently.
std::vector<EnvoyShare> EnvoyLocalityShares(
    std::span<const PlacedMember> members,
    std::span<const uint32_t> locality_of,
    std::span<const uint32_t> locality_weights) {
  uint64_t all_localities = 0;
  for (const uint32_t weight : locality_weights) all_localities += weight;
  std::vector<std::vector<uint32_t>> members_of(locality_weights.size());
  std::vector<uint64_t> sum_of(locality_weights.size(), 0);
  for (uint32_t i = 0; i < members.size(); ++i) {
    if (!Counts(members[i])) continue;
    members_of[locality_of[i]].push_back(i);
    sum_of[locality_of[i]] += members[i].weight;
  }
  std::vector<EnvoyShare> shares;
  for (size_t locality = 0; locality < members_of.size(); ++locality) {
    if (locality_weights[locality] == 0) continue;
    const double locality_share =
        static_cast<double>(locality_weights[locality]) /
        static_cast<double>(all_localities);
    for (const uint32_t i : members_of[locality]) {
      shares.push_back({i, members[i].weight * locality_share /
                               static_cast<double>(sum_of[locality])});
    }
  }
  return shares;
}

}  // namespace v0
}  // namespace limpet
