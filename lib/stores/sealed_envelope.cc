#include "stores/sealed_envelope.h"

#include <algorithm>
#include <utility>

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint8_t kVersion = 1;

}  // namespace

SealedEnvelope::ScopedKey SealedEnvelope::Scoped(const KeyRing::Keys::Key& key,
                                                 const std::string& scope) {
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

SealedEnvelope::SealedEnvelope(std::shared_ptr<const KeyRing> keys,
                               const std::string& scope)
    : keys_(std::move(keys)) {
  by_id_.fill(kNoKey);
  for (const auto& key : keys_->keys().all) {
    if (key.get() == keys_->keys().sealing) sealing_ = scoped_.size();
    by_id_[key->id] = static_cast<uint16_t>(scoped_.size());
    scoped_.push_back(Scoped(*key, scope));
  }
}

OpenResult SealedEnvelope::Open(std::string_view token, uint8_t kind,
                                std::span<uint8_t> plain, bool* old_key) const {
  std::array<uint8_t, RawSize(kMaxPlainSize)> raw;
  const size_t raw_size = RawSize(plain.size());
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
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          plain.data(), nullptr, nullptr, raw.data() + kSealedAt,
          raw_size - kSealedAt, scoped.associated.data(),
          scoped.associated.size(), raw.data() + kNonceAt,
          scoped.key->seal.data()) != 0 ||
      plain[0] != kind) {
    return OpenResult::kInvalid;
  }
  *old_key = place != sealing_;
  return OpenResult::kLive;
}

size_t SealedEnvelope::Seal(std::span<const uint8_t> plain, Nonce nonce,
                            char* token) const {
  const ScopedKey& scoped = scoped_[sealing_];
  std::array<uint8_t, RawSize(kMaxPlainSize)> raw;
  raw[0] = kVersion;
  raw[1] = scoped.key->id;
  std::copy(scoped.scope_tag.begin(), scoped.scope_tag.end(),
            raw.begin() + kScopeTagAt);
  std::copy(nonce.begin(), nonce.end(), raw.begin() + kNonceAt);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      raw.data() + kSealedAt, nullptr, plain.data(), plain.size(),
      scoped.associated.data(), scoped.associated.size(), nullptr,
      raw.data() + kNonceAt, scoped.key->seal.data());
  return Base64Encode(Base64::kUrl, std::span(raw).first(RawSize(plain.size())),
                      token);
}

}  // namespace v0
}  // namespace limpet
