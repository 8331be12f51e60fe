// Envoy's Maglev.
//
// Thread rule: immutable.
#ifndef LIMPET_LIB_PLACEMENT_ENVOY_MAGLEV_H_
#define LIMPET_LIB_PLACEMENT_ENVOY_MAGLEV_H_

#include <cstdint>
#include <span>
#include <vector>

#include "placement/envoy_share.h"
#include "placement/member.h"

namespace limpet {
inline namespace v0 {

class EnvoyMaglev {
 public:
  static constexpr uint64_t kDefaultTableSize = 65'537;

  // Shares are those of `members`, whose keys are unique; their order does not
  // count. REQUIRES: a prime table size.
  EnvoyMaglev(std::span<const PlacedMember> members,
              std::span<const EnvoyShare> shares,
              uint64_t table_size = kDefaultTableSize);

  // kNoMember if there are no members.
  uint32_t At(uint64_t hash, uint32_t attempt = 0) const noexcept {
    if (table_.empty()) return kNoMember;
    if (attempt > 0) hash ^= ~uint64_t{0} - attempt + 1;
    return table_[hash % table_.size()];
  }

  // For who comes to a slot by other means. REQUIRES: below the table's size.
  uint32_t OfSlot(uint64_t slot) const noexcept { return table_[slot]; }
  uint64_t size() const { return table_.size(); }

 private:
  std::vector<uint32_t> table_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_ENVOY_MAGLEV_H_
