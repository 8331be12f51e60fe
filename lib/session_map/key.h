// MapKey: what 128 uniform bits say about a session's places in a map.
//
// The high half names shard and home bucket, the low half is the fingerprint;
// the home bucket and 60 bits of the fingerprint together are the identity.
//
// Thread rule: plain values.
#ifndef LIMPET_LIB_SESSION_MAP_KEY_H_
#define LIMPET_LIB_SESSION_MAP_KEY_H_

#include <cstdint>

#include "limpet/session.h"
#include "spread.h"

namespace limpet {
inline namespace v0 {

// A fingerprint has its last four bits set. A slot's print word is that of its
// session less the distance from home, 0 to 7: so that every chain can be
// walked back from its end, and no print is 0, a free slot.
constexpr uint64_t FingerprintOf(uint64_t low) { return low | 15; }
constexpr uint64_t PrintOf(uint64_t fingerprint, unsigned distance) {
  return fingerprint - distance;
}
constexpr unsigned DistanceOf(uint64_t print) {
  return static_cast<unsigned>(~print & 7);
}

// From one bucket of a chain to the next. The number of buckets is prime, so
// that a chain meets none twice. The fingerprint alone tells the step.
inline uint32_t StepOf(uint64_t fingerprint, uint32_t buckets) {
  if (buckets == 1) return 0;
  return static_cast<uint32_t>(1 + Spread(fingerprint, buckets - 1));
}

// Chains are counted in 8 classes: a miss stops where none of its own class
// goes on.
constexpr unsigned ClassOf(uint64_t fingerprint) {
  return static_cast<unsigned>(fingerprint >> 4) & 7;
}

struct MapKey {
  uint64_t fingerprint = 0;
  uint32_t home = 0;  // bucket of the shard
};

// The shard is told by the lowest bits of the high half, the home bucket by its
// highest.
constexpr uint32_t ShardOf(const SessionId& id, uint32_t shards) {
  return static_cast<uint32_t>(id.high) & (shards - 1);
}

inline MapKey KeyOf(const SessionId& id, uint32_t buckets) {
  return {.fingerprint = FingerprintOf(id.low),
          .home = static_cast<uint32_t>(Spread(id.high, buckets))};
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_MAP_KEY_H_
