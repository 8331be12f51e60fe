// A policy's compat balancer in a case of placement.
#ifndef LIMPET_TESTS_UNIT_PLACEMENT_POLICY_CASE_H_
#define LIMPET_TESTS_UNIT_PLACEMENT_POLICY_CASE_H_

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "placement_case.h"

namespace limpet::testing {

struct PolicyComparison {
  size_t compared = 0;       // tries; 0: no policy says what the case does
  std::string difference{};  // the first one; "": there is none
};

// Is each try of the proxy's, `placed`, one that a policy makes after the same
// ones? As far as it may: it sends nobody where the request has failed, or to
// what is down.
PolicyComparison ComparePolicy(const nlohmann::json& placement,
                               const std::vector<Tries>& placed);

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_PLACEMENT_POLICY_CASE_H_
