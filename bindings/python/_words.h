// Enums travel as words: those that they have in the Gateway API's JSON, or the
// C++ names in lower case.
#ifndef LIMPET_BINDINGS_PYTHON_WORDS_H_
#define LIMPET_BINDINGS_PYTHON_WORDS_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "_core.h"

namespace limpet_python {

template <typename E, size_t N>
using Words = std::array<std::pair<std::string_view, E>, N>;

// Raises ConfigError of `field` for what is none of the words.
template <typename E, size_t N>
E FromWord(const Words<E, N>& words, std::string_view word, const char* field) {
  std::string allowed;
  for (const auto& [text, value] : words) {
    if (text == word) return value;
    allowed += (allowed.empty() ? "must be one of " : ", ") + std::string(text);
  }
  Raise({limpet::StatusCode::kInvalidArgument, field, allowed});
}

template <typename E, size_t N>
std::optional<std::string_view> ToWord(const Words<E, N>& words, E value) {
  for (const auto& [text, candidate] : words) {
    if (candidate == value) return text;
  }
  return std::nullopt;  // only SessionType::kNone
}

}  // namespace limpet_python

#endif  // LIMPET_BINDINGS_PYTHON_WORDS_H_
