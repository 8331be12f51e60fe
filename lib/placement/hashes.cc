#include "placement/hashes.h"

#include <xxhash.h>

#include <array>
#include <bit>
#include <cstddef>

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint64_t kMurmurMultiplier = 0xc6a4a7935bd1e995;
constexpr uint64_t kMurmurSeed = 0xc70f6907;

// The first `size` bytes as a number, the lowest first.
uint64_t LittleEndian(std::string_view bytes, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i > 0; --i) {
    value = (value << 8) | static_cast<unsigned char>(bytes[i - 1]);
  }
  return value;
}

uint64_t MurmurMix(uint64_t value) { return value ^ (value >> 47); }

// table[k][b]: the byte b followed by k zero bytes.
using CrcTables = std::array<std::array<uint32_t, 256>, 4>;

constexpr CrcTables MakeCrcTables() {
  CrcTables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320U : 0U);
    }
    tables[0][byte] = value;
  }
  for (size_t k = 1; k < tables.size(); ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr CrcTables kCrc = MakeCrcTables();

}  // namespace

uint64_t Xxh64(std::string_view bytes, uint64_t seed) noexcept {
  return XXH64(bytes.data(), bytes.size(), seed);
}

uint32_t Xxh32(std::string_view bytes, uint32_t seed) noexcept {
  return XXH32(bytes.data(), bytes.size(), seed);
}

uint64_t Murmur2(std::string_view bytes) noexcept {
  uint64_t hash = kMurmurSeed ^ (bytes.size() * kMurmurMultiplier);
  while (bytes.size() >= 8) {
    const uint64_t word = LittleEndian(bytes, 8);
    hash ^= MurmurMix(word * kMurmurMultiplier) * kMurmurMultiplier;
    hash *= kMurmurMultiplier;
    bytes.remove_prefix(8);
  }
  if (!bytes.empty()) {
    hash ^= LittleEndian(bytes, bytes.size());
    hash *= kMurmurMultiplier;
  }
  return MurmurMix(MurmurMix(hash) * kMurmurMultiplier);
}

uint32_t Crc32Update(uint32_t state, std::string_view bytes) noexcept {
  for (const char byte : bytes) {
    state = (state >> 8) ^
            kCrc[0][(state ^ static_cast<unsigned char>(byte)) & 0xff];
  }
  return state;
}

uint32_t Crc32UpdateWord(uint32_t state, uint32_t word) noexcept {
  state ^= word;
  return kCrc[3][state & 0xff] ^ kCrc[2][(state >> 8) & 0xff] ^
         kCrc[1][(state >> 16) & 0xff] ^ kCrc[0][state >> 24];
}

uint32_t Sdbm(std::string_view bytes) noexcept {
  uint32_t hash = 0;
  for (const char byte : bytes) {
    hash = static_cast<unsigned char>(byte) + 65599 * hash;
  }
  return hash;
}

uint32_t Djb2(std::string_view bytes) noexcept {
  uint32_t hash = 5381;
  for (const char byte : bytes) {
    hash = 33 * hash + static_cast<unsigned char>(byte);
  }
  return hash;
}

uint32_t Wt6(std::string_view bytes) noexcept {
  uint32_t h0 = 0xa53c965a;
  uint32_t h1 = 0x5ca6953a;
  int s0 = 6;
  int s1 = 18;
  for (const char byte : bytes) {
    const uint32_t key = static_cast<unsigned char>(byte);
    h0 = ~(h0 ^ key);
    h1 = ~(h1 + key);
    // std::rotl by 0 leaves the word alone, as it must.
    const uint32_t turned = std::rotl(h1, s0);
    h1 = std::rotl(h0, s1);
    h0 = turned;
    const uint32_t next = ((h0 >> 16) ^ h1) & 0xffff;
    s0 = static_cast<int>(next & 0x1f);
    s1 = static_cast<int>(next >> 11);
  }
  return h0 ^ h1;
}

uint32_t FullHash(uint32_t a) noexcept {
  a = (a + 0x7ed55d16) + (a << 12);
  a = (a ^ 0xc761c23c) ^ (a >> 19);
  a = (a + 0x165667b1) + (a << 5);
  a = (a + 0xd3a2646c) ^ (a << 9);
  a = (a + 0xfd7046c5) + (a << 3);
  a = (a ^ 0xb55a4f09) ^ (a >> 16);
  return a * 3221225473U;
}

}  // namespace v0
}  // namespace limpet
