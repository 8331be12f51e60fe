// nginx's `hash KEY`, which is that of Cache::Memcached.
//
// Thread rule: immutable. Used like NginxConsistent.
#ifndef LIMPET_LIB_PLACEMENT_NGINX_HASH_H_
#define LIMPET_LIB_PLACEMENT_NGINX_HASH_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "placement/member.h"
#include "placement/nginx_walk.h"
#include "placement/nginx_weights.h"

namespace limpet {
inline namespace v0 {

class NginxHash {
 public:
  explicit NginxHash(std::span<const PlacedMember> members)
      : weights_(members) {}

  NginxWalk Start(std::string_view key) const noexcept;
  uint32_t Next(NginxWalk& walk, MemberFilter usable,
                NginxRoundRobin round_robin) const noexcept;

 private:
  NginxWeights weights_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_NGINX_HASH_H_
