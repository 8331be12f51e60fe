// What Envoy does on a retry with the previous_hosts predicate: it asks its
// table again, for the same hash, up to so many times.
//
// Thread rule: pure functions.
#ifndef LIMPET_LIB_PLACEMENT_ENVOY_RETRY_H_
#define LIMPET_LIB_PLACEMENT_ENVOY_RETRY_H_

#include <cstdint>

#include "placement/member.h"

namespace limpet {
inline namespace v0 {

// The first member that is not refused, or the last one that was asked, refused
// or not. `at(attempt)` is the table's answer; `most_attempts` is Envoy's
// host_selection_retry_max_attempts.
template <typename At>
uint32_t EnvoyRetry(At at, uint32_t most_attempts,
                    MemberFilter usable) noexcept {
  uint32_t member = at(0);
  for (uint32_t attempt = 0; attempt < most_attempts; ++attempt) {
    if (member == kNoMember || usable(member)) break;
    member = at(attempt + 1);
  }
  return member;
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_ENVOY_RETRY_H_
