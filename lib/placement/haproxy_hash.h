// HAProxy's hash-type: from the bytes of a key to a number.
//
// Thread rule: pure functions.
#ifndef LIMPET_LIB_PLACEMENT_HAPROXY_HASH_H_
#define LIMPET_LIB_PLACEMENT_HAPROXY_HASH_H_

#include <cstdint>
#include <string_view>

namespace limpet {
inline namespace v0 {

enum class HaproxyFunction : uint8_t {
  kSdbm,
  kDjb2,
  kWt6,
  kCrc32,
  kNone,  // the key is a decimal number (2.9 and later)
};

// `hash-type consistent` without more is {kSdbm, true}, `map-based` is {kSdbm,
// false}; where a function is named, the avalanche must be named too.
struct HaproxyHash {
  HaproxyFunction function = HaproxyFunction::kSdbm;
  bool avalanche = false;

  uint32_t operator()(std::string_view key) const noexcept;
  // `balance source`: 4 or 16 bytes in network order; no function is used.
  uint32_t OfAddress(std::string_view address) const noexcept;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_HAPROXY_HASH_H_
