#include "colliding_keys.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <vector>

namespace limpet::testing {
namespace {

// Both hashes read little-endian words.
void Put(uint64_t word, size_t at, std::string* key) {
  for (size_t i = 0; i < 8; ++i, word >>= 8) {
    (*key)[at + i] = static_cast<char>(word);
  }
}

uint64_t SecretWord(size_t at) {
  uint64_t word = 0;
  for (size_t i = 8; i-- > 0;) word = word << 8 | XXH3_kSecret[at + i];
  return word;
}

// Of an odd number, modulo 2^64; every step doubles the bits that are right.
constexpr uint64_t Inverse(uint64_t odd) {
  uint64_t inverse = odd;
  for (int i = 0; i < 5; ++i) inverse *= 2 - odd * inverse;
  return inverse;
}

}  // namespace

// Of each of four lanes, XXH64 takes one word after the other:
// lane = rotl(lane + word * P2, 31) * P1. Whatever the first word was, there is
// a second one that makes lane + word * P2 zero.
std::string CollidingUnderXxh64(uint64_t n) {
  constexpr uint64_t kP1 = 0x9E37'79B1'85EB'CA87;
  constexpr uint64_t kP2 = 0xC2B2'AE3D'27D4'EB4F;
  std::string key(64, '\0');
  const uint64_t lane = std::rotl(kP1 + kP2 + n * kP2, 31) * kP1;
  Put(n, 0, &key);
  Put((0 - lane) * Inverse(kP2), 32, &key);
  return key;
}

// XXH3 of 96 bytes adds up products (a ^ secret) * (b ^ secret) of the 16-byte
// blocks: an a that is the secret makes one 0, whatever b is. The 128-bit form
// also has the sums a + b of the blocks at 32 and at 16 in one word, by
// exclusive or: a second b makes good what the first did.
std::string CollidingUnderXxh3(uint64_t n) {
  std::string key(96, '\0');
  const uint64_t first = SecretWord(64);
  const uint64_t second = SecretWord(32);
  Put(first, 32, &key);
  Put(n, 40, &key);
  Put(second, 16, &key);
  Put((first + n) - second, 24, &key);
  // Between the two, nothing may be added to that word.
  Put(SecretWord(48), 64, &key);
  return key;
}

// Beyond 240 bytes XXH3 takes stripes of eight words d, and adds to lane i
// lo(d ^ secret) * hi(d ^ secret), and d itself to its neighbour. Changes of
// the bits 31 and 63 of word 0 of 14 stripes that leave the sum of the words as
// it is leave the neighbour as it is too, and the lane in all but 33 bits:
// 100,000 keys are enough for two that meet, and nobody needs the secret.
std::string MeetingUnderKeyedXxh3(uint64_t n) {
  constexpr unsigned kStripes = 14;
  static const std::vector<unsigned> halves = [] {
    std::vector<unsigned> masks;
    for (unsigned mask = 0; mask < 1U << kStripes; ++mask) {
      if (std::popcount(mask) == kStripes / 2) masks.push_back(mask);
    }
    return masks;
  }();
  // Far from each other in all bits, and all different.
  n = n * 40'503'767 % (halves.size() << kStripes);
  const unsigned low = halves[n >> kStripes];
  const unsigned high = n & ((1U << kStripes) - 1);
  std::string key(1024, '\0');
  const auto change = [&](unsigned stripe, uint64_t word) {
    Put(word ^ 0x1234'5678'1234'5678, 64 * stripe, &key);
  };
  for (unsigned i = 0; i < kStripes; ++i) {
    change(i, uint64_t{low >> i & 1} << 31 | uint64_t{high >> i & 1} << 63);
  }
  change(kStripes, uint64_t(std::popcount(high) % 2) << 63);
  return key;
}

}  // namespace limpet::testing
