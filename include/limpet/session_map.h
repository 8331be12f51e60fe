// SessionMap: sessions in this process's memory, for tokens that are random
// ids. Fixed memory, both timeouts, no thread and no timer of its own.
//
// Thread rule: all members may be called by many threads.
//
//   auto map = SessionMap::Make({.capacity = 100'000});
//   SessionId id = (*map)->NewId();
//   (*map)->Insert(id, {.endpoint = handle, .created = now}, timeouts, now);
//   (*map)->FindTouch(id, timeouts, now, &entry);
#ifndef LIMPET_SESSION_MAP_H_
#define LIMPET_SESSION_MAP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "limpet/hash.h"
#include "limpet/session.h"
#include "limpet/status.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

class SessionMap {
 public:
  struct Options {
    size_t capacity = 100'000;       // most live sessions, 1..2^31
    RandomSource* random = nullptr;  // null: SystemRandom()
  };

  struct Entry {
    EndpointHandle endpoint = kNoHandle;
    Timestamp created{};
    Timestamp last_used{};
  };

  enum class InsertResult : uint8_t {
    kInserted,
    kExists,  // the id is there already; nothing changed
    kFull,    // as many live sessions as the capacity; none was pushed out
  };

  // kExpired: it was here and one of its timeouts has elapsed (it is gone
  // now). kAbsent: it never was, or it is gone already.
  enum class FindResult : uint8_t { kLive, kExpired, kAbsent };

  // Takes all its memory here.
  static Result<std::shared_ptr<SessionMap>> Make(const Options& options);

  ~SessionMap();
  SessionMap(const SessionMap&) = delete;
  SessionMap& operator=(const SessionMap&) = delete;

  SessionId NewId();

  // The live session of an id, stamped as used at `now`.
  FindResult FindTouch(const SessionId& id, const Timeouts& timeouts,
                       Timestamp now, Entry* entry);

  // The rule when full: sessions that are over give up their places (found by
  // sweeping part of the map on each such insert), then new ones are refused.
  InsertResult Insert(const SessionId& id, const Entry& entry,
                      const Timeouts& timeouts, Timestamp now);

  // Moves a session to another endpoint and starts its clock anew, if it is
  // still on `from`. Of two requests that see the same dead endpoint one moves
  // it; the endpoint it is on afterwards is returned, kNoHandle if it is gone.
  EndpointHandle Rebind(const SessionId& id, EndpointHandle from,
                        EndpointHandle to, Timestamp now);

  bool Erase(const SessionId& id);

  // Looks at up to `budget` places, goes on where the last call stopped, and
  // frees those of sessions that are over. Returns how many it freed.
  size_t Sweep(const Timeouts& timeouts, Timestamp now, size_t budget);

  size_t size() const;  // sessions held, those over and not yet swept included
  size_t capacity() const;

  // Calls `visit` once for every endpoint that has live sessions, with their
  // number. Scans the whole map: for metrics, not for requests.
  void CountLive(
      const Timeouts& timeouts, Timestamp now,
      const std::function<void(EndpointHandle, size_t)>& visit) const;

  // 64 bits that tell limpet's own ids from everything else before the map is
  // touched: the high half depends on the id, the low half on the scope too.
  uint64_t Tag(const SessionId& id, uint64_t scope) const;

 private:
  struct Rep;
  explicit SessionMap(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_SESSION_MAP_H_
