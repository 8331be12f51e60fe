#include "limpet/status.h"

namespace limpet {
inline namespace v0 {

std::string_view StatusCodeName(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "ok";
    case StatusCode::kInvalidArgument:
      return "invalid argument";
    case StatusCode::kInvalidSyntax:
      return "invalid syntax";
    case StatusCode::kInvalidConfig:
      return "invalid config";
    case StatusCode::kDuplicate:
      return "duplicate";
    case StatusCode::kUnavailable:
      return "unavailable";
  }
  return "unknown status code";
}

std::string Status::ToString() const {
  if (problems_.empty()) return std::string(StatusCodeName(code_));
  std::string text;
  for (const Problem& problem : problems_) {
    if (!text.empty()) text += "; ";
    if (!problem.field.empty()) text += problem.field + ": ";
    text += problem.message;
  }
  return text;
}

}  // namespace v0
}  // namespace limpet
