// What the balancers of balancer_bench choose from: endpoints, what they have
// in hand, and a balancer asked for one of them at a time.
//
// Thread rule: one thread.
//
//   const World world(100, /*weighted=*/true);
//   Chooser chooser(world, MakeRandom(config, world.random()));
//   chooser.Run(1000, /*alone=*/false);
#ifndef LIMPET_BENCHMARKS_BALANCER_BENCH_WORLD_H_
#define LIMPET_BENCHMARKS_BALANCER_BENCH_WORLD_H_

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "balancer.h"
#include "session_map_bench_keys.h"
#include "session_map_bench_side.h"

namespace limpet::bench {

// Every run sees the same.
class SeededRandom final : public RandomSource {
 public:
  void Fill(std::span<std::byte> out) noexcept override {
    for (std::byte& b : out) b = static_cast<std::byte>(random_.Next() >> 56);
  }

 private:
  Random random_{1};
};

class World {
 public:
  // Weights are 1, or 1 to 100; each endpoint has up to 15 requests in hand and
  // up to 999 sessions.
  World(uint32_t endpoints, bool weighted) : sessions_(endpoints) {
    Random random(endpoints);
    std::vector<Endpoint> list;
    for (uint32_t i = 0; i < endpoints; ++i) {
      weights_.push_back(weighted ? 1 + random.Below(100) : 1);
      active_.push_back(random.Below(16));
      sessions_.Set(i, random.Below(1000));
      list.push_back({.id = "pod-" + std::to_string(i),
                      .address = "10.0.0.1:" + std::to_string(i),
                      .weight = weights_.back()});
    }
    endpoints_ = EndpointSet::Make(std::move(list)).value();
  }

  const EndpointSet& endpoints() const { return *endpoints_; }
  std::span<const uint32_t> weights() const { return weights_; }
  std::span<const uint32_t> active() const { return active_; }
  SessionCounts& sessions() { return sessions_; }
  RandomSource& random() { return random_; }
  std::shared_ptr<const KeyRing> keys() const { return keys_; }

  // As the host's counters tell it.
  ActiveRequests Active() const {
    return {.count =
                [](const void* host, uint32_t endpoint) {
                  return static_cast<const uint32_t*>(host)[endpoint];
                },
            .host = active_.data()};
  }

 private:
  std::vector<uint32_t> weights_;
  std::vector<uint32_t> active_;
  SessionCounts sessions_;
  SeededRandom random_;
  std::shared_ptr<const KeyRing> keys_ = KeyRing::Generate(random_);
  std::shared_ptr<const EndpointSet> endpoints_;
};

// `choose()` again and again. Alone: each call is over before the next begins,
// and the next has nothing to begin with while the last ends.
template <class Choose>
void Repeat(uint32_t times, bool alone, const Choose& choose) {
  for (uint32_t i = 0; i < times; ++i) {
    uint32_t chosen = choose();
    benchmark::DoNotOptimize(chosen);
    if (alone) Serialize();
  }
}

class Chooser {
 public:
  Chooser(std::shared_ptr<World> world, std::unique_ptr<Balancer> balancer)
      : world_(std::move(world)), balancer_(std::move(balancer)) {
    balancer_->Prepare(world_->endpoints());
    for (uint32_t i = 0; i < kKeys; ++i) {
      keys_.push_back("0123456789" + std::to_string(100'000 + i));
    }
  }

  void Run(uint32_t times, bool alone) {
    Choice choice{.endpoints = world_->endpoints(),
                  .tried = {},
                  .active = world_->Active(),
                  .sessions = &world_->sessions(),
                  .now = TimestampFromMillis(1'700'000'000'000)};
    Repeat(times, alone, [&] {
      choice.hash_key = keys_[next_++ % kKeys];
      return balancer_->Choose(choice, 0);
    });
  }

 private:
  static constexpr uint32_t kKeys = 1024;

  std::shared_ptr<World> world_;
  std::unique_ptr<Balancer> balancer_;
  std::vector<std::string> keys_{};
  uint32_t next_ = 0;
};

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_BALANCER_BENCH_WORLD_H_
