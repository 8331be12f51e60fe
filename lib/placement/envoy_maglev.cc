#include "placement/envoy_maglev.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <string_view>
#include <utility>

#include "placement/hashes.h"

namespace limpet {
inline namespace v0 {
namespace {

// A member's way through the table.
struct Path {
  std::string_view key;
  uint32_t member;
  double weight;
  double target = 0.0;
  uint64_t place = 0;  // the next one that it looks at
  uint64_t skip = 0;
};

std::vector<Path> PathsByKey(std::span<const PlacedMember> members,
                             std::span<const EnvoyShare> shares,
                             uint64_t table_size) {
  std::vector<Path> paths;
  paths.reserve(shares.size());
  for (const EnvoyShare& share : shares) {
    const std::string_view key = members[share.member].key;
    paths.push_back({.key = key,
                     .member = share.member,
                     .weight = share.weight,
                     .place = Xxh64(key) % table_size,
                     .skip = Xxh64(key, 1) % (table_size - 1) + 1});
  }
  std::stable_sort(paths.begin(), paths.end(),
                   [](const auto& a, const auto& b) { return a.key < b.key; });
  return paths;
}

// No member waits for a later round: the heaviest gets a slot in each.
constexpr double kLastRound = 4e9;

// Envoy asks every member in every round whether it is its turn: whether round
// * weight has reached its target. The first such round from `first` on.
uint32_t RoundOf(const Path& path, uint32_t first) {
  const double guess = path.target / path.weight;
  if (guess >= kLastRound) return static_cast<uint32_t>(kLastRound);
  uint32_t round = std::max(first, static_cast<uint32_t>(guess));
  while (round > first && (round - 1) * path.weight >= path.target) --round;
  while (round * path.weight < path.target) ++round;
  return round;
}

}  // namespace

EnvoyMaglev::EnvoyMaglev(std::span<const PlacedMember> members,
                         std::span<const EnvoyShare> shares,
                         uint64_t table_size) {
  if (shares.empty()) return;
  std::vector<Path> paths = PathsByKey(members, shares, table_size);
  double most = 0.0;
  for (const Path& path : paths) most = std::max(most, path.weight);

  table_.assign(table_size, kNoMember);
  // Whose turn it is: by round, then by key. The same as to ask every member in
  // every round, also where one weighs a million times as much as the others.
  using Turn = std::pair<uint32_t, uint32_t>;
  std::vector<Turn> first_round;
  first_round.reserve(paths.size());
  for (uint32_t i = 0; i < paths.size(); ++i) first_round.emplace_back(1, i);
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns(
      std::greater<>(), std::move(first_round));
  for (uint64_t filled = 0; filled < table_size; ++filled) {
    const auto [round, index] = turns.top();
    turns.pop();
    Path& path = paths[index];
    path.target += most;
    while (table_[path.place] != kNoMember) {
      path.place += path.skip;
      if (path.place >= table_size) path.place -= table_size;
    }
    table_[path.place] = path.member;
    turns.emplace(RoundOf(path, round + 1), index);
  }
}

}  // namespace v0
}  // namespace limpet
