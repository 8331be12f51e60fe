#include "packed_address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <string>

namespace limpet_envoy {
namespace {

constexpr size_t kPort = 2;
constexpr size_t kIpv4Size = 4 + kPort;
constexpr size_t kIpv6Size = 1 + 16 + kPort;
constexpr size_t kMarkedSize = 1 + kIpv4Size;
constexpr char kMark = 1;

// A text as it is, unless it would be read as an address.
std::string_view AsText(std::string_view text, std::array<char, 19>* buffer) {
  if (text.size() != kIpv4Size) return text;
  buffer->front() = kMark;
  std::memcpy(buffer->data() + 1, text.data(), text.size());
  return {buffer->data(), kMarkedSize};
}

}  // namespace

std::string_view Unpack(std::string_view packed,
                        std::array<char, kMaxAddress>* buffer) {
  const bool is_ipv4 = packed.size() == kIpv4Size;
  const bool is_ipv6 = packed.size() == kIpv6Size && packed[0] == '\0';
  if (packed.size() == kMarkedSize && packed[0] == kMark) {
    return packed.substr(1);
  }
  if (!is_ipv4 && !is_ipv6) return packed;
  char* const begin = buffer->data();
  char* const end = begin + buffer->size();
  char* to = begin;
  const char* from = packed.data();
  if (is_ipv6) {
    ++from;
    *to++ = '[';
    if (inet_ntop(AF_INET6, from, to, INET6_ADDRSTRLEN) == nullptr) return {};
    to += std::strlen(to);
    *to++ = ']';
    from += 16;
  } else {
    for (int i = 0; i < 4; ++i) {
      if (i > 0) *to++ = '.';
      to = std::to_chars(to, end, static_cast<unsigned char>(*from++)).ptr;
    }
  }
  *to++ = ':';
  const unsigned port = static_cast<unsigned char>(from[0]) * 256U +
                        static_cast<unsigned char>(from[1]);
  to = std::to_chars(to, end, port).ptr;
  return {begin, static_cast<size_t>(to - begin)};
}

std::string_view Pack(std::string_view text, std::array<char, 19>* buffer) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.size() >= kMaxAddress) {
    return AsText(text, buffer);
  }
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + colon + 1, end, port);
  if (read.ec != std::errc() || read.ptr != end || port > 65535) {
    return AsText(text, buffer);
  }

  std::string ip(text.substr(0, colon));
  char* to = buffer->data();
  if (ip.size() >= 2 && ip.front() == '[' && ip.back() == ']') {
    ip = ip.substr(1, ip.size() - 2);
    *to++ = '\0';
    if (inet_pton(AF_INET6, ip.c_str(), to) != 1) return AsText(text, buffer);
    to += 16;
  } else {
    if (inet_pton(AF_INET, ip.c_str(), to) != 1) return AsText(text, buffer);
    to += 4;
  }
  *to++ = static_cast<char>(port >> 8);
  *to++ = static_cast<char>(port & 255);
  const std::string_view packed(buffer->data(),
                                static_cast<size_t>(to - buffer->data()));
  // Envoy knows an endpoint by its text: it has to come back letter by letter.
  std::array<char, kMaxAddress> again;
  return Unpack(packed, &again) == text ? packed : AsText(text, buffer);
}

}  // namespace limpet_envoy
