#include "placement/flat_table.h"

#include <array>
#include <numeric>

namespace limpet {
inline namespace v0 {
namespace {

// The hash is the upper half: three digits of 11 bits (the last has 10).
constexpr int kDigits = 3;
constexpr int kDigitBits = 11;

size_t Digit(uint64_t point, int digit) {
  return (point >> (32 + digit * kDigitBits)) & ((1U << kDigitBits) - 1);
}

}  // namespace

// Radix sort: a ring has up to millions of points, and it is rebuilt whenever
// an endpoint comes or goes.
void SortPoints(std::vector<uint64_t>& points) {
  std::array<std::array<size_t, size_t{1} << kDigitBits>, kDigits> places{};
  for (const uint64_t point : points) {
    for (int digit = 0; digit < kDigits; ++digit) {
      ++places[digit][Digit(point, digit)];
    }
  }
  std::vector<uint64_t> other(points.size());
  for (int digit = 0; digit < kDigits; ++digit) {
    auto& place = places[digit];
    std::exclusive_scan(place.begin(), place.end(), place.begin(), size_t{0});
    for (const uint64_t point : points) {
      other[place[Digit(point, digit)]++] = point;
    }
    points.swap(other);
  }
}

}  // namespace v0
}  // namespace limpet
