// What a sealed token says, and the memory of those that were opened.
#ifndef LIMPET_LIB_STORES_SEALED_TOKEN_H_
#define LIMPET_LIB_STORES_SEALED_TOKEN_H_

#include <cstddef>
#include <cstdint>

#include "limpet/hash.h"
#include "limpet/time.h"
#include "stores/opened_tokens.h"

namespace limpet {
inline namespace v0 {

inline constexpr size_t kSealedTokenSize = 100;

struct SealedContent {
  EndpointHandle endpoint = kNoHandle;
  uint64_t id = 0;
  Timestamp created{};
  Timestamp refreshed{};
  bool old_key = false;  // sealed by a key that only opens
};

using OpenedSealedTokens = OpenedTokens<kSealedTokenSize, SealedContent>;

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_STORES_SEALED_TOKEN_H_
