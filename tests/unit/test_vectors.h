// The test data in tests/vectors/, whose files name their sources.
#ifndef LIMPET_TESTS_UNIT_TEST_VECTORS_H_
#define LIMPET_TESTS_UNIT_TEST_VECTORS_H_

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace limpet::testing {

// Throws if the file is not there or not JSON, which fails the test.
inline nlohmann::json LoadVectors(const std::string& name) {
  std::ifstream file(std::string(LIMPET_TEST_VECTORS) + "/" + name);
  return nlohmann::json::parse(file);
}

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_TEST_VECTORS_H_
