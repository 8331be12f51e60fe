// SessionMap: session key -> endpoint, when it was created, when last used. In
// this process's memory, or in memory that processes share and may die in.
// Fixed memory, both timeouts, no thread and no timer of its own.
//
// Thread rule: all members may be called by many threads, and by many processes
// that have attached the same memory. Who reads never waits, not even for a
// writer that is stopped or dead.
//
//   auto map = SessionMap::Make({.capacity = 100'000});
//   SessionId id = (*map)->NewId();
//   SessionMap::Entry entry{.endpoint = handle};
//   (*map)->InsertOrGet(id, &entry, timeouts, now);
//   (*map)->FindTouch(id, timeouts, now, &entry);
#ifndef LIMPET_SESSION_MAP_H_
#define LIMPET_SESSION_MAP_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "limpet/hash.h"
#include "limpet/session.h"
#include "limpet/status.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

// How a process uses a map.
struct MapAttachment {
  // Only look: the memory may be mapped read-only, find stamps nothing, every
  // write is kBusy.
  bool read_only = false;
  // The caller vouches that nobody else uses the memory. Whatever lock was
  // held when it was copied, or when the machine went down, is made anew.
  bool alone = false;
  // An open descriptor of the file that the memory maps, or -1. With it the
  // map sees for itself whether the file is a copy and whether it is alone
  // (a shared flock, kept while attached). Not closed.
  int file = -1;
  // How long a write waits for another before it gives up with kBusy.
  std::chrono::microseconds lock_budget{2'000};
  RandomSource* random = nullptr;  // of new ids; null: SystemRandom()
};

// Whoever uses a map passes the same timeouts, none longer than
// longest_timeout: a session that is over by those of one caller gives its
// place up to any other.
class SessionMap {
 public:
  // What a new session gets when the map is full of live ones.
  enum class WhenFull : uint8_t {
    kRefuse,  // nothing: a flood of new sessions pushes no live one out
    // The place of the session that was idle longest among those where the new
    // one could live (42 places, or all of a smaller map).
    kEvict,
  };

  // Of the memory; fixed when it is made.
  struct Options {
    // Live sessions that it holds at least, 1..2^31. Up to 12,287 it holds
    // exactly that, beyond up to some tenth more.
    size_t capacity = 100'000;
    // Most endpoints that can have sessions at one time, 1..2^24. 0: one for
    // every 8 sessions and 4,096 at least (2 a session in small maps), 65,536
    // at most.
    size_t endpoints = 0;
    // The longest timeout that will be asked for, up to 100 years. Times are
    // kept to a millisecond up to 37 days, to 1/3,000,000,000 of it beyond: a
    // session never ends early, and late by two such steps at most.
    Duration longest_timeout = std::chrono::hours(24 * 37);
    WhenFull when_full = WhenFull::kRefuse;
  };

  // What goes in is the endpoint alone: a session begins `now`.
  struct Entry {
    EndpointHandle endpoint = kNoHandle;
    Timestamp created{};
    Timestamp last_used{};
  };

  // kExpired: it is here and one of its timeouts has elapsed (it goes now).
  // kAbsent: it never was here, or it is gone already.
  enum class FindResult : uint8_t { kLive, kExpired, kAbsent };

  enum class InsertResult : uint8_t {
    kInserted,
    kExists,  // another was first: its entry is handed out
    kFull,    // as many live sessions as the capacity, or all endpoints in use
    kBusy,    // another write did not end within the budget
  };

  enum class RebindResult : uint8_t {
    kMoved,
    kElsewhere,  // not on `from` any more: its entry is handed out
    kAbsent,
    kFull,  // all endpoints in use
    kBusy,
  };

  enum class EraseResult : uint8_t { kErased, kAbsent, kBusy };

  struct SweepResult {
    size_t freed = 0;
    bool complete = true;  // false: some shard was busy and left out
  };

  // Since the map was made. Exact, but that a process killed within a write may
  // leave any of the sums one short.
  struct Counts {
    uint64_t inserted = 0;
    uint64_t expired = 0;  // found over and taken away
    uint64_t evicted = 0;
    uint64_t erased = 0;           // by Erase
    uint64_t erased_endpoint = 0;  // by EraseEndpoint
    uint64_t refused = 0;          // kFull
    uint64_t repaired = 0;         // locks whose owner had died
  };

  // A session's place, on its way from memory into the cache.
  class Prepared {
   private:
    friend class SessionMap;
    SessionId id_{};
  };

  // The size of the memory that Create needs, in bytes.
  static Result<size_t> MemorySize(const Options& options);

  // In memory of its own, in this process alone.
  static Result<std::shared_ptr<SessionMap>> Make(
      const Options& options, const MapAttachment& use = {});

  // In the caller's memory: aligned to 128 bytes, zeroed (as mmap and ftruncate
  // give it), and there until the map is gone. What is in it is for processes
  // of one machine and one user: it holds the keys of tokens.
  static Result<std::shared_ptr<SessionMap>> Create(
      std::span<std::byte> memory, const Options& options,
      const MapAttachment& use = {});

  // A map that Create made there, in this process or another one, at any
  // address. Refused with a reason: what is not a map, is of another version,
  // machine kind or C library, is used from another PID namespace, or was made
  // before the last boot, unless the caller is alone.
  static Result<std::shared_ptr<SessionMap>> Attach(
      std::span<std::byte> memory, const MapAttachment& use = {});

  ~SessionMap();
  SessionMap(const SessionMap&) = delete;
  SessionMap& operator=(const SessionMap&) = delete;

  SessionId NewId();

  // The id of a key that an application or a client chose: any bytes, any
  // length. A hash under a secret of the map (XXH3, 128 bits, 192 random bytes;
  // SipHash-2-4, 128 bits, for keys of over 64 bytes): who does not know it
  // cannot tell where a key lands, nor which keys would meet.
  SessionId IdOf(std::string_view key) const;

  // The live session of an id, stamped as used at `now`. No lock, no wait.
  FindResult FindTouch(const SessionId& id, const Timeouts& timeouts,
                       Timestamp now, Entry* entry);
  FindResult FindTouch(std::string_view key, const Timeouts& timeouts,
                       Timestamp now, Entry* entry);

  // The same without the stamp.
  FindResult Find(const SessionId& id, const Timeouts& timeouts, Timestamp now,
                  Entry* entry) const;

  // FindTouch in two steps, so that the memory is fetched while the host does
  // other work: prepare when the field is parsed, finish when the answer is
  // wanted. A place stays good for as long as the map.
  Prepared Prepare(const SessionId& id) const;
  Prepared Prepare(std::string_view key) const;
  FindResult FindTouch(const Prepared& place, const Timeouts& timeouts,
                       Timestamp now, Entry* entry);

  // FindTouch for each of `ids`, their fetches side by side.
  // REQUIRES: results and entries are as long as ids.
  void FindTouchBatch(std::span<const SessionId> ids, const Timeouts& timeouts,
                      Timestamp now, std::span<FindResult> results,
                      std::span<Entry> entries);

  // Begins a session at `now`, if there is none: of several that try at once
  // one inserts, the others get its entry.
  InsertResult InsertOrGet(const SessionId& id, Entry* entry,
                           const Timeouts& timeouts, Timestamp now);

  // Moves a session to another endpoint and starts its clock anew, if it is
  // still on `from`. Of two requests that see the same dead endpoint one moves
  // it and the other learns where it is now.
  RebindResult Rebind(const SessionId& id, EndpointHandle from,
                      EndpointHandle to, const Timeouts& timeouts,
                      Timestamp now, Entry* entry);

  EraseResult Erase(const SessionId& id);

  // Ends all sessions of an endpoint. Scans the whole map.
  SweepResult EraseEndpoint(EndpointHandle endpoint);

  // Looks at up to `budget` places, goes on where the last call stopped, and
  // frees those of sessions that are over. Not needed for room: a new session
  // takes their places by itself.
  SweepResult Sweep(const Timeouts& timeouts, Timestamp now, size_t budget);

  // Mends at once what a dead process left: otherwise the next write to the
  // same shard does it. Where deaths go unnoticed (no robust mutexes: see
  // death_is_noticed) a lock of a dead owner stays, and writes to its shard
  // are kBusy until the host calls this with `alone`: nobody else uses the map
  // at this moment.
  Status Recover(bool alone);

  // Whether a process that dies in a write frees its lock by itself. Found out
  // when the memory was created.
  bool death_is_noticed() const;

  size_t size() const;  // sessions held, those over and not yet gone included
  size_t capacity() const;
  Duration longest_timeout() const;
  Counts counts() const;

  // Calls `visit` once for every endpoint that has live sessions, with their
  // number. Scans the whole map: for metrics, not for requests.
  void CountLive(
      const Timeouts& timeouts, Timestamp now,
      const std::function<void(EndpointHandle, size_t)>& visit) const;

  // The live sessions of one endpoint.
  struct LiveSessions {
    size_t count = 0;
    // When all of them will be over unless they are used again; nullopt: one
    // has no timeout.
    std::optional<Timestamp> over_by{};
  };

  // Scans the whole map, without allocating.
  LiveSessions LiveOn(EndpointHandle endpoint, const Timeouts& timeouts,
                      Timestamp now) const;

  // 64 bits that tell limpet's own ids from everything else before the map is
  // touched: the high half depends on the id, the low half on the scope too.
  uint64_t Tag(const SessionId& id, uint64_t scope) const;

 private:
  class Rep;  // lib/session_map/rep.h
  explicit SessionMap(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_SESSION_MAP_H_
