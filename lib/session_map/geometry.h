// Geometry: how big a map's parts are, from its options alone.
//
// Thread rule: plain values.
#ifndef LIMPET_LIB_SESSION_MAP_GEOMETRY_H_
#define LIMPET_LIB_SESSION_MAP_GEOMETRY_H_

#include <cstddef>
#include <cstdint>

#include "limpet/session_map.h"

namespace limpet {
inline namespace v0 {

struct Geometry {
  uint32_t shards = 1;     // a power of two
  uint32_t buckets = 0;    // of a shard; prime, or 1
  uint32_t stash = 0;      // buckets of a shard's stash
  uint32_t endpoints = 0;  // places of the endpoint directory
  // Most sessions of a shard: its share of the capacity, and 8 standard
  // deviations, so that none refuses while the map has less than its capacity.
  uint64_t shard_limit = 0;

  // REQUIRES: Check(options) is ok.
  static Geometry Of(const SessionMap::Options& options);

  // Names the option that is wrong.
  static Status Check(const SessionMap::Options& options);

  uint32_t all_buckets() const { return buckets + stash; }

  // The parts, in this order, in bytes from the start of the memory.
  size_t ShardHeadersAt() const;
  size_t StashHomesAt() const;
  size_t EndpointsAt() const;
  size_t EndpointStatesAt() const;
  size_t BucketsAt() const;
  size_t Size() const;

  bool operator==(const Geometry&) const = default;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_MAP_GEOMETRY_H_
