// SealedValue: a value of the host's, encrypted and authenticated.
//
//   sealed = 1 | size (2) | session id (8) | created (6) | refreshed (6) |
//            value | zeros
//
// In an envelope (sealed_envelope.h). Zeros fill the value up to 6 bytes (an
// IPv4 address and a port) or a multiple of 24: its size tells next to nothing,
// and no bits are spare. Numbers are big endian, times are Unix milliseconds.
#include <algorithm>
#include <array>
#include <cstring>

#include "codec/big_endian.h"
#include "stores/opened_tokens.h"
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
constexpr size_t kSmall = 6;
constexpr size_t kBlock = 24;
constexpr size_t kMaxPlainSize = kValueAt + kMaxValueSize;
static_assert(kMaxValueSize % kBlock == 0);
static_assert(kMaxPlainSize == SealedEnvelope::kMaxPlainSize);
static_assert(SealedEnvelope::RawSize(kValueAt) % 3 == 0);
static_assert(kSmall % 3 == 0 && kBlock % 3 == 0);
static_assert(SealedEnvelope::TokenSize(kMaxPlainSize) == kMaxValueTokenSize);

// The bytes that a value is filled up to.
constexpr size_t RoomFor(size_t size) {
  return size <= kSmall ? kSmall : (size + kBlock - 1) / kBlock * kBlock;
}

// The same by a token's letters; 0: no value has so many.
constexpr size_t RoomIn(size_t letters) {
  constexpr size_t kNone = SealedEnvelope::TokenSize(kValueAt);
  if (letters <= kNone || letters > kMaxValueTokenSize) return 0;
  const size_t room = (letters - kNone) / 4 * 3;
  return SealedEnvelope::TokenSize(kValueAt + room) == letters &&
                 RoomFor(room) == room
             ? room
             : 0;
}
static_assert(RoomIn(100) == kSmall && RoomIn(124) == kBlock);
static_assert(RoomIn(96) == 0 && RoomIn(101) == 0 && RoomIn(128) == 0);

// What a token of a short value says, as those of addresses and most of Envoy's
// tokens are. Others are opened each time.
constexpr size_t kShort = 2 * kBlock;
struct ShortContent {
  uint64_t id = 0;
  Timestamp created{};
  Timestamp refreshed{};
  bool old_key = false;  // sealed by a key that only opens
  uint8_t size = 0;
  std::array<char, kShort> value{};
};

constexpr size_t kShortSize = SealedEnvelope::TokenSize(kValueAt + kShort);
using Opened = OpenedTokens<kShortSize, ShortContent>;

class SealedValue final : public ValueStore {
 public:
  explicit SealedValue(const StoreOptions& options)
      : timeouts_{options.config.absolute_timeout, options.config.idle_timeout},
        envelope_(options.keys, options.scope),
        random_(*options.random),
        remember_(options.remember_tokens) {}

  OpenResult Open(std::string_view token, Timestamp now,
                  std::span<char, kMaxValueSize> buffer,
                  std::string_view* value,
                  Session* session) const noexcept override {
    const size_t room = RoomIn(token.size());
    if (room == 0) return OpenResult::kInvalid;
    if (room > kShort) {
      return OpenLong(token, room, now, buffer, value, session);
    }
    std::array<char, kShortSize> letters{};
    std::memcpy(letters.data(), token.data(), token.size());
    const ShortContent* content =
        remember_ ? Opened::Find(number_, letters) : nullptr;
    ShortContent opened;
    if (content == nullptr) {
      const OpenResult result = Decrypt(token, room, &opened);
      if (result != OpenResult::kLive) return result;
      content = &opened;
    }
    const OpenResult result = Judge(*content, now, session);
    if (result != OpenResult::kLive) return result;
    std::memcpy(buffer.data(), content->value.data(), content->size);
    *value = {buffer.data(), content->size};
    if (content == &opened && remember_) {
      Opened::Remember(number_, letters, opened);
    }
    return result;
  }

  size_t Write(std::string_view value, const Session* session, Timestamp now,
               std::span<char> token) const noexcept override {
    if (value.empty() || value.size() > kMaxValueSize) return 0;
    const size_t room = RoomFor(value.size());
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
  // Authenticates a token of `room` bytes for the value, which it gives.
  OpenResult Decrypt(std::string_view token, size_t room,
                     std::span<uint8_t, kMaxPlainSize> plain,
                     ShortContent* content, std::string_view* value) const {
    const OpenResult result = envelope_.Open(
        token, kKind, plain.first(kValueAt + room), &content->old_key);
    if (result != OpenResult::kLive) return result;
    const size_t size = LoadBigEndian<2>(&plain[kSizeAt]);
    if (size == 0 || size > room) return OpenResult::kInvalid;
    content->id = LoadBigEndian<kIdSize>(&plain[kIdAt]);
    content->created = LoadSealedTime(&plain[kCreatedAt]);
    content->refreshed = LoadSealedTime(&plain[kRefreshedAt]);
    *value = {reinterpret_cast<const char*>(&plain[kValueAt]), size};
    return OpenResult::kLive;
  }

  OpenResult Decrypt(std::string_view token, size_t room,
                     ShortContent* content) const {
    std::array<uint8_t, kMaxPlainSize> plain;
    std::string_view value;
    const OpenResult result = Decrypt(token, room, plain, content, &value);
    if (result != OpenResult::kLive) return result;
    content->size = static_cast<uint8_t>(value.size());
    std::memcpy(content->value.data(), value.data(), value.size());
    return result;
  }

  OpenResult OpenLong(std::string_view token, size_t room, Timestamp now,
                      std::span<char, kMaxValueSize> buffer,
                      std::string_view* value, Session* session) const {
    std::array<uint8_t, kMaxPlainSize> plain;
    ShortContent content;
    std::string_view opened;
    OpenResult result = Decrypt(token, room, plain, &content, &opened);
    if (result == OpenResult::kLive) result = Judge(content, now, session);
    if (result != OpenResult::kLive) return result;
    std::memcpy(buffer.data(), opened.data(), opened.size());
    *value = {buffer.data(), opened.size()};
    return result;
  }

  // What an authentic token is worth at `now`, remembered or not.
  OpenResult Judge(const ShortContent& content, Timestamp now,
                   Session* session) const {
    if (IsOver(timeouts_, content.created, content.refreshed, now)) {
      return OpenResult::kExpired;
    }
    session->id = {.high = 0, .low = content.id};
    session->created = content.created;
    session->refreshed = content.refreshed;
    session->reissue =
        IsDueAnew(timeouts_, content.old_key, content.refreshed, now);
    return OpenResult::kLive;
  }

  const Timeouts timeouts_;
  const SealedEnvelope envelope_;
  RandomSource& random_;
  const bool remember_;
  const uint64_t number_ = Opened::NumberStore();
};

}  // namespace

std::unique_ptr<ValueStore> MakeSealedValue(const StoreOptions& options) {
  return std::make_unique<SealedValue>(options);
}

}  // namespace v0
}  // namespace limpet
