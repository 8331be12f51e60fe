// How much a test does: LIMPET_TEST_SCALE=long in the environment asks for
// everything that a release is proven by, =short for what an emulator can do in
// a minute; sanitizers get as little.
#ifndef LIMPET_TESTS_UNIT_SCALE_H_
#define LIMPET_TESTS_UNIT_SCALE_H_

#include <cstdlib>
#include <string_view>

namespace limpet::testing {

// One of three amounts.
template <class T>
T Scaled(T little, T quick, T full) {
  const char* variable = std::getenv("LIMPET_TEST_SCALE");
  const std::string_view scale = variable == nullptr ? "" : variable;
  if (scale == "long") return full;
  return LIMPET_TEST_SANITIZED || scale == "short" ? little : quick;
}

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_SCALE_H_
