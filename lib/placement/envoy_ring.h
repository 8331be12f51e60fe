// Envoy's ring hash.
//
// Thread rule: immutable.
#ifndef LIMPET_LIB_PLACEMENT_ENVOY_RING_H_
#define LIMPET_LIB_PLACEMENT_ENVOY_RING_H_

#include <cstdint>
#include <span>
#include <vector>

#include "placement/envoy_share.h"
#include "placement/flat_table.h"
#include "placement/member.h"

namespace limpet {
inline namespace v0 {

// Of the ring's entries. The hash of a request is XXH64 with both.
enum class EnvoyRingFunction : uint8_t { kXxHash, kMurmurHash2 };

struct EnvoyRingOptions {
  EnvoyRingFunction function = EnvoyRingFunction::kXxHash;
  uint64_t minimum_size = 1024;
  uint64_t maximum_size = 8'388'608;
};

class EnvoyRing {
 public:
  // Shares are those of `members`, whose keys are unique.
  EnvoyRing(std::span<const PlacedMember> members,
            std::span<const EnvoyShare> shares, EnvoyRingOptions options = {});

  // Of the first entry that is not below the hash, `attempt` entries further
  // on. kNoMember if there is no entry.
  uint32_t At(uint64_t hash, uint32_t attempt = 0) const noexcept;

  size_t size() const { return hashes_.size(); }

 private:
  SortedHashes<uint64_t> hashes_;  // of the entries
  std::vector<uint32_t> owners_;   // of the entries
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_ENVOY_RING_H_
