// HAProxy's hash-balance-factor: how many requests a member may have at once.
//
// Thread rule: immutable.
//
//   HaproxyBoundedLoad bound(members, 125);
//   ring.Choose(hash, [&](uint32_t i) {
//     return bound.Eligible(i, active(i), active_in_all);
//   });
#ifndef LIMPET_LIB_PLACEMENT_HAPROXY_BOUNDED_LOAD_H_
#define LIMPET_LIB_PLACEMENT_HAPROXY_BOUNDED_LOAD_H_

#include <cstdint>
#include <span>
#include <vector>

#include "placement/member.h"

namespace limpet {
inline namespace v0 {

class HaproxyBoundedLoad {
 public:
  // `factor` in percent of the mean, above 100.
  HaproxyBoundedLoad(std::span<const PlacedMember> members, uint32_t factor);

  // May it get one more, with so many active now, and so many in all members?
  bool Eligible(uint32_t member, uint32_t active,
                uint32_t active_in_all) const noexcept;

 private:
  struct Share {
    uint32_t weight;
    uint32_t before;  // of the usable members that are written before it
  };

  std::vector<Share> shares_;
  uint32_t total_ = 0;
  uint32_t factor_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_HAPROXY_BOUNDED_LOAD_H_
