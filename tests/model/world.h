// World: a session map small enough to be explored. One shard of the real
// protocol over model atomics, its lock, the endpoint directory; what writers
// and readers do with them, as lib/session_map does it; and what no reader may
// ever see.
//
// A life is one incarnation of a session, from an insert or a rebind on. Each
// has an endpoint and times of its own, so that a mixture of two shows.
#ifndef LIMPET_TESTS_MODEL_WORLD_H_
#define LIMPET_TESTS_MODEL_WORLD_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "explorer.h"
#include "model_atomic.h"
#include "session_map/endpoint_directory.h"
#include "session_map/shard.h"

namespace limpet::model {

// What an atomic of the map is.
enum class Kind : uint8_t {
  kHeader,
  kPrint,
  kLastUsed,
  kBinding,
  kStashHome,
  kHandle,  // of the endpoint directory
  kState,
  kOther,
};

class World {
 public:
  using Shard = limpet::Shard<Atoms>;
  using Directory = EndpointDirectory<Atoms>;

  static constexpr uint32_t kMostBuckets = 3;  // the stash included
  static constexpr uint32_t kEndpoints = 2;

  using Life = uint32_t;
  static constexpr Life kMostLives = 32;
  static constexpr Life kNone = kMostLives;

  World(uint32_t buckets, uint32_t stash)
      : shard_(buckets_.data(), buckets, stash, &stash_homes_),
        directory_(handles_.data(), states_.data(), kEndpoints) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  static constexpr uint64_t HandleOf(Life life) { return 0x1000 + life; }
  static constexpr uint32_t CreatedOf(Life life) { return 0x100 + life; }
  static constexpr Life LifeOf(uint32_t created) {
    return std::min<Life>(created - 0x100, kNone);
  }
  static constexpr uint32_t LastUsedOf(Life life) { return 0x200 + life; }
  // When a reader uses what it has found: later than all lives began.
  static constexpr uint32_t TouchOf(Life life) { return 0x300 + life; }

  // --- the beginning --------------------------------------------------------

  void Clear();
  // Whose a life is to be when it begins.
  void Define(Life life, const MapKey& key) { lives_[life].key = key; }
  // Others may be used in the same tick.
  void SetLastUsed(Life life, uint32_t tick) { lives_[life].last_used = tick; }
  // Its timeouts have elapsed; it may give its place up.
  void SetOver(Life life) { lives_[life].over = true; }
  // It will go on as another, by a rebind.
  void SetRebound(Life from, Life to) { lives_[to].continues = from; }
  // Bindings hold indices of the directory, not the endpoints themselves.
  void UseDirectory() { uses_directory_ = true; }

  // --- writers ---------------------------------------------------------------

  // Begins a life, in a free place or in that of one that is over; with `evict`
  // in that of the one idle longest. Returns the life that the key then has,
  // kNone if there is no place for it or for its endpoint.
  Life Insert(Life life, bool evict = false);
  // False: it has none.
  bool Erase(const MapKey& key);
  // A session goes on as another life, if it is still the one.
  bool Rebind(Life from, Life to);
  // Takes back the indices that no session holds, and gives them all to new
  // endpoints.
  void Recycle();

  // What the four above do their work in: the lock is held, and the shard is
  // mended if its last holder died.
  template <class Function>
  auto UnderLock(const Function& function) {
    if (lock_.lock()) Repair();
    auto result = function();
    lock_.unlock();
    return result;
  }
  void Repair();

  // --- readers ---------------------------------------------------------------

  // Check that what is found is one life of this key. kNone: nothing.
  Life Find(const MapKey& key);
  Life FindTouch(const MapKey& key);
  // Records the lives of a bucket.
  void Visit(uint32_t bucket);

  // --- the end ---------------------------------------------------------------

  // Outside of threads: that the counts are those of the sessions there are,
  // and that all of them are found.
  void CheckCounts();
  // The same where the last writer may have died and nobody come after it.
  void CheckCountsAfterDeath();
  // The life that a key has.
  Life Holds(const MapKey& key) const;

  Shard& shard() { return shard_; }
  Atomic<uint32_t>& flag() { return flag_; }

  // --- for mutants and traces ------------------------------------------------

  Kind KindOf(const void* location) const;
  std::string NameOf(const void* location) const;

 private:
  struct Nature {
    MapKey key;
    uint32_t last_used = 0;
    bool over = false;
    Life continues = kNone;  // by a rebind
  };

  uint32_t IndexOf(Life life);
  uint64_t Resolve(uint32_t index) const;
  void CheckAllFound();
  Life InsertUnderLock(Life life, uint32_t index, bool evict);
  Life Judge(const MapKey& key, const Shard::Seen<uint64_t>& seen) const;
  bool MayBeUsed(Life life, uint32_t last_used) const;

  std::array<Shard::Bucket, kMostBuckets> buckets_;
  Shard::StashHomes stash_homes_;
  std::array<Directory::Handle, kEndpoints> handles_;
  std::array<Directory::StateOf, kEndpoints> states_;
  Atomic<uint32_t> flag_;
  Atomic<uint32_t> repaired_;
  Mutex lock_;
  Mutex directory_lock_;

  Shard shard_;
  Directory directory_;
  std::array<Nature, kMostLives> lives_;
  bool uses_directory_ = false;
};

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_WORLD_H_
