// World: a map of one shard in shared memory, 11 buckets and a stash, filled so
// that a session can be put anywhere in it.
//
// Two attachments: the victim's is used by children only, so that each of them
// finds the process as the one before did; the survivor's by this process.
//
// Thread rule: belongs to its owner.
#ifndef LIMPET_TESTS_DEATH_WORLD_H_
#define LIMPET_TESTS_DEATH_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "limpet/session_map.h"
#include "map_parts.h"
#include "process.h"
#include "seeded_random.h"

namespace limpet::testing {

constexpr Timestamp At(int64_t ms_after_start) {
  return TimestampFromMillis(1'700'000'000'000 + ms_after_start);
}

class World {
 public:
  // The largest capacity with 11 buckets.
  static constexpr size_t kCapacity = 46;
  static constexpr Timeouts kForever{};

  // Of every world: the first two have sessions from the beginning.
  static constexpr EndpointHandle kHere = 7;
  static constexpr EndpointHandle kThere = 8;
  static constexpr EndpointHandle kElsewhere = 9;

  explicit World(const SessionMap::Options& options,
                 LockKind locks = LockKind::kRobust);

  const SharedMemory& memory() const { return memory_; }
  const MapParts& parts() const { return parts_; }
  SessionMap& victim() const { return *victim_; }
  SessionMap& survivor() const { return *survivor_; }

  // A session on kHere that no operation touches.
  const SessionId& bystander() const { return ids_[0]; }
  const std::vector<SessionId>& ids() const { return ids_; }

  // An id that lives in a bucket, and one whose chain is the buckets from 0 on.
  SessionId NewIdAt(uint32_t home);
  SessionId NewIdWithChain();

  // Begins a session, in the room that the map finds for it.
  SessionId Put(const SessionId& id, int64_t at,
                EndpointHandle endpoint = kHere);
  // Fills buckets [begin, end) with sessions that live there.
  void Fill(uint32_t begin, uint32_t end, int64_t at);

  // What the map tells of every id, whatever its age.
  using Entries = std::vector<std::optional<SessionMap::Entry>>;
  Entries Look() const;

 private:
  SessionId Remember(const SessionId& id);

  SeededRandom random_;
  SharedMemory memory_;
  std::shared_ptr<SessionMap> victim_;
  std::shared_ptr<SessionMap> survivor_;
  MapParts parts_;
  std::vector<SessionId> ids_;
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_WORLD_H_
