// Fixed-width numbers in the bytes that leave the process: big endian.
#ifndef LIMPET_LIB_CODEC_BIG_ENDIAN_H_
#define LIMPET_LIB_CODEC_BIG_ENDIAN_H_

#include <cstddef>
#include <cstdint>

namespace limpet {
inline namespace v0 {

template <size_t kBytes>
void StoreBigEndian(uint64_t value, uint8_t* to) {
  for (size_t i = 0; i < kBytes; ++i) {
    to[i] = static_cast<uint8_t>(value >> (8 * (kBytes - 1 - i)));
  }
}

template <size_t kBytes>
uint64_t LoadBigEndian(const uint8_t* from) {
  uint64_t value = 0;
  for (size_t i = 0; i < kBytes; ++i) value = (value << 8) | from[i];
  return value;
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_CODEC_BIG_ENDIAN_H_
