// HAProxy's `hash-type consistent`.
//
// Thread rule: immutable.
#ifndef LIMPET_LIB_PLACEMENT_HAPROXY_CONSISTENT_H_
#define LIMPET_LIB_PLACEMENT_HAPROXY_CONSISTENT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "placement/flat_table.h"
#include "placement/member.h"

namespace limpet {
inline namespace v0 {

class HaproxyConsistent {
 public:
  // 16 nodes for each unit of weight, from node_base on. REQUIRES: weights of
  // at most 256.
  explicit HaproxyConsistent(std::span<const PlacedMember> members);

  // The member of the node nearest to the hash, whichever side it is on; from
  // there upwards to the first that `eligible` says yes to. When it says no to
  // all, the member of the highest node, as HAProxy has it. kNoMember if there
  // is no node.
  //
  // HAProxy's redispatch excludes only the server tried last, so that a third
  // try can come back to the first server.
  uint32_t Choose(uint32_t hash, MemberFilter eligible) const noexcept;

  // Without a key HAProxy goes round the ring: the n-th node's member.
  uint32_t OfNode(uint64_t n) const noexcept {
    return owners_.empty() ? kNoMember : owners_[n % owners_.size()];
  }

 private:
  SortedHashes<uint32_t> hashes_;  // of the nodes
  std::vector<uint32_t> owners_;   // of the nodes
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_HAPROXY_CONSISTENT_H_
