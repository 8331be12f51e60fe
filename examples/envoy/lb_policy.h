// LbPolicy: a load balancing policy of Envoy's by limpet's balancers, one
// object for each cluster on each worker. It is also how a filter on the same
// worker learns the cluster's endpoints.
//
// Thread rule: LbConfigOfCluster is immutable; an LbPolicy belongs to its
// worker.
#ifndef LIMPET_EXAMPLES_ENVOY_LB_POLICY_H_
#define LIMPET_EXAMPLES_ENVOY_LB_POLICY_H_

#include <limpet.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "abi.h"
#include "config.h"
#include "hosts.h"
#include "lb_hosts.h"

namespace limpet_envoy {

// What Envoy holds of a policy's configuration.
class LbConfigOfCluster {
 public:
  // Throws ConfigError.
  explicit LbConfigOfCluster(std::string_view json);
  const limpet_policy* policy() const { return policy_.get(); }
  bool weighs_localities() const { return weighs_localities_; }

 private:
  OwnedPolicy policy_;
  bool weighs_localities_ = false;
};

class LbPolicy {
 public:
  LbPolicy(const LbConfigOfCluster& config, limpet_envoy_lb* lb);
  ~LbPolicy();
  LbPolicy(const LbPolicy&) = delete;
  LbPolicy& operator=(const LbPolicy&) = delete;

  // The place of the host that serves: of the healthy ones of a priority.
  // False: there is none.
  bool Choose(limpet_envoy_lb* lb, limpet_envoy_lb_request* request,
              uint32_t* priority, uint32_t* index);

  // Hosts came, went, or changed their health. Where there is no memory for
  // them it stays with those it knew.
  void Update(limpet_envoy_lb* lb) noexcept;

  const std::shared_ptr<const Hosts>& hosts() const { return hosts_; }
  const std::string& cluster() const { return cluster_; }

 private:
  bool IsUpToDate(limpet_envoy_lb* lb) const;
  // Since when the host is in its state, by what was seen before.
  uint64_t Since(const Host& host, uint64_t now_ms) const;

  const LbConfigOfCluster& config_;
  std::string cluster_;
  std::shared_ptr<const Hosts> hosts_;
  std::vector<LbPlace> places_;         // by the index in hosts_
  std::vector<size_t> healthy_counts_;  // by priority
};

// Is there a policy on any worker?
bool LbPolicyIsUsed();

// The hosts that this worker's policy of a cluster sees; null: it has none.
std::shared_ptr<const Hosts> HostsHere(std::string_view cluster);

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_LB_POLICY_H_
