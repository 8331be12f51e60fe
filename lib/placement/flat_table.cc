#include "placement/flat_table.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>

namespace limpet {
inline namespace v0 {
namespace {

// The hash is the upper half: three digits of 11 bits (the last has 10).
constexpr int kDigits = 3;
constexpr int kDigitBits = 11;
constexpr size_t kValues = size_t{1} << kDigitBits;

using Places = std::array<size_t, kValues>;

size_t Digit(uint64_t point, int digit) {
  return (point >> (32 + digit * kDigitBits)) & (kValues - 1);
}

// Sorts `from` by a digit into `to`, and leaves equal ones in their order.
// Returns where each value ends.
Places SortByDigit(std::span<const uint64_t> from, std::span<uint64_t> to,
                   int digit) {
  Places places{};
  for (const uint64_t point : from) ++places[Digit(point, digit)];
  std::exclusive_scan(places.begin(), places.end(), places.begin(), size_t{0});
  for (const uint64_t point : from) to[places[Digit(point, digit)]++] = point;
  return places;
}

// Fewer than this many are sorted sooner by comparing them.
constexpr size_t kFew = 256;

void SortFew(std::span<uint64_t> points) {
  std::stable_sort(points.begin(), points.end(), [](uint64_t a, uint64_t b) {
    return (a >> 32) < (b >> 32);
  });
}

}  // namespace

// A ring has up to millions of points, and it is rebuilt whenever an endpoint
// comes or goes. Radix sort, the highest digit first: what is left to sort then
// is in the cache.
void SortPoints(std::vector<uint64_t>& points) {
  std::vector<uint64_t> sorted(points.size());
  const Places ends = SortByDigit(points, sorted, kDigits - 1);
  size_t begin = 0;
  for (const size_t end : ends) {
    const std::span<uint64_t> part(sorted.data() + begin, end - begin);
    const std::span<uint64_t> scratch(points.data() + begin, end - begin);
    if (part.size() < kFew) {
      SortFew(part);
    } else {
      SortByDigit(part, scratch, 0);
      SortByDigit(scratch, part, 1);
    }
    begin = end;
  }
  points.swap(sorted);
}

}  // namespace v0
}  // namespace limpet
