#include "codec/base64.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace limpet::testing {
namespace {

constexpr std::string_view kUrlDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kStandardDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string_view DigitsOf(Base64 form) {
  return form == Base64::kUrl ? kUrlDigits : kStandardDigits;
}

// RFC 4648 by the letter: bit after bit.
std::string Encoded(Base64 form, const std::vector<uint8_t>& bytes) {
  std::string text;
  for (size_t bit = 0; bit < bytes.size() * 8; bit += 6) {
    unsigned value = 0;
    for (size_t i = bit; i < bit + 6; ++i) {
      const unsigned byte = i / 8 < bytes.size() ? bytes[i / 8] : 0;
      value = value << 1 | (byte >> (7 - i % 8) & 1);
    }
    text += DigitsOf(form)[value];
  }
  while (form == Base64::kStandard && text.size() % 4 != 0) text += '=';
  return text;
}

std::optional<std::vector<uint8_t>> Decoded(Base64 form, std::string_view text,
                                            size_t room = 96) {
  std::vector<uint8_t> bytes(room);
  const std::optional<size_t> size = Base64Decode(form, text, bytes);
  if (!size) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

class EveryForm : public ::testing::TestWithParam<Base64> {
 protected:
  std::vector<uint8_t> Bytes(size_t size) {
    std::vector<uint8_t> bytes(size);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_());
    return bytes;
  }
  std::mt19937 random_{4648};  // seed
};

INSTANTIATE_TEST_SUITE_P(Forms, EveryForm,
                         ::testing::Values(Base64::kUrl, Base64::kStandard),
                         [](const auto& info) {
                           return std::string(
                               info.param == Base64::kUrl ? "Url" : "Standard");
                         });

TEST_P(EveryForm, OfAnySizeIsThatOfTheStandardAndComesBack) {
  for (size_t size = 0; size <= 96; ++size) {
    const std::vector<uint8_t> bytes = Bytes(size);
    const std::string text = Encoded(GetParam(), bytes);
    std::string written(Base64Size(GetParam(), size), '\0');
    EXPECT_EQ(Base64Encode(GetParam(), bytes, written.data()), written.size());
    EXPECT_EQ(written, text);
    EXPECT_EQ(Decoded(GetParam(), text), bytes) << size;
    if (size > 0) {
      EXPECT_EQ(Decoded(GetParam(), text, size - 1), std::nullopt);
    }
  }
}

TEST_P(EveryForm, WithAnyOtherLetterAnywhereIsRefused) {
  for (const size_t size : {1U, 2U, 3U, 6U, 22U, 24U, 74U, 75U, 76U}) {
    const std::string text = Encoded(GetParam(), Bytes(size));
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '=') continue;
      for (int letter = 0; letter < 256; ++letter) {
        const char c = static_cast<char>(letter);
        if (DigitsOf(GetParam()).find(c) != std::string_view::npos) continue;
        std::string other = text;
        other[i] = c;
        // Without its last digit it may be a shorter text.
        if (c == '=' && i + 1 >= text.find('=')) continue;
        if (c == '=' && i + 1 == text.size()) continue;
        EXPECT_EQ(Decoded(GetParam(), other), std::nullopt)
            << size << " bytes, letter " << letter << " at " << i;
      }
    }
  }
}

TEST_P(EveryForm, WithSpareBitsThatAreNotZeroIsRefused) {
  for (const size_t size : {1U, 2U, 25U, 26U}) {
    const std::string text = Encoded(GetParam(), Bytes(size));
    const size_t last = text.find_last_not_of('=');
    const unsigned spare = size % 3 == 1 ? 16 : 4;
    const size_t value = DigitsOf(GetParam()).find(text[last]);
    for (unsigned bits = 1; bits < spare; ++bits) {
      std::string other = text;
      other[last] = DigitsOf(GetParam())[value + bits];
      EXPECT_EQ(Decoded(GetParam(), other), std::nullopt) << size;
    }
  }
}

TEST_P(EveryForm, AsNumbersIsTheSameBigEndian) {
  for (const size_t count : {3U, 6U, 9U}) {
    const std::vector<uint8_t> bytes = Bytes(count * 8);
    const std::string text = Encoded(GetParam(), bytes);
    std::vector<uint64_t> numbers(count);
    ASSERT_TRUE(Base64DecodeNumbers(GetParam(), text, numbers));
    for (size_t i = 0; i < count; ++i) {
      uint64_t expected = 0;
      for (size_t j = 0; j < 8; ++j)
        expected = expected << 8 | bytes[8 * i + j];
      EXPECT_EQ(numbers[i], expected);
    }
    for (size_t i = 0; i < text.size(); ++i) {
      for (const char c : {'=', '.', ' ', '\0', '\x7f', '\x80', '\xff'}) {
        std::string other = text;
        other[i] = c;
        EXPECT_FALSE(Base64DecodeNumbers(GetParam(), other, numbers)) << i;
      }
    }
  }
}

}  // namespace
}  // namespace limpet::testing
