// What other proxies place keys on: their view of an endpoint.
//
// The classes of this folder say where Envoy, nginx and HAProxy place a key,
// bit by bit. Each is built from all members, is immutable then, and answers
// with a member's index. None allocates after it is built.
#ifndef LIMPET_LIB_PLACEMENT_MEMBER_H_
#define LIMPET_LIB_PLACEMENT_MEMBER_H_

#include <cstdint>
#include <string_view>

#include "placement/function_ref.h"

namespace limpet {
inline namespace v0 {

struct PlacedMember {
  // The text by which the proxy knows it; only read while a class is built.
  // Envoy: "ip:port", or the host name or hash_key where it uses that. nginx:
  // the parameter of `server` as written. HAProxy: not used.
  std::string_view key{};
  // Envoy: 1 and more. nginx: 1 and more. HAProxy: 0 to 256. A weight of 0 gets
  // nothing.
  uint32_t weight = 1;
  // HAProxy's consistent hash: where its nodes begin (haproxy_node_base.h).
  uint32_t node_base = 0;
  // Down members are left out of Envoy's and HAProxy's tables. nginx keeps
  // them, and asks for each request.
  bool usable = true;
};

inline constexpr uint32_t kNoMember = UINT32_MAX;

// May this member have the request? Not one that is down, full or tried before.
using MemberFilter = FunctionRef<bool(uint32_t member)>;

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_MEMBER_H_
