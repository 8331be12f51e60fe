// nginx's smooth weighted round robin, as one of its workers keeps it.
#ifndef LIMPET_TESTS_UNIT_PLACEMENT_NGINX_ROUND_ROBIN_H_
#define LIMPET_TESTS_UNIT_PLACEMENT_NGINX_ROUND_ROBIN_H_

#include <cstdint>
#include <span>
#include <vector>

#include "placement/member.h"

namespace limpet::testing {

class SmoothRoundRobin {
 public:
  explicit SmoothRoundRobin(std::span<const PlacedMember> members) {
    for (const PlacedMember& member : members) {
      weights_.push_back(member.weight);
    }
    current_.assign(weights_.size(), 0);
  }

  uint32_t Next(std::span<const uint32_t> members, MemberFilter usable) {
    uint32_t best = kNoMember;
    int64_t total = 0;
    for (const uint32_t member : members) {
      if (!usable(member)) continue;
      current_[member] += weights_[member];
      total += weights_[member];
      if (best == kNoMember || current_[member] > current_[best]) best = member;
    }
    if (best != kNoMember) current_[best] -= total;
    return best;
  }

 private:
  std::vector<int64_t> weights_;
  std::vector<int64_t> current_;
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_PLACEMENT_NGINX_ROUND_ROBIN_H_
