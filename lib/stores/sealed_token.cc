// SealedToken: the session lives in its token, encrypted and authenticated.
//
//   sealed = 0 | handle (8) | session id (8) | created (6) | refreshed (6)
//
// In an envelope (sealed_envelope.h) that makes 75 bytes, 100 letters, no spare
// bits. Numbers are big endian, times are Unix milliseconds.
#include "stores/sealed_token.h"

#include <array>
#include <utility>

#include "codec/big_endian.h"
#include "store.h"
#include "stores/sealed_envelope.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint8_t kKind = 0;
constexpr size_t kHandleAt = 1;
constexpr size_t kIdAt = 9;
constexpr size_t kIdSize = 8;
constexpr size_t kCreatedAt = 17;
constexpr size_t kRefreshedAt = 23;
constexpr size_t kPlainSize = 29;
constexpr size_t kTokenSize = SealedEnvelope::TokenSize(kPlainSize);
static_assert(kTokenSize == kSealedTokenSize);
static_assert(kTokenSize <= kMaxTokenSize);

using Plain = std::array<uint8_t, kPlainSize>;

using Opened = OpenedSealedTokens;

class SealedToken final : public Store {
 public:
  explicit SealedToken(StoreOptions options)
      : timeouts_{options.config.absolute_timeout, options.config.idle_timeout},
        envelope_(std::move(options.keys), options.scope),
        random_(*options.random),
        remember_(options.remember_tokens) {}

  OpenResult Open(std::string_view token, const EndpointSet&, Timestamp now,
                  Session* session) const noexcept override {
    if (token.size() != kTokenSize) return OpenResult::kInvalid;
    const Opened::Token letters(token.data(), kTokenSize);
    if (remember_) {
      if (const SealedContent* content = Opened::Find(number_, letters)) {
        return Judge(*content, now, session);
      }
    }
    SealedContent content;
    OpenResult result = Decrypt(token, &content);
    if (result == OpenResult::kLive) result = Judge(content, now, session);
    if (result == OpenResult::kLive && remember_) {
      Opened::Remember(number_, letters, content);
    }
    return result;
  }

  size_t Begin(const Endpoint&, EndpointHandle handle, Timestamp now,
               std::span<char, kMaxTokenSize> token) const noexcept override {
    // At once: the system takes its time for each.
    std::array<uint8_t, kIdSize + SealedEnvelope::kNonceSize> random;
    random_.Fill(std::as_writable_bytes(std::span(random)));
    return Seal({.id = {.high = 0, .low = LoadBigEndian<kIdSize>(&random[0])},
                 .endpoint = handle,
                 .created = now},
                now, std::span(random).last<SealedEnvelope::kNonceSize>(),
                token);
  }

  size_t Reissue(const Session& session, const Endpoint&, EndpointHandle,
                 Timestamp now,
                 std::span<char, kMaxTokenSize> token) const noexcept override {
    std::array<uint8_t, SealedEnvelope::kNonceSize> nonce;
    random_.Fill(std::as_writable_bytes(std::span(nonce)));
    return Seal(session, now, nonce, token);
  }

  size_t MaxSize() const override { return kTokenSize; }

 private:
  // Authenticates a token. REQUIRES: it has kTokenSize letters.
  OpenResult Decrypt(std::string_view token, SealedContent* content) const {
    Plain plain;
    const OpenResult result =
        envelope_.Open(token, kKind, plain, &content->old_key);
    if (result != OpenResult::kLive) return result;
    content->endpoint = LoadBigEndian<8>(&plain[kHandleAt]);
    content->id = LoadBigEndian<kIdSize>(&plain[kIdAt]);
    content->created = LoadSealedTime(&plain[kCreatedAt]);
    content->refreshed = LoadSealedTime(&plain[kRefreshedAt]);
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
    session->reissue =
        IsDueAnew(timeouts_, content.old_key, content.refreshed, now);
    return OpenResult::kLive;
  }

  size_t Seal(const Session& session, Timestamp now,
              SealedEnvelope::Nonce nonce,
              std::span<char, kMaxTokenSize> token) const {
    Plain plain{};
    StoreBigEndian<8>(session.endpoint, &plain[kHandleAt]);
    StoreBigEndian<kIdSize>(session.id.low, &plain[kIdAt]);
    StoreSealedTime(session.created, &plain[kCreatedAt]);
    StoreSealedTime(now, &plain[kRefreshedAt]);
    return envelope_.Seal(plain, nonce, token.data());
  }

  const Timeouts timeouts_;
  const SealedEnvelope envelope_;
  RandomSource& random_;
  const bool remember_;
  const uint64_t number_ = Opened::NumberStore();
};

}  // namespace

std::unique_ptr<Store> MakeSealedToken(StoreOptions options) {
  return std::make_unique<SealedToken>(std::move(options));
}

}  // namespace v0
}  // namespace limpet
