// How other proxies choose by weight, re-made in the least that each must do,
// for one thread and without the locks that they take.
//
// Thread rule: one thread.
#ifndef LIMPET_BENCHMARKS_BALANCER_BENCH_PEERS_H_
#define LIMPET_BENCHMARKS_BALANCER_BENCH_PEERS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace limpet::bench {

// nginx's round robin: a walk over all peers, in which each gains its weight
// and the one with the most pays for all.
class SmoothScan {
 public:
  explicit SmoothScan(std::span<const uint32_t> weights)
      : total_(std::accumulate(weights.begin(), weights.end(), int64_t{0})) {
    for (const uint32_t weight : weights) peers_.push_back({weight, 0});
  }

  uint32_t Next() {
    size_t best = 0;
    for (size_t i = 0; i < peers_.size(); ++i) {
      peers_[i].current += peers_[i].weight;
      if (peers_[i].current > peers_[best].current) best = i;
    }
    peers_[best].current -= total_;
    return static_cast<uint32_t>(best);
  }

 private:
  struct Peer {
    int64_t weight;
    int64_t current;
  };
  int64_t total_;
  std::vector<Peer> peers_;
};

// nginx's least_conn: a walk over all peers for the fewest requests by weight.
class LeastScan {
 public:
  LeastScan(std::span<const uint32_t> weights, std::span<const uint32_t> active)
      : weights_(weights), active_(active) {}

  uint32_t Next() const {
    size_t best = 0;
    for (size_t i = 1; i < weights_.size(); ++i) {
      if (uint64_t{active_[i]} * weights_[best] <
          uint64_t{active_[best]} * weights_[i]) {
        best = i;
      }
    }
    return static_cast<uint32_t>(best);
  }

 private:
  std::span<const uint32_t> weights_;
  std::span<const uint32_t> active_;
};

// HAProxy's roundrobin, Envoy's weighted round robin: all peers in a tree by
// when they are due; the first is taken and put back a step further on.
class Schedule {
 public:
  explicit Schedule(std::span<const uint32_t> weights) {
    for (uint32_t i = 0; i < weights.size(); ++i) {
      steps_.push_back(kLap / weights[i]);
      due_.emplace(steps_[i], i);
    }
  }

  uint32_t Next() {
    auto peer = due_.extract(due_.begin());
    const uint32_t index = peer.mapped();
    peer.key() += steps_[index];
    due_.insert(std::move(peer));
    return index;
  }

 private:
  static constexpr uint64_t kLap = uint64_t{1} << 32;
  std::vector<uint64_t> steps_;
  std::multimap<uint64_t, uint32_t> due_;
};

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_BALANCER_BENCH_PEERS_H_
