// LbHosts: the hosts of a cluster as a load balancing policy sees them.
//
// Thread rule: for the policy's worker, inside a hook.
#ifndef LIMPET_EXAMPLES_ENVOY_LB_HOSTS_H_
#define LIMPET_EXAMPLES_ENVOY_LB_HOSTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "abi.h"
#include "hosts.h"

namespace limpet_envoy {

// Where Envoy has a host: among all of its priority, and among the healthy.
struct LbPlace {
  uint32_t priority = 0;
  uint32_t index = 0;
  uint32_t healthy_index = UINT32_MAX;
};

struct LbHosts {
  std::vector<Host> hosts;  // that a HostFilter takes
  std::vector<LbPlace> places;
  std::vector<size_t> healthy_counts;  // by priority
};

// Weights are at most 1000000, in their proportions. `by_locality`: a host's is
// its share of what its locality weighs, which counts for less if less than
// 71 % of the locality is healthy, as in Envoy's own balancers.
LbHosts ReadLbHosts(limpet_envoy_lb* lb, bool by_locality);

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_LB_HOSTS_H_
