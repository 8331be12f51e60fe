#include "placement/haproxy_consistent.h"

#include <utility>

#include "placement/hashes.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint32_t kNodesPerWeight = 16;

}  // namespace

HaproxyConsistent::HaproxyConsistent(std::span<const PlacedMember> members) {
  std::vector<uint64_t> nodes;
  for (uint32_t i = 0; i < members.size(); ++i) {
    if (!members[i].usable) continue;
    const uint32_t count = members[i].weight * kNodesPerWeight;
    for (uint32_t n = 0; n < count; ++n) {
      nodes.push_back(PackPoint(FullHash(members[i].node_base + n), i));
    }
  }
  SortPoints(nodes);
  std::vector<uint32_t> hashes;
  hashes.reserve(nodes.size());
  owners_.reserve(nodes.size());
  for (const uint64_t node : nodes) {
    hashes.push_back(static_cast<uint32_t>(node >> 32));
    owners_.push_back(static_cast<uint32_t>(node));
  }
  hashes_.Assign(std::move(hashes));
}

uint32_t HaproxyConsistent::Choose(uint32_t hash,
                                   MemberFilter eligible) const noexcept {
  const size_t size = hashes_.size();
  if (size == 0) return kNoMember;
  const size_t next = hashes_.AtOrAfter(hash);
  const size_t previous = (next == 0 ? size : next) - 1;
  // Distances round the circle; the lower node wins a tie.
  const bool nearer_below = hash - hashes_[previous] <= hashes_[next] - hash;
  const size_t start = nearer_below ? previous : next;
  for (size_t i = start; i < size; ++i) {
    if (eligible(owners_[i])) return owners_[i];
  }
  for (size_t i = 0; i < start; ++i) {
    if (eligible(owners_[i])) return owners_[i];
  }
  return owners_[size - 1];
}

}  // namespace v0
}  // namespace limpet
