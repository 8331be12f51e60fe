// RoundRobin is smooth: in whatever stretch of choices, every endpoint has its
// share but for a small bound.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <vector>

#include "test_draws.h"

namespace limpet::testing {
namespace {

constexpr int kChoices = 50'000;

// The farthest that any endpoint is from its share in any stretch of the
// choices, of whatever length: how far its lead over its share ever falls and
// rises again, or the other way round.
template <typename Next>
double WorstStretch(const std::vector<uint32_t>& weights, Next next) {
  const double total =
      std::accumulate(weights.begin(), weights.end(), uint64_t{0});
  std::vector<double> counts(weights.size());
  std::vector<double> low(weights.size());
  std::vector<double> high(weights.size());
  for (int k = 1; k <= kChoices; ++k) {
    ++counts[next()];
    for (size_t i = 0; i < weights.size(); ++i) {
      const double lead = counts[i] - k * (weights[i] / total);
      low[i] = std::min(low[i], lead);
      high[i] = std::max(high[i], lead);
    }
  }
  double worst = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    worst = std::max(worst, high[i] - low[i]);
  }
  return worst;
}

double WorstOfOurs(const std::vector<uint32_t>& weights, uint8_t seed) {
  CountingRandom random(seed);
  const auto balancer = MakeRoundRobin({}, random);
  const auto set = MakeSet(OfWeights(weights));
  const Choice choice{.endpoints = *set, .tried = {}};
  return WorstStretch(weights, [&] { return balancer->Choose(choice, 0); });
}

// nginx's smooth weighted round robin.
double WorstOfNginx(const std::vector<uint32_t>& weights) {
  const int64_t total =
      std::accumulate(weights.begin(), weights.end(), int64_t{0});
  std::vector<int64_t> current(weights.size());
  return WorstStretch(weights, [&] {
    for (size_t i = 0; i < weights.size(); ++i) current[i] += weights[i];
    const auto best = std::max_element(current.begin(), current.end());
    *best -= total;
    return static_cast<uint32_t>(best - current.begin());
  });
}

std::vector<uint32_t> Rising(uint32_t count) {
  std::vector<uint32_t> weights(count);
  std::iota(weights.begin(), weights.end(), 1);
  return weights;
}

TEST(RoundRobinTest, IsSmoothWhateverTheWeights) {
  std::vector<uint32_t> one_heavy(50, 1);
  one_heavy[7] = 100;
  const std::vector<std::vector<uint32_t>> sets = {
      {5, 1, 1},       {1000, 1},  {1, 1'000'000}, {3, 2},
      {7, 5, 3, 2, 1}, Rising(10), Rising(100),    one_heavy};
  for (const auto& weights : sets) {
    const double nginx = WorstOfNginx(weights);
    double ours = 0;
    for (const uint8_t seed : {0, 50, 100, 150, 200}) {
      ours = std::max(ours, WorstOfOurs(weights, seed));
    }
    std::printf("%zu endpoints, first weights %u %u: %.2f, nginx %.2f\n",
                weights.size(), weights[0], weights[1], ours, nginx);
    EXPECT_LE(ours, 3.5) << weights.size();
    EXPECT_LE(ours, 2 * nginx) << weights.size();
  }
}

TEST(RoundRobinTest, AfterALapEveryShareIsExact) {
  for (const std::vector<uint32_t>& weights :
       {std::vector<uint32_t>{5, 1, 1}, std::vector<uint32_t>{1000, 1},
        std::vector<uint32_t>{7, 5, 3, 2, 1}, Rising(100)}) {
    CountingRandom random(77);
    const auto balancer = MakeRoundRobin({}, random);
    const auto set = MakeSet(OfWeights(weights));
    const int lap =
        static_cast<int>(std::accumulate(weights.begin(), weights.end(), 0U));
    const std::vector<uint64_t> exact(weights.begin(), weights.end());
    for (int i = 0; i < 3; ++i) {
      const Choice choice{.endpoints = *set, .tried = {}};
      EXPECT_EQ(CountChoices(*balancer, choice, lap), exact);
      balancer->Choose(choice, 0);  // laps begin anywhere
    }
  }
}

TEST(RoundRobinTest, OfEqualEndpointsEachHasItsTurn) {
  for (const uint32_t count : {1U, 2U, 3U, 10U, 100U}) {
    const std::vector<uint32_t> weights(count, 7);
    EXPECT_LT(WorstOfOurs(weights, 9), 1 + 1e-6) << count;
  }
}

TEST(RoundRobinTest, TheTurnsOfARefusedEndpointAreSharedByAllOthers) {
  CountingRandom random;
  const auto balancer = MakeRoundRobin({}, random);
  const auto set = MakeSet(OfWeights({1, 1, 1, 1, 1}));
  const uint32_t tried[] = {2};
  const auto counts =
      CountChoices(*balancer, {.endpoints = *set, .tried = tried}, 4'000);
  EXPECT_EQ(counts, (std::vector<uint64_t>{1'000, 1'000, 0, 1'000, 1'000}));
}

}  // namespace
}  // namespace limpet::testing
