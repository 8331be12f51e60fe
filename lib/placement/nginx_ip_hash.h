// nginx's `ip_hash`.
//
// Thread rule: immutable. Used like NginxConsistent; the key is the client's
// address as bytes in network order: 4 of IPv4, 16 of IPv6 (an IPv4 address
// mapped into IPv6 is IPv6), none of a Unix socket.
#ifndef LIMPET_LIB_PLACEMENT_NGINX_IP_HASH_H_
#define LIMPET_LIB_PLACEMENT_NGINX_IP_HASH_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "placement/member.h"
#include "placement/nginx_walk.h"
#include "placement/nginx_weights.h"

namespace limpet {
inline namespace v0 {

class NginxIpHash {
 public:
  explicit NginxIpHash(std::span<const PlacedMember> members)
      : weights_(members) {}

  NginxWalk Start(std::string_view address) const noexcept;
  uint32_t Next(NginxWalk& walk, MemberFilter usable,
                NginxRoundRobin round_robin) const noexcept;

 private:
  NginxWeights weights_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_NGINX_IP_HASH_H_
