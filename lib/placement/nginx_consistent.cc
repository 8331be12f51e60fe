#include "placement/nginx_consistent.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "placement/hashes.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint32_t kPointsPerWeight = 160;

bool StartsWithUnix(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  return text.size() >= kUnix.size() &&
         std::equal(kUnix.begin(), kUnix.end(), text.begin(),
                    [](char lower, char c) {
                      return c == lower || c == lower - 'a' + 'A' ||
                             (lower == ':' && c == ':');
                    });
}

// The state after HOST, a zero byte and PORT. It is not finalised: points go on
// from it.
uint32_t CrcOfServer(std::string_view text) {
  std::string_view host = text;
  std::string_view port;
  if (StartsWithUnix(text)) {
    host.remove_prefix(5);
  } else {
    size_t digits = text.size();
    while (digits > 0 && text[digits - 1] >= '0' && text[digits - 1] <= '9') {
      --digits;
    }
    if (digits > 0 && text[digits - 1] == ':') {
      host = text.substr(0, digits - 1);
      port = text.substr(digits);
    }
  }
  uint32_t state = Crc32Update(kCrc32Start, host);
  state = Crc32Update(state, std::string_view("\0", 1));
  return Crc32Update(state, port);
}

}  // namespace

NginxConsistent::NginxConsistent(std::span<const PlacedMember> members)
    : all_(members.size()) {
  std::iota(all_.begin(), all_.end(), 0U);

  // Texts are numbered in the order of writing, so that of equal hashes the
  // first written comes first.
  std::unordered_map<std::string_view, uint32_t> number_of;
  std::vector<uint32_t> text_of;
  text_of.reserve(members.size());
  size_t points_in_all = 0;
  for (const PlacedMember& member : members) {
    const auto number = static_cast<uint32_t>(number_of.size());
    text_of.push_back(number_of.try_emplace(member.key, number).first->second);
    points_in_all += size_t{member.weight} * kPointsPerWeight;
  }
  text_begin_.assign(number_of.size() + 1, 0);
  for (const uint32_t text : text_of) ++text_begin_[text + 1];
  std::partial_sum(text_begin_.begin(), text_begin_.end(), text_begin_.begin());
  members_.resize(members.size());
  std::vector<uint32_t> next(text_begin_.begin(), text_begin_.end() - 1);
  for (uint32_t i = 0; i < text_of.size(); ++i) {
    members_[next[text_of[i]]++] = i;
  }

  std::vector<uint64_t> points;
  points.reserve(points_in_all);
  for (uint32_t i = 0; i < members.size(); ++i) {
    const uint32_t server = CrcOfServer(members[i].key);
    const uint64_t count = uint64_t{members[i].weight} * kPointsPerWeight;
    uint32_t hash = 0;
    for (uint64_t n = 0; n < count; ++n) {
      hash = ~Crc32UpdateWord(server, hash);
      points.push_back(PackPoint(hash, text_of[i]));
    }
  }
  SortPoints(points);
  points.erase(std::unique(points.begin(), points.end(),
                           [](uint64_t a, uint64_t b) {
                             return (a >> 32) == (b >> 32);
                           }),
               points.end());
  std::vector<uint32_t> hashes;
  hashes.reserve(points.size());
  texts_.reserve(points.size());
  for (const uint64_t point : points) {
    hashes.push_back(static_cast<uint32_t>(point >> 32));
    texts_.push_back(static_cast<uint32_t>(point));
  }
  hashes_.Assign(std::move(hashes));
}

NginxWalk NginxConsistent::Start(std::string_view key) const noexcept {
  NginxWalk walk{.key = key};
  if (key.empty() || all_.size() < 2 || texts_.empty()) {
    walk.End();
    return walk;
  }
  walk.position = static_cast<uint32_t>(hashes_.AtOrAfter(Crc32(key)));
  return walk;
}

uint32_t NginxConsistent::Next(NginxWalk& walk, MemberFilter usable,
                               NginxRoundRobin round_robin) const noexcept {
  // Each point counts as a miss, however many of them are one member's.
  while (!walk.ended()) {
    const std::span<const uint32_t> members = MembersOf(texts_[walk.position]);
    if (members.size() == 1) {
      if (usable(members[0])) return members[0];
    } else if (std::any_of(members.begin(), members.end(), usable)) {
      return round_robin(members);
    }
    if (++walk.position == texts_.size()) walk.position = 0;
    ++walk.misses;
  }
  return round_robin(all_);
}

}  // namespace v0
}  // namespace limpet
