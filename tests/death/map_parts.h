// MapParts: a map's memory as it lies there, and whether it is as it ought to.
//
// Thread rule: for memory that nobody writes to meanwhile.
#ifndef LIMPET_TESTS_DEATH_MAP_PARTS_H_
#define LIMPET_TESTS_DEATH_MAP_PARTS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "limpet/session_map.h"
#include "session_map/geometry.h"
#include "session_map/layout.h"
#include "shard_audit.h"

namespace limpet::testing {

class MapParts {
 public:
  explicit MapParts(std::span<std::byte> memory);

  const Geometry& geometry() const { return geometry_; }
  MapHeader& header() const { return At<MapHeader>(0); }
  ShardHeader& shard_header(uint32_t shard) const {
    return (&At<ShardHeader>(geometry_.ShardHeadersAt()))[shard];
  }
  ShardMemory<StdAtoms> shard(uint32_t shard) const;

  uint32_t ShardOf(const SessionId& id) const;
  MapKey KeyOf(const SessionId& id) const;

  // What the kernel says of a shard's lock.
  bool OwnerDied(uint32_t shard) const;
  bool IsLocked(uint32_t shard) const;

  // What is wrong; empty if nothing is. `ids` are all that the map may hold.
  std::string Audit(std::span<const SessionId> ids, Counts counts) const;

 private:
  template <class T>
  T& At(size_t offset) const {
    return *reinterpret_cast<T*>(memory_.data() + offset);
  }

  std::span<std::byte> memory_;
  Geometry geometry_;
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_MAP_PARTS_H_
