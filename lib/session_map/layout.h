// The layout of a session map in memory: this header, a header for each shard,
// the homes of stashed sessions, the endpoint directory, the buckets. No
// pointers: every process may have it at another address.
//
// A format: kLayoutVersion changes with it, a test pins it. All numbers are of
// the machine's own byte order; byte_order refuses those of another.
//
// Thread rule: atomics by anybody; the rest is written once, before `magic`.
#ifndef LIMPET_LIB_SESSION_MAP_LAYOUT_H_
#define LIMPET_LIB_SESSION_MAP_LAYOUT_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "session_map/bucket.h"
#include "session_map/endpoint_directory.h"
#include "session_map/host.h"
#include "session_map/shard.h"
#include "session_map/shard_lock.h"

namespace limpet {
inline namespace v0 {

using MapShard = Shard<StdAtoms>;
using MapEndpoints = EndpointDirectory<StdAtoms>;

inline constexpr std::array<char, 8> kMagic = {'l', 'i', 'm', 'p',
                                               'e', 't', 'S', 'M'};
inline constexpr uint32_t kLayoutVersion = 1;
inline constexpr uint32_t kByteOrder = 0x01020304;

// Which C library's mutexes are inside, and how large they are.
struct Abi {
  uint32_t byte_order = kByteOrder;
  uint32_t c_library = 0;
  uint32_t mutex_size = 0;
  uint32_t lock_kind = 0;

  static Abi OfThis(LockKind kind);
  bool operator==(const Abi&) const = default;
};

// The secrets of a map: who knows them knows where keys land, and can make
// tokens of ids.
struct MapSecrets {
  alignas(8) std::array<uint8_t, 192> of_keys;
  std::array<uint8_t, 16> of_ids;
  std::array<uint8_t, 16> of_scopes;
  std::array<uint8_t, 16> of_long_keys;
};

struct alignas(128) MapHeader {
  // Written last.
  std::atomic<uint64_t> magic;
  uint32_t version;
  uint32_t when_full;
  Abi abi;
  uint64_t size;  // of the memory, in bytes
  uint64_t capacity;
  uint64_t endpoints;
  int64_t longest_timeout;  // ms
  HostIdentity host;
  uint32_t unused;
  // Of the endpoint directory and the horizon.
  ShardLock lock;
  std::atomic<uint64_t> sweep_cursor;  // bucket of the whole map
  // Every reader looks at it; it changes every few days.
  alignas(128) std::atomic<uint64_t> horizon;  // ticks; 0: no session ever
  MapSecrets secrets;
};

// What writers of a shard share. Sums are written under the lock.
struct alignas(128) ShardHeader {
  ShardLock lock;
  std::atomic<uint64_t> held;
  std::atomic<uint64_t> inserted;
  std::atomic<uint64_t> expired;
  std::atomic<uint64_t> evicted;
  std::atomic<uint64_t> erased;
  std::atomic<uint64_t> erased_endpoint;
  std::atomic<uint64_t> refused;
  std::atomic<uint64_t> repaired;
  std::atomic<uint64_t> sweep_cursor;  // bucket, of inserts into a full shard
};
static_assert(sizeof(ShardHeader) == 128);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_MAP_LAYOUT_H_
