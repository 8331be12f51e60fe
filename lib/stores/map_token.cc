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
      : timeouts_{options.config.absolute_timeout, options.config.idle_timeout},
        sessions_(std::move(options.sessions)),
        scope_(HashEndpointId(options.scope)),
        tells_idle_(options.config.rebalance.idle_at_least > Duration(0)) {}

  OpenResult Open(std::string_view token, const EndpointSet&, Timestamp now,
                  Session* session) const noexcept override {
    std::array<uint64_t, 3> numbers;
    if (token.size() != kTokenSize ||
        !Base64DecodeNumbers(Base64::kUrl, token, numbers)) {
      return OpenResult::kInvalid;
    }
    const auto [high, low, tag] = numbers;
    const SessionId id{.high = high, .low = low};
    // Its memory comes while the tag is checked.
    const SessionMap::Prepared place = sessions_->Prepare(id);
    const uint64_t expected = sessions_->Tag(id, scope_);
    if (tag >> 32 != expected >> 32) return OpenResult::kInvalid;
    if (tag != expected) return OpenResult::kForeign;

    SessionMap::Entry before;
    if (tells_idle_) sessions_->Find(id, timeouts_, now, &before);
    SessionMap::Entry entry;
    if (sessions_->FindTouch(place, timeouts_, now, &entry) !=
        SessionMap::FindResult::kLive) {
      // An id of ours that is no longer there had its time.
      return OpenResult::kExpired;
    }
    session->id = id;
    session->endpoint = entry.endpoint;
    session->created = entry.created;
    session->refreshed = tells_idle_ ? before.last_used : entry.last_used;
    session->reissue = false;
    return OpenResult::kLive;
  }

  size_t Begin(const Endpoint&, EndpointHandle handle, Timestamp now,
               std::span<char, kMaxTokenSize> token) const noexcept override {
    const SessionId id = sessions_->NewId();
    SessionMap::Entry entry{.endpoint = handle};
    if (sessions_->InsertOrGet(id, &entry, timeouts_, now) !=
        SessionMap::InsertResult::kInserted) {
      return 0;
    }
    return WriteToken(id, token);
  }

  size_t Move(const Session& session, const Endpoint& served,
              EndpointHandle handle, Timestamp now,
              std::span<char, kMaxTokenSize> token) const noexcept override {
    SessionMap::Entry entry;
    switch (sessions_->Rebind(session.id, session.endpoint, handle, timeouts_,
                              now, &entry)) {
      case SessionMap::RebindResult::kMoved:
      // Where another request moved it first, the session stays there.
      case SessionMap::RebindResult::kElsewhere:
        return WriteToken(session.id, token);
      case SessionMap::RebindResult::kAbsent:
        return Begin(served, handle, now, token);
      case SessionMap::RebindResult::kFull:
      case SessionMap::RebindResult::kBusy:
        break;  // served elsewhere this once
    }
    return 0;
  }

  size_t MaxSize() const override { return kTokenSize; }

 private:
  size_t WriteToken(const SessionId& id,
                    std::span<char, kMaxTokenSize> token) const {
    std::array<uint8_t, kRawSize> raw;
    StoreBigEndian<8>(id.high, raw.data());
    StoreBigEndian<8>(id.low, raw.data() + 8);
    StoreBigEndian<8>(sessions_->Tag(id, scope_), raw.data() + kTagAt);
    return Base64Encode(Base64::kUrl, raw, token.data());
  }

  const Timeouts timeouts_;
  std::shared_ptr<SessionMap> sessions_;
  uint64_t scope_;
  const bool tells_idle_;  // how long a session was idle before a request
};

}  // namespace

std::unique_ptr<Store> MakeMapToken(StoreOptions options) {
  return std::make_unique<MapToken>(std::move(options));
}

}  // namespace v0
}  // namespace limpet
