// Points on a circle in flat arrays: how they are sorted and searched.
//
// Thread rule: SortedHashes is immutable once it is assigned to.
#ifndef LIMPET_LIB_PLACEMENT_FLAT_TABLE_H_
#define LIMPET_LIB_PLACEMENT_FLAT_TABLE_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace limpet {
inline namespace v0 {

// A 32-bit hash and who has it, as one number.
inline uint64_t PackPoint(uint32_t hash, uint32_t owner) {
  return (uint64_t{hash} << 32) | owner;
}

// Sorts by hash, and leaves points of one hash in their order.
void SortPoints(std::vector<uint64_t>& points);

// Sorted hashes that are searched by value. As they are spread evenly, a table
// of their upper bits leads to within a few of the place; what is left is a
// binary search.
template <typename Hash>
class SortedHashes {
 public:
  // REQUIRES: sorted, fewer than 2^32.
  void Assign(std::vector<Hash> hashes) {
    hashes_ = std::move(hashes);
    // One or two to a bucket.
    const int bits = std::max<int>(std::bit_width(hashes_.size()) - 1, 1);
    shift_ = std::numeric_limits<Hash>::digits - bits;
    begin_.resize((size_t{1} << bits) + 1);
    size_t next = 0;
    for (uint32_t i = 0; i < hashes_.size(); ++i) {
      for (const size_t bucket = Bucket(hashes_[i]); next <= bucket; ++next) {
        begin_[next] = i;
      }
    }
    std::fill(begin_.begin() + static_cast<ptrdiff_t>(next), begin_.end(),
              static_cast<uint32_t>(hashes_.size()));
  }

  size_t size() const { return hashes_.size(); }
  Hash operator[](size_t index) const { return hashes_[index]; }

  // The first that is not below `hash`; after the last comes the first.
  // REQUIRES: there are hashes.
  size_t AtOrAfter(Hash hash) const noexcept {
    const size_t bucket = Bucket(hash);
    size_t first = begin_[bucket];
    for (size_t count = begin_[bucket + 1] - first; count > 0;) {
      const size_t half = count / 2;
      if (hashes_[first + half] < hash) {
        first += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    return first == hashes_.size() ? 0 : first;
  }

 private:
  size_t Bucket(Hash hash) const { return static_cast<size_t>(hash >> shift_); }

  std::vector<Hash> hashes_;
  std::vector<uint32_t> begin_;  // of each bucket, and the end of the last
  int shift_ = 0;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_FLAT_TABLE_H_
