// How much a test does: LIMPET_TEST_SCALE=long in the environment asks for
// everything that a release is proven by; sanitizers get less.
#ifndef LIMPET_TESTS_UNIT_SCALE_H_
#define LIMPET_TESTS_UNIT_SCALE_H_

#include <cstdlib>
#include <string_view>

namespace limpet::testing {

// One of three amounts.
template <class T>
T Scaled(T sanitized, T quick, T full) {
  const char* scale = std::getenv("LIMPET_TEST_SCALE");
  if (scale != nullptr && std::string_view(scale) == "long") return full;
  return LIMPET_TEST_SANITIZED ? sanitized : quick;
}

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_SCALE_H_
