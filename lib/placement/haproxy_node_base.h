// Where the nodes of a server begin on HAProxy's ring: its hash-key, by
// version.
//
// Thread rule: pure functions.
#ifndef LIMPET_LIB_PLACEMENT_HAPROXY_NODE_BASE_H_
#define LIMPET_LIB_PLACEMENT_HAPROXY_NODE_BASE_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace limpet {
inline namespace v0 {

// `hash-key id`, the default: all versions before 3.0, and 3.3 and later.
uint32_t HaproxyIdBase(uint32_t id) noexcept;
// The same in 3.0 up to the fix of October 2025, which moved most keys.
uint32_t HaproxyHashedIdBase(uint32_t id) noexcept;
// 3.4 and later.
uint32_t HaproxyId32Base(uint32_t id) noexcept;
uint32_t HaproxyGuidBase(std::string_view guid) noexcept;
// 3.0 and later, as on little-endian machines. The address is its 4 or 16 bytes
// in network order.
uint32_t HaproxyAddrBase(std::string_view address) noexcept;
uint32_t HaproxyAddrPortBase(std::string_view address, uint16_t port) noexcept;

// The ids that HAProxy gives to servers in the order of writing, 0 where the
// configuration gives none.
std::vector<uint32_t> HaproxyIds(std::span<const uint32_t> configured);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_HAPROXY_NODE_BASE_H_
