// Spread: a uniform 64-bit number to one of n places, without a division.
#ifndef LIMPET_LIB_SPREAD_H_
#define LIMPET_LIB_SPREAD_H_

#include <cstdint>

namespace limpet {
inline namespace v0 {

// x / 2^64 * n. Source: Lemire, "Fast random integer generation in an
// interval" (2019).
inline uint64_t Spread(uint64_t x, uint64_t n) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((static_cast<Wide>(x) * n) >> 64);
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SPREAD_H_
