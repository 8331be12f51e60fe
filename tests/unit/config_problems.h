// Looking into what is wrong with a configuration.
#ifndef LIMPET_TESTS_UNIT_CONFIG_PROBLEMS_H_
#define LIMPET_TESTS_UNIT_CONFIG_PROBLEMS_H_

#include <string>
#include <string_view>
#include <vector>

#include "limpet/session_persistence.h"

namespace limpet::testing {

// What is wrong with a text; empty if nothing is.
inline std::vector<Problem> ProblemsOf(
    std::string_view json,
    const SessionPersistence::JsonOptions& options = {}) {
  const auto config = SessionPersistence::FromJson(json, options);
  return config.ok() ? std::vector<Problem>() : config.status().problems();
}

// The fields of problems, in order: "type absoluteTimeout".
inline std::string FieldsOf(const std::vector<Problem>& problems) {
  std::string fields;
  for (const Problem& problem : problems) {
    if (!fields.empty()) fields += ' ';
    fields += problem.field;
  }
  return fields;
}

inline std::string FieldsOf(const Status& status) {
  return FieldsOf(status.problems());
}

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_CONFIG_PROBLEMS_H_
