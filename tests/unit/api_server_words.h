// What a Kubernetes API server says about a refused sessionPersistence, in the
// form of limpet's own problems.
#ifndef LIMPET_TESTS_UNIT_API_SERVER_WORDS_H_
#define LIMPET_TESTS_UNIT_API_SERVER_WORDS_H_

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "limpet/status.h"

namespace limpet::testing {

// The API wraps the words proper in the path of the value and the value:
//
//   strict decoding error: unknown field "<root>.cookie.domain", unknown ...
//   [<root>.type: Unsupported value: "q": ..., <nil>: Invalid value: null: ...]
//   <root>.cookie.name: Invalid value: "": <root>.cookie.name in body should
//   ... <root>: Invalid value: header must be specified for Header type
//
// Taken off: what stands before the first of them, the brackets, <root>, the
// value, "in body", and the note that rules were not checked. The field is
// empty where the API names none, as for rules over several fields.
inline std::vector<Problem> ReadApiServerWords(std::string_view message,
                                               std::string_view root) {
  const auto drop_to = [](std::string_view& text, std::string_view marker) {
    const size_t at = text.find(marker);
    if (at != std::string_view::npos) text.remove_prefix(at + marker.size());
    return at != std::string_view::npos;
  };
  std::vector<Problem> problems;
  if (drop_to(message, "strict decoding error: ")) {
    const std::string before = "unknown field \"" + std::string(root) + ".";
    while (drop_to(message, before)) {
      const std::string field(message.substr(0, message.find('"')));
      problems.push_back({field, "unknown field \"" + field + "\""});
    }
    return problems;
  }
  drop_to(message, " is invalid: ");
  if (message.starts_with('[')) {
    message.remove_prefix(1);
    message.remove_suffix(1);
  }
  while (!message.empty()) {
    const std::string next = ", " + std::string(root);
    const size_t end =
        std::min(message.find(next), message.find(", <nil>: Invalid value"));
    std::string_view item = message.substr(0, end);
    message.remove_prefix(end == std::string_view::npos ? message.size()
                                                        : end + 2);
    if (item.starts_with("<nil>")) continue;
    item.remove_prefix(root.size());
    if (item.starts_with('.')) item.remove_prefix(1);
    const std::string field(item.substr(0, item.find(": ")));
    item.remove_prefix(field.size() + 2);
    if (item.starts_with("Invalid value: ")) {
      drop_to(item, "Invalid value: ");
      if (item.starts_with('"')) drop_to(item, "\": ");
    }
    if (!field.empty()) drop_to(item, field + " in body ");
    problems.push_back({field, std::string(item)});
  }
  return problems;
}

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_API_SERVER_WORDS_H_
