// HashKeyed: 128 bits of a key that an application or a client chose, under a
// secret: who does not know it can neither make two keys meet nor tell where
// one lands. XXH3 up to 64 bytes, SipHash-2-4 beyond.
//
// Thread rule: a pure function.
//
//   HashSecret secret;  // random bytes, or derived from a key
//   SessionId hash = HashKeyed(key, secret.of_keys, secret.of_long_keys);
#ifndef LIMPET_LIB_KEYED_HASH_H_
#define LIMPET_LIB_KEYED_HASH_H_

#include <sodium.h>
#include <xxhash.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "codec/big_endian.h"
#include "limpet/session.h"

namespace limpet {
inline namespace v0 {

struct HashSecret {
  alignas(8) std::array<uint8_t, 192> of_keys;
  std::array<uint8_t, crypto_shorthash_siphashx24_KEYBYTES> of_long_keys;
};
static_assert(sizeof(HashSecret::of_keys) >= XXH3_SECRET_SIZE_MIN);

[[gnu::noinline]] inline SessionId HashLongKey(
    std::string_view key,
    const decltype(HashSecret::of_long_keys)& of_long_keys) {
  std::array<uint8_t, crypto_shorthash_siphashx24_BYTES> hash;
  crypto_shorthash_siphashx24(
      hash.data(), reinterpret_cast<const unsigned char*>(key.data()),
      key.size(), of_long_keys.data());
  return {.high = LoadBigEndian<8>(hash.data()),
          .low = LoadBigEndian<8>(hash.data() + 8)};
}

inline SessionId HashKeyed(
    std::string_view key, const decltype(HashSecret::of_keys)& of_keys,
    const decltype(HashSecret::of_long_keys)& of_long_keys) {
  // Up to here nobody who does not know the secret is known to make keys meet;
  // in the long keys of XXH3 whole lanes can be made to cancel out.
  constexpr size_t kLongestXxhKey = 64;
  if (key.size() > kLongestXxhKey) [[unlikely]] {
    return HashLongKey(key, of_long_keys);
  }
  const XXH128_hash_t hash = XXH3_128bits_withSecret(
      key.data(), key.size(), of_keys.data(), of_keys.size());
  return {.high = hash.low64, .low = hash.high64};
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_KEYED_HASH_H_
