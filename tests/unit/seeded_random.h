// SeededRandom: randomness that every run sees alike.
#ifndef LIMPET_TESTS_UNIT_SEEDED_RANDOM_H_
#define LIMPET_TESTS_UNIT_SEEDED_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <span>

#include "limpet/hash.h"

namespace limpet::testing {

// The same bytes on every machine and in every standard library.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}

  void Fill(std::span<std::byte> out) noexcept override {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = 0; i < out.size(); i += 8) {
      uint64_t word = engine_();
      for (size_t j = i; j < out.size() && j < i + 8; ++j, word >>= 8) {
        out[j] = static_cast<std::byte>(word);
      }
    }
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_SEEDED_RANDOM_H_
