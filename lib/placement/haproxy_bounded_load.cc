#include "placement/haproxy_bounded_load.h"

#include <algorithm>

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint32_t kUnitsPerWeight = 16;

}  // namespace

HaproxyBoundedLoad::HaproxyBoundedLoad(std::span<const PlacedMember> members,
                                       uint32_t factor)
    : factor_(factor) {
  shares_.reserve(members.size());
  for (const PlacedMember& member : members) {
    const uint32_t weight = member.usable ? member.weight * kUnitsPerWeight : 0;
    shares_.push_back({weight, total_});
    total_ += weight;
  }
}

// In 32 bits throughout: where HAProxy overflows, so does this.
bool HaproxyBoundedLoad::Eligible(uint32_t member, uint32_t active,
                                  uint32_t active_in_all) const noexcept {
  if (total_ == 0) return false;
  const Share share = shares_[member];
  const uint32_t wanted = ((active_in_all + 1) * factor_ + 99) / 100;
  const uint32_t rest = wanted % total_;
  const uint32_t slots = share.weight * (wanted / total_) +
                         (share.before + share.weight) * rest / total_ -
                         share.before * rest / total_;
  return active < std::max(slots, 1U);
}

}  // namespace v0
}  // namespace limpet
