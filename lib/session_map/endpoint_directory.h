// EndpointDirectory: endpoint handle <-> index, so that a session can hold its
// endpoint in 32 bits and change it in one store.
//
// An open-addressing table of handles. An index is given out for as long as
// some session holds it; a collection takes back those that none holds. What
// was taken back is passed over by who searches, so that a handle has one
// index.
//
// Thread rule: HandleOf and Find by anybody, Hold under the lock of the shard
// that is going to hold the index, the rest under the directory's own lock.
#ifndef LIMPET_LIB_SESSION_MAP_ENDPOINT_DIRECTORY_H_
#define LIMPET_LIB_SESSION_MAP_ENDPOINT_DIRECTORY_H_

#include <atomic>
#include <cstdint>

#include "limpet/hash.h"
#include "spread.h"

namespace limpet {
inline namespace v0 {

template <class Atoms>
class EndpointDirectory {
 public:
  enum State : uint8_t {
    kNever = 0,  // used; as zeroed memory is
    kInUse = 1,
    kSuspect = 2,  // in use unless a collection, now going on, finds no holder
    kFree = 3,     // again
  };
  using Handle = typename Atoms::template Atomic<uint64_t>;
  using StateOf = typename Atoms::template Atomic<uint8_t>;

  static constexpr uint32_t kNone = UINT32_MAX;

  // `size` of each.
  EndpointDirectory(Handle* handles, StateOf* states, uint32_t size)
      : handles_(handles), states_(states), size_(size) {}

  // REQUIRES: a session that the caller sees holds the index; or the result is
  // thrown away when that turns out to be untrue.
  EndpointHandle HandleOf(uint32_t index) const {
    return handles_[index].load(std::memory_order_acquire);
  }

  // An index of a handle, kNone if it has none.
  uint32_t Find(EndpointHandle handle) const {
    uint32_t at = Home(handle);
    for (uint32_t i = 0; i < size_; ++i, at = Next(at)) {
      const uint8_t state = states_[at].load(std::memory_order_acquire);
      if (state == kNever) return kNone;
      if (state != kFree && HandleOf(at) == handle) return at;
    }
    return kNone;
  }

  // Makes sure that `index` stays that of `handle` while a session holds it.
  // False: it has been taken back; ask again.
  bool Hold(uint32_t index, EndpointHandle handle) {
    uint8_t state = states_[index].load(std::memory_order_acquire);
    // A collection that begins after this sees the session: it needs the lock
    // of its shard. One that goes on already may have passed it.
    if (state == kSuspect) {
      states_[index].compare_exchange_strong(
          state, kInUse, std::memory_order_acq_rel, std::memory_order_acquire);
      if (state == kSuspect) state = kInUse;
    }
    return state == kInUse && HandleOf(index) == handle;
  }

  // Gives a handle an index; kNone: all are in use.
  uint32_t Add(EndpointHandle handle) {
    uint32_t place = kNone;
    uint32_t at = Home(handle);
    for (uint32_t i = 0; i < size_; ++i, at = Next(at)) {
      const uint8_t state = states_[at].load(std::memory_order_acquire);
      const bool is_free = state == kNever || state == kFree;
      if (!is_free && HandleOf(at) == handle) return at;
      if (is_free && place == kNone) place = at;
      if (state == kNever) break;
    }
    if (place != kNone) {
      handles_[place].store(handle, std::memory_order_release);
      states_[place].store(kInUse, std::memory_order_release);
    }
    return place;
  }

  // A collection: suspect all, Hold those that a session holds (under the lock
  // of each shard in turn), take back the rest.
  void Suspect() {
    for (uint32_t i = 0; i < size_; ++i) Change(i, kInUse, kSuspect);
  }
  void Held(uint32_t index) { Change(index, kSuspect, kInUse); }
  void TakeBack() {
    for (uint32_t i = 0; i < size_; ++i) Change(i, kSuspect, kFree);
  }

 private:
  void Change(uint32_t index, uint8_t from, uint8_t to) {
    states_[index].compare_exchange_strong(from, to, std::memory_order_acq_rel,
                                           std::memory_order_relaxed);
  }

  // A handle is a hash, unless a host makes its own: 1, 2, 3. The factor is
  // 2^64 / the golden ratio.
  uint32_t Home(EndpointHandle handle) const {
    return static_cast<uint32_t>(Spread(handle * 0x9E37'79B9'7F4A'7C15, size_));
  }
  uint32_t Next(uint32_t at) const { return at + 1 == size_ ? 0 : at + 1; }

  Handle* handles_;
  StateOf* states_;
  uint32_t size_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_MAP_ENDPOINT_DIRECTORY_H_
