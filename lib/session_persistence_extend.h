// The fields that the Gateway API does not have, wherever they stand.
//
// Thread rule: pure functions.
//
//   fields.ReportUnknown(kExtensionFields);
//   ReadExtension(fields, config);
#ifndef LIMPET_LIB_SESSION_PERSISTENCE_EXTEND_H_
#define LIMPET_LIB_SESSION_PERSISTENCE_EXTEND_H_

#include <array>
#include <string_view>

#include "json_fields.h"
#include "limpet/session_persistence.h"

namespace limpet {
inline namespace v0 {
namespace internal {

inline constexpr std::array<std::string_view, 8> kExtensionFields = {
    "idleTimeout", "cookieAttributes", "store",      "failover",
    "balancer",    "splitting",        "stripToken", "rebalance"};

// Fields that are absent or wrong keep their value in `config`.
void ReadExtension(Fields& fields, SessionPersistence& config);

}  // namespace internal
}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_PERSISTENCE_EXTEND_H_
