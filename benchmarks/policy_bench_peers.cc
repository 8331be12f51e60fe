#include "policy_bench_peers.h"

#include <array>
#include <ctime>
#include <optional>

#include "policy_bench_proxy.h"

namespace limpet::bench {
namespace {

std::vector<std::string> Addresses(uint32_t endpoints) {
  std::vector<std::string> addresses;
  for (uint32_t i = 0; i < endpoints; ++i) {
    addresses.push_back(EndpointAddress(i));
  }
  return addresses;
}

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string Base64Of(std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](size_t j) -> uint32_t {
      return j < bytes.size() ? static_cast<uint8_t>(bytes[j]) : 0;
    };
    const uint32_t bits = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    for (int shift = 18; shift >= 0; shift -= 6) {
      text += kDigits[bits >> shift & 63];
    }
  }
  for (size_t i = 0; i < (3 - bytes.size() % 3) % 3; ++i) {
    text[text.size() - 1 - i] = '=';
  }
  return text;
}

std::optional<std::string> FromBase64(std::string_view text) {
  static const std::array<uint8_t, 256> values = [] {
    std::array<uint8_t, 256> all;
    all.fill(0xff);
    for (uint8_t i = 0; i < 64; ++i) {
      all[static_cast<uint8_t>(kDigits[i])] = i;
    }
    return all;
  }();
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int held = 0;
  for (const char letter : text) {
    const uint8_t value = values[static_cast<uint8_t>(letter)];
    if (value == 0xff) return std::nullopt;
    bits = bits << 6 | value;
    held += 6;
    if (held >= 8) bytes += static_cast<char>(bits >> (held -= 8));
  }
  return bytes;
}

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) {
    bytes += static_cast<char>(value | 0x80);
  }
  return bytes += static_cast<char>(value);
}

struct Cookie {
  std::string address;
  uint64_t expires = 0;
};

// As generated code does: field by field into an object of its own.
std::optional<Cookie> Parse(std::string_view bytes) {
  Cookie cookie;
  const auto varint = [&bytes]() -> uint64_t {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
      const auto byte = static_cast<uint8_t>(bytes.front());
      bytes.remove_prefix(1);
      value |= uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (!bytes.empty()) {
    switch (varint()) {
      case 0x0a: {
        const uint64_t size = varint();
        if (size > bytes.size()) return std::nullopt;
        cookie.address = bytes.substr(0, size);
        bytes.remove_prefix(size);
        break;
      }
      case 0x10:
        cookie.expires = varint();
        break;
      default:
        return std::nullopt;
    }
  }
  return cookie;
}

}  // namespace

HmacPerEndpoint::HmacPerEndpoint(uint32_t endpoints)
    : addresses_(Addresses(endpoints)) {
  Require(sodium_init() >= 0, "libsodium did not start");
  std::array<uint8_t, 32> key;
  key.fill(7);
  crypto_auth_hmacsha256_init(&keyed_, key.data(), key.size());
}

std::string HmacPerEndpoint::Hmac(std::string_view address) const {
  crypto_auth_hmacsha256_state state = keyed_;
  std::array<uint8_t, crypto_auth_hmacsha256_BYTES> hash;
  crypto_auth_hmacsha256_update(
      &state, reinterpret_cast<const uint8_t*>(address.data()), address.size());
  crypto_auth_hmacsha256_final(&state, hash.data());
  std::array<char, crypto_auth_hmacsha256_BYTES * 2 + 1> hex;
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  return hex.data();
}

std::string HmacPerEndpoint::ValueOf(uint32_t endpoint) const {
  return Hmac(addresses_[endpoint]);
}

uint32_t HmacPerEndpoint::Find(std::string_view value) const {
  for (uint32_t i = 0; i < addresses_.size(); ++i) {
    if (Hmac(addresses_[i]) == value) return i;
  }
  return kNobody;
}

Base64Protobuf::Base64Protobuf(uint32_t endpoints)
    : addresses_(Addresses(endpoints)) {
  for (uint32_t i = 0; i < endpoints; ++i) hosts_[addresses_[i]] = i;
}

std::string Base64Protobuf::ValueOf(uint32_t endpoint) const {
  const std::string& address = addresses_[endpoint];
  const auto expires = static_cast<uint64_t>(std::time(nullptr)) + 3600;
  return Base64Of("\x0a" + Varint(address.size()) + address + "\x10" +
                  Varint(expires));
}

uint32_t Base64Protobuf::Find(std::string_view value) const {
  const std::optional<std::string> bytes = FromBase64(value);
  if (!bytes) return kNobody;
  const std::optional<Cookie> cookie = Parse(*bytes);
  if (!cookie) return kNobody;
  const auto now = static_cast<uint64_t>(std::time(nullptr));
  if (cookie->expires != 0 && cookie->expires <= now) return kNobody;
  const auto host = hosts_.find(cookie->address);
  return host == hosts_.end() ? kNobody : host->second;
}

LinearScan::LinearScan(uint32_t endpoints) {
  for (uint32_t i = 0; i < endpoints; ++i) names_.push_back(EndpointId(i));
}

uint32_t LinearScan::Find(std::string_view value) const {
  for (uint32_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == value) return i;
  }
  return kNobody;
}

}  // namespace limpet::bench
