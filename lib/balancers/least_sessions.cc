// LeastSessions: of several endpoints drawn by weight, the one that will have
// the fewest live sessions for its weight; of equals the first drawn. Where
// sessions are not counted it is Random.
#include "balancers/weight_balancer.h"

namespace limpet {
inline namespace v0 {
namespace {

class LeastSessions final : public WeightBalancer {
 public:
  LeastSessions(const Balancing& config, RandomSource& random)
      : WeightBalancer(config, random), choices_(config.choices) {}

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
    if (best == kNoEndpoint || choice.sessions == nullptr) return best;
    const auto sessions = [&](uint32_t index) {
      return uint64_t{choice.sessions->Of(index)} + 1;
    };
    const auto weight = [&](uint32_t index) -> uint64_t {
      return tier.equal_weights ? 1 : choice.endpoints[index].weight;
    };
    for (uint32_t i = 1; i < choices_; ++i) {
      const uint32_t other = PickAtRandom(choice, tier, draws);
      if (other == kNoEndpoint) break;  // full since
      if (sessions(other) * weight(best) < sessions(best) * weight(other)) {
        best = other;
      }
    }
    return best;
  }

  uint32_t choices_;
};

}  // namespace

std::unique_ptr<Balancer> MakeLeastSessions(const Balancing& config,
                                            RandomSource& random) {
  return std::make_unique<LeastSessions>(config, random);
}

}  // namespace v0
}  // namespace limpet
