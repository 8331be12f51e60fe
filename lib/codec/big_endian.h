// Fixed-width numbers in the bytes that leave the process: big endian.
#ifndef LIMPET_LIB_CODEC_BIG_ENDIAN_H_
#define LIMPET_LIB_CODEC_BIG_ENDIAN_H_

#include <cstddef>
#include <cstdint>
#include <utility>

namespace limpet {
inline namespace v0 {

template <size_t kBytes>
void StoreBigEndian(uint64_t value, uint8_t* to) {
  for (size_t i = 0; i < kBytes; ++i) {
    to[i] = static_cast<uint8_t>(value >> (8 * (kBytes - 1 - i)));
  }
}

// One expression, which compilers turn into one instruction; not so a loop.
template <size_t kBytes>
uint64_t LoadBigEndian(const uint8_t* from) {
  return [from]<size_t... kAt>(std::index_sequence<kAt...>) {
    return ((uint64_t{from[kAt]} << (8 * (kBytes - 1 - kAt))) | ...);
  }
  (std::make_index_sequence<kBytes>());
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_CODEC_BIG_ENDIAN_H_
