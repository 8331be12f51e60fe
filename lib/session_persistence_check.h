// The checks over all fields of a SessionPersistence, whatever it came from.
//
// Thread rule: pure functions.
//
//   CheckTogether(config, "sessionName", problems);
#ifndef LIMPET_LIB_SESSION_PERSISTENCE_CHECK_H_
#define LIMPET_LIB_SESSION_PERSISTENCE_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "json_fields.h"
#include "limpet/session_persistence.h"

namespace limpet {
inline namespace v0 {
namespace internal {

inline constexpr size_t kMaxSessionNameSize = 128;  // shape A, characters
inline constexpr size_t kMaxNameSize = 256;         // shape B, characters
inline constexpr size_t kMaxPathSize = 1024;        // characters
inline constexpr uint64_t kMaxCapacity = uint64_t{1} << 31;
inline constexpr uint64_t kMinStrictStatus = 400;
inline constexpr uint64_t kMaxStrictStatus = 599;
inline constexpr uint64_t kMaxPercent = 100;

inline constexpr std::string_view kPermanentNeedsTimeout =
    "AbsoluteTimeout must be specified when cookie lifetimeType is Permanent";

// The field that shape B, the newest, has a session's name in.
std::string_view NewestNameField(SessionType type);

// Reports what Validate() refuses, once per field and only for fields that
// have no problem yet. `name_field` is where the name came from.
void CheckTogether(const SessionPersistence& config,
                   std::string_view name_field, Problems& problems);

}  // namespace internal
}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_PERSISTENCE_CHECK_H_
