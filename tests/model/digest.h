// Digest: 128 bits that tell states of an exploration apart.
#ifndef LIMPET_TESTS_MODEL_DIGEST_H_
#define LIMPET_TESTS_MODEL_DIGEST_H_

#include <cstddef>
#include <cstdint>

namespace limpet::model {

struct Digest {
  uint64_t low = 0x243F6A8885A308D3;
  uint64_t high = 0x13198A2E03707344;

  void Add(uint64_t x) {
    low = Mixed((low ^ x) * 0x9E3779B97F4A7C15);
    high = Mixed((high + x) * 0xC2B2AE3D27D4EB4F);
  }

  friend bool operator==(const Digest&, const Digest&) = default;

 private:
  static uint64_t Mixed(uint64_t x) { return x ^ (x >> 29); }
};

struct DigestHash {
  size_t operator()(const Digest& digest) const { return digest.low; }
};

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_DIGEST_H_
