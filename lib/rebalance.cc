#include "rebalance.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "codec/big_endian.h"
#include "limpet/hash.h"
#include "spread.h"
#include "substitute.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint64_t kSlices = 100;    // of all sessions, by their ids
constexpr int64_t kMinute = 60'000;  // ms

// A draw of its own, so that every endpoint has sessions in all slices.
uint64_t SliceOf(const SessionId& id) {
  std::array<uint8_t, 24> bytes{'s', 'l', 'i', 'c', 'e'};
  StoreBigEndian<8>(id.high, bytes.data() + 8);
  StoreBigEndian<8>(id.low, bytes.data() + 16);
  const uint64_t hash = HashEndpointId(
      {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return Spread(hash, kSlices);
}

// Every minute has the `percent` slices that follow those of the minute before.
bool IsItsTurn(const SessionId& id, uint64_t percent, Timestamp now) {
  const auto minute = static_cast<uint64_t>(ToMillis(now) / kMinute);
  const uint64_t first = minute % kSlices * percent % kSlices;
  return (SliceOf(id) + kSlices - first) % kSlices < percent;
}

}  // namespace

uint32_t FindNewer(const Rebalance& rebalance, const EndpointSet& endpoints,
                   const Session& session, uint32_t own,
                   Timestamp now) noexcept {
  if (endpoints.state(own) != EndpointState::kReady ||
      Elapsed(session.refreshed, now) < rebalance.idle_at_least ||
      !IsItsTurn(session.id, rebalance.percent_per_minute, now)) {
    return kNoEndpoint;
  }
  const uint32_t group = endpoints.group(own);
  if (endpoints.groups()[group].backend.weight == 0) return kNoEndpoint;
  const uint32_t newer =
      FindSubstitute({.endpoints = endpoints}, session.id, group, group);
  return newer != kNoEndpoint && newer != own &&
                 endpoints.since(newer) > session.created
             ? newer
             : kNoEndpoint;
}

}  // namespace v0
}  // namespace limpet
