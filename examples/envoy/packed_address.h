// PackedAddress: "ip:port" in as few bytes as it has, for tokens that are not
// to be longer than they have to.
//
//   address (4) | port (2)        IPv4
//   0 | address (16) | port (2)   IPv6
//   1 | text                      what is neither, and has 6 bytes
//   the text itself               else; or an address not in the usual form
//
// Big endian. A format: it lives in sealed tokens.
//
// Thread rule: pure functions.
#ifndef LIMPET_EXAMPLES_ENVOY_PACKED_ADDRESS_H_
#define LIMPET_EXAMPLES_ENVOY_PACKED_ADDRESS_H_

#include <array>
#include <cstddef>
#include <string_view>

namespace limpet_envoy {

inline constexpr size_t kMaxAddress = 256;  // Envoy's are shorter by far

// Both write to `buffer` and return a view of it, or `text` itself.
std::string_view Pack(std::string_view text, std::array<char, 19>* buffer);
std::string_view Unpack(std::string_view packed,
                        std::array<char, kMaxAddress>* buffer);

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_PACKED_ADDRESS_H_
