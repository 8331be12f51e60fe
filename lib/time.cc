#include "limpet/time.h"

#include <array>

namespace limpet {
inline namespace v0 {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kMaxParts = 4;
constexpr int kMaxDigits = 5;
constexpr hours kMaxHours(99999);

struct Unit {
  std::string_view name;
  Duration size;
};

constexpr std::array<Unit, 4> kLargestFirst = {{
    {"h", hours(1)},
    {"m", minutes(1)},
    {"s", seconds(1)},
    {"ms", milliseconds(1)},
}};

// The longest unit that `text` begins with: "1ms" is a millisecond.
const Unit* LongestUnit(std::string_view text) {
  const Unit* longest = nullptr;
  for (const Unit& unit : kLargestFirst) {
    if (!text.starts_with(unit.name)) continue;
    if (!longest || unit.name.size() > longest->name.size()) longest = &unit;
  }
  return longest;
}

Status NotADuration() {
  return Status(StatusCode::kInvalidArgument, "",
                "should match '^([0-9]{1,5}(h|m|s|ms)){1,4}$'");
}

}  // namespace

Result<Duration> ParseDuration(std::string_view text) {
  if (text.empty()) return NotADuration();
  Duration sum(0);
  for (int parts = 0; !text.empty(); ++parts) {
    if (parts == kMaxParts) return NotADuration();
    int64_t count = 0;
    int digits = 0;
    while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
      if (++digits > kMaxDigits) return NotADuration();
      count = count * 10 + (text[0] - '0');
      text.remove_prefix(1);
    }
    const Unit* unit = LongestUnit(text);
    if (digits == 0 || !unit) return NotADuration();
    sum += count * unit->size;
    text.remove_prefix(unit->name.size());
  }
  return sum;
}

Result<std::string> FormatDuration(Duration duration) {
  if (duration < Duration(0)) {
    return Status(StatusCode::kInvalidArgument, "",
                  "a duration cannot be negative");
  }
  if (duration >= kMaxHours + hours(1)) {
    return Status(StatusCode::kInvalidArgument, "",
                  "a duration cannot have more than 99999 hours");
  }
  if (duration == Duration(0)) return std::string("0s");
  std::string text;
  for (const Unit& unit : kLargestFirst) {
    const int64_t count = duration / unit.size;
    if (count == 0) continue;
    text += std::to_string(count);
    text += unit.name;
    duration -= count * unit.size;
  }
  return text;
}

}  // namespace v0
}  // namespace limpet
