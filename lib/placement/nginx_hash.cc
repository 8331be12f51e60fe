#include "placement/nginx_hash.h"

#include <array>
#include <charconv>
#include <cstddef>

#include "placement/hashes.h"

namespace limpet {
inline namespace v0 {
namespace {

// CRC-32 of the round as decimal digits, and the key; the first round has none.
uint32_t HashOfRound(uint32_t round, std::string_view key) {
  uint32_t state = kCrc32Start;
  if (round > 0) {
    std::array<char, 10> digits{};
    const char* end =
        std::to_chars(digits.data(), digits.data() + digits.size(), round).ptr;
    state = Crc32Update(
        state, std::string_view(digits.data(),
                                static_cast<size_t>(end - digits.data())));
  }
  return (~Crc32Update(state, key) >> 16) & 0x7fff;
}

}  // namespace

NginxWalk NginxHash::Start(std::string_view key) const noexcept {
  NginxWalk walk{.key = key};
  if (key.empty() || weights_.no_choice()) walk.End();
  return walk;
}

uint32_t NginxHash::Next(NginxWalk& walk, MemberFilter usable,
                         NginxRoundRobin round_robin) const noexcept {
  while (!walk.ended()) {
    walk.position += HashOfRound(walk.round++, walk.key);
    const uint32_t member = weights_.At(walk.position);
    if (usable(member)) return member;
    ++walk.misses;
  }
  return round_robin(weights_.all());
}

}  // namespace v0
}  // namespace limpet
