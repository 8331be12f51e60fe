#include "codec/base64.h"

#include <array>

#include "codec/big_endian.h"

namespace limpet {
inline namespace v0 {
namespace {

// A letter's value at each of the four places of a group, so that a group is
// four loads; anything else sets the bit that no value reaches.
constexpr uint32_t kWrong = uint32_t{1} << 31;

struct Alphabet {
  std::string_view digits;
  std::array<std::array<uint32_t, 256>, 4> values;
};

constexpr Alphabet MakeAlphabet(std::string_view digits) {
  Alphabet alphabet{digits, {}};
  for (size_t place = 0; place < 4; ++place) {
    std::array<uint32_t, 256>& values = alphabet.values[place];
    for (uint32_t& value : values) value = kWrong;
    for (uint32_t i = 0; i < digits.size(); ++i) {
      values[static_cast<uint8_t>(digits[i])] = i << (18 - 6 * place);
    }
  }
  return alphabet;
}

constexpr Alphabet kUrlAlphabet = MakeAlphabet(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
constexpr Alphabet kStandardAlphabet = MakeAlphabet(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

const Alphabet& AlphabetOf(Base64 form) {
  return form == Base64::kUrl ? kUrlAlphabet : kStandardAlphabet;
}

// Four letters to 24 bits; kWrong is set where one is not of the alphabet.
uint32_t Group(const Alphabet& alphabet, const char* letters) {
  uint32_t bits = 0;
  for (size_t place = 0; place < 4; ++place) {
    bits |= alphabet.values[place][static_cast<uint8_t>(letters[place])];
  }
  return bits;
}

}  // namespace

size_t Base64Encode(Base64 form, std::span<const uint8_t> in, char* out) {
  const std::string_view digits = AlphabetOf(form).digits;
  char* to = out;
  size_t i = 0;
  for (; i + 3 <= in.size(); i += 3) {
    const uint32_t bits = (in[i] << 16) | (in[i + 1] << 8) | in[i + 2];
    *to++ = digits[bits >> 18];
    *to++ = digits[(bits >> 12) & 63];
    *to++ = digits[(bits >> 6) & 63];
    *to++ = digits[bits & 63];
  }
  const size_t left = in.size() - i;
  if (left > 0) {
    const uint32_t bits = (in[i] << 16) | (left == 2 ? in[i + 1] << 8 : 0);
    *to++ = digits[bits >> 18];
    *to++ = digits[(bits >> 12) & 63];
    if (left == 2) *to++ = digits[(bits >> 6) & 63];
    if (form == Base64::kStandard) {
      if (left == 1) *to++ = '=';
      *to++ = '=';
    }
  }
  return static_cast<size_t>(to - out);
}

std::optional<size_t> Base64Decode(Base64 form, std::string_view text,
                                   std::span<uint8_t> out) {
  if (form == Base64::kStandard) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int pad = 0; pad < 2 && text.ends_with('='); ++pad) {
      text.remove_suffix(1);
    }
  }
  const size_t left = text.size() % 4;
  if (left == 1) return std::nullopt;
  const size_t size = text.size() / 4 * 3 + (left == 0 ? 0 : left - 1);
  if (size > out.size()) return std::nullopt;

  const Alphabet& alphabet = AlphabetOf(form);
  const char* from = text.data();
  const char* const end = from + (text.size() - left);
  uint8_t* to = out.data();
  uint32_t wrong = 0;
  for (; end - from >= 8; from += 8, to += 6) {
    const uint32_t high = Group(alphabet, from);
    const uint32_t low = Group(alphabet, from + 4);
    wrong |= high | low;
    StoreBigEndian<4>((high << 8) | ((low >> 16) & 0xff), to);
    StoreBigEndian<2>(low, to + 4);
  }
  if (from != end) {
    const uint32_t bits = Group(alphabet, from);
    wrong |= bits;
    StoreBigEndian<3>(bits, to);
    from += 4;
    to += 3;
  }
  if (left > 0) {
    const char letters[] = {from[0], from[1], left == 3 ? from[2] : 'A', 'A'};
    const uint32_t bits = Group(alphabet, letters);
    wrong |= bits;
    *to++ = static_cast<uint8_t>(bits >> 16);
    if (left == 3) *to++ = static_cast<uint8_t>(bits >> 8);
    if ((bits & (left == 3 ? 0xff : 0xffff)) != 0) return std::nullopt;
  }
  if ((wrong & kWrong) != 0) return std::nullopt;
  return size;
}

bool Base64DecodeNumbers(Base64 form, std::string_view text,
                         std::span<uint64_t> numbers) {
  const Alphabet& alphabet = AlphabetOf(form);
  const char* from = text.data();
  uint32_t wrong = 0;
  for (size_t i = 0; i < numbers.size(); i += 3) {
    std::array<uint64_t, 8> groups;
    for (uint64_t& group : groups) {
      const uint32_t bits = Group(alphabet, from);
      wrong |= bits;
      group = bits;
      from += 4;
    }
    numbers[i] = (groups[0] << 40) | (groups[1] << 16) | (groups[2] >> 8);
    numbers[i + 1] = (groups[2] << 56) | (groups[3] << 32) | (groups[4] << 8) |
                     (groups[5] >> 16);
    numbers[i + 2] = (groups[5] << 48) | (groups[6] << 24) | groups[7];
  }
  return (wrong & kWrong) == 0;
}

}  // namespace v0
}  // namespace limpet
