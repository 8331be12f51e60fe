// Strict base64: one spelling per value. Wrong letters, wrong padding and spare
// bits that are not zero are refused, so that no token has two forms.
#ifndef LIMPET_LIB_CODEC_BASE64_H_
#define LIMPET_LIB_CODEC_BASE64_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace limpet {
inline namespace v0 {

enum class Base64 : uint8_t {
  kUrl,       // RFC 4648 5, no padding
  kStandard,  // RFC 4648 4, padded
};

constexpr size_t Base64Size(Base64 form, size_t bytes) {
  return form == Base64::kStandard ? (bytes + 2) / 3 * 4 : (bytes * 4 + 2) / 3;
}

// Returns the size written. REQUIRES: out holds Base64Size(form, in.size()).
size_t Base64Encode(Base64 form, std::span<const uint8_t> in, char* out);

// Returns the size of the value, or nothing if the text is not the one form of
// a value that `out` can hold.
std::optional<size_t> Base64Decode(Base64 form, std::string_view text,
                                   std::span<uint8_t> out);

// The same for a text of 32 letters, or several times as many, whose value is
// three big-endian numbers, or as many times as many: they never get to memory
// as bytes. REQUIRES: text.size() is that of the numbers.
bool Base64DecodeNumbers(Base64 form, std::string_view text,
                         std::span<uint64_t> numbers);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_CODEC_BASE64_H_
