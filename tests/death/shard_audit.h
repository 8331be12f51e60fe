// ShardAudit: compares a shard's memory as it lies there with what the keys
// that it may hold say of it. An oracle of its own: it walks chains forwards,
// from keys that it knows, where the shard walks them back.
//
// Thread rule: for memory that nobody writes to meanwhile.
#ifndef LIMPET_TESTS_DEATH_SHARD_AUDIT_H_
#define LIMPET_TESTS_DEATH_SHARD_AUDIT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "session_map/bucket.h"
#include "session_map/key.h"
#include "session_map/shard.h"

namespace limpet::testing {

enum class Counts {
  kExact,      // after the write that mended the shard
  kNotTooLow,  // at any instruction
};

// The memory of a shard, whatever its atomics are.
template <class Atoms>
struct ShardMemory {
  std::span<Bucket<Atoms>> buckets;  // the stash at the end
  std::span<typename Shard<Atoms>::StashHomes> stash_homes;

  uint32_t size() const {
    return static_cast<uint32_t>(buckets.size() - stash_homes.size());
  }
};

// The bucket at a distance from a key's home.
inline uint32_t BucketOf(const MapKey& key, unsigned distance,
                         uint32_t buckets) {
  return static_cast<uint32_t>(
      (key.home + uint64_t{distance} * StepOf(key.fingerprint, buckets)) %
      buckets);
}

template <class Atoms>
class ShardAudit {
 public:
  ShardAudit(const ShardMemory<Atoms>& memory, std::span<const MapKey> keys)
      : memory_(memory), counts_(memory.buckets.size()) {
    for (const MapKey& key : keys) Look(key);
  }

  size_t sessions() const { return sessions_; }

  // What is wrong; empty if nothing is.
  std::string Problem(Counts wanted) const {
    size_t used = 0;
    for (size_t at = 0; at < counts_.size(); ++at) {
      for (size_t slot = 0; slot < kSlots; ++slot) used += Print(at, slot) != 0;
      const BucketHeader header(
          memory_.buckets[at].header.load(std::memory_order_relaxed));
      for (unsigned c = 0; c < kClasses; ++c) {
        const uint64_t said = header.count(c);
        const uint64_t truly = counts_[at][c];
        if (said < truly || (wanted == Counts::kExact && said != truly)) {
          return "bucket " + std::to_string(at) + " counts " +
                 std::to_string(said) + " of class " + std::to_string(c) +
                 ", not " + std::to_string(truly);
        }
      }
    }
    if (used != sessions_) {
      return std::to_string(used) + " slots are in use, " +
             std::to_string(sessions_) + " by sessions that are known";
    }
    return is_double_ ? "a session is there twice" : "";
  }

 private:
  static constexpr unsigned kClasses = 8;

  uint64_t Print(size_t at, size_t slot) const {
    return memory_.buckets[at].print[slot].load(std::memory_order_relaxed);
  }

  void Look(const MapKey& key) {
    const size_t before = sessions_;
    const unsigned chain = std::min(kChain, memory_.size());
    for (unsigned distance = 0; distance < chain; ++distance) {
      for (size_t slot = 0; slot < kSlots; ++slot) {
        if (Print(BucketOf(key, distance, memory_.size()), slot) ==
            PrintOf(key.fingerprint, distance)) {
          Count(key, distance);
        }
      }
    }
    for (size_t i = 0; i < memory_.stash_homes.size(); ++i) {
      for (size_t slot = 0; slot < kSlots; ++slot) {
        if (Print(memory_.size() + i, slot) ==
                PrintOf(key.fingerprint, kInStash) &&
            memory_.stash_homes[i][slot].load(std::memory_order_relaxed) ==
                key.home) {
          Count(key, chain);
        }
      }
    }
    is_double_ = is_double_ || sessions_ > before + 1;
  }

  void Count(const MapKey& key, unsigned passed) {
    ++sessions_;
    for (unsigned i = 0; i < passed; ++i) {
      ++counts_[BucketOf(key, i, memory_.size())][ClassOf(key.fingerprint)];
    }
  }

  ShardMemory<Atoms> memory_;
  size_t sessions_ = 0;
  bool is_double_ = false;
  std::vector<std::array<uint64_t, kClasses>> counts_;
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_SHARD_AUDIT_H_
