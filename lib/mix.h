// Mix64: XXH64's avalanche, from the specification of xxHash: one for one, and
// every bit of `x` turns half of the bits.
#ifndef LIMPET_LIB_MIX_H_
#define LIMPET_LIB_MIX_H_

#include <cstdint>

namespace limpet {
inline namespace v0 {

constexpr uint64_t Mix64(uint64_t x) {
  x = (x ^ (x >> 33)) * 0xc2b2ae3d27d4eb4fU;
  x = (x ^ (x >> 29)) * 0x165667b19e3779f9U;
  return x ^ (x >> 32);
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_MIX_H_
