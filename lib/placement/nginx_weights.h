// nginx's members side by side, each as wide as its weight, in the order of
// writing and whatever their state.
//
// Thread rule: immutable.
#ifndef LIMPET_LIB_PLACEMENT_NGINX_WEIGHTS_H_
#define LIMPET_LIB_PLACEMENT_NGINX_WEIGHTS_H_

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "placement/member.h"

namespace limpet {
inline namespace v0 {

class NginxWeights {
 public:
  explicit NginxWeights(std::span<const PlacedMember> members)
      : all_(members.size()) {
    std::iota(all_.begin(), all_.end(), 0U);
    ends_.reserve(members.size());
    for (const PlacedMember& member : members) {
      total_ += member.weight;
      ends_.push_back(total_);
    }
  }

  // REQUIRES: the weights are not all 0.
  uint32_t At(uint32_t hash) const noexcept {
    const uint64_t place = hash % total_;
    return static_cast<uint32_t>(
        std::upper_bound(ends_.begin(), ends_.end(), place) - ends_.begin());
  }

  // nginx hashes for nobody where there is no choice.
  bool no_choice() const { return all_.size() < 2 || total_ == 0; }
  std::span<const uint32_t> all() const { return all_; }

 private:
  std::vector<uint64_t> ends_;  // running sums of the weights
  std::vector<uint32_t> all_;
  uint64_t total_ = 0;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_NGINX_WEIGHTS_H_
