// A client's address as a hash key: its bytes, or those of its network.
//
// Thread rule: a pure function.
//
//   std::array<char, 16> buffer;
//   std::string_view key = AddressKey("203.0.113.7", {.ipv4_bits = 24},
//   buffer); policy->Select(values, endpoints, now, {.hash_key = key});
#ifndef LIMPET_CLIENT_ADDRESS_H_
#define LIMPET_CLIENT_ADDRESS_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace limpet {
inline namespace v0 {

// How many of an address's bits count, from the first on; more than there are:
// all.
struct AddressMask {
  uint32_t ipv4_bits = 32;
  uint32_t ipv6_bits = 128;
};

// 4 or 16 bytes in network order, in the buffer, the rest of the mask zero; an
// IPv4 address mapped into IPv6 has 16. Nothing of a text that is no address (a
// port or brackets do not belong to one).
std::string_view AddressKey(std::string_view text, AddressMask mask,
                            std::span<char, 16> buffer);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_CLIENT_ADDRESS_H_
