// Outcomes: what the threads of a program recorded, over all executions.
#ifndef LIMPET_TESTS_MODEL_OUTCOMES_H_
#define LIMPET_TESTS_MODEL_OUTCOMES_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

namespace limpet::model {

using Outcome = std::vector<uint64_t>;

// Not vector's own order: on a big-endian machine that of libstdc++ 12 compares
// as many bytes as there are elements.
struct OutcomeOrder {
  bool operator()(const Outcome& a, const Outcome& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        std::less<>());
  }
};

using Outcomes = std::set<Outcome, OutcomeOrder>;

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_OUTCOMES_H_
