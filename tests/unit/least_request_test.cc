// LeastRequest: the fewest requests of those drawn, and Envoy's formula where
// the weights are not equal.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "chi_square.h"
#include "scale.h"
#include "test_draws.h"

namespace limpet::testing {
namespace {

struct Load {
  std::vector<uint32_t> weights;
  std::vector<uint32_t> active;
};

// Envoy's: what each endpoint's share is to be in proportion to.
std::vector<double> Formula(const Load& load, double bias) {
  std::vector<double> shares;
  for (size_t i = 0; i < load.weights.size(); ++i) {
    shares.push_back(load.weights[i] / std::pow(load.active[i] + 1.0, bias));
  }
  const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= total;
  return shares;
}

// The shares after that many choices, worked out without a random number.
std::vector<double> Exact(const Load& load, double bias, uint32_t choices) {
  const std::vector<double> drawn = Formula(load, 0);
  std::vector<double> shares = drawn;
  for (uint32_t k = 1; k < choices; ++k) {
    std::vector<double> next(shares.size());
    for (size_t i = 0; i < shares.size(); ++i) {
      for (size_t j = 0; j < shares.size(); ++j) {
        const double taken = std::min(
            1.0,
            std::pow((load.active[i] + 1.0) / (load.active[j] + 1.0), bias));
        next[j] += shares[i] * drawn[j] * taken;
        next[i] += shares[i] * drawn[j] * (1 - taken);
      }
    }
    shares = next;
  }
  return shares;
}

double Distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / 2;
}

const std::vector<Load>& Loads() {
  static const std::vector<Load> loads = {
      {{10, 1}, {5, 1}},
      {{1, 2, 7}, {0, 1, 3}},
      {{5, 1, 1, 3}, {9, 0, 4, 1}},
      {{1, 2, 3, 4, 5, 6, 7, 8}, {3, 3, 3, 3, 3, 3, 3, 3}},
      {{100, 1, 50, 20}, {12, 0, 3, 7}}};
  return loads;
}

std::vector<uint64_t> Choose(const Load& load, const Balancing& config,
                             int choices) {
  CountingRandom random(11);
  const auto balancer = MakeLeastRequest(config, random);
  const auto set = MakeSet(OfWeights(load.weights));
  return CountChoices(
      *balancer,
      {.endpoints = *set, .tried = {}, .active = ActiveIn(load.active)},
      choices);
}

TEST(LeastRequestTest, ChoosesBetweenUnequalWeightsAsWorkedOut) {
  const int count = Scaled(20'000, 100'000, 100'000);
  for (const Load& load : Loads()) {
    for (const uint32_t choices : {2U, 3U, 16U}) {
      for (const double bias : {0.0, 0.5, 1.0, 2.0}) {
        const auto counts = Choose(
            load, {.choices = choices, .active_request_bias = bias}, count);
        const auto exact = Exact(load, bias, choices);
        EXPECT_GT(ChiSquareP<double>(counts, exact), 1e-3)
            << load.weights[0] << " choices " << choices << " bias " << bias;
      }
    }
  }
}

TEST(LeastRequestTest, ManyChoicesAreEnvoysFormula) {
  for (const Load& load : Loads()) {
    // Geometrically: every choice leaves at most 1 - 1 / w of the distance,
    // where w is the most that an endpoint is worth more than the average.
    const auto formula = Formula(load, 1);
    const auto drawn = Formula(load, 0);
    double most = 0;
    for (size_t i = 0; i < formula.size(); ++i) {
      most = std::max(most, formula[i] / drawn[i]);
    }
    double last = 1;
    for (uint32_t choices = 1; choices <= 16; ++choices) {
      const double distance = Distance(Exact(load, 1, choices), formula);
      EXPECT_LE(distance, std::pow(1 - 1 / most, choices) + 1e-12);
      EXPECT_LE(distance, last + 1e-12);
      last = distance;
    }
    if (most < 2.7) {
      EXPECT_GT(
          ChiSquareP<double>(Choose(load, {.choices = 16}, 20'000), formula),
          1e-3);
    }
  }
}

TEST(LeastRequestTest, IsNearerToTheFormulaThanOneOfTheDrawnByItsPart) {
  for (const Load& load : Loads()) {
    // Two drawn, and one of them by its part: Barker's rule.
    const auto drawn = Formula(load, 0);
    std::vector<double> by_part(drawn.size());
    for (size_t i = 0; i < drawn.size(); ++i) {
      for (size_t j = 0; j < drawn.size(); ++j) {
        const double i_part = 1 / (load.active[i] + 1.0);
        const double j_part = 1 / (load.active[j] + 1.0);
        by_part[i] += 2 * drawn[i] * drawn[j] * i_part / (i_part + j_part);
      }
    }
    const auto formula = Formula(load, 1);
    EXPECT_LE(Distance(Exact(load, 1, 2), formula),
              Distance(by_part, formula) + 1e-12);
  }
}

TEST(LeastRequestTest, OfEqualWeightsTheFewestRequestsWin) {
  // The least of d draws: it is i with ((n - i)^d - (n - i - 1)^d) / n^d.
  const Load load = {{1, 1, 1, 1, 1}, {0, 1, 2, 3, 4}};
  for (const uint32_t choices : {2U, 3U, 16U}) {
    std::vector<double> exact;
    for (int i = 0; i < 5; ++i) {
      exact.push_back(std::pow(5 - i, choices) - std::pow(4 - i, choices));
    }
    EXPECT_GT(
        ChiSquareP<double>(Choose(load, {.choices = choices}, 50'000), exact),
        1e-3)
        << choices;
  }
}

TEST(LeastRequestTest, EqualRequestsLeaveTheShareToTheWeights) {
  for (const std::vector<uint32_t>& weights :
       {std::vector<uint32_t>{1, 1, 1, 1}, std::vector<uint32_t>{4, 1, 2, 1}}) {
    const std::vector<double> shares(weights.begin(), weights.end());
    EXPECT_GT(
        ChiSquareP<double>(Choose({weights, {6, 6, 6, 6}}, {}, 50'000), shares),
        1e-3);
  }
}

// Balls into bins: the fullest of two choices is log log n above the mean, that
// of one is sqrt(2 m / n * ln n) above it.
TEST(LeastRequestTest, TwoChoicesKeepTheFullestNearTheMean) {
  constexpr uint32_t kEndpoints = 100;
  constexpr uint32_t kRequests = 100'000;
  const auto set = MakeSet(OfWeights(std::vector<uint32_t>(kEndpoints, 1)));
  const auto fullest = [&](const Balancer& balancer) {
    std::vector<uint32_t> active(kEndpoints);
    for (uint32_t i = 0; i < kRequests; ++i) {
      ++active[balancer.Choose(
          {.endpoints = *set, .tried = {}, .active = ActiveIn(active)}, 0)];
    }
    return *std::max_element(active.begin(), active.end()) -
           kRequests / kEndpoints;
  };
  CountingRandom random(3);
  EXPECT_LE(fullest(*MakeLeastRequest({}, random)), 5U);
  EXPECT_LE(fullest(*MakeLeastRequest({.choices = 4}, random)), 3U);
  EXPECT_GE(fullest(*MakeRandom({}, random)), 50U);
}

TEST(LeastRequestTest, WithoutCountsItIsRandom) {
  CountingRandom random(4);
  const auto balancer = MakeLeastRequest({}, random);
  const std::vector<uint32_t> weights = {1, 2, 3};
  const auto set = MakeSet(OfWeights(weights));
  EXPECT_GT(
      ChiSquareP<uint32_t>(
          CountChoices(*balancer, {.endpoints = *set, .tried = {}}, 50'000),
          weights),
      1e-3);
}

}  // namespace
}  // namespace limpet::testing
