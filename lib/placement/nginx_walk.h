// One request's way through nginx's members: where it stands after each try,
// which nginx keeps over retries.
//
// Thread rule: belongs to one request.
#ifndef LIMPET_LIB_PLACEMENT_NGINX_WALK_H_
#define LIMPET_LIB_PLACEMENT_NGINX_WALK_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "placement/function_ref.h"

namespace limpet {
inline namespace v0 {

struct NginxWalk {
  // The 21st miss ends the walk: plain round robin from there on.
  static constexpr uint32_t kMostMisses = 20;

  std::string_view key{};  // must outlive the walk
  uint32_t position = 0;   // each class's own: a point, or a running hash
  uint32_t round = 0;
  uint32_t misses = 0;

  bool ended() const { return misses > kMostMisses; }
  void End() { misses = kMostMisses + 1; }
};

// nginx's round robin among some members: state of each of its workers, so it
// is the caller's. Asked where a walk ends, or where several members have the
// text that was found; skips those that may not have the request itself.
using NginxRoundRobin =
    FunctionRef<uint32_t(std::span<const uint32_t> members)>;

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_NGINX_WALK_H_
