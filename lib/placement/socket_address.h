// SocketAddress: "10.0.0.1:80" or "[2001:db8::1]:80" as bytes.
//
// Thread rule: pure functions.
#ifndef LIMPET_LIB_PLACEMENT_SOCKET_ADDRESS_H_
#define LIMPET_LIB_PLACEMENT_SOCKET_ADDRESS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace limpet {
inline namespace v0 {

struct SocketAddress {
  std::array<char, 16> bytes{};  // in network order
  size_t size = 0;               // 4 or 16
  uint16_t port = 0;             // 0: none was there

  std::string_view ip() const { return {bytes.data(), size}; }
};

// Nothing for a name, or for what is no address.
std::optional<SocketAddress> ParseSocketAddress(std::string_view text);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_SOCKET_ADDRESS_H_
