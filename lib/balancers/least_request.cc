// LeastRequest: several endpoints are drawn, and how many requests they have in
// hand decides. Without counts from the host it is Random.
//
// Equal weights: the one with the fewest requests, of equals the first drawn.
// Unequal weights: Envoy's formula, by which an endpoint's share of the
// requests is to be in proportion to
//   weight / (requests + 1)^bias.
// Envoy keeps a schedule of all endpoints for it, which a request corrects in
// O(log n) under a lock and which knows of an endpoint's requests only when its
// turn comes. Here an endpoint is drawn by weight and challenged by others
// drawn by weight, each of which takes its place with the probability
//   ((requests of the one + 1) / (requests of the other + 1))^bias,
// at most 1 (Metropolis): the distance from the formula falls geometrically
// with the number of choices, whereas picking one of those drawn by its part
// (importance resampling) gets closer only as 1 / choices and, with two, leaves
// a busy endpoint its place twice as often. With all counts equal, or a bias of
// 0, the shares are those of the weights to the last bit.
//
// Sources: Mitzenmacher, "The power of two choices in randomized load
// balancing" (2001); Hastings, "Monte Carlo sampling methods using Markov
// chains and their applications" (1970); Peskun, "Optimum Monte-Carlo sampling
// using Markov chains" (1973).
#include <cmath>

#include "balancers/weight_balancer.h"

namespace limpet {
inline namespace v0 {
namespace {

class LeastRequest final : public WeightBalancer {
 public:
  LeastRequest(const Balancing& config, RandomSource& random)
      : WeightBalancer(config, random),
        choices_(config.choices),
        bias_(config.active_request_bias) {}

  uint32_t Choose(const Choice& choice,
                  uint32_t group) const noexcept override {
    return FromTiers(choice, group, [&](const EndpointSet::Tier& tier, size_t) {
      return ChooseIn(choice, tier);
    });
  }

 private:
  uint32_t ChooseIn(const Choice& choice, const EndpointSet::Tier& tier) const {
    RandomSequence::Draws draws = Draws();
    uint32_t best = PickAtRandom(choice, tier, draws);
    if (best == kNoEndpoint || choice.active.count == nullptr) return best;
    uint32_t fewest = choice.active.count(choice.active.host, best);
    for (uint32_t i = 1; i < choices_; ++i) {
      const uint32_t other = PickAtRandom(choice, tier, draws);
      if (other == kNoEndpoint) break;  // full since
      const uint32_t requests = choice.active.count(choice.active.host, other);
      const bool takes_its_place = tier.equal_weights
                                       ? requests < fewest
                                       : IsTaken(requests, fewest, draws);
      // Without a branch, which nobody could predict.
      const uint32_t taken = takes_its_place ? UINT32_MAX : 0;
      best ^= (best ^ other) & taken;
      fewest ^= (fewest ^ requests) & taken;
    }
    return best;
  }

  bool IsTaken(uint32_t requests, uint32_t fewest,
               RandomSequence::Draws& draws) const {
    // A number below requests + 1 that is below fewest + 1.
    if (bias_ == 1) return draws.Below(uint64_t{requests} + 1) <= fewest;
    return draws.Chance(std::pow((fewest + 1.0) / (requests + 1.0), bias_));
  }

  uint32_t choices_;
  double bias_;
};

}  // namespace

std::unique_ptr<Balancer> MakeLeastRequest(const Balancing& config,
                                           RandomSource& random) {
  return std::make_unique<LeastRequest>(config, random);
}

}  // namespace v0
}  // namespace limpet
