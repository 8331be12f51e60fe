#include "placement/haproxy_hash.h"

#include <cstddef>

#include "placement/hashes.h"

namespace limpet {
inline namespace v0 {
namespace {

// The decimal number at the start, mod 2^32: "12abc" is 12, "-5" is 2^32 - 5,
// "abc" is 0.
uint32_t LeadingNumber(std::string_view key) {
  bool negative = false;
  if (!key.empty() && (key[0] == '-' || key[0] == '+')) {
    negative = key[0] == '-';
    key.remove_prefix(1);
  }
  uint32_t number = 0;
  for (const char c : key) {
    if (c < '0' || c > '9') break;
    number = number * 10 + static_cast<uint32_t>(c - '0');
  }
  return negative ? 0 - number : number;
}

uint32_t Plain(HaproxyFunction function, std::string_view key) {
  switch (function) {
    case HaproxyFunction::kSdbm:
      return Sdbm(key);
    case HaproxyFunction::kDjb2:
      return Djb2(key);
    case HaproxyFunction::kWt6:
      return Wt6(key);
    case HaproxyFunction::kCrc32:
      return Crc32(key);
    case HaproxyFunction::kNone:
      return LeadingNumber(key);
  }
  return 0;
}

}  // namespace

uint32_t HaproxyHash::operator()(std::string_view key) const noexcept {
  const uint32_t hash = Plain(function, key);
  return avalanche ? FullHash(hash) : hash;
}

uint32_t HaproxyHash::OfAddress(std::string_view address) const noexcept {
  uint32_t hash = 0;
  for (size_t i = 0; i < address.size(); ++i) {
    const uint32_t byte = static_cast<unsigned char>(address[i]);
    hash ^= byte << (24 - 8 * (i % 4));
  }
  return avalanche ? FullHash(hash) : hash;
}

}  // namespace v0
}  // namespace limpet
