// Shard: the bucket protocol. Readers take no lock and wait for nobody; writers
// hold the shard's lock, and may die at any instruction.
//
// A session lives in one of the kChain buckets of its chain, or in the shard's
// stash, and never moves. The rules that make it safe:
//  * A slot is published, and ended, by one store to its print word.
//  * Whatever made a reader's view of a bucket untrue (an end, a binding) is
//    followed by a new version of it (Bump), with release. A reader reads the
//    version first (acquire) and again at the end: if it is the same, the
//    session was the same throughout.
//  * So a free slot's bucket has a newer version than when the slot was last
//    seen taken, and the next session may be written into it at leisure.
//  * Counts that are too high cost a miss one probe more. They go up before a
//    session is published and down after it has ended; what a death leaves
//    too high, or a version not bumped, Repair() mends.
// Every store to a header is a release, so that a reader of the newest sees all
// that older ones published.
//
// Thread rule: Find and Touch by anybody; the rest under the shard's lock.
#ifndef LIMPET_LIB_SESSION_MAP_SHARD_H_
#define LIMPET_LIB_SESSION_MAP_SHARD_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "session_map/bucket.h"
#include "session_map/key.h"

namespace limpet {
inline namespace v0 {

inline constexpr unsigned kChain = 7;
inline constexpr unsigned kInStash = 7;  // the distance of what is in the stash

template <class Atoms>
class Shard {
 public:
  using Bucket = limpet::Bucket<Atoms>;
  // The home buckets of the sessions in a stash bucket: their chains.
  using StashHomes =
      std::array<typename Atoms::template Atomic<uint32_t>, kSlots>;

  struct Slot {
    Bucket* bucket = nullptr;
    size_t index = 0;

    explicit operator bool() const { return bucket != nullptr; }
    bool operator==(const Slot&) const = default;
  };

  // What a reader saw of a session at one moment.
  template <class Handle>
  struct Seen {
    Slot slot;
    Handle endpoint{};
    uint32_t created = 0;
    uint32_t last_used = 0;
  };

  // `buckets` (a prime number of them), then the stash.
  Shard(Bucket* buckets, uint32_t size, uint32_t stash, StashHomes* stash_homes)
      : buckets_(buckets),
        size_(size),
        stash_(stash),
        stash_homes_(stash_homes) {}

  uint32_t size() const { return size_; }
  uint32_t all_buckets() const { return size_ + stash_; }
  Bucket& bucket(uint32_t i) const { return buckets_[i]; }

  // Looks for a session. resolve(index) is the endpoint of a directory index;
  // it is asked while the session is known to hold that index. Of two sessions
  // with one print in one bucket of the stash the first is found; there are
  // none, but with a chance of 2^-60.
  template <class Resolve>
  auto Find(const MapKey& key, const Resolve& resolve) const {
    Seen<decltype(resolve(uint32_t{}))> seen;
    const auto none = seen;
    BucketHeader header;
    uint32_t at = key.home;
    for (unsigned distance = 0; distance < chain(); ++distance) {
      if (FindIn(buckets_[at], PrintOf(key.fingerprint, distance), resolve,
                 &seen, &header)) {
        return seen;
      }
      if (!header.LeadsOn(ClassOf(key.fingerprint))) return none;
      at = Next(at, key.fingerprint);
    }
    // The print of a stashed session does not tell its home: that is looked at
    // while the session is known to be there, as its endpoint is.
    uint32_t home = 0;
    const auto resolve_at_home = [&](uint32_t index) {
      home = StashHome(seen.slot).load(std::memory_order_acquire);
      return resolve(index);
    };
    for (uint32_t i = 0; i < stash_; ++i) {
      if (FindIn(buckets_[size_ + i], PrintOf(key.fingerprint, kInStash),
                 resolve_at_home, &seen, &header) &&
          home == key.home) {
        return seen;
      }
    }
    return none;
  }

  // Looks for a print in one bucket; `header` is filled in either way.
  template <class Resolve, class SeenHere>
  [[gnu::always_inline]] static bool FindIn(Bucket& bucket, uint64_t print,
                                            const Resolve& resolve,
                                            SeenHere* seen,
                                            BucketHeader* header) {
    for (;;) {
      *header = BucketHeader(bucket.header.load(std::memory_order_acquire));
      const size_t i = IndexOf(bucket, print);
      if (i == kSlots) return false;
      const Binding binding =
          Binding::Of(bucket.binding[i].load(std::memory_order_acquire));
      seen->slot = {&bucket, i};
      seen->last_used = bucket.last_used[i].load(std::memory_order_acquire);
      seen->endpoint = resolve(binding.endpoint);
      seen->created = binding.created;
      const BucketHeader now(bucket.header.load(std::memory_order_relaxed));
      if (now.HasVersionOf(*header)) return true;
    }
  }

  // Visits the sessions of a bucket, each as it was at one moment.
  template <class Resolve, class Visit>
  void ForEach(uint32_t at, const Resolve& resolve, const Visit& visit) const {
    Seen<decltype(resolve(uint32_t{}))> seen;
    BucketHeader header;
    for (size_t i = 0; i < kSlots; ++i) {
      // Another session may come to the slot meanwhile: it counts as well.
      uint64_t print = 0;
      do {
        print = buckets_[at].print[i].load(std::memory_order_acquire);
      } while (print != 0 &&
               !FindIn(buckets_[at], print, resolve, &seen, &header));
      if (print != 0) visit(seen);
    }
  }

  // Stamps a session as used, if nobody has since it was seen. A stamp that
  // comes so late that the slot holds another session makes that one look used
  // a moment before it was made, at most now: harmless. Release: who sees the
  // stamp sees the horizon under which it was made, too, and so reads it right.
  static void Touch(const Slot& slot, uint32_t seen, uint32_t now) {
    slot.bucket->last_used[slot.index].compare_exchange_strong(
        seen, now, std::memory_order_release, std::memory_order_relaxed);
  }

  // --- under the lock --------------------------------------------------------

  // Where a session is, and where it could be put.
  struct Places {
    Slot found;  // the session
    // Nearest to home: a free slot, or that of a session that is over.
    Slot room;
    unsigned distance = 0;  // of the room
  };

  Slot FindSlot(const MapKey& key) const {
    return Find(key, [](uint32_t index) { return index; }).slot;
  }

  // A taken slot, to be taken again by a session of the same key.
  static Places PlaceOf(const Slot& slot) {
    return {.found = {}, .room = slot, .distance = DistanceOf(Print(slot))};
  }

  // over(binding, last_used) tells whether a session is over.
  template <class Over>
  Places FindPlaces(const MapKey& key, const Over& over) const {
    Places places{};
    const unsigned of_class = ClassOf(key.fingerprint);
    bool may_follow = true;  // the session may be here or further on
    uint32_t at = key.home;
    for (unsigned distance = 0; distance < chain(); ++distance) {
      Bucket& bucket = buckets_[at];
      if (may_follow &&
          (places.found = SlotOf(bucket, PrintOf(key.fingerprint, distance)))) {
        return places;
      }
      if (!places.room && (places.room = RoomIn(bucket, over))) {
        places.distance = distance;
      }
      may_follow = may_follow && Header(bucket).LeadsOn(of_class);
      if (!may_follow && places.room) return places;
      at = Next(at, key.fingerprint);
    }
    for (uint32_t i = 0; i < stash_; ++i) {
      Bucket& bucket = buckets_[size_ + i];
      const Slot found = SlotOf(bucket, PrintOf(key.fingerprint, kInStash));
      if (may_follow && found && ChainTo(found).home == key.home) {
        places.found = found;
        return places;
      }
      if (!places.room && (places.room = RoomIn(bucket, over))) {
        places.distance = kInStash;
      }
    }
    return places;
  }

  // Room that takes no free slot: that of a session in the chain that is over.
  template <class Over>
  Places FindOver(const MapKey& key, const Over& over) const {
    uint32_t at = key.home;
    for (unsigned distance = 0; distance < chain(); ++distance) {
      for (size_t i = 0; i < kSlots; ++i) {
        const Slot slot{&buckets_[at], i};
        if (Print(slot) != 0 && over(BindingOf(slot), LastUsed(slot))) {
          return {.found = {}, .room = slot, .distance = distance};
        }
      }
      at = Next(at, key.fingerprint);
    }
    return {};
  }

  // The session of a key's chain that rank(last_used) puts lowest.
  template <class Rank>
  Places FindIdlest(const MapKey& key, const Rank& rank) const {
    Places idlest{};
    uint32_t at = key.home;
    for (unsigned distance = 0; distance < chain(); ++distance) {
      for (size_t i = 0; i < kSlots; ++i) {
        const Slot slot{&buckets_[at], i};
        if (Print(slot) != 0 &&
            (!idlest.room ||
             rank(LastUsed(slot)) < rank(LastUsed(idlest.room)))) {
          idlest.room = slot;
          idlest.distance = distance;
        }
      }
      at = Next(at, key.fingerprint);
    }
    return idlest;
  }

  // Puts a session into the room that was found for it; the session that is
  // there ends. REQUIRES: the key has no session.
  void Insert(const MapKey& key, const Places& places, const Binding& binding,
              uint32_t last_used) {
    const Slot& slot = places.room;
    CountUp({.home = key.home,
             .fingerprint = key.fingerprint,
             .length = places.distance});
    const Chain ended = End(slot);
    slot.bucket->binding[slot.index].store(binding.word(),
                                           std::memory_order_release);
    slot.bucket->last_used[slot.index].store(last_used,
                                             std::memory_order_release);
    if (places.distance == kInStash) {
      StashHome(slot).store(key.home, std::memory_order_release);
    }
    slot.bucket->print[slot.index].store(
        PrintOf(key.fingerprint, places.distance), std::memory_order_release);
    CountDown(ended);
  }

  void Erase(const Slot& slot) { CountDown(End(slot)); }

  // Binds a session anew, used `last_used`.
  void Rebind(const Slot& slot, const Binding& binding, uint32_t last_used) {
    Touch(slot, LastUsed(slot), last_used);
    slot.bucket->binding[slot.index].store(binding.word(),
                                           std::memory_order_release);
    Bump(*slot.bucket);
  }

  // Gives a session new times that mean the same (see ticks.h).
  void Restamp(const Slot& slot, uint32_t created, uint32_t seen_last_used,
               uint32_t last_used) {
    Binding binding = BindingOf(slot);
    binding.created = created;
    slot.bucket->binding[slot.index].store(binding.word(),
                                           std::memory_order_release);
    if (last_used != seen_last_used) Touch(slot, seen_last_used, last_used);
  }

  // Mends what a death in the section left, and tells how many sessions there
  // are. `counts` is scratch memory of all_buckets() words.
  uint64_t Repair(std::span<uint64_t> counts) {
    std::fill(counts.begin(), counts.end(), 0);
    uint64_t held = 0;
    for (uint32_t at = 0; at < all_buckets(); ++at) {
      for (size_t i = 0; i < kSlots; ++i) {
        const uint64_t print = Print({&buckets_[at], i});
        if (print == 0) continue;
        ++held;
        WalkChain(ChainTo({&buckets_[at], i}), [&](uint32_t passed) {
          BucketHeader header(counts[passed]);
          header.Increment(ClassOf(print));
          counts[passed] = header.word();
        });
      }
    }
    for (uint32_t at = 0; at < all_buckets(); ++at) {
      // The dead may have left a reader's view untrue and not said so: every
      // bucket gets a new version.
      BucketHeader header(counts[at]);
      header.set_version(Header(buckets_[at]).version() + 1);
      Store(buckets_[at], header);
    }
    return held;
  }

  static uint64_t Print(const Slot& slot) {
    return slot.bucket->print[slot.index].load(std::memory_order_relaxed);
  }
  static Binding BindingOf(const Slot& slot) {
    return Binding::Of(
        slot.bucket->binding[slot.index].load(std::memory_order_relaxed));
  }
  static uint32_t LastUsed(const Slot& slot) {
    return slot.bucket->last_used[slot.index].load(std::memory_order_relaxed);
  }

 private:
  // The way of a session from home to where it is, itself not included.
  struct Chain {
    uint32_t home = 0;
    uint64_t fingerprint = 0;
    unsigned length = 0;
  };

  unsigned chain() const { return std::min(kChain, size_); }

  uint32_t Next(uint32_t at, uint64_t fingerprint) const {
    const uint32_t next = at + StepOf(fingerprint, size_);
    return next >= size_ ? next - size_ : next;
  }

  static BucketHeader Header(const Bucket& bucket) {
    return BucketHeader(bucket.header.load(std::memory_order_relaxed));
  }
  static void Store(Bucket& bucket, BucketHeader header) {
    bucket.header.store(header.word(), std::memory_order_release);
  }
  static void Bump(Bucket& bucket) {
    BucketHeader header = Header(bucket);
    header.Bump();
    Store(bucket, header);
  }

  // The slot of a print, kSlots if it is not there. Unrolled.
  template <size_t i = 0>
  static size_t IndexOf(const Bucket& bucket, uint64_t print) {
    if constexpr (i < kSlots) {
      return bucket.print[i].load(std::memory_order_acquire) == print
                 ? i
                 : IndexOf<i + 1>(bucket, print);
    }
    return i;
  }

  static Slot SlotOf(Bucket& bucket, uint64_t print) {
    const size_t i = IndexOf(bucket, print);
    return i == kSlots ? Slot{} : Slot{&bucket, i};
  }

  // A free slot, or else one whose session is over.
  template <class Over>
  static Slot RoomIn(Bucket& bucket, const Over& over) {
    if (const Slot free = SlotOf(bucket, 0)) return free;
    for (size_t i = 0; i < kSlots; ++i) {
      const Slot slot{&bucket, i};
      if (over(BindingOf(slot), LastUsed(slot))) return slot;
    }
    return {};
  }

  typename Atoms::template Atomic<uint32_t>& StashHome(const Slot& slot) const {
    return stash_homes_[slot.bucket - (buckets_ + size_)][slot.index];
  }

  // REQUIRES: the slot is taken.
  Chain ChainTo(const Slot& slot) const {
    const uint64_t print = Print(slot);
    Chain chain{.home = static_cast<uint32_t>(slot.bucket - buckets_),
                .fingerprint = FingerprintOf(print),
                .length = DistanceOf(print)};
    if (chain.length == kInStash) {
      chain.home = StashHome(slot).load(std::memory_order_relaxed);
    } else if (chain.length != 0) {
      const uint64_t back =
          uint64_t{StepOf(chain.fingerprint, size_)} * chain.length % size_;
      chain.home = static_cast<uint32_t>((chain.home + size_ - back) % size_);
    }
    return chain;
  }

  template <class Visit>
  void WalkChain(const Chain& chain, const Visit& visit) const {
    uint32_t at = chain.home;
    for (unsigned i = 0; i < chain.length; ++i) {
      visit(at);
      at = Next(at, chain.fingerprint);
    }
  }

  void CountUp(const Chain& chain) {
    WalkChain(chain, [&](uint32_t passed) {
      BucketHeader header = Header(buckets_[passed]);
      header.Increment(ClassOf(chain.fingerprint));
      Store(buckets_[passed], header);
    });
  }

  void CountDown(const Chain& chain) {
    WalkChain(chain, [&](uint32_t passed) {
      BucketHeader header = Header(buckets_[passed]);
      header.Decrement(ClassOf(chain.fingerprint));
      Store(buckets_[passed], header);
    });
  }

  // Ends the session in a slot, if there is one; its chain is still counted.
  Chain End(const Slot& slot) {
    if (Print(slot) == 0) return {};
    const Chain chain = ChainTo(slot);
    slot.bucket->print[slot.index].store(0, std::memory_order_relaxed);
    Bump(*slot.bucket);
    return chain;
  }

  Bucket* buckets_;
  uint32_t size_;
  uint32_t stash_;
  StashHomes* stash_homes_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_MAP_SHARD_H_
