// What is done with the sessions of a limpet_session_map. What a host calls for
// every request does not allocate.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "entry.h"
#include "handles.h"

using limpet::SessionId;
using limpet::SessionMap;
using limpet::Timeouts;
using limpet::capi::Guard;
using limpet::capi::ToTimestamp;
using limpet::capi::View;

namespace {

SessionId FromC(limpet_session_id id) {
  return {.high = id.high, .low = id.low};
}

limpet_session_id ToC(const SessionId &id) { return {id.high, id.low}; }

limpet_session ToC(const SessionMap::Entry &entry) {
  return {entry.endpoint,
          static_cast<uint64_t>(limpet::ToMillis(entry.created)),
          static_cast<uint64_t>(limpet::ToMillis(entry.last_used))};
}

// Nothing for timeouts that the map cannot keep.
std::optional<Timeouts> FromC(const SessionMap &map,
                              const limpet_timeouts &in) {
  const auto longest = static_cast<uint64_t>(map.longest_timeout().count());
  if (in.absolute_ms > longest || in.idle_ms > longest) return std::nullopt;
  return Timeouts{.absolute = limpet::Duration(in.absolute_ms),
                  .idle = limpet::Duration(in.idle_ms)};
}

// The frame of all calls about one session whose other arguments are `allowed`.
// `body` gets the map and the timeouts, sets the entry that is there afterwards
// and returns its result; `nothing` is the result of a call that fails.
template <typename Body>
limpet_status OfSession(const limpet_session_map *sessions,
                        const limpet_timeouts *timeouts,
                        limpet_session *session, uint32_t *result,
                        uint32_t nothing, bool allowed, Body &&body) {
  if (session != nullptr) *session = {};
  if (result != nullptr) *result = nothing;
  if (sessions == nullptr || timeouts == nullptr || session == nullptr ||
      result == nullptr) {
    return LIMPET_ERR_NULL;
  }
  return Guard([&]() -> limpet_status {
    SessionMap &map = *sessions->map;
    const std::optional<Timeouts> known = FromC(map, *timeouts);
    if (!known || !allowed) return LIMPET_ERR_ARGUMENT;
    SessionMap::Entry entry;
    *result = static_cast<uint32_t>(body(map, *known, &entry));
    *session = ToC(entry);
    return LIMPET_OK;
  });
}

limpet_status Tell(const SessionMap::SweepResult &swept, size_t *freed,
                   uint32_t *complete) {
  if (freed != nullptr) *freed = swept.freed;
  if (complete != nullptr) *complete = swept.complete ? 1 : 0;
  return LIMPET_OK;
}

}  // namespace

limpet_status limpet_session_map_new_id(const limpet_session_map *sessions,
                                        limpet_session_id *id) {
  if (id != nullptr) *id = {};
  if (sessions == nullptr || id == nullptr) return LIMPET_ERR_NULL;
  return Guard([&] {
    *id = ToC(sessions->map->NewId());
    return LIMPET_OK;
  });
}

limpet_status limpet_session_map_id_of(const limpet_session_map *sessions,
                                       const char *key, size_t key_size,
                                       limpet_session_id *id) {
  if (id != nullptr) *id = {};
  if (sessions == nullptr || (key == nullptr && key_size != 0) ||
      id == nullptr) {
    return LIMPET_ERR_NULL;
  }
  return Guard([&] {
    *id = ToC(sessions->map->IdOf(View(key, key_size)));
    return LIMPET_OK;
  });
}

limpet_status limpet_session_map_find_touch(const limpet_session_map *sessions,
                                            limpet_session_id id,
                                            const limpet_timeouts *timeouts,
                                            uint64_t now_ms,
                                            limpet_session *session,
                                            uint32_t *result) {
  return OfSession(
      sessions, timeouts, session, result, LIMPET_FIND_ABSENT, true,
      [&](SessionMap &map, const Timeouts &known, SessionMap::Entry *entry) {
        return map.FindTouch(FromC(id), known, ToTimestamp(now_ms), entry);
      });
}

limpet_status limpet_session_map_find(const limpet_session_map *sessions,
                                      limpet_session_id id,
                                      const limpet_timeouts *timeouts,
                                      uint64_t now_ms, limpet_session *session,
                                      uint32_t *result) {
  return OfSession(
      sessions, timeouts, session, result, LIMPET_FIND_ABSENT, true,
      [&](SessionMap &map, const Timeouts &known, SessionMap::Entry *entry) {
        return map.Find(FromC(id), known, ToTimestamp(now_ms), entry);
      });
}

void limpet_session_map_prepare(const limpet_session_map *sessions,
                                limpet_session_id id) {
  if (sessions != nullptr) sessions->map->Prepare(FromC(id));
}

limpet_status limpet_session_map_find_touch_batch(
    const limpet_session_map *sessions, const limpet_session_id *ids,
    size_t count, const limpet_timeouts *timeouts, uint64_t now_ms,
    limpet_session *found, uint32_t *results) {
  if (sessions == nullptr || timeouts == nullptr ||
      (count != 0 &&
       (ids == nullptr || found == nullptr || results == nullptr))) {
    return LIMPET_ERR_NULL;
  }
  return Guard([&]() -> limpet_status {
    SessionMap &map = *sessions->map;
    const std::optional<Timeouts> known = FromC(map, *timeouts);
    if (!known) return LIMPET_ERR_ARGUMENT;
    constexpr size_t kAtOnce = 64;  // on the stack
    std::array<SessionId, kAtOnce> map_ids;
    std::array<SessionMap::FindResult, kAtOnce> map_results;
    for (size_t begin = 0; begin < count; begin += kAtOnce) {
      const size_t size = std::min(kAtOnce, count - begin);
      std::array<SessionMap::Entry, kAtOnce> entries;
      std::transform(ids + begin, ids + begin + size, map_ids.begin(),
                     [](limpet_session_id id) { return FromC(id); });
      map.FindTouchBatch(
          std::span(map_ids).first(size), *known, ToTimestamp(now_ms),
          std::span(map_results).first(size), std::span(entries).first(size));
      for (size_t i = 0; i < size; ++i) {
        results[begin + i] = static_cast<uint32_t>(map_results[i]);
        found[begin + i] = ToC(entries[i]);
      }
    }
    return LIMPET_OK;
  });
}

limpet_status limpet_session_map_insert_or_get(
    const limpet_session_map *sessions, limpet_session_id id, uint64_t endpoint,
    const limpet_timeouts *timeouts, uint64_t now_ms, limpet_session *session,
    uint32_t *result) {
  return OfSession(
      sessions, timeouts, session, result, LIMPET_INSERT_BUSY,
      endpoint != limpet::kNoHandle,
      [&](SessionMap &map, const Timeouts &known, SessionMap::Entry *entry) {
        SessionMap::Entry wanted{.endpoint = endpoint};
        const SessionMap::InsertResult inserted =
            map.InsertOrGet(FromC(id), &wanted, known, ToTimestamp(now_ms));
        if (inserted == SessionMap::InsertResult::kInserted ||
            inserted == SessionMap::InsertResult::kExists) {
          *entry = wanted;
        }
        return inserted;
      });
}

limpet_status limpet_session_map_rebind(
    const limpet_session_map *sessions, limpet_session_id id, uint64_t from,
    uint64_t to, const limpet_timeouts *timeouts, uint64_t now_ms,
    limpet_session *session, uint32_t *result) {
  return OfSession(
      sessions, timeouts, session, result, LIMPET_REBIND_BUSY,
      to != limpet::kNoHandle,
      [&](SessionMap &map, const Timeouts &known, SessionMap::Entry *entry) {
        return map.Rebind(FromC(id), from, to, known, ToTimestamp(now_ms),
                          entry);
      });
}

limpet_status limpet_session_map_erase(const limpet_session_map *sessions,
                                       limpet_session_id id, uint32_t *result) {
  if (result != nullptr) *result = LIMPET_ERASE_BUSY;
  if (sessions == nullptr || result == nullptr) return LIMPET_ERR_NULL;
  return Guard([&] {
    *result = static_cast<uint32_t>(sessions->map->Erase(FromC(id)));
    return LIMPET_OK;
  });
}

limpet_status limpet_session_map_erase_endpoint(
    const limpet_session_map *sessions, uint64_t endpoint, size_t *freed,
    uint32_t *complete) {
  Tell({.freed = 0, .complete = false}, freed, complete);
  if (sessions == nullptr) return LIMPET_ERR_NULL;
  return Guard([&] {
    return Tell(sessions->map->EraseEndpoint(endpoint), freed, complete);
  });
}

limpet_status limpet_session_map_sweep(const limpet_session_map *sessions,
                                       const limpet_timeouts *timeouts,
                                       uint64_t now_ms, size_t budget,
                                       size_t *freed, uint32_t *complete) {
  Tell({.freed = 0, .complete = false}, freed, complete);
  if (sessions == nullptr || timeouts == nullptr) return LIMPET_ERR_NULL;
  return Guard([&]() -> limpet_status {
    SessionMap &map = *sessions->map;
    const std::optional<Timeouts> known = FromC(map, *timeouts);
    if (!known) return LIMPET_ERR_ARGUMENT;
    return Tell(map.Sweep(*known, ToTimestamp(now_ms), budget), freed,
                complete);
  });
}

limpet_status limpet_session_map_count_live(const limpet_session_map *sessions,
                                            const limpet_timeouts *timeouts,
                                            uint64_t now_ms,
                                            limpet_endpoint_sessions *live,
                                            size_t live_count, size_t *count) {
  if (count != nullptr) *count = 0;
  if (sessions == nullptr || timeouts == nullptr ||
      (live == nullptr && live_count != 0) || count == nullptr) {
    return LIMPET_ERR_NULL;
  }
  return Guard([&]() -> limpet_status {
    const SessionMap &map = *sessions->map;
    const std::optional<Timeouts> known = FromC(map, *timeouts);
    if (!known) return LIMPET_ERR_ARGUMENT;
    size_t seen = 0;
    map.CountLive(*known, ToTimestamp(now_ms),
                  [&](limpet::EndpointHandle endpoint, size_t number) {
                    if (seen < live_count) live[seen] = {endpoint, number};
                    ++seen;
                  });
    *count = seen;
    return seen <= live_count ? LIMPET_OK : LIMPET_ERR_BUFFER;
  });
}
