#include "placement/envoy_bounded_load.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace limpet {
inline namespace v0 {
namespace {

// A permutation of 0..size-1, the same for the same hash, dealt out one by one
// (Fisher-Yates). Instead of the permutation itself it remembers what was
// swapped: few steps are the rule, and nothing has to be as long as the set.
class Shuffle {
 public:
  Shuffle(uint64_t hash, uint32_t size)
      : random_(static_cast<uint32_t>(hash)), size_(size) {}

  // REQUIRES: fewer calls before than kMostProbes, and than `size`.
  uint32_t Next() {
    uint32_t place = dealt_ + Below(size_ - dealt_);
    swapped_with_[dealt_] = place;
    // What lies there was swapped there from an earlier place, which...
    for (uint32_t step = dealt_; step > 0; --step) {
      if (swapped_with_[step - 1] == place) place = step - 1;
    }
    ++dealt_;
    return place;
  }

 private:
  // Envoy's own way to a number below `bound`.
  uint32_t Below(uint32_t bound) {
    const uint64_t width = (uint64_t{1} << 32) / bound;
    uint64_t number = bound;
    while (number >= bound) number = random_() / width;
    return static_cast<uint32_t>(number);
  }

  std::mt19937 random_;
  uint32_t size_;
  uint32_t dealt_ = 0;
  // Not initialised: as far as `dealt_` only.
  std::array<uint32_t, EnvoyBoundedLoad::kMostProbes> swapped_with_;
};

}  // namespace

EnvoyBoundedLoad::EnvoyBoundedLoad(std::span<const EnvoyShare> shares,
                                   uint32_t factor)
    : shares_(shares.begin(), shares.end()), factor_(factor) {
  uint32_t members = 0;
  for (const EnvoyShare& share : shares_) {
    members = std::max(members, share.member + 1);
  }
  weight_of_.assign(members, 0.0);
  for (const EnvoyShare& share : shares_) {
    weight_of_[share.member] = share.weight;
  }
}

uint32_t EnvoyBoundedLoad::Choose(uint64_t hash, uint32_t chosen,
                                  ActiveOf active,
                                  uint32_t active_in_all) const noexcept {
  if (chosen >= weight_of_.size()) return chosen;
  const uint32_t wanted = ((active_in_all + 1) * factor_ + 99) / 100;
  auto overload_of = [&](uint32_t member, double weight) {
    const auto slots = std::max(
        static_cast<uint32_t>(std::ceil(wanted * weight)), uint32_t{1});
    return static_cast<double>(active(member)) / slots;
  };
  double least = overload_of(chosen, weight_of_[chosen]);
  if (least <= 1.0) return chosen;

  uint32_t best = chosen;
  const auto size = static_cast<uint32_t>(shares_.size());
  Shuffle shuffle(hash, size);
  const uint32_t probes = std::min(size, kMostProbes);
  for (uint32_t i = 0; i < probes; ++i) {
    const EnvoyShare& share = shares_[shuffle.Next()];
    if (share.member == chosen) continue;
    const double overload = overload_of(share.member, share.weight);
    if (overload <= 1.0) return share.member;
    if (overload < least) {
      best = share.member;
      least = overload;
    }
  }
  return best;
}

}  // namespace v0
}  // namespace limpet
