// The one place that knows all kinds of balancers.
#include <utility>

#include "balancer.h"

namespace limpet {
inline namespace v0 {

std::unique_ptr<Balancer> MakeBalancer(const Balancing& config,
                                       std::shared_ptr<const KeyRing> keys,
                                       RandomSource& random) {
  switch (config.type) {
    case BalancerType::kRoundRobin:
      return MakeRoundRobin(config, random);
    case BalancerType::kRandom:
      return MakeRandom(config, random);
    case BalancerType::kLeastRequest:
      return MakeLeastRequest(config, random);
    case BalancerType::kLeastSessions:
      return MakeLeastSessions(config, random);
    case BalancerType::kRingHash:
      return MakeRingHash(config, std::move(keys), MakeRandom(config, random));
    case BalancerType::kMaglev:
      return MakeMaglev(config, std::move(keys), MakeRandom(config, random));
    case BalancerType::kRendezvous:
      return MakeRendezvousHash(std::move(keys), MakeRandom(config, random));
    case BalancerType::kEnvoyRingHash:
    case BalancerType::kEnvoyMaglev:
      return MakeEnvoyHash(config, MakeRandom(config, random));
    case BalancerType::kNginxHash:
    case BalancerType::kNginxConsistentHash:
    case BalancerType::kNginxIpHash:
      return MakeNginxHash(config, MakeRoundRobin(config, random));
    case BalancerType::kHaproxyConsistentHash:
    case BalancerType::kHaproxyMapHash:
      return MakeHaproxyHash(config, MakeRoundRobin(config, random));
  }
  return nullptr;
}

}  // namespace v0
}  // namespace limpet
