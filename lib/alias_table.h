// The alias table: one of n places by weight, for one random number, in O(1).
// Each of n columns is as wide as the average weight and holds at most two
// places: its own from the bottom to `keeps`, and `other` above.
//
// The columns are filled with whole numbers, without rounding; then `keeps` is
// cut to 32 bits. What a place gets differs from its weight by at most 2^-32 of
// the total (a place below the average weight: by 2^-32 / n), and by n / 2^63
// for the number's own steps.
//
// Thread rule: pure functions.
//
//   tier.columns = MakeAliasTable(tier.cumulative);
//   const uint32_t place = FindInAliasTable(tier.columns, random_64_bits);
//
// Sources: Walker, "An efficient method for generating discrete random
// variables with general distributions" (1977); Vose, "A linear algorithm for
// generating random numbers with a given distribution" (1991).
#ifndef LIMPET_LIB_ALIAS_TABLE_H_
#define LIMPET_LIB_ALIAS_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "limpet/endpoint.h"

namespace limpet {
inline namespace v0 {

// REQUIRES: sums of weights above 0, fewer than 2^32 and below 2^64 when their
// total is multiplied by their number.
inline std::vector<EndpointSet::Tier::Column> MakeAliasTable(
    std::span<const uint64_t> cumulative) {
  __extension__ using Wide = unsigned __int128;
  const size_t size = cumulative.size();
  std::vector<EndpointSet::Tier::Column> columns(size);
  if (size == 0) return columns;
  const uint64_t height = cumulative.back();  // of a column, in units / n
  std::vector<uint64_t> left(size);           // what a place still has to get
  std::adjacent_difference(cumulative.begin(), cumulative.end(), left.begin());
  std::vector<uint32_t> low;
  std::vector<uint32_t> high;
  for (uint32_t i = 0; i < size; ++i) {
    columns[i].other = i;  // full of its own
    left[i] *= size;
    (left[i] < height ? low : high).push_back(i);
  }
  while (!low.empty()) {
    const uint32_t i = low.back();
    low.pop_back();
    // There is one: the rest of the columns is as high as the rest of the
    // weights, to the unit.
    const uint32_t other = high.back();
    columns[i] = {
        .keeps = static_cast<uint32_t>((Wide{left[i]} << 32) / height),
        .other = other};
    left[other] -= height - left[i];
    if (left[other] < height) {
      high.pop_back();
      low.push_back(other);
    }
  }
  return columns;
}

// REQUIRES: columns is not empty.
inline uint32_t FindInAliasTable(
    std::span<const EndpointSet::Tier::Column> columns, uint64_t random) {
  __extension__ using Wide = unsigned __int128;
  const Wide place = Wide{random} * columns.size();
  const uint32_t own = static_cast<uint32_t>(place >> 64);
  const uint32_t height = static_cast<uint32_t>(place >> 32);
  const EndpointSet::Tier::Column column = columns[own];
  // Without a branch, which nobody could predict.
  const uint32_t above = height >= column.keeps ? UINT32_MAX : 0;
  return own ^ ((own ^ column.other) & above);
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_ALIAS_TABLE_H_
