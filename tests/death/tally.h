// Tally: what a number of cases came to.
//
// Thread rule: plain values.
#ifndef LIMPET_TESTS_DEATH_TALLY_H_
#define LIMPET_TESTS_DEATH_TALLY_H_

#include <cstddef>
#include <string>

namespace limpet::testing {

struct Tally {
  size_t cases = 0;
  size_t failures = 0;
  std::string first_failure;

  // `problem` is empty if there is none.
  void Add(const std::string& of_case, const std::string& problem) {
    ++cases;
    if (!problem.empty() && failures++ == 0) {
      first_failure = of_case + ": " + problem;
    }
  }
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_TALLY_H_
