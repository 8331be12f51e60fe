// What the tests of hash balancers share: policies without sessions that place
// keys, and keys.
#ifndef LIMPET_TESTS_UNIT_HASH_POLICY_H_
#define LIMPET_TESTS_UNIT_HASH_POLICY_H_

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "test_policy.h"

namespace limpet::testing {

inline std::shared_ptr<const KeyRing> PlaceKeys(char digit = '7') {
  const auto keys =
      KeyRing::FromText("1 " + std::string(64, '1') + " seal\n2 " +
                        std::string(64, digit) + " place\n");
  EXPECT_TRUE(keys.ok()) << keys.status().ToString();
  return *keys;
}

// `balancer`: the JSON object.
inline std::unique_ptr<Policy> HashPolicy(
    const std::string& balancer,
    std::shared_ptr<const KeyRing> keys = PlaceKeys()) {
  auto config = SessionPersistence::FromJson("null");
  const Status extended = config->Extend(R"({"balancer": )" + balancer + "}");
  EXPECT_TRUE(extended.ok()) << extended.ToString();
  auto policy =
      Policy::Make(*config, {.scope = "test", .keys = std::move(keys)});
  EXPECT_TRUE(policy.ok()) << policy.status().ToString();
  return *std::move(policy);
}

inline std::string Type(const std::string& type) {
  return R"({"type": ")" + type + R"("})";
}

// The index of who serves a key; kNoEndpoint: nobody.
inline uint32_t Place(const Policy& policy, const EndpointSet& set,
                      std::string_view key, SelectOptions options = {}) {
  options.hash_key = key;
  const Decision decision = policy.Select({}, set, At(0), options);
  std::vector<char> buffer(policy.MaxFieldSize());
  policy.Commit(decision, set, decision.endpoint, At(0), buffer);
  return decision.endpoint;
}

// Its id.
inline std::string PlaceId(const Policy& policy, const EndpointSet& set,
                           std::string_view key, SelectOptions options = {}) {
  const uint32_t index = Place(policy, set, key, options);
  return index == kNoEndpoint ? "" : set[index].id;
}

inline std::string KeyNumber(size_t n) { return "key-" + std::to_string(n); }

// Numbers below `size`, the n-th with a probability in proportion to
// 1 / (n + 1)^exponent.
class Zipf {
 public:
  Zipf(size_t size, double exponent) {
    std::vector<double> weights;
    for (size_t n = 1; n <= size; ++n) {
      weights.push_back(std::pow(static_cast<double>(n), -exponent));
    }
    draw_ = std::discrete_distribution<size_t>(weights.begin(), weights.end());
  }
  size_t operator()(std::mt19937_64& random) { return draw_(random); }

 private:
  std::discrete_distribution<size_t> draw_;
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_HASH_POLICY_H_
