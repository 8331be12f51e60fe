#include "limpet/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace limpet {
inline namespace v0 {

std::string_view AddressKey(std::string_view text, AddressMask mask,
                            std::span<char, 16> buffer) {
  std::array<char, INET6_ADDRSTRLEN> name{};
  if (text.size() >= name.size() || text.find('\0') != text.npos) return {};
  std::copy(text.begin(), text.end(), name.begin());
  const bool is_v6 = text.find(':') != std::string_view::npos;
  if (inet_pton(is_v6 ? AF_INET6 : AF_INET, name.data(), buffer.data()) != 1) {
    return {};
  }
  const size_t size = is_v6 ? 16 : 4;
  const uint32_t bits = is_v6 ? mask.ipv6_bits : mask.ipv4_bits;
  for (size_t i = 0; i < size; ++i) {
    const auto begin = static_cast<uint32_t>(i * 8);
    const uint32_t kept = bits <= begin ? 0 : std::min(bits - begin, 8U);
    buffer[i] = static_cast<char>(static_cast<unsigned char>(buffer[i]) &
                                  (0xff00U >> kept));
  }
  return {buffer.data(), size};
}

}  // namespace v0
}  // namespace limpet
