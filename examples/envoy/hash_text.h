// HashText: lets a map of texts be asked for a view without a copy of it.
#ifndef LIMPET_EXAMPLES_ENVOY_HASH_TEXT_H_
#define LIMPET_EXAMPLES_ENVOY_HASH_TEXT_H_

#include <cstddef>
#include <functional>
#include <string_view>

namespace limpet_envoy {

struct HashText {
  using is_transparent = void;
  size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_HASH_TEXT_H_
