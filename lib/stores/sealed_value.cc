// SealedValue: a value of the host's, encrypted and authenticated.
//
//   sealed = 1 | size (2) | session id (8) | created (6) | refreshed (6) |
//            value | zeros
//
// In an envelope (sealed_envelope.h). Zeros fill the value up to a multiple of
// 48 bytes: the size of an address tells nothing, and no bits are spare.
// Numbers are big endian, times are Unix milliseconds.
#include <algorithm>
#include <array>
#include <cstring>

#include "codec/big_endian.h"
#include "stores/sealed_envelope.h"
#include "value_store.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint8_t kKind = 1;
constexpr size_t kSizeAt = 1;
constexpr size_t kIdAt = 3;
constexpr size_t kIdSize = 8;
constexpr size_t kCreatedAt = 11;
constexpr size_t kRefreshedAt = 17;
constexpr size_t kValueAt = 23;
constexpr size_t kBlock = 48;
constexpr size_t kMaxPlainSize = kValueAt + kMaxValueSize;
// Tokens of n blocks differ from those of n + 1 by this much.
constexpr size_t kBlockLetters = kBlock / 3 * 4;
constexpr size_t kLettersOfNone = SealedEnvelope::TokenSize(kValueAt);
static_assert(kMaxValueSize % kBlock == 0 && kBlock % 3 == 0);
static_assert(kMaxPlainSize == SealedEnvelope::kMaxPlainSize);
static_assert(SealedEnvelope::RawSize(kValueAt) % 3 == 0);
static_assert(SealedEnvelope::TokenSize(kMaxPlainSize) == kMaxValueTokenSize);

class SealedValue final : public ValueStore {
 public:
  explicit SealedValue(const StoreOptions& options)
      : timeouts_{options.config.absolute_timeout, options.config.idle_timeout},
        envelope_(options.keys, options.scope),
        random_(*options.random) {}

  OpenResult Open(std::string_view token, Timestamp now,
                  std::span<char, kMaxValueSize> buffer,
                  std::string_view* value,
                  Session* session) const noexcept override {
    if (token.size() <= kLettersOfNone || token.size() > kMaxValueTokenSize ||
        (token.size() - kLettersOfNone) % kBlockLetters != 0) {
      return OpenResult::kInvalid;
    }
    const size_t room =
        (token.size() - kLettersOfNone) / kBlockLetters * kBlock;
    std::array<uint8_t, kMaxPlainSize> plain;
    bool old_key = false;
    const OpenResult result = envelope_.Open(
        token, kKind, std::span(plain).first(kValueAt + room), &old_key);
    if (result != OpenResult::kLive) return result;
    const size_t size = LoadBigEndian<2>(&plain[kSizeAt]);
    if (size == 0 || size > room) return OpenResult::kInvalid;
    session->created = LoadSealedTime(&plain[kCreatedAt]);
    session->refreshed = LoadSealedTime(&plain[kRefreshedAt]);
    if (IsOver(timeouts_, session->created, session->refreshed, now)) {
      return OpenResult::kExpired;
    }
    session->id = {.high = 0, .low = LoadBigEndian<kIdSize>(&plain[kIdAt])};
    session->reissue = IsDueAnew(timeouts_, old_key, session->refreshed, now);
    std::memcpy(buffer.data(), &plain[kValueAt], size);
    *value = {buffer.data(), size};
    return OpenResult::kLive;
  }

  size_t Write(std::string_view value, const Session* session, Timestamp now,
               std::span<char> token) const noexcept override {
    if (value.empty() || value.size() > kMaxValueSize) return 0;
    const size_t room = (value.size() + kBlock - 1) / kBlock * kBlock;
    std::array<uint8_t, kIdSize + SealedEnvelope::kNonceSize> random;
    random_.Fill(std::as_writable_bytes(std::span(random)));
    std::array<uint8_t, kMaxPlainSize> plain;
    plain[0] = kKind;
    StoreBigEndian<2>(value.size(), &plain[kSizeAt]);
    StoreBigEndian<kIdSize>(
        session ? session->id.low : LoadBigEndian<kIdSize>(random.data()),
        &plain[kIdAt]);
    StoreSealedTime(session ? session->created : now, &plain[kCreatedAt]);
    StoreSealedTime(now, &plain[kRefreshedAt]);
    std::memcpy(&plain[kValueAt], value.data(), value.size());
    std::fill_n(&plain[kValueAt + value.size()], room - value.size(),
                uint8_t{0});
    return envelope_.Seal(std::span(plain).first(kValueAt + room),
                          std::span(random).last<SealedEnvelope::kNonceSize>(),
                          token.data());
  }

  size_t MaxSize() const override { return kMaxValueTokenSize; }

 private:
  const Timeouts timeouts_;
  const SealedEnvelope envelope_;
  RandomSource& random_;
};

}  // namespace

std::unique_ptr<ValueStore> MakeSealedValue(const StoreOptions& options) {
  return std::make_unique<SealedValue>(options);
}

}  // namespace v0
}  // namespace limpet
