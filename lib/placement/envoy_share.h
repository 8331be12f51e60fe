// The members that Envoy's tables are built from, and the share of each.
//
// Thread rule: pure functions.
#ifndef LIMPET_LIB_PLACEMENT_ENVOY_SHARE_H_
#define LIMPET_LIB_PLACEMENT_ENVOY_SHARE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "placement/member.h"

namespace limpet {
inline namespace v0 {

struct EnvoyShare {
  uint32_t member;
  double weight;  // all together 1
};

// Those that are usable and weigh something, in their order. (In panic Envoy
// takes a priority's members for usable, all of them.)
std::vector<EnvoyShare> EnvoyShares(std::span<const PlacedMember> members);

// With locality-weighted balancing: `locality_of` each member, as an index of
// `locality_weights`.
std::vector<EnvoyShare> EnvoyLocalityShares(
    std::span<const PlacedMember> members,
    std::span<const uint32_t> locality_of,
    std::span<const uint32_t> locality_weights);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_ENVOY_SHARE_H_
