// What the tests of balancers share: sets, counts of requests, and a balancer
// asked again and again.
#ifndef LIMPET_TESTS_UNIT_TEST_DRAWS_H_
#define LIMPET_TESTS_UNIT_TEST_DRAWS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "balancer.h"
#include "test_policy.h"

namespace limpet::testing {

// Endpoints e0, e1, ... of those weights.
inline std::vector<Endpoint> OfWeights(const std::vector<uint32_t>& weights) {
  std::vector<Endpoint> endpoints;
  for (const uint32_t weight : weights) {
    endpoints.push_back(
        {.id = "e" + std::to_string(endpoints.size()), .weight = weight});
  }
  return endpoints;
}

// Requests in hand, by index.
inline ActiveRequests ActiveIn(const std::vector<uint32_t>& counts) {
  return {.count =
              [](const void* host, uint32_t endpoint) {
                return static_cast<const uint32_t*>(host)[endpoint];
              },
          .host = counts.data()};
}

// How often each endpoint of a set of one backend is chosen.
inline std::vector<uint64_t> CountChoices(const Balancer& balancer,
                                          const Choice& choice, int choices) {
  std::vector<uint64_t> counts(choice.endpoints.size());
  for (int i = 0; i < choices; ++i) {
    const uint32_t chosen = balancer.Choose(choice, 0);
    EXPECT_NE(chosen, kNoEndpoint);
    if (chosen == kNoEndpoint) break;
    ++counts[chosen];
  }
  return counts;
}

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_TEST_DRAWS_H_
