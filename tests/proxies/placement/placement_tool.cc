// Reads a list of cases (placement_case.h) as JSON from its standard input, and
// writes for each of them where limpet places its keys.
#include <cstdlib>
#include <exception>
#include <iostream>

#include "placement_case.h"

int main() {
  try {
    auto placed = nlohmann::json::array();
    for (const auto& placement : nlohmann::json::parse(std::cin)) {
      placed.push_back(limpet::testing::Place(placement));
    }
    std::cout << placed << '\n';
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
