// RoundRobin: one after the other where the weights are equal; otherwise a
// rotation through the weights, by steps that visit every stretch of them in
// proportion. After as many choices as the (reduced) weights add up to an
// endpoint has exactly its share; of whatever choices in a row it has its share
// but for 1 to 3 (nginx: 1 to 2), more for more digits of weights.
// Unlike the schedules of nginx, HAProxy and Envoy it needs no state but a
// counter: no lock, no walk over the endpoints.
// It begins anywhere, so that a fleet of proxies does not begin together.
#include <array>
#include <atomic>

#include "balancers/weight_balancer.h"
#include "guide_table.h"
#include "rotation.h"
#include "spread.h"

namespace limpet {
inline namespace v0 {
namespace {

class RoundRobin final : public WeightBalancer {
 public:
  RoundRobin(const Balancing& config, RandomSource& random)
      : WeightBalancer(config, random) {
    RandomSequence::Draws draws = Draws();
    for (std::atomic<uint64_t>& turn : turns_) {
      turn.store(draws.Next(), std::memory_order_relaxed);
    }
  }

  uint32_t Choose(const Choice& choice,
                  uint32_t group) const noexcept override {
    return FromTiers(
        choice, group, [&](const EndpointSet::Tier& tier, size_t turn) {
          return Pick(
              choice, tier, [&]() -> size_t { return Next(tier, turn); },
              [&] { return Draws(); });
        });
  }

 private:
  // A position in the tier.
  size_t Next(const EndpointSet::Tier& tier, size_t turn) const {
    const uint64_t x = Take(turn, tier.step);
    return tier.equal_weights
               ? Spread(x, tier.ready.size())
               : FindInGuideTable(tier.guide, tier.cumulative, x);
  }

  uint64_t Take(size_t turn, uint64_t step) const {
    if (turn >= kTurns) return Draws().Next();
    return turns_[turn].fetch_add(step, std::memory_order_relaxed);
  }

  uint64_t Deal(size_t turn, uint64_t size) const noexcept override {
    return Take(turn, 1) % size;
  }

  uint64_t DealWeighted(size_t turn, uint64_t size) const noexcept override {
    return Spread(Take(turn, kGoldenRatio), size);
  }

  mutable std::array<std::atomic<uint64_t>, kTurns> turns_;
};

}  // namespace

std::unique_ptr<Balancer> MakeRoundRobin(const Balancing& config,
                                         RandomSource& random) {
  return std::make_unique<RoundRobin>(config, random);
}

}  // namespace v0
}  // namespace limpet
