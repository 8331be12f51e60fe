// limpet_session_map: made, attached to, recovered, counted. What is done with
// one session is in sessions.cc.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "entry.h"
#include "handles.h"

using limpet::MapAttachment;
using limpet::SessionMap;
using limpet::capi::ErrorText;
using limpet::capi::Guard;

namespace {

limpet_status ReadOptions(const limpet_session_map_options *in, ErrorText &err,
                          SessionMap::Options *out) {
  limpet_session_map_options options = LIMPET_SESSION_MAP_OPTIONS_INIT;
  if (in != nullptr) {
    const limpet_status status = limpet::capi::ReadStruct(in, &options);
    if (status != LIMPET_OK) return err.Refuse(status, "options");
  }
  if (options.when_full > LIMPET_WHEN_FULL_EVICT) {
    return err.Refuse(LIMPET_ERR_ARGUMENT, "options.when_full",
                      "must be to refuse or to evict");
  }
  out->when_full = static_cast<SessionMap::WhenFull>(options.when_full);
  // Numbers beyond what fits are beyond what is allowed, too.
  if (options.capacity != 0) {
    out->capacity =
        static_cast<size_t>(std::min<uint64_t>(options.capacity, SIZE_MAX));
  }
  out->endpoints =
      static_cast<size_t>(std::min<uint64_t>(options.endpoints, SIZE_MAX));
  if (options.longest_timeout_ms != 0) {
    out->longest_timeout = limpet::Duration(static_cast<int64_t>(
        std::min<uint64_t>(options.longest_timeout_ms, INT64_MAX)));
  }
  return LIMPET_OK;
}

limpet_status ReadUse(const limpet_session_map_use *in, ErrorText &err,
                      MapAttachment *out) {
  limpet_session_map_use use = LIMPET_SESSION_MAP_USE_INIT;
  if (in != nullptr) {
    const limpet_status status = limpet::capi::ReadStruct(in, &use);
    if (status != LIMPET_OK) return err.Refuse(status, "use");
  }
  if (use.read_only > 1) {
    return err.Refuse(LIMPET_ERR_ARGUMENT, "use.read_only", "must be 1 or 0");
  }
  if (use.alone > 1) {
    return err.Refuse(LIMPET_ERR_ARGUMENT, "use.alone", "must be 1 or 0");
  }
  out->read_only = use.read_only == 1;
  out->alone = use.alone == 1;
  out->file = use.file;
  out->lock_budget = std::chrono::microseconds(
      static_cast<int64_t>(std::min<uint64_t>(use.lock_budget_us, INT64_MAX)));
  return LIMPET_OK;
}

std::span<std::byte> Bytes(void *memory, size_t size) {
  return {static_cast<std::byte *>(memory), size};
}

// REQUIRES: out is not null.
limpet_status Give(limpet::Result<std::shared_ptr<SessionMap>> map,
                   ErrorText &err, limpet_session_map **out) {
  if (!map.ok()) return err.Refuse(map.status());
  *out = new limpet_session_map{*std::move(map)};
  return LIMPET_OK;
}

}  // namespace

limpet_status limpet_session_map_options_init(
    limpet_session_map_options *options, size_t size) {
  return limpet::capi::InitStruct(options, size,
                                  LIMPET_SESSION_MAP_OPTIONS_INIT);
}

limpet_status limpet_session_map_use_init(limpet_session_map_use *use,
                                          size_t size) {
  return limpet::capi::InitStruct(use, size, LIMPET_SESSION_MAP_USE_INIT);
}

limpet_status limpet_session_counts_init(limpet_session_counts *counts,
                                         size_t size) {
  return limpet::capi::InitStruct(counts, size, LIMPET_SESSION_COUNTS_INIT);
}

limpet_status limpet_session_map_memory_size(
    const limpet_session_map_options *options, size_t *size, char *err,
    size_t err_cap) {
  if (size != nullptr) *size = 0;
  return Guard(err, err_cap, [&](ErrorText &text) -> limpet_status {
    if (size == nullptr) return text.Refuse(LIMPET_ERR_NULL, "size");
    SessionMap::Options map_options;
    const limpet_status status = ReadOptions(options, text, &map_options);
    if (status != LIMPET_OK) return status;
    const auto needed = SessionMap::MemorySize(map_options);
    if (!needed.ok()) return text.Refuse(needed.status());
    *size = *needed;
    return LIMPET_OK;
  });
}

limpet_status limpet_session_map_new(const limpet_session_map_options *options,
                                     const limpet_session_map_use *use,
                                     limpet_session_map **out, char *err,
                                     size_t err_cap) {
  if (out != nullptr) *out = nullptr;
  return Guard(err, err_cap, [&](ErrorText &text) -> limpet_status {
    if (out == nullptr) return text.Refuse(LIMPET_ERR_NULL, "out");
    SessionMap::Options map_options;
    MapAttachment attachment;
    limpet_status status = ReadOptions(options, text, &map_options);
    if (status == LIMPET_OK) status = ReadUse(use, text, &attachment);
    if (status != LIMPET_OK) return status;
    if (attachment.file != -1) {
      return text.Refuse(LIMPET_ERR_ARGUMENT, "use.file",
                         "must be -1: the memory is the map's own");
    }
    return Give(SessionMap::Make(map_options, attachment), text, out);
  });
}

limpet_status limpet_session_map_create(
    void *memory, size_t memory_size, const limpet_session_map_options *options,
    const limpet_session_map_use *use, limpet_session_map **out, char *err,
    size_t err_cap) {
  if (out != nullptr) *out = nullptr;
  return Guard(err, err_cap, [&](ErrorText &text) -> limpet_status {
    if (out == nullptr) return text.Refuse(LIMPET_ERR_NULL, "out");
    if (memory == nullptr) return text.Refuse(LIMPET_ERR_NULL, "memory");
    SessionMap::Options map_options;
    MapAttachment attachment;
    limpet_status status = ReadOptions(options, text, &map_options);
    if (status == LIMPET_OK) status = ReadUse(use, text, &attachment);
    if (status != LIMPET_OK) return status;
    return Give(
        SessionMap::Create(Bytes(memory, memory_size), map_options, attachment),
        text, out);
  });
}

limpet_status limpet_session_map_attach(void *memory, size_t memory_size,
                                        const limpet_session_map_use *use,
                                        limpet_session_map **out, char *err,
                                        size_t err_cap) {
  if (out != nullptr) *out = nullptr;
  return Guard(err, err_cap, [&](ErrorText &text) -> limpet_status {
    if (out == nullptr) return text.Refuse(LIMPET_ERR_NULL, "out");
    if (memory == nullptr) return text.Refuse(LIMPET_ERR_NULL, "memory");
    MapAttachment attachment;
    const limpet_status status = ReadUse(use, text, &attachment);
    if (status != LIMPET_OK) return status;
    return Give(SessionMap::Attach(Bytes(memory, memory_size), attachment),
                text, out);
  });
}

void limpet_session_map_free(limpet_session_map *sessions) { delete sessions; }

limpet_status limpet_session_map_recover(const limpet_session_map *sessions,
                                         uint32_t alone) {
  if (sessions == nullptr) return LIMPET_ERR_NULL;
  if (alone > 1) return LIMPET_ERR_ARGUMENT;
  return Guard([&] {
    return static_cast<limpet_status>(
        sessions->map->Recover(alone == 1).code());
  });
}

uint32_t limpet_session_map_notices_death(const limpet_session_map *sessions) {
  return sessions != nullptr && sessions->map->death_is_noticed() ? 1 : 0;
}

uint64_t limpet_session_map_size(const limpet_session_map *sessions) {
  return sessions == nullptr ? 0 : sessions->map->size();
}

uint64_t limpet_session_map_capacity(const limpet_session_map *sessions) {
  return sessions == nullptr ? 0 : sessions->map->capacity();
}

uint64_t limpet_session_map_longest_timeout_ms(
    const limpet_session_map *sessions) {
  if (sessions == nullptr) return 0;
  return static_cast<uint64_t>(sessions->map->longest_timeout().count());
}

limpet_status limpet_session_map_counts(const limpet_session_map *sessions,
                                        limpet_session_counts *counts) {
  if (sessions == nullptr || counts == nullptr) return LIMPET_ERR_NULL;
  return Guard([&] {
    const SessionMap::Counts known = sessions->map->counts();
    limpet_session_counts filled = LIMPET_SESSION_COUNTS_INIT;
    filled.inserted = known.inserted;
    filled.expired = known.expired;
    filled.evicted = known.evicted;
    filled.erased = known.erased;
    filled.erased_endpoint = known.erased_endpoint;
    filled.refused = known.refused;
    filled.repaired = known.repaired;
    // What fills in the defaults fills in these: as far as *counts goes.
    uint32_t size;
    std::memcpy(&size, counts, sizeof size);
    return limpet::capi::InitStruct(counts, size, filled);
  });
}
