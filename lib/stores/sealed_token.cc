// SealedToken: the session lives in its token, encrypted and authenticated.
//
//   token = base64url( 1 | key id | scope tag (4) | nonce (24) | sealed | tag )
//   sealed = 0 | handle (8) | session id (8) | created (6) | refreshed (6)
//
// 75 bytes, 100 letters, no spare bits. Numbers are big endian, times are Unix
// milliseconds. XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha, libsodium); the
// associated data are "limpet1" NUL, the first six bytes and the scope. The
// scope tag (keyed BLAKE2b) tells a token of another rule from a forged one
// before any decryption; what it says counts only as an outcome.
#include "stores/sealed_token.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "codec/base64.h"
#include "codec/big_endian.h"
#include "key_ring_keys.h"
#include "store.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kScopeTagAt = 2;
constexpr size_t kScopeTagSize = 4;
constexpr size_t kNonceAt = kScopeTagAt + kScopeTagSize;
constexpr size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kSealedAt = kNonceAt + kNonceSize;
constexpr size_t kHandleAt = 1;
constexpr size_t kIdAt = 9;
constexpr size_t kIdSize = 8;
constexpr size_t kCreatedAt = 17;
constexpr size_t kRefreshedAt = 23;
constexpr size_t kPlainSize = 29;
constexpr size_t kTimeSize = 6;
constexpr size_t kRawSize =
    kSealedAt + kPlainSize + crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kTokenSize = Base64Size(Base64::kUrl, kRawSize);
static_assert(kRawSize == 75 && kTokenSize == kSealedTokenSize);
static_assert(kTokenSize <= kMaxTokenSize);

using Raw = std::array<uint8_t, kRawSize>;
using Plain = std::array<uint8_t, kPlainSize>;
using Nonce = std::array<uint8_t, kNonceSize>;

// A key of the ring, with what it makes of the scope worked out.
struct ScopedKey {
  const KeyRing::Keys::Key* key;
  std::array<uint8_t, kScopeTagSize> scope_tag;
  std::vector<uint8_t> associated;
};

ScopedKey Scoped(const KeyRing::Keys::Key& key, const std::string& scope) {
  std::array<uint8_t, crypto_generichash_BYTES> hash;
  crypto_generichash(hash.data(), hash.size(),
                     reinterpret_cast<const uint8_t*>(scope.data()),
                     scope.size(), key.scope.data(), key.scope.size());
  ScopedKey scoped{.key = &key, .scope_tag = {}, .associated = {}};
  std::copy_n(hash.begin(), kScopeTagSize, scoped.scope_tag.begin());
  constexpr std::string_view kContext("limpet1\0", 8);
  std::vector<uint8_t>& associated = scoped.associated;
  associated.assign(kContext.begin(), kContext.end());
  associated.push_back(kVersion);
  associated.push_back(key.id);
  associated.insert(associated.end(), scoped.scope_tag.begin(),
                    scoped.scope_tag.end());
  associated.insert(associated.end(), scope.begin(), scope.end());
  return scoped;
}

class SealedToken final : public Store {
 public:
  explicit SealedToken(StoreOptions options)
      : timeouts_{options.config.absolute_timeout, options.config.idle_timeout},
        keys_(std::move(options.keys)),
        random_(*options.random),
        remember_(options.remember_tokens) {
    by_id_.fill(kNoKey);
    for (const auto& key : keys_->keys().all) {
      if (key.get() == keys_->keys().sealing) sealing_ = scoped_.size();
      by_id_[key->id] = static_cast<uint16_t>(scoped_.size());
      scoped_.push_back(Scoped(*key, options.scope));
    }
  }

  OpenResult Open(std::string_view token, const EndpointSet&, Timestamp now,
                  Session* session) const noexcept override {
    if (token.size() != kTokenSize) return OpenResult::kInvalid;
    const OpenedTokens::Token letters(token.data(), kTokenSize);
    if (remember_) {
      if (const SealedContent* content = OpenedTokens::Find(number_, letters)) {
        return Judge(*content, now, session);
      }
    }
    SealedContent content;
    OpenResult result = Decrypt(token, &content);
    if (result == OpenResult::kLive) result = Judge(content, now, session);
    if (result == OpenResult::kLive && remember_) {
      OpenedTokens::Remember(number_, letters, content);
    }
    return result;
  }

  size_t Begin(const Endpoint&, EndpointHandle handle, Timestamp now,
               std::span<char, kMaxTokenSize> token) const noexcept override {
    // At once: the system takes its time for each.
    std::array<uint8_t, kIdSize + kNonceSize> random;
    random_.Fill(std::as_writable_bytes(std::span(random)));
    return Seal({.id = {.high = 0, .low = LoadBigEndian<kIdSize>(&random[0])},
                 .endpoint = handle,
                 .created = now},
                now, std::span(random).last<kNonceSize>(), token);
  }

  size_t Reissue(const Session& session, Timestamp now,
                 std::span<char, kMaxTokenSize> token) const noexcept override {
    Nonce nonce;
    random_.Fill(std::as_writable_bytes(std::span(nonce)));
    return Seal(session, now, nonce, token);
  }

  size_t MaxSize() const override { return kTokenSize; }

 private:
  static constexpr uint16_t kNoKey = UINT16_MAX;

  // Authenticates a token. REQUIRES: it has kTokenSize letters.
  OpenResult Decrypt(std::string_view token, SealedContent* content) const {
    Raw raw;
    if (!Base64Decode(Base64::kUrl, token, raw) || raw[0] != kVersion) {
      return OpenResult::kInvalid;
    }
    const uint16_t place = by_id_[raw[1]];
    if (place == kNoKey) return OpenResult::kInvalid;
    const ScopedKey& scoped = scoped_[place];
    if (!std::equal(scoped.scope_tag.begin(), scoped.scope_tag.end(),
                    raw.begin() + kScopeTagAt)) {
      return OpenResult::kForeign;
    }
    Plain plain;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            plain.data(), nullptr, nullptr, raw.data() + kSealedAt,
            raw.size() - kSealedAt, scoped.associated.data(),
            scoped.associated.size(), raw.data() + kNonceAt,
            scoped.key->seal.data()) != 0 ||
        plain[0] != 0) {
      return OpenResult::kInvalid;
    }
    content->endpoint = LoadBigEndian<8>(&plain[kHandleAt]);
    content->id = LoadBigEndian<kIdSize>(&plain[kIdAt]);
    content->created = LoadTime(&plain[kCreatedAt]);
    content->refreshed = LoadTime(&plain[kRefreshedAt]);
    content->old_key = place != sealing_;
    return OpenResult::kLive;
  }

  // What an authentic token is worth at `now`, remembered or not.
  OpenResult Judge(const SealedContent& content, Timestamp now,
                   Session* session) const {
    if (IsOver(timeouts_, content.created, content.refreshed, now)) {
      return OpenResult::kExpired;
    }
    session->id = {.high = 0, .low = content.id};
    session->endpoint = content.endpoint;
    session->created = content.created;
    session->refreshed = content.refreshed;
    // The idle time cannot be stamped into a token that the client holds, so a
    // token with less than half of it left is written anew; and one that
    // another key sealed, so that the key can go.
    session->reissue = content.old_key ||
                       (timeouts_.idle > Duration(0) &&
                        Elapsed(content.refreshed, now) * 2 > timeouts_.idle);
    return OpenResult::kLive;
  }

  static Timestamp LoadTime(const uint8_t* from) {
    return TimestampFromMillis(
        static_cast<int64_t>(LoadBigEndian<kTimeSize>(from)));
  }

  static void StoreTime(Timestamp time, uint8_t* to) {
    StoreBigEndian<kTimeSize>(static_cast<uint64_t>(ToMillis(time)), to);
  }

  size_t Seal(const Session& session, Timestamp now,
              std::span<const uint8_t, kNonceSize> nonce,
              std::span<char, kMaxTokenSize> token) const {
    const ScopedKey& scoped = scoped_[sealing_];
    Plain plain{};
    StoreBigEndian<8>(session.endpoint, &plain[kHandleAt]);
    StoreBigEndian<kIdSize>(session.id.low, &plain[kIdAt]);
    StoreTime(session.created, &plain[kCreatedAt]);
    StoreTime(now, &plain[kRefreshedAt]);
    Raw raw;
    raw[0] = kVersion;
    raw[1] = scoped.key->id;
    std::copy(scoped.scope_tag.begin(), scoped.scope_tag.end(),
              raw.begin() + kScopeTagAt);
    std::copy(nonce.begin(), nonce.end(), raw.begin() + kNonceAt);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        raw.data() + kSealedAt, nullptr, plain.data(), plain.size(),
        scoped.associated.data(), scoped.associated.size(), nullptr,
        raw.data() + kNonceAt, scoped.key->seal.data());
    return Base64Encode(Base64::kUrl, raw, token.data());
  }

  const Timeouts timeouts_;
  std::shared_ptr<const KeyRing> keys_;
  RandomSource& random_;
  const bool remember_;
  const uint64_t number_ = OpenedTokens::NumberStore();
  std::vector<ScopedKey> scoped_;
  std::array<uint16_t, 256> by_id_;  // key id -> place in scoped_
  size_t sealing_ = 0;
};

}  // namespace

std::unique_ptr<Store> MakeSealedToken(StoreOptions options) {
  return std::make_unique<SealedToken>(std::move(options));
}

}  // namespace v0
}  // namespace limpet
