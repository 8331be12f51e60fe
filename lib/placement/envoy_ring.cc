#include "placement/envoy_ring.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "placement/hashes.h"

namespace limpet {
inline namespace v0 {
namespace {

struct Entry {
  uint64_t hash;
  uint32_t owner;
};

// "<key>_<n>" for n = 0, 1, 2...
class EntryText {
 public:
  explicit EntryText(std::string_view key) : text_(key) {
    text_.push_back('_');
    prefix_ = text_.size();
  }

  std::string_view Next() {
    std::array<char, 20> digits{};
    const char* end =
        std::to_chars(digits.data(), digits.data() + digits.size(), n_++).ptr;
    text_.resize(prefix_);
    text_.append(digits.data(), static_cast<size_t>(end - digits.data()));
    return text_;
  }

 private:
  std::string text_;
  size_t prefix_;
  uint64_t n_ = 0;
};

}  // namespace

// Running sums of doubles decide how many entries each member has, so their
// order counts, and so does every rounding: 75 equal members get 1,051 entries
// of a scale of 1,050. The file is compiled without fused multiply-add.
EnvoyRing::EnvoyRing(std::span<const PlacedMember> members,
                     std::span<const EnvoyShare> shares,
                     EnvoyRingOptions options) {
  if (shares.empty()) return;
  double least = 1.0;
  for (const EnvoyShare& share : shares) least = std::min(least, share.weight);
  const double scale = std::min(
      std::ceil(least * static_cast<double>(options.minimum_size)) / least,
      static_cast<double>(options.maximum_size));

  std::vector<Entry> entries;
  entries.reserve(static_cast<size_t>(std::ceil(scale)));
  double current = 0.0;
  double target = 0.0;
  for (const EnvoyShare& share : shares) {
    EntryText text(members[share.member].key);
    target += scale * share.weight;
    for (; current < target; ++current) {
      const std::string_view bytes = text.Next();
      const uint64_t hash = options.function == EnvoyRingFunction::kMurmurHash2
                                ? Murmur2(bytes)
                                : Xxh64(bytes);
      entries.push_back({hash, share.member});
    }
  }
  // Envoy's sort leaves entries of one hash in no stated order; here the first
  // comes first.
  std::stable_sort(
      entries.begin(), entries.end(),
      [](const Entry& a, const Entry& b) { return a.hash < b.hash; });
  std::vector<uint64_t> hashes;
  hashes.reserve(entries.size());
  owners_.reserve(entries.size());
  for (const Entry& entry : entries) {
    hashes.push_back(entry.hash);
    owners_.push_back(entry.owner);
  }
  hashes_.Assign(std::move(hashes));
}

uint32_t EnvoyRing::At(uint64_t hash, uint32_t attempt) const noexcept {
  if (owners_.empty()) return kNoMember;
  size_t entry = hashes_.AtOrAfter(hash);
  if (attempt > 0) entry = (entry + attempt) % owners_.size();
  return owners_[entry];
}

}  // namespace v0
}  // namespace limpet
