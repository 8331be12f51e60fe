// The hash functions that other proxies place keys with. Formats: not one may
// ever change. None is keyed, so clients can compute them too.
//
// Thread rule: pure functions.
#ifndef LIMPET_LIB_PLACEMENT_HASHES_H_
#define LIMPET_LIB_PLACEMENT_HASHES_H_

#include <cstdint>
#include <string_view>

namespace limpet {
inline namespace v0 {

uint64_t Xxh64(std::string_view bytes, uint64_t seed = 0) noexcept;
uint32_t Xxh32(std::string_view bytes, uint32_t seed = 0) noexcept;

// Envoy's MURMUR_HASH_2: std::hash of libstdc++ on 64-bit machines.
uint64_t Murmur2(std::string_view bytes) noexcept;

// CRC-32 as in zlib. A state can go on; ~state is the result.
inline constexpr uint32_t kCrc32Start = 0xffffffff;
uint32_t Crc32Update(uint32_t state, std::string_view bytes) noexcept;
// Four bytes, the lowest first.
uint32_t Crc32UpdateWord(uint32_t state, uint32_t word) noexcept;
inline uint32_t Crc32(std::string_view bytes) noexcept {
  return ~Crc32Update(kCrc32Start, bytes);
}

uint32_t Sdbm(std::string_view bytes) noexcept;
uint32_t Djb2(std::string_view bytes) noexcept;
uint32_t Wt6(std::string_view bytes) noexcept;

// HAProxy's avalanche, a bijection.
uint32_t FullHash(uint32_t a) noexcept;

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_HASHES_H_
