// WeightBalancer: what the balancers have in common that go by weights and not
// by what a request says.
//
// Thread rule: all members may be called by many threads; none allocates.
#ifndef LIMPET_LIB_BALANCERS_WEIGHT_BALANCER_H_
#define LIMPET_LIB_BALANCERS_WEIGHT_BALANCER_H_

#include <cstddef>
#include <cstdint>

#include "alias_table.h"
#include "balancer.h"
#include "balancers/random_sequence.h"
#include "balancers/slow_start.h"

namespace limpet {
inline namespace v0 {

class WeightBalancer : public Balancer {
 public:
  WeightBalancer(const Balancing& config, RandomSource& random)
      : slow_start_(config), random_(random) {}

  uint32_t ChooseGroup(const Choice& choice) const noexcept final;

 protected:
  // What `choose(tier, turn)` finds, an endpoint of that tier or kNoEndpoint:
  // in the tier whose turn it is, or else in the others. `turn` is the tier's.
  template <typename ChooseIn>
  uint32_t FromTiers(const Choice& choice, uint32_t g, ChooseIn choose) const {
    const EndpointSet::Group& group = choice.endpoints.groups()[g];
    if (group.tiers.size() == 1) {
      return choose(group.tiers.front(), EndpointTurn(g, 0));
    }
    return FromSeveralTiers(group, g, choose);
  }

  // The next among `size` of equal weight, or of `size` units of weight, as
  // this kind of balancer deals them out. `turn` tells sequences apart.
  virtual uint64_t Deal(size_t, uint64_t size) const noexcept {
    return random_.Below(size);
  }
  virtual uint64_t DealWeighted(size_t, uint64_t size) const noexcept {
    return random_.Below(size);
  }

  // Turns of the draws: of a backend, and of a tier's endpoint. No two share
  // one: a sequence of which others take every other number is even no more.
  // Gateway API allows 16 backends in a rule; what is beyond goes at random.
  static constexpr size_t kGroupTurn = 0;
  static constexpr size_t kTurnGroups = 16;
  static constexpr size_t kTurnTiers = 4;
  static constexpr size_t kTurns = 1 + kTurnGroups * kTurnTiers;

  RandomSequence::Draws Draws() const { return random_.Take(); }

  // Who is at the position that `draw()` finds: another one if that is refused
  // or (with the probability that is due) too young. kNoEndpoint: all are
  // refused. `draws()` is called for where random numbers come from.
  template <typename Draw, typename DrawsOf>
  uint32_t Pick(const Choice& choice, const EndpointSet::Tier& tier, Draw draw,
                DrawsOf draws) const {
    if (choice.RefusesNobody() && !slow_start_.Applies(tier, choice.now)) {
      return tier.ready[draw()];
    }
    return PickWithCare(choice, tier, draw, draws);
  }

  // The same, each draw on its own.
  uint32_t PickAtRandom(const Choice& choice, const EndpointSet::Tier& tier,
                        RandomSequence::Draws& draws) const {
    return Pick(
        choice, tier,
        [&]() -> size_t {
          return tier.equal_weights
                     ? draws.Below(tier.ready.size())
                     : FindInAliasTable(tier.columns, draws.Next());
        },
        [&]() -> RandomSequence::Draws& { return draws; });
  }

 private:
  static constexpr size_t EndpointTurn(uint32_t group, size_t tier) {
    return group < kTurnGroups && tier < kTurnTiers
               ? 1 + group * kTurnTiers + tier
               : kTurns;
  }

  // What is rare is kept out of the way of what is not: the registers that it
  // would save are stores, which an atomic step after them waits for.
  template <typename ChooseIn>
  [[gnu::noinline]] uint32_t FromSeveralTiers(const EndpointSet::Group& group,
                                              uint32_t g,
                                              ChooseIn choose) const {
    if (group.tiers.empty()) return kNoEndpoint;
    // At random: an endpoint's turn must not depend on its tier's.
    const size_t first = TierOf(group, random_.Below(100));
    return ChooseFromTiers(group, first, [&](size_t tier) {
      return choose(group.tiers[tier], EndpointTurn(g, tier));
    });
  }

  template <typename Draw, typename DrawsOf>
  [[gnu::noinline]] uint32_t PickWithCare(const Choice& choice,
                                          const EndpointSet::Tier& tier,
                                          Draw draw, DrawsOf draws) const {
    const bool slow = slow_start_.Applies(tier, choice.now);
    const double most =
        slow ? slow_start_.PartOf(tier.oldest, choice.now) : 1.0;
    uint32_t last = kNoEndpoint;
    size_t position = 0;
    for (int i = 0; i < kDraws; ++i) {
      position = draw();
      const uint32_t index = tier.ready[position];
      if (choice.Refuses(index)) continue;
      if (!slow) return index;
      const double part =
          slow_start_.PartOf(choice.endpoints.since(index), choice.now);
      if (part >= most || draws().Chance(part / most)) return index;
      last = index;
    }
    return last != kNoEndpoint ? last : FirstFrom(choice, tier, position);
  }

  // Then an endpoint that is not refused is looked for one by one; among
  // endpoints of which nearly all are young the last one drawn is taken.
  static constexpr int kDraws = 16;

  // The first endpoint from that position on that is not refused.
  static uint32_t FirstFrom(const Choice& choice, const EndpointSet::Tier& tier,
                            size_t position) noexcept;

  SlowStart slow_start_;
  mutable RandomSequence random_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_BALANCERS_WEIGHT_BALANCER_H_
