// The fields of `balancer`: from JSON, and what of them fits together.
//
// Thread rule: pure functions.
//
//   ReadBalancing(*fields.Object("balancer"), config.balancer);
//   CheckBalancing(config.balancer, problems);
#ifndef LIMPET_LIB_BALANCING_FIELDS_H_
#define LIMPET_LIB_BALANCING_FIELDS_H_

#include "json_fields.h"
#include "limpet/balancing.h"

namespace limpet {
inline namespace v0 {
namespace internal {

// Fields that are absent or wrong keep their value.
void ReadBalancing(Fields fields, Balancing& balancing);

void CheckBalancing(const Balancing& balancing, Problems& problems);

}  // namespace internal
}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_BALANCING_FIELDS_H_
