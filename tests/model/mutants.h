// Mutants: the protocol with one of its rules broken, by what is done instead
// of an access. The code that is broken is the real one.
#ifndef LIMPET_TESTS_MODEL_MUTANTS_H_
#define LIMPET_TESTS_MODEL_MUTANTS_H_

#include <ostream>
#include <string>
#include <vector>

#include "scenarios.h"

namespace limpet::model {

struct Mutant {
  std::string name;
  Alter alter;
  std::string seen_by;  // a scenario that must fail
};

inline void PrintTo(const Mutant& mutant, std::ostream* out) {
  *out << mutant.name;
}

// One for each rule of the protocol.
std::vector<Mutant> AllMutants();

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_MUTANTS_H_
