#include "balancers/compat_balancer.h"

#include <algorithm>
#include <array>
#include <string>

namespace limpet {
inline namespace v0 {

CompatMembers::CompatMembers(const EndpointSet& endpoints, uint32_t group) {
  for (uint32_t i = 0; i < endpoints.size(); ++i) {
    const Endpoint& endpoint = endpoints[i];
    if (endpoints.group(i) != group) continue;
    members.push_back({.key = endpoint.hash_key.empty() ? endpoint.address
                                                        : endpoint.hash_key,
                       .weight = endpoint.weight,
                       .usable = endpoints.state(i) == EndpointState::kReady});
    index_of.push_back(i);
  }
}

uint32_t CompatMembers::BestPriority(const EndpointSet& endpoints) const {
  uint32_t best = UINT32_MAX;
  for (size_t i = 0; i < members.size(); ++i) {
    if (!members[i].usable || members[i].weight == 0) continue;
    best = std::min(best, endpoints[index_of[i]].priority);
  }
  return best;
}

void CompatMembers::DropWeightless() {
  size_t kept = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    if (members[i].weight == 0) continue;
    members[kept] = members[i];
    index_of[kept] = index_of[i];
    ++kept;
  }
  members.resize(kept);
  index_of.resize(kept);
}

uint64_t CompatTableKey(const Balancing& config) {
  std::string text = "compat";
  for (const uint64_t field : std::array<uint64_t, 9>{
           static_cast<uint64_t>(config.type), config.bounded_load_percent,
           config.table_size, config.minimum_ring_size,
           config.maximum_ring_size, config.host_selection_attempts,
           static_cast<uint64_t>(config.hash_function),
           uint64_t{config.avalanche} * 2 + uint64_t{config.hash_address},
           static_cast<uint64_t>(config.haproxy_hash_key)}) {
    text += ' ' + std::to_string(field);
  }
  return HashEndpointId(text);
}

}  // namespace v0
}  // namespace limpet
