#include "limpet/envoy_hash_policy.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <string>

#include "placement/hashes.h"

namespace limpet {
inline namespace v0 {
namespace {

// Takes what is before the next `separator` off the text.
std::string_view TakeUntil(char separator, std::string_view& text) {
  const size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// The value of the first cookie of that name. Envoy trims blanks before a
// cookie and one pair of quotes round its value, and decodes nothing.
std::optional<std::string_view> FindCookie(std::string_view line,
                                           std::string_view name) {
  while (!line.empty()) {
    std::string_view cookie = TakeUntil(';', line);
    cookie.remove_prefix(
        std::min(cookie.find_first_not_of(" \t"), cookie.size()));
    const size_t equals = cookie.find('=');
    if (equals == std::string_view::npos) continue;
    if (cookie.substr(0, equals) != name) continue;
    std::string_view value = cookie.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return value;
  }
  return std::nullopt;
}

}  // namespace

void EnvoyHashSum::Add(std::optional<uint64_t> hash, bool terminal) noexcept {
  if (hash) value_ = value_ ? std::rotl(*value_, 1) ^ *hash : *hash;
  done_ = done_ || (terminal && value_.has_value());
}

std::optional<uint64_t> EnvoyHeaderHash(
    std::span<std::string_view> values) noexcept {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  uint64_t hash = 0;
  for (const std::string_view value : values) hash = Xxh64(value, hash);
  return hash;
}

std::optional<uint64_t> EnvoyCookieHash(
    std::span<const std::string_view> cookie_lines,
    std::string_view name) noexcept {
  for (const std::string_view line : cookie_lines) {
    const std::optional<std::string_view> value = FindCookie(line, name);
    if (!value) continue;
    if (value->empty()) return std::nullopt;
    return Xxh64(*value);
  }
  return std::nullopt;
}

std::array<char, 16> EnvoyGeneratedCookie(std::string_view remote_address,
                                          std::string_view local_address) {
  std::string addresses(remote_address);
  addresses += local_address;
  uint64_t hash = Xxh64(addresses);
  std::array<char, 16> text{};
  for (size_t i = text.size(); i > 0; --i) {
    text[i - 1] = "0123456789abcdef"[hash & 0xf];
    hash >>= 4;
  }
  return text;
}

std::optional<uint64_t> EnvoyQueryHash(std::string_view path,
                                       std::string_view name) noexcept {
  const size_t question_mark = path.find('?');
  if (question_mark == std::string_view::npos) return std::nullopt;
  std::string_view query = path.substr(question_mark + 1);
  while (!query.empty()) {
    std::string_view value = TakeUntil('&', query);
    if (TakeUntil('=', value) == name) return Xxh64(value);
  }
  return std::nullopt;
}

std::optional<uint64_t> EnvoySourceHash(std::string_view address) noexcept {
  if (address.empty()) return std::nullopt;
  return Xxh64(address);
}

}  // namespace v0
}  // namespace limpet
