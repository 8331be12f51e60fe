#include "session_map/geometry.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "session_map/layout.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr size_t kMaxCapacity = size_t{1} << 31;
constexpr size_t kMaxEndpoints = size_t{1} << 24;
constexpr Duration kLongestTimeout = std::chrono::hours(24 * 36525);
constexpr size_t kSessionsPerShard = 6 * 1024;
constexpr size_t kMaxShards = 256;

// At 0.70 one insert in 100,000 finds its whole chain taken and goes to the
// stash; at 0.80, where a shard gets that is as unlucky as 8 standard
// deviations, one in 3,000.
constexpr double kLoad = 0.70;
constexpr double kHighestLoad = 0.80;

uint32_t NextPrime(uint32_t n) {
  const auto is_prime = [](uint32_t x) {
    for (uint32_t d = 2; uint64_t{d} * d <= x; ++d) {
      if (x % d == 0) return false;
    }
    return true;
  };
  while (!is_prime(n)) ++n;
  return n;
}

// One for every 8 sessions; more in small maps, no more than that in large
// ones.
size_t EndpointsFor(size_t capacity) {
  return std::clamp<size_t>(capacity / 8, std::min<size_t>(2 * capacity, 4'096),
                            65'536);
}

size_t RoundUp(size_t size, size_t to) { return (size + to - 1) / to * to; }

}  // namespace

Status Geometry::Check(const SessionMap::Options& options) {
  if (options.capacity < 1 || options.capacity > kMaxCapacity) {
    return Status(StatusCode::kInvalidArgument, "capacity",
                  "must be from 1 to 2147483648 sessions");
  }
  if (options.endpoints > kMaxEndpoints) {
    return Status(StatusCode::kInvalidArgument, "endpoints",
                  "must be from 1 to 16777216, or 0 to choose");
  }
  if (options.longest_timeout <= Duration(0) ||
      options.longest_timeout > kLongestTimeout) {
    return Status(StatusCode::kInvalidArgument, "longest_timeout",
                  "must be longer than 0 and at most 100 years");
  }
  return {};
}

Geometry Geometry::Of(const SessionMap::Options& options) {
  Geometry geometry;
  const size_t shards =
      std::clamp(std::bit_floor(options.capacity / kSessionsPerShard),
                 size_t{1}, kMaxShards);
  geometry.shards = static_cast<uint32_t>(shards);
  geometry.shard_limit = (options.capacity + shards - 1) / shards;
  const auto mean = static_cast<double>(geometry.shard_limit);
  double slots = mean / kLoad;
  if (shards > 1) {
    geometry.shard_limit += static_cast<uint64_t>(8 * std::sqrt(mean));
    slots = std::max(slots,
                     static_cast<double>(geometry.shard_limit) / kHighestLoad);
  }
  geometry.buckets =
      NextPrime(static_cast<uint32_t>(std::ceil(slots / kSlots)));
  // Where a chain has all buckets there is nothing to fall back from.
  if (geometry.buckets > kChain) {
    geometry.stash = std::clamp(geometry.buckets / 512, 1U, 64U);
  }
  geometry.endpoints = static_cast<uint32_t>(
      options.endpoints != 0 ? options.endpoints
                             : EndpointsFor(options.capacity));
  return geometry;
}

size_t Geometry::ShardHeadersAt() const {
  return RoundUp(sizeof(MapHeader), 128);
}
size_t Geometry::StashHomesAt() const {
  return ShardHeadersAt() + shards * sizeof(ShardHeader);
}
size_t Geometry::EndpointsAt() const {
  return RoundUp(
      StashHomesAt() + size_t{shards} * stash * sizeof(MapShard::StashHomes),
      128);
}
size_t Geometry::EndpointStatesAt() const {
  return EndpointsAt() + size_t{endpoints} * sizeof(MapEndpoints::Handle);
}
size_t Geometry::BucketsAt() const {
  return RoundUp(
      EndpointStatesAt() + size_t{endpoints} * sizeof(MapEndpoints::StateOf),
      128);
}
size_t Geometry::Size() const {
  return BucketsAt() +
         size_t{shards} * all_buckets() * sizeof(MapShard::Bucket);
}

}  // namespace v0
}  // namespace limpet
