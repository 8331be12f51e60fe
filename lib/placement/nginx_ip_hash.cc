#include "placement/nginx_ip_hash.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint32_t kStart = 89;
constexpr std::string_view kNoAddress("\0\0\0", 3);

}  // namespace

NginxWalk NginxIpHash::Start(std::string_view address) const noexcept {
  NginxWalk walk{.key = address, .position = kStart};
  if (address.empty()) walk.key = kNoAddress;
  // Of IPv4 a whole /24 goes together.
  if (address.size() == 4) walk.key = address.substr(0, 3);
  if (weights_.no_choice()) walk.End();
  return walk;
}

uint32_t NginxIpHash::Next(NginxWalk& walk, MemberFilter usable,
                           NginxRoundRobin round_robin) const noexcept {
  while (!walk.ended()) {
    for (const char byte : walk.key) {
      walk.position =
          (walk.position * 113 + static_cast<unsigned char>(byte)) % 6271;
    }
    const uint32_t member = weights_.At(walk.position);
    if (usable(member)) return member;
    ++walk.misses;
  }
  return round_robin(weights_.all());
}

}  // namespace v0
}  // namespace limpet
