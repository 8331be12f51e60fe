// Balancer: who serves a new session. A kind is one file in balancers/.
//
// Thread rule: all members may be called by many threads; none allocates, but
// Prepare, and Choose where it finds that it was not prepared.
#ifndef LIMPET_LIB_BALANCER_H_
#define LIMPET_LIB_BALANCER_H_

#include <cstdint>
#include <memory>

#include "choice.h"
#include "limpet/balancing.h"
#include "limpet/hash.h"
#include "limpet/key_ring.h"

namespace limpet {
inline namespace v0 {

class Balancer {
 public:
  virtual ~Balancer() = default;

  // The backend that gets this request: by weight, among those with an
  // endpoint for it. kNoGroup: none has one.
  virtual uint32_t ChooseGroup(const Choice& choice) const noexcept = 0;

  // An endpoint of that group, or kNoEndpoint.
  virtual uint32_t Choose(const Choice& choice,
                          uint32_t group) const noexcept = 0;

  // Works out what it needs of a set, so that no request has to.
  virtual void Prepare(const EndpointSet&) const {}
};

std::unique_ptr<Balancer> MakeRoundRobin(const Balancing& config,
                                         RandomSource& random);
std::unique_ptr<Balancer> MakeRandom(const Balancing& config,
                                     RandomSource& random);
std::unique_ptr<Balancer> MakeLeastRequest(const Balancing& config,
                                           RandomSource& random);
std::unique_ptr<Balancer> MakeLeastSessions(const Balancing& config,
                                            RandomSource& random);

// `without_key` serves requests that have no hash key.
std::unique_ptr<Balancer> MakeRingHash(const Balancing& config,
                                       std::shared_ptr<const KeyRing> keys,
                                       std::unique_ptr<Balancer> without_key);
std::unique_ptr<Balancer> MakeMaglev(const Balancing& config,
                                     std::shared_ptr<const KeyRing> keys,
                                     std::unique_ptr<Balancer> without_key);
std::unique_ptr<Balancer> MakeRendezvousHash(
    std::shared_ptr<const KeyRing> keys, std::unique_ptr<Balancer> without_key);
std::unique_ptr<Balancer> MakeEnvoyHash(const Balancing& config,
                                        std::unique_ptr<Balancer> without_key);
std::unique_ptr<Balancer> MakeNginxHash(const Balancing& config,
                                        std::unique_ptr<Balancer> without_key);
std::unique_ptr<Balancer> MakeHaproxyHash(
    const Balancing& config, std::unique_ptr<Balancer> without_key);

// REQUIRES: a valid configuration; a key to place by where NeedsPlaceKey.
std::unique_ptr<Balancer> MakeBalancer(const Balancing& config,
                                       std::shared_ptr<const KeyRing> keys,
                                       RandomSource& random);

inline bool NeedsPlaceKey(BalancerType type) {
  return type == BalancerType::kRingHash || type == BalancerType::kMaglev ||
         type == BalancerType::kRendezvous;
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_BALANCER_H_
