#include "limpet/outcome.h"

namespace limpet {
inline namespace v0 {

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNew:
      return "new";
    case Outcome::kKept:
      return "kept";
    case Outcome::kMoved:
      return "moved";
    case Outcome::kSubstituted:
      return "substituted";
    case Outcome::kExpired:
      return "expired";
    case Outcome::kInvalid:
      return "invalid";
    case Outcome::kForeign:
      return "foreign";
    case Outcome::kUnknownEndpoint:
      return "unknown_endpoint";
    case Outcome::kOtherBackend:
      return "other_backend";
    case Outcome::kUnpinned:
      return "unpinned";
    case Outcome::kRejected:
      return "rejected";
    case Outcome::kUnavailable:
      return "unavailable";
    case Outcome::kUnserved:
      return "unserved";
    case Outcome::kBalanced:
      return "balanced";
    case Outcome::kRebalanced:
      return "rebalanced";
  }
  return "";
}

}  // namespace v0
}  // namespace limpet
