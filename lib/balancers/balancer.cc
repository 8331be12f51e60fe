#include "balancer.h"

#include <algorithm>

namespace limpet {
inline namespace v0 {
uint32_t Balancer::ChooseGroup(const Choice& choice) const noexcept {
  const std::span<const EndpointSet::Group> groups = choice.endpoints.groups();
  const auto takes_part = [&](uint32_t g) {
    return groups[g].backend.weight > 0 && choice.HasUntried(groups[g]);
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
  uint64_t left =
      equal_weights ? Deal(0, count) : DealWeighted(0, total_weight);
  for (uint32_t g = 0; g < groups.size(); ++g) {
    if (!takes_part(g)) continue;
    const uint64_t share = equal_weights ? 1 : groups[g].backend.weight;
    if (left < share) return g;
    left -= share;
  }
  return last;
}

size_t Balancer::Draw(const EndpointSet::Group& group,
                      size_t turn) const noexcept {
  if (group.equal_weights) return Deal(turn, group.ready.size());
  const uint64_t unit = DealWeighted(turn, group.total_weight);
  return static_cast<size_t>(
      std::upper_bound(group.cumulative.begin(), group.cumulative.end(), unit) -
      group.cumulative.begin());
}

uint32_t Balancer::FirstUntried(const Choice& choice,
                                const EndpointSet::Group& group,
                                size_t position) noexcept {
  for (size_t i = 0; i < group.ready.size(); ++i) {
    const uint32_t index = group.ready[position];
    if (!choice.Tried(index)) return index;
    position = position + 1 == group.ready.size() ? 0 : position + 1;
  }
  return kNoEndpoint;
}

}  // namespace v0
}  // namespace limpet
