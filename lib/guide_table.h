// The guide table: the place in whose stretch of the weights a number falls, in
// O(1) on average and O(log n) at worst. Unlike the alias table it keeps their
// order: the larger the number, the later the place, so that numbers spread
// evenly meet every place evenly.
//
// There are two buckets for each place, so that most have at most one border in
// them, and know it: to 2^-32 of the bucket.
//
// Thread rule: pure functions.
//
//   tier.guide = MakeGuideTable(tier.cumulative);
//   const uint32_t place = FindInGuideTable(tier.guide, tier.cumulative, x);
//
// Source: Chen, Asau, "On generating random variates from an empirical
// distribution" (1974).
#ifndef LIMPET_LIB_GUIDE_TABLE_H_
#define LIMPET_LIB_GUIDE_TABLE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "limpet/endpoint.h"
#include "spread.h"

namespace limpet {
inline namespace v0 {

inline std::vector<EndpointSet::Tier::Bucket> MakeGuideTable(
    std::span<const uint64_t> cumulative) {
  __extension__ using Wide = unsigned __int128;
  const size_t buckets = cumulative.size() * 2;
  const uint64_t total = cumulative.back();
  std::vector<EndpointSet::Tier::Bucket> guide(buckets + 1);
  uint32_t place = 0;
  for (size_t i = 0; i < buckets; ++i) {
    const auto begin =
        static_cast<uint64_t>(((Wide{i} << 64) + buckets - 1) / buckets);
    while (cumulative[place] <= Spread(begin, total)) ++place;
    // Where the next place begins, from the beginning of this bucket on.
    const Wide border = (Wide{cumulative[place]} * buckets << 32) / total;
    const Wide inside = border - (Wide{i} << 32);
    guide[i].place = place;
    guide[i].border =
        inside > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(inside);
  }
  guide[buckets].place = static_cast<uint32_t>(cumulative.size() - 1);
  return guide;
}

// The place of the number x, which stands for x / 2^64 of the total. REQUIRES:
// cumulative is not empty.
inline uint32_t FindInGuideTable(
    std::span<const EndpointSet::Tier::Bucket> guide,
    std::span<const uint64_t> cumulative, uint64_t x) {
  __extension__ using Wide = unsigned __int128;
  const Wide scaled = Wide{x} * (guide.size() - 1);
  const EndpointSet::Tier::Bucket* bucket = &guide[scaled >> 64];
  const uint32_t first = bucket->place;
  const uint32_t last = (bucket + 1)->place;
  if (last - first <= 1) {
    // Without a branch, which nobody could predict.
    return first + (static_cast<uint32_t>(scaled >> 32) > bucket->border);
  }
  const auto begin = cumulative.begin();
  return static_cast<uint32_t>(std::upper_bound(begin + first, begin + last,
                                                Spread(x, cumulative.back())) -
                               begin);
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_GUIDE_TABLE_H_
