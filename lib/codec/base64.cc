#include "codec/base64.h"

#include <array>

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint8_t kNoDigit = 0xff;

struct Alphabet {
  std::string_view digits;
  std::array<uint8_t, 256> values;
};

constexpr Alphabet MakeAlphabet(std::string_view digits) {
  Alphabet alphabet{digits, {}};
  for (uint8_t& value : alphabet.values) value = kNoDigit;
  for (size_t i = 0; i < digits.size(); ++i) {
    alphabet.values[static_cast<uint8_t>(digits[i])] = static_cast<uint8_t>(i);
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

  const std::array<uint8_t, 256>& values = AlphabetOf(form).values;
  uint32_t bits = 0;
  uint8_t wrong = 0;
  uint8_t* to = out.data();
  for (size_t i = 0; i < text.size(); ++i) {
    const uint8_t value = values[static_cast<uint8_t>(text[i])];
    wrong |= value & 0xc0;
    bits = (bits << 6) | (value & 63);
    if (i % 4 == 3) {
      *to++ = static_cast<uint8_t>(bits >> 16);
      *to++ = static_cast<uint8_t>(bits >> 8);
      *to++ = static_cast<uint8_t>(bits);
      bits = 0;
    }
  }
  if (left == 2) {
    *to++ = static_cast<uint8_t>(bits >> 4);
    if ((bits & 0xf) != 0) return std::nullopt;
  } else if (left == 3) {
    *to++ = static_cast<uint8_t>(bits >> 10);
    *to++ = static_cast<uint8_t>(bits >> 2);
    if ((bits & 3) != 0) return std::nullopt;
  }
  if (wrong != 0) return std::nullopt;
  return size;
}

}  // namespace v0
}  // namespace limpet
