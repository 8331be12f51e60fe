// Random: each choice on its own, by weight.
#include "balancer.h"
#include "balancers/random_sequence.h"

namespace limpet {
inline namespace v0 {
namespace {

class Random final : public Balancer {
 public:
  explicit Random(RandomSource& random) : sequence_(random) {}

  uint32_t Choose(const Choice& choice, uint32_t g) const noexcept override {
    const EndpointSet::Group& group = choice.endpoints.groups()[g];
    if (group.ready.empty()) return kNoEndpoint;
    return FirstUntried(choice, group, Draw(group, TurnOf(g)));
  }

 private:
  uint64_t Deal(size_t, uint64_t size) const noexcept override {
    return sequence_.Below(size);
  }
  uint64_t DealWeighted(size_t, uint64_t total_weight) const noexcept override {
    return sequence_.Below(total_weight);
  }

  mutable RandomSequence sequence_;
};

}  // namespace

std::unique_ptr<Balancer> MakeRandom(RandomSource& random) {
  return std::make_unique<Random>(random);
}

}  // namespace v0
}  // namespace limpet
