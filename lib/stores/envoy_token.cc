// EnvoyToken: Envoy's own plain formats, for a fleet that has both.
//
//   cookie = base64( protobuf { string address = 1; uint64 expires = 2; } )
//   header = base64( address )
//
// `expires` is in Unix seconds, absent for no timeout. A cookie that is no
// protobuf is the address itself, as Envoy wrote it at first. Up to 1.38 Envoy
// wrote seconds of its machine's uptime, which nobody else can compare: such a
// session is live, and its cookie is written anew. Nothing here is signed: a
// client can name any endpoint of the set, and no other.
// Source: envoy.extensions.http.stateful_session.{cookie,header}.v3.
#include <algorithm>
#include <array>
#include <optional>

#include "codec/base64.h"
#include "store.h"
#include "value_store.h"

namespace limpet {
inline namespace v0 {
namespace {

// Tag, length (2) and address; tag and varint (10) of expires.
constexpr size_t kMaxRawSize = 3 + kMaxAddressSize + 11;
static_assert(Base64Size(Base64::kStandard, kMaxRawSize) <= kMaxTokenSize);

constexpr uint8_t kAddressTag = 0x0a;  // field 1, length-delimited
constexpr uint8_t kExpiresTag = 0x10;  // field 2, varint

// Before that, in 2001, it is no date but an uptime, of up to 31 years.
constexpr uint64_t kFirstDate = 1'000'000'000;

struct Content {
  std::string_view address;
  uint64_t expires_s = 0;  // 0: never
};

// Reads protobuf wire format, just as far as this message needs it.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty(); }

  std::optional<uint64_t> Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 70 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      if (shift < 64) value |= uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  std::optional<std::string_view> Bytes(uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  // Skips the value of a field that the message does not have.
  bool Skip(uint64_t wire_type) {
    switch (wire_type) {
      case 0:
        return Varint().has_value();
      case 1:
        return Bytes(8).has_value();
      case 2: {
        const std::optional<uint64_t> size = Varint();
        return size && Bytes(*size).has_value();
      }
      case 5:
        return Bytes(4).has_value();
      default:
        return false;
    }
  }

 private:
  std::string_view rest_;
};

std::optional<Content> ParseMessage(std::string_view bytes) {
  WireReader reader(bytes);
  Content content;
  while (!reader.done()) {
    const std::optional<uint64_t> tag = reader.Varint();
    if (!tag || *tag >> 3 == 0 || *tag > UINT32_MAX) return std::nullopt;
    if (*tag == kAddressTag) {
      const std::optional<uint64_t> size = reader.Varint();
      const auto address = size ? reader.Bytes(*size) : std::nullopt;
      if (!address) return std::nullopt;
      content.address = *address;
    } else if (*tag == kExpiresTag) {
      const std::optional<uint64_t> expires = reader.Varint();
      if (!expires) return std::nullopt;
      content.expires_s = *expires;
    } else if (!reader.Skip(*tag & 7)) {
      return std::nullopt;
    }
  }
  return content;
}

char* WriteVarint(uint64_t value, char* to) {
  for (; value >= 0x80; value >>= 7) {
    *to++ = static_cast<char>(value | 0x80);
  }
  *to++ = static_cast<char>(value);
  return to;
}

// The two formats, whatever the address is to those who use them.
class EnvoyFormat {
 public:
  using Raw = std::array<uint8_t, kMaxRawSize>;

  explicit EnvoyFormat(const SessionPersistence& config)
      : cookie_(config.type == SessionType::kCookie),
        timeout_(config.absolute_timeout) {}

  // The address in `raw`, not empty if the token is live.
  OpenResult Read(std::string_view token, Timestamp now, Raw* raw,
                  std::string_view* address, Session* session) const {
    const std::optional<size_t> size =
        Base64Decode(Base64::kStandard, token, *raw);
    if (!size || *size == 0) return OpenResult::kInvalid;
    const std::string_view bytes(reinterpret_cast<const char*>(raw->data()),
                                 *size);
    Content content{.address = bytes};
    if (cookie_) {
      // A few addresses in clear happen to be a message without an address;
      // Envoy loses those sessions.
      const std::optional<Content> message = ParseMessage(bytes);
      if (message && !message->address.empty()) content = *message;
    }
    const auto now_s = static_cast<uint64_t>(ToMillis(now) / 1000);
    const bool has_end = content.expires_s >= kFirstDate ||
                         (content.expires_s != 0 && now_s < kFirstDate);
    // Whole seconds: over once that second has begun.
    if (has_end && now_s >= content.expires_s) return OpenResult::kExpired;
    session->reissue = content.expires_s != 0 && !has_end;
    *address = content.address;
    return OpenResult::kLive;
  }

  // 0: the address is one that could not be found again.
  size_t Write(std::string_view address, Timestamp now, char* token) const {
    if (address.empty() || address.size() > kMaxAddressSize) return 0;
    std::array<char, kMaxRawSize> raw;
    char* to = raw.data();
    if (cookie_) {
      *to++ = static_cast<char>(kAddressTag);
      to = WriteVarint(address.size(), to);
    }
    to = std::copy(address.begin(), address.end(), to);
    if (cookie_ && timeout_ > Duration(0)) {
      const int64_t end_ms = ToMillis(now) + timeout_.count();
      *to++ = static_cast<char>(kExpiresTag);
      to = WriteVarint(static_cast<uint64_t>((end_ms + 999) / 1000), to);
    }
    return Base64Encode(Base64::kStandard,
                        {reinterpret_cast<const uint8_t*>(raw.data()),
                         static_cast<size_t>(to - raw.data())},
                        token);
  }

  static size_t MaxSize() { return Base64Size(Base64::kStandard, kMaxRawSize); }

 private:
  bool cookie_;
  Duration timeout_;
};

class EnvoyToken final : public Store {
 public:
  explicit EnvoyToken(const StoreOptions& options) : format_(options.config) {}

  OpenResult Open(std::string_view token, const EndpointSet& endpoints,
                  Timestamp now, Session* session) const noexcept override {
    EnvoyFormat::Raw raw;
    std::string_view address;
    const OpenResult result = format_.Read(token, now, &raw, &address, session);
    if (result != OpenResult::kLive) return result;
    const uint32_t index = endpoints.FindAddress(address);
    if (index == kNoEndpoint) return OpenResult::kUnknownEndpoint;
    session->endpoint = endpoints.handle(index);
    session->created = session->refreshed = now;
    return OpenResult::kLive;
  }

  size_t Begin(const Endpoint& served, EndpointHandle, Timestamp now,
               std::span<char, kMaxTokenSize> token) const noexcept override {
    return format_.Write(served.address, now, token.data());
  }

  size_t Reissue(const Session& session, const Endpoint& served,
                 EndpointHandle handle, Timestamp now,
                 std::span<char, kMaxTokenSize> token) const noexcept override {
    if (handle != session.endpoint) return 0;  // it knows no other address
    return format_.Write(served.address, now, token.data());
  }

  size_t MaxSize() const override { return EnvoyFormat::MaxSize(); }

 private:
  EnvoyFormat format_;
};

// The same without a list of endpoints: the value is the address.
class EnvoyValue final : public ValueStore {
 public:
  explicit EnvoyValue(const StoreOptions& options) : format_(options.config) {}

  OpenResult Open(std::string_view token, Timestamp now,
                  std::span<char, kMaxValueSize> buffer,
                  std::string_view* value,
                  Session* session) const noexcept override {
    EnvoyFormat::Raw raw;
    std::string_view address;
    const OpenResult result = format_.Read(token, now, &raw, &address, session);
    if (result != OpenResult::kLive) return result;
    std::copy(address.begin(), address.end(), buffer.begin());
    *value = {buffer.data(), address.size()};
    session->created = session->refreshed = now;
    return OpenResult::kLive;
  }

  size_t Write(std::string_view value, const Session*, Timestamp now,
               std::span<char> token) const noexcept override {
    return format_.Write(value, now, token.data());
  }

  size_t MaxSize() const override { return EnvoyFormat::MaxSize(); }

 private:
  EnvoyFormat format_;
};

}  // namespace

std::unique_ptr<Store> MakeEnvoyToken(StoreOptions options) {
  return std::make_unique<EnvoyToken>(options);
}

std::unique_ptr<ValueStore> MakeEnvoyValue(const StoreOptions& options) {
  return std::make_unique<EnvoyValue>(options);
}

}  // namespace v0
}  // namespace limpet
