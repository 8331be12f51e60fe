// LeastRequest: of two endpoints drawn by weight, the one that has fewer
// requests in hand for its weight. Without counts from the host it is Random.
// Source: Mitzenmacher, "The power of two choices in randomized load
// balancing" (2001).
#include "balancer.h"
#include "balancers/random_sequence.h"

namespace limpet {
inline namespace v0 {
namespace {

class LeastRequest final : public Balancer {
 public:
  explicit LeastRequest(RandomSource& random) : sequence_(random) {}

  uint32_t Choose(const Choice& choice, uint32_t g) const noexcept override {
    const EndpointSet::Group& group = choice.endpoints.groups()[g];
    if (group.ready.empty()) return kNoEndpoint;
    const uint32_t a = FirstUntried(choice, group, Draw(group, TurnOf(g)));
    if (a == kNoEndpoint || choice.active.count == nullptr) return a;
    const uint32_t b = FirstUntried(choice, group, Draw(group, TurnOf(g)));
    const auto load = [&](uint32_t index) -> uint64_t {
      return choice.active.count(choice.active.host, index);
    };
    const auto weight = [&](uint32_t index) -> uint64_t {
      return choice.endpoints[index].weight;
    };
    return load(b) * weight(a) < load(a) * weight(b) ? b : a;
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

std::unique_ptr<Balancer> MakeLeastRequest(RandomSource& random) {
  return std::make_unique<LeastRequest>(random);
}

}  // namespace v0
}  // namespace limpet
