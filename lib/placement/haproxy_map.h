// HAProxy's `hash-type map-based`.
//
// Thread rule: immutable.
#ifndef LIMPET_LIB_PLACEMENT_HAPROXY_MAP_H_
#define LIMPET_LIB_PLACEMENT_HAPROXY_MAP_H_

#include <cstdint>
#include <span>
#include <vector>

#include "placement/member.h"

namespace limpet {
inline namespace v0 {

class HaproxyMap {
 public:
  // As many slots as the usable members weigh, after the weights of all were
  // divided by what they have in common. REQUIRES: weights of at most 256.
  explicit HaproxyMap(std::span<const PlacedMember> members);

  // A retry asks for the same hash and gets the same member, until the map is
  // built without it. kNoMember if nobody is usable.
  uint32_t Choose(uint32_t hash) const noexcept { return OfSlot(hash); }

  // Without a key HAProxy goes through the map: the n-th slot's member.
  uint32_t OfSlot(uint64_t n) const noexcept {
    return slots_.empty() ? kNoMember : slots_[n % slots_.size()];
  }

 private:
  std::vector<uint32_t> slots_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_HAPROXY_MAP_H_
