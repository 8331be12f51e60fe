// nginx's `hash KEY consistent`.
//
// Thread rule: immutable.
//
//   NginxConsistent hash(members);
//   NginxWalk walk = hash.Start(key);
//   uint32_t first = hash.Next(walk, usable, round_robin);
//   uint32_t second = hash.Next(walk, usable, round_robin);  // `first` failed
#ifndef LIMPET_LIB_PLACEMENT_NGINX_CONSISTENT_H_
#define LIMPET_LIB_PLACEMENT_NGINX_CONSISTENT_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "placement/flat_table.h"
#include "placement/member.h"
#include "placement/nginx_walk.h"

namespace limpet {
inline namespace v0 {

class NginxConsistent {
 public:
  // 160 points for each unit of weight. Members with the same text share
  // theirs.
  explicit NginxConsistent(std::span<const PlacedMember> members);

  NginxWalk Start(std::string_view key) const noexcept;
  // The next member that `usable` says yes to, or what round robin says.
  uint32_t Next(NginxWalk& walk, MemberFilter usable,
                NginxRoundRobin round_robin) const noexcept;

 private:
  std::span<const uint32_t> MembersOf(uint32_t text) const {
    return std::span(members_).subspan(
        text_begin_[text], text_begin_[text + 1] - text_begin_[text]);
  }

  SortedHashes<uint32_t> hashes_;     // of the points
  std::vector<uint32_t> texts_;       // of the points
  std::vector<uint32_t> text_begin_;  // in members_, one more than texts
  std::vector<uint32_t> members_;     // by text, then as they were given
  std::vector<uint32_t> all_;         // as they were given
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_NGINX_CONSISTENT_H_
