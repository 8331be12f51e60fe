// Envoy's hash_balance_factor: a member with too many active requests passes
// new ones on.
//
// Thread rule: immutable.
#ifndef LIMPET_LIB_PLACEMENT_ENVOY_BOUNDED_LOAD_H_
#define LIMPET_LIB_PLACEMENT_ENVOY_BOUNDED_LOAD_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "placement/envoy_share.h"
#include "placement/member.h"

namespace limpet {
inline namespace v0 {

class EnvoyBoundedLoad {
 public:
  // Where so many members in a row are full, Envoy would go on through a larger
  // set.
  static constexpr uint32_t kMostProbes = 1024;

  using ActiveOf = FunctionRef<uint32_t(uint32_t member)>;

  // `factor` in percent of the mean, at least 100. The shares are those that
  // the table was built from.
  EnvoyBoundedLoad(std::span<const EnvoyShare> shares, uint32_t factor);

  // `chosen` by the table for this hash, or the member that has the request
  // instead. `active_in_all`: of the whole cluster.
  uint32_t Choose(uint64_t hash, uint32_t chosen, ActiveOf active,
                  uint32_t active_in_all) const noexcept;

 private:
  std::vector<EnvoyShare> shares_;
  std::vector<double> weight_of_;  // by member
  uint32_t factor_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_ENVOY_BOUNDED_LOAD_H_
