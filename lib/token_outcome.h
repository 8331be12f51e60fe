// What becomes of a request whose token is not live, by what is wrong with it.
#ifndef LIMPET_LIB_TOKEN_OUTCOME_H_
#define LIMPET_LIB_TOKEN_OUTCOME_H_

#include "limpet/outcome.h"
#include "store.h"

namespace limpet {
inline namespace v0 {

// Of a token that is not live.
inline Outcome OutcomeOf(OpenResult result) {
  switch (result) {
    case OpenResult::kExpired:
      return Outcome::kExpired;
    case OpenResult::kForeign:
      return Outcome::kForeign;
    case OpenResult::kUnknownEndpoint:
      return Outcome::kUnknownEndpoint;
    default:
      return Outcome::kInvalid;
  }
}

// Of several tokens that are of no use, the one that tells most is counted.
inline int Telling(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOtherBackend:
      return 5;
    case Outcome::kExpired:
      return 4;
    case Outcome::kUnknownEndpoint:
      return 3;
    case Outcome::kForeign:
      return 2;
    case Outcome::kInvalid:
      return 1;
    default:
      return 0;
  }
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_TOKEN_OUTCOME_H_
