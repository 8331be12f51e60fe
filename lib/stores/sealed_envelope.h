// The envelope of every sealed token: encrypted, and authenticated for a scope.
//
//   token = base64url( 1 | key id | scope tag (4) | nonce (24) | sealed | tag )
//
// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha, libsodium); the associated data
// are "limpet1" NUL, the first six bytes and the scope. The scope tag (keyed
// BLAKE2b) tells a token of another rule from a forged one before any
// decryption; what it says counts only as an outcome. The first byte of what is
// sealed says what it is: 0 a handle (sealed_token.cc), 1 a value
// (sealed_value.cc).
//
// Thread rule: immutable.
#ifndef LIMPET_LIB_STORES_SEALED_ENVELOPE_H_
#define LIMPET_LIB_STORES_SEALED_ENVELOPE_H_

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/base64.h"
#include "codec/big_endian.h"
#include "key_ring_keys.h"
#include "limpet/time.h"
#include "store.h"

namespace limpet {
inline namespace v0 {

class SealedEnvelope {
 public:
  static constexpr size_t kNonceSize =
      crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  using Nonce = std::span<const uint8_t, kNonceSize>;

  // What is sealed begins with its kind and has no more bytes than this.
  static constexpr size_t kMaxPlainSize = 1031;

  static constexpr size_t RawSize(size_t plain_size) {
    return kSealedAt + plain_size + crypto_aead_xchacha20poly1305_ietf_ABYTES;
  }
  static constexpr size_t TokenSize(size_t plain_size) {
    return Base64Size(Base64::kUrl, RawSize(plain_size));
  }

  SealedEnvelope(std::shared_ptr<const KeyRing> keys, const std::string& scope);

  // Authenticates a token, and decrypts it to `plain`; kLive, kInvalid or
  // kForeign. *old_key: it was sealed by a key that only opens.
  // REQUIRES: token.size() == TokenSize(plain.size()).
  OpenResult Open(std::string_view token, uint8_t kind,
                  std::span<uint8_t> plain, bool* old_key) const;

  // Writes a token of TokenSize(plain.size()) letters and returns their number.
  size_t Seal(std::span<const uint8_t> plain, Nonce nonce, char* token) const;

 private:
  static constexpr uint16_t kNoKey = UINT16_MAX;
  static constexpr size_t kScopeTagAt = 2;
  static constexpr size_t kScopeTagSize = 4;
  static constexpr size_t kNonceAt = kScopeTagAt + kScopeTagSize;
  static constexpr size_t kSealedAt = kNonceAt + kNonceSize;

  // A key of the ring, with what it makes of the scope worked out.
  struct ScopedKey {
    const KeyRing::Keys::Key* key;
    std::array<uint8_t, kScopeTagSize> scope_tag;
    std::vector<uint8_t> associated;
  };

  static ScopedKey Scoped(const KeyRing::Keys::Key& key,
                          const std::string& scope);

  std::shared_ptr<const KeyRing> keys_;
  std::vector<ScopedKey> scoped_;
  std::array<uint16_t, 256> by_id_;  // key id -> place in scoped_
  size_t sealing_ = 0;
};

// Times in what is sealed: Unix milliseconds.
inline constexpr size_t kSealedTimeSize = 6;

inline Timestamp LoadSealedTime(const uint8_t* from) {
  return TimestampFromMillis(
      static_cast<int64_t>(LoadBigEndian<kSealedTimeSize>(from)));
}

inline void StoreSealedTime(Timestamp time, uint8_t* to) {
  StoreBigEndian<kSealedTimeSize>(static_cast<uint64_t>(ToMillis(time)), to);
}

// The idle time cannot be stamped into a token that the client holds, so a
// token with less than half of it left is written anew; and one that another
// key sealed, so that the key can go.
inline bool IsDueAnew(const Timeouts& timeouts, bool old_key,
                      Timestamp refreshed, Timestamp now) {
  return old_key || (timeouts.idle > Duration(0) &&
                     Elapsed(refreshed, now) * 2 > timeouts.idle);
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_STORES_SEALED_ENVELOPE_H_
