// MapToken: the session lives in a SessionMap, its token is a random id.
//
//   token = base64url( id (16) | tag (8) )
//
// 24 bytes, 32 letters, no spare bits, big endian. The tag (SessionMap::Tag)
// stops whatever limpet did not make before it reaches the map: its high half
// vouches for the id, its low half for the scope.
#include <array>
#include <utility>

#include "codec/base64.h"
#include "codec/big_endian.h"
#include "store.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr size_t kTagAt = 16;
constexpr size_t kRawSize = 24;
constexpr size_t kTokenSize = Base64Size(Base64::kUrl, kRawSize);
static_assert(kTokenSize == 32);

class MapToken final : public Store {
 public:
  explicit MapToken(StoreOptions options)
      : config_(options.config),
        sessions_(std::move(options.sessions)),
        scope_(HashEndpointId(options.scope)) {}

  OpenResult Open(std::string_view token, const EndpointSet&, Timestamp now,
                  Session* session) const noexcept override {
    std::array<uint8_t, kRawSize> raw;
    if (token.size() != kTokenSize || !Base64Decode(Base64::kUrl, token, raw)) {
      return OpenResult::kInvalid;
    }
    session->id = {.high = LoadBigEndian<8>(raw.data()),
                   .low = LoadBigEndian<8>(raw.data() + 8)};
    const uint64_t tag = LoadBigEndian<8>(raw.data() + kTagAt);
    const uint64_t expected = sessions_->Tag(session->id, scope_);
    if (tag >> 32 != expected >> 32) return OpenResult::kInvalid;
    if (tag != expected) return OpenResult::kForeign;

    SessionMap::Entry entry;
    if (sessions_->FindTouch(session->id, timeouts(), now, &entry) !=
        SessionMap::FindResult::kLive) {
      // An id of ours that is no longer there had its time.
      return OpenResult::kExpired;
    }
    session->endpoint = entry.endpoint;
    session->created = entry.created;
    session->refreshed = entry.last_used;
    return OpenResult::kLive;
  }

  size_t Begin(const Endpoint&, EndpointHandle handle, Timestamp now,
               std::span<char, kMaxTokenSize> token) const noexcept override {
    const SessionId id = sessions_->NewId();
    const SessionMap::Entry entry{
        .endpoint = handle, .created = now, .last_used = now};
    if (sessions_->Insert(id, entry, timeouts(), now) !=
        SessionMap::InsertResult::kInserted) {
      return 0;
    }
    return WriteToken(id, token);
  }

  size_t Move(const Session& session, const Endpoint& served,
              EndpointHandle handle, Timestamp now,
              std::span<char, kMaxTokenSize> token) const noexcept override {
    // Where another request moved it first, the session stays there.
    if (sessions_->Rebind(session.id, session.endpoint, handle, now) ==
        kNoHandle) {
      return Begin(served, handle, now, token);
    }
    return WriteToken(session.id, token);
  }

  size_t MaxSize() const override { return kTokenSize; }

 private:
  Timeouts timeouts() const {
    return {config_.absolute_timeout, config_.idle_timeout};
  }

  size_t WriteToken(const SessionId& id,
                    std::span<char, kMaxTokenSize> token) const {
    std::array<uint8_t, kRawSize> raw;
    StoreBigEndian<8>(id.high, raw.data());
    StoreBigEndian<8>(id.low, raw.data() + 8);
    StoreBigEndian<8>(sessions_->Tag(id, scope_), raw.data() + kTagAt);
    return Base64Encode(Base64::kUrl, raw, token.data());
  }

  const SessionPersistence& config_;
  std::shared_ptr<SessionMap> sessions_;
  uint64_t scope_;
};

}  // namespace

std::unique_ptr<Store> MakeMapToken(StoreOptions options) {
  return std::make_unique<MapToken>(std::move(options));
}

}  // namespace v0
}  // namespace limpet
