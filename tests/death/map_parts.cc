#include "map_parts.h"

#include <linux/futex.h>

#include <cstring>
#include <vector>

namespace limpet::testing {
namespace {

// A robust mutex begins with its futex.
uint32_t Futex(const ShardHeader& header) {
  uint32_t word = 0;
  std::memcpy(&word, &header.lock, sizeof(word));
  return word;
}

}  // namespace

MapParts::MapParts(std::span<std::byte> memory) : memory_(memory) {
  geometry_ = Geometry::Of(
      {.capacity = header().capacity, .endpoints = header().endpoints});
}

ShardMemory<StdAtoms> MapParts::shard(uint32_t shard) const {
  auto* buckets = &At<MapShard::Bucket>(geometry_.BucketsAt());
  auto* homes = &At<MapShard::StashHomes>(geometry_.StashHomesAt());
  return {.buckets = {buckets + size_t{shard} * geometry_.all_buckets(),
                      geometry_.all_buckets()},
          .stash_homes = {homes + size_t{shard} * geometry_.stash,
                          geometry_.stash}};
}

uint32_t MapParts::ShardOf(const SessionId& id) const {
  return limpet::ShardOf(id, geometry_.shards);
}

MapKey MapParts::KeyOf(const SessionId& id) const {
  return limpet::KeyOf(id, geometry_.buckets);
}

bool MapParts::OwnerDied(uint32_t shard) const {
  return (Futex(shard_header(shard)) & FUTEX_OWNER_DIED) != 0;
}

bool MapParts::IsLocked(uint32_t shard) const {
  return (Futex(shard_header(shard)) & FUTEX_TID_MASK) != 0;
}

std::string MapParts::Audit(std::span<const SessionId> ids,
                            Counts counts) const {
  for (uint32_t i = 0; i < geometry_.shards; ++i) {
    std::vector<MapKey> keys;
    for (const SessionId& id : ids) {
      if (ShardOf(id) == i) keys.push_back(KeyOf(id));
    }
    const ShardAudit<StdAtoms> audit(shard(i), keys);
    std::string problem = audit.Problem(counts);
    const uint64_t held = shard_header(i).held.load();
    if (problem.empty() && counts == Counts::kExact &&
        held != audit.sessions()) {
      problem = "holds " + std::to_string(audit.sessions()) + ", counts " +
                std::to_string(held);
    }
    if (!problem.empty()) return "shard " + std::to_string(i) + ": " + problem;
  }
  return "";
}

}  // namespace limpet::testing
