#include "balancers/weight_balancer.h"

#include <span>

namespace limpet {
inline namespace v0 {
uint32_t WeightBalancer::ChooseGroup(const Choice& choice) const noexcept {
  const std::span<const EndpointSet::Group> groups = choice.endpoints.groups();
  const auto takes_part = [&](uint32_t g) {
    return groups[g].backend.weight > 0 && choice.CanServe(groups[g]);
  };
  uint64_t count = 0;
  uint64_t total_weight = 0;
  bool equal_weights = true;
  uint32_t last = kNoGroup;
  for (uint32_t g = 0; g < groups.size(); ++g) {
    if (!takes_part(g)) continue;
    if (last != kNoGroup &&
        groups[last].backend.weight != groups[g].backend.weight) {
      equal_weights = false;
    }
    ++count;
    total_weight += groups[g].backend.weight;
    last = g;
  }
  if (count <= 1) return last;
  uint64_t left = equal_weights ? Deal(kGroupTurn, count)
                                : DealWeighted(kGroupTurn, total_weight);
  for (uint32_t g = 0; g < groups.size(); ++g) {
    if (!takes_part(g)) continue;
    const uint64_t share = equal_weights ? 1 : groups[g].backend.weight;
    if (left < share) return g;
    left -= share;
  }
  return last;
}

uint32_t WeightBalancer::FirstFrom(const Choice& choice,
                                   const EndpointSet::Tier& tier,
                                   size_t position) noexcept {
  for (size_t i = 0; i < tier.ready.size(); ++i) {
    const uint32_t index = tier.ready[position];
    if (!choice.Refuses(index)) return index;
    position = position + 1 == tier.ready.size() ? 0 : position + 1;
  }
  return kNoEndpoint;
}

}  // namespace v0
}  // namespace limpet
