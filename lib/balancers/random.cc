// Random: each choice on its own, by weight.
#include "balancers/weight_balancer.h"

namespace limpet {
inline namespace v0 {
namespace {

class Random final : public WeightBalancer {
 public:
  using WeightBalancer::WeightBalancer;

  uint32_t Choose(const Choice& choice,
                  uint32_t group) const noexcept override {
    return FromTiers(choice, group, [&](const EndpointSet::Tier& tier, size_t) {
      RandomSequence::Draws draws = Draws();
      return PickAtRandom(choice, tier, draws);
    });
  }
};

}  // namespace

std::unique_ptr<Balancer> MakeRandom(const Balancing& config,
                                     RandomSource& random) {
  return std::make_unique<Random>(config, random);
}

}  // namespace v0
}  // namespace limpet
