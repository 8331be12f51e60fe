// What only looks: find, counts, ids. What writes is in session_map/.
#include "limpet/session_map.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "codec/big_endian.h"
#include "keyed_hash.h"
#include "session_map/rep.h"

namespace limpet {
inline namespace v0 {
namespace {

// Fetches that a batch has under way at one time.
constexpr size_t kFetches = 16;

}  // namespace

// --- finding ----------------------------------------------------------------

[[gnu::always_inline]] inline SessionMap::FindResult SessionMap::Rep::Answer(
    SessionId id, const Seen& seen, const Window& window,
    const Timeouts& timeouts, Timestamp now, bool touch, int64_t ticks,
    Entry* entry) {
  const Timestamp created = window.TimeOf(seen.created);
  Timestamp last_used = window.TimeOf(seen.last_used);
  if (IsOver(timeouts, created, last_used, now)) [[unlikely]] {
    if (touch) EndIfOver(id, timeouts, now);
    return FindResult::kExpired;
  }
  if (touch && now - last_used > Duration(0)) {
    MapShard::Touch(seen.slot, seen.last_used, static_cast<uint32_t>(ticks));
    last_used = now;
  }
  *entry = {
      .endpoint = seen.endpoint, .created = created, .last_used = last_used};
  return FindResult::kLive;
}

[[gnu::noinline]] SessionMap::FindResult SessionMap::Rep::Lookup(
    SessionId id, const Timeouts& timeouts, Timestamp now, bool touch,
    Entry* entry) {
  touch = touch && !use.read_only &&
          KeepHorizonAhead(timeouts, now, std::chrono::microseconds(0));
  const Seen seen = shard(ShardOf(id)).Find(KeyOf(id), [this](uint32_t index) {
    return HandleOf(index);
  });
  if (!seen.slot) return FindResult::kAbsent;
  const Window window = this->window();
  return Answer(id, seen, window, timeouts, now, touch, window.TicksOf(now),
                entry);
}

[[gnu::always_inline]] inline SessionMap::FindResult SessionMap::Rep::FindTouch(
    SessionId id, const Timeouts& timeouts, Timestamp now, Entry* entry) {
  const Window window = this->window();
  const int64_t ticks = window.TicksOf(now);
  if (!window.IsNear(ticks, horizon_margin)) [[likely]] {
    const uint64_t fingerprint = FingerprintOf(id.low);
    Seen seen;
    BucketHeader header;
    if (MapShard::FindIn(
            Home(id), fingerprint,
            [this](uint32_t index) { return HandleOf(index); }, &seen,
            &header)) {
      return Answer(id, seen, window, timeouts, now, true, ticks, entry);
    }
    if (!header.LeadsOn(ClassOf(fingerprint))) return FindResult::kAbsent;
  }
  return Lookup(id, timeouts, now, true, entry);
}

SessionMap::FindResult SessionMap::FindTouch(const SessionId& id,
                                             const Timeouts& timeouts,
                                             Timestamp now, Entry* entry) {
  return rep_->FindTouch(id, timeouts, now, entry);
}

[[gnu::flatten]] SessionMap::FindResult SessionMap::FindTouch(
    std::string_view key, const Timeouts& timeouts, Timestamp now,
    Entry* entry) {
  const MapSecrets& secrets = rep_->header->secrets;
  return rep_->FindTouch(HashKeyed(key, secrets.of_keys, secrets.of_long_keys),
                         timeouts, now, entry);
}

SessionMap::FindResult SessionMap::Find(const SessionId& id,
                                        const Timeouts& timeouts, Timestamp now,
                                        Entry* entry) const {
  return rep_->Lookup(id, timeouts, now, false, entry);
}

SessionMap::Prepared SessionMap::Prepare(const SessionId& id) const {
  rep_->FetchHome(id);
  Prepared place;
  place.id_ = id;
  return place;
}

SessionMap::Prepared SessionMap::Prepare(std::string_view key) const {
  return Prepare(IdOf(key));
}

SessionMap::FindResult SessionMap::FindTouch(const Prepared& place,
                                             const Timeouts& timeouts,
                                             Timestamp now, Entry* entry) {
  return FindTouch(place.id_, timeouts, now, entry);
}

void SessionMap::FindTouchBatch(std::span<const SessionId> ids,
                                const Timeouts& timeouts, Timestamp now,
                                std::span<FindResult> results,
                                std::span<Entry> entries) {
  for (size_t begin = 0; begin < ids.size(); begin += kFetches) {
    const size_t end = std::min(begin + kFetches, ids.size());
    for (size_t i = begin; i < end; ++i) Prepare(ids[i]);
    for (size_t i = begin; i < end; ++i) {
      results[i] = FindTouch(ids[i], timeouts, now, &entries[i]);
    }
  }
}

// --- ids --------------------------------------------------------------------

SessionId SessionMap::NewId() {
  std::array<uint8_t, 16> bytes;
  rep_->random().Fill(std::as_writable_bytes(std::span(bytes)));
  return {.high = LoadBigEndian<8>(bytes.data()),
          .low = LoadBigEndian<8>(bytes.data() + 8)};
}

SessionId SessionMap::IdOf(std::string_view key) const {
  const MapSecrets& secrets = rep_->header->secrets;
  return HashKeyed(key, secrets.of_keys, secrets.of_long_keys);
}

uint64_t SessionMap::Tag(const SessionId& id, uint64_t scope) const {
  const MapSecrets& secrets = rep_->header->secrets;
  std::array<uint8_t, 24> bytes;
  StoreBigEndian<8>(id.high, bytes.data());
  StoreBigEndian<8>(id.low, bytes.data() + 8);
  StoreBigEndian<8>(scope, bytes.data() + 16);
  static_assert(sizeof(secrets.of_ids) == crypto_shorthash_KEYBYTES);
  const auto sip = [](std::span<const uint8_t> in,
                      const std::array<uint8_t, 16>& key) {
    std::array<uint8_t, crypto_shorthash_BYTES> out;
    crypto_shorthash(out.data(), in.data(), in.size(), key.data());
    return LoadBigEndian<8>(out.data());
  };
  const uint64_t of_id = sip(std::span(bytes).first(16), secrets.of_ids);
  const uint64_t of_scope = sip(bytes, secrets.of_scopes);
  return (of_id >> 32 << 32) | (of_scope >> 32);
}

// --- counts -----------------------------------------------------------------

bool SessionMap::death_is_noticed() const {
  return rep_->lock_kind == LockKind::kRobust;
}

size_t SessionMap::size() const { return rep_->held(); }
size_t SessionMap::capacity() const { return rep_->options.capacity; }
Duration SessionMap::longest_timeout() const {
  return rep_->options.longest_timeout;
}

SessionMap::Counts SessionMap::counts() const {
  Counts counts;
  for (uint32_t i = 0; i < rep_->geometry.shards; ++i) {
    const ShardHeader& sums = rep_->shard_headers[i];
    const auto add = [](const std::atomic<uint64_t>& sum, uint64_t* to) {
      *to += sum.load(std::memory_order_relaxed);
    };
    add(sums.inserted, &counts.inserted);
    add(sums.expired, &counts.expired);
    add(sums.evicted, &counts.evicted);
    add(sums.erased, &counts.erased);
    add(sums.erased_endpoint, &counts.erased_endpoint);
    add(sums.refused, &counts.refused);
    add(sums.repaired, &counts.repaired);
  }
  return counts;
}

SessionMap::SweepResult SessionMap::Sweep(const Timeouts& timeouts,
                                          Timestamp now, size_t budget) {
  rep_->KeepHorizonAhead(timeouts, now, rep_->use.lock_budget);
  return rep_->Sweep(timeouts, now, budget);
}

void SessionMap::CountLive(
    const Timeouts& timeouts, Timestamp now,
    const std::function<void(EndpointHandle, size_t)>& visit) const {
  const Expiry expiry(timeouts, rep_->window(), now);
  std::unordered_map<EndpointHandle, size_t> counts;
  for (uint32_t i = 0; i < rep_->geometry.shards; ++i) {
    const MapShard shard = rep_->shard(i);
    for (uint32_t at = 0; at < shard.all_buckets(); ++at) {
      shard.ForEach(
          at, [&](uint32_t index) { return rep_->endpoints.HandleOf(index); },
          [&](const auto& seen) {
            if (!expiry.IsOver(seen.created, seen.last_used)) {
              ++counts[seen.endpoint];
            }
          });
    }
  }
  for (const auto& [endpoint, count] : counts) visit(endpoint, count);
}

SessionMap::LiveSessions SessionMap::LiveOn(EndpointHandle endpoint,
                                            const Timeouts& timeouts,
                                            Timestamp now) const {
  const Window window = rep_->window();
  LiveSessions live;
  for (uint32_t i = 0; i < rep_->geometry.shards; ++i) {
    const MapShard shard = rep_->shard(i);
    for (uint32_t at = 0; at < shard.all_buckets(); ++at) {
      shard.ForEach(
          at, [&](uint32_t index) { return rep_->endpoints.HandleOf(index); },
          [&](const auto& seen) {
            if (seen.endpoint != endpoint) return;
            const Timestamp created = window.TimeOf(seen.created);
            const Timestamp last_used = window.TimeOf(seen.last_used);
            if (IsOver(timeouts, created, last_used, now)) return;
            const std::optional<Timestamp> end =
                EndOf(timeouts, created, last_used);
            live.over_by = live.count == 0 ? end : std::max(live.over_by, end);
            ++live.count;
          });
    }
  }
  return live;
}

}  // namespace v0
}  // namespace limpet
