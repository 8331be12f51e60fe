// ShardWorld: a shard of 11 buckets and a stash over MortalAtoms, and every
// operation on it that writes.
//
// A life is one incarnation of a session. Its endpoint and times tell which it
// is, so that a mixture of two shows.
//
// Thread rule: one thread in all.
#ifndef LIMPET_TESTS_DEATH_SHARD_WORLD_H_
#define LIMPET_TESTS_DEATH_SHARD_WORLD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "mortal_atoms.h"
#include "session_map/shard.h"
#include "shard_audit.h"

namespace limpet::testing {

using MortalShard = Shard<MortalAtoms>;

class ShardWorld {
 public:
  // Of a session whose timeouts have elapsed, and of one idle for longest.
  static constexpr uint32_t kOverLife = 500;
  static constexpr uint32_t kIdlestLife = 1;

  struct Seen {
    uint32_t endpoint = 0;
    uint32_t created = 0;
    uint32_t last_used = 0;
    bool operator==(const Seen&) const = default;
  };
  static Seen SeenOf(uint32_t life) {
    return {
        .endpoint = life, .created = life + 1'000, .last_used = life + 2'000};
  }

  const std::vector<MapKey>& keys() const { return keys_; }
  MapKey NewKeyAt(uint32_t home);
  MapKey NewKeyWithChain();

  // --- writing ---------------------------------------------------------------

  // Begins a session in a free place, in that of one that is over (itself, if
  // it is), or in that of the idlest. Nothing if it lives.
  void Insert(const MapKey& key, uint32_t life);
  void Evict(const MapKey& key, uint32_t life);
  void Rebind(const MapKey& key, uint32_t life);
  void Erase(const MapKey& key);
  uint64_t Repair();

  // Fills buckets [begin, end) with sessions that live there.
  void Fill(uint32_t begin, uint32_t end);

  // --- reading ---------------------------------------------------------------

  std::optional<Seen> Find(const MapKey& key) const;
  std::string Audit(Counts counts) const;
  size_t sessions() const;

 private:
  static constexpr uint32_t kBuckets = 11;
  static constexpr uint32_t kStash = 1;

  MortalShard shard() const {
    return {memory_.buckets.data(), kBuckets, kStash, memory_.homes.data()};
  }
  ShardMemory<MortalAtoms> memory() const {
    return {.buckets = memory_.buckets, .stash_homes = memory_.homes};
  }
  static MortalShard::Places PlacesOf(const MortalShard& shard,
                                      const MapKey& key);

  struct Memory {
    std::array<Bucket<MortalAtoms>, kBuckets + kStash> buckets;
    std::array<MortalShard::StashHomes, kStash> homes;
  };

  mutable Memory memory_{};
  std::vector<MapKey> keys_;
  std::mt19937_64 random_{20261130};
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_SHARD_WORLD_H_
