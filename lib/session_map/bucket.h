// Bucket: six sessions in two neighbouring cache lines, and the header that
// readers check them by. Part of the layout of shared memory.
//
// Thread rule: fields are atomics; shard.h says who writes them, and how.
#ifndef LIMPET_LIB_SESSION_MAP_BUCKET_H_
#define LIMPET_LIB_SESSION_MAP_BUCKET_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace limpet {
inline namespace v0 {

// The atomics of the real map. A test gives its own, to explore every
// interleaving or to die at any store.
struct StdAtoms {
  template <class T>
  using Atomic = std::atomic<T>;
};
static_assert(std::atomic<uint64_t>::is_always_lock_free &&
              std::atomic<uint32_t>::is_always_lock_free &&
              sizeof(std::atomic<uint64_t>) == 8 &&
              sizeof(std::atomic<uint32_t>) == 4);

inline constexpr size_t kSlots = 6;

// version (24) | how many sessions of each of 8 classes have their chain lead
// on from here (8 x 5, 31: many). The version changes after whatever a reader
// may have seen here has ceased to be true.
class BucketHeader {
 public:
  static constexpr uint64_t kMany = 31;

  BucketHeader() = default;
  explicit BucketHeader(uint64_t word) : word_(word) {}
  uint64_t word() const { return word_; }

  uint64_t version() const { return word_ >> kVersionShift; }
  bool HasVersionOf(BucketHeader other) const {
    return (word_ ^ other.word_) >> kVersionShift == 0;
  }
  void Bump() { word_ += uint64_t{1} << kVersionShift; }
  void set_version(uint64_t version) {
    word_ = (word_ & ((uint64_t{1} << kVersionShift) - 1)) |
            version << kVersionShift;
  }

  bool LeadsOn(unsigned of_class) const { return count(of_class) != 0; }
  uint64_t count(unsigned of_class) const {
    return word_ >> Shift(of_class) & kMany;
  }
  // A count that was ever too high to be told stays so until a recount.
  void Increment(unsigned of_class) {
    if (count(of_class) != kMany) word_ += uint64_t{1} << Shift(of_class);
  }
  void Decrement(unsigned of_class) {
    if (count(of_class) != kMany) word_ -= uint64_t{1} << Shift(of_class);
  }

 private:
  static constexpr unsigned kVersionShift = 40;
  static constexpr unsigned Shift(unsigned of_class) { return 5 * of_class; }

  uint64_t word_ = 0;
};

// What a session is bound to, in one word, so that it changes at one moment.
struct Binding {
  uint32_t endpoint = 0;  // index in the endpoint directory
  uint32_t created = 0;   // ticks, see ticks.h

  uint64_t word() const { return uint64_t{endpoint} << 32 | created; }
  static Binding Of(uint64_t word) {
    return {.endpoint = static_cast<uint32_t>(word >> 32),
            .created = static_cast<uint32_t>(word)};
  }
};

template <class Atoms>
struct alignas(128) Bucket {
  typename Atoms::template Atomic<uint64_t> header;
  // See key.h; 0: the slot is free.
  std::array<typename Atoms::template Atomic<uint64_t>, kSlots> print;
  std::array<typename Atoms::template Atomic<uint32_t>, kSlots> last_used;
  std::array<typename Atoms::template Atomic<uint64_t>, kSlots> binding;
};
static_assert(sizeof(Bucket<StdAtoms>) == 128);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_MAP_BUCKET_H_
