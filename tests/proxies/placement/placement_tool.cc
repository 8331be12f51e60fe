// Reads a list of cases (placement_case.h) as JSON from its standard input, and
// writes for each of them where limpet places its keys. Fails where a policy
// would place one elsewhere.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>

#include "policy_case.h"

int main() {
  try {
    auto placed = nlohmann::json::array();
    for (const auto& placement : nlohmann::json::parse(std::cin)) {
      const auto tries = limpet::testing::Place(placement);
      const auto by_policy = limpet::testing::ComparePolicy(placement, tries);
      if (!by_policy.difference.empty()) {
        throw std::runtime_error("a policy differs: " + by_policy.difference);
      }
      placed.push_back(tries);
    }
    std::cout << placed << '\n';
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
