// RoundRobin: one after the other where the weights are equal; otherwise the
// steps of the golden ratio through the weights, which visit every stretch of
// them in proportion and never twice in a row more often than they must.
// It begins anywhere, so that a fleet of proxies does not begin together.
#include <array>
#include <atomic>
#include <span>

#include "balancer.h"
#include "spread.h"

namespace limpet {
inline namespace v0 {
namespace {

// Gateway API allows 16 backends in a rule. Beyond that, groups share turns,
// which costs evenness and nothing else.
constexpr size_t kTurns = 17;

class RoundRobin final : public Balancer {
 public:
  explicit RoundRobin(RandomSource& random) {
    std::array<uint32_t, kTurns> begin;
    random.Fill(std::as_writable_bytes(std::span(begin)));
    for (size_t i = 0; i < kTurns; ++i) {
      turns_[i].store(begin[i], std::memory_order_relaxed);
    }
  }

  uint32_t Choose(const Choice& choice, uint32_t g) const noexcept override {
    const EndpointSet::Group& group = choice.endpoints.groups()[g];
    if (group.ready.empty()) return kNoEndpoint;
    return FirstUntried(choice, group, Draw(group, TurnOf(g)));
  }

 private:
  uint64_t Take(size_t turn) const {
    return turns_[turn % kTurns].fetch_add(1, std::memory_order_relaxed);
  }

  uint64_t Deal(size_t turn, uint64_t size) const noexcept override {
    return Take(turn) % size;
  }

  uint64_t DealWeighted(size_t turn,
                        uint64_t total_weight) const noexcept override {
    constexpr uint64_t kGoldenRatio = 0x9e3779b97f4a7c15U;  // of 2^64
    return Spread(Take(turn) * kGoldenRatio, total_weight);
  }

  mutable std::array<std::atomic<uint64_t>, kTurns> turns_;
};

}  // namespace

std::unique_ptr<Balancer> MakeRoundRobin(RandomSource& random) {
  return std::make_unique<RoundRobin>(random);
}

}  // namespace v0
}  // namespace limpet
