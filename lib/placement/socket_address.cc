#include "placement/socket_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace limpet {
inline namespace v0 {

std::optional<SocketAddress> ParseSocketAddress(std::string_view text) {
  SocketAddress address;
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return std::nullopt;
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    const size_t colon = text.find(':');
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc() || end != port.data() + port.size()) {
      return std::nullopt;
    }
  }
  std::array<char, INET6_ADDRSTRLEN> name{};
  if (host.size() >= name.size() || host.find('\0') != host.npos) {
    return std::nullopt;
  }
  std::copy(host.begin(), host.end(), name.begin());
  const bool is_v6 = host.find(':') != std::string_view::npos;
  if (inet_pton(is_v6 ? AF_INET6 : AF_INET, name.data(),
                address.bytes.data()) != 1) {
    return std::nullopt;
  }
  address.size = is_v6 ? 16 : 4;
  return address;
}

}  // namespace v0
}  // namespace limpet
