// Cookies: the reader of Cookie fields and the writer of Set-Cookie lines.
//
// Thread rule: pure functions; the reader keeps its place in the caller's
// CookieReader. Neither allocates.
//
//   CookieReader reader(fields, "Session-A");
//   while (std::optional<std::string_view> value = reader.Next()) Try(*value);
//
//   SetCookie line{.name = "Session-A", .value = token};
//   size_t size = WriteSetCookie(line, buffer);
//
// Sources: RFC 6265bis (draft-ietf-httpbis-rfc6265bis), RFC 9110 5.6.2.
#ifndef LIMPET_COOKIE_H_
#define LIMPET_COOKIE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "limpet/status.h"

namespace limpet {
inline namespace v0 {

// What is read of all Cookie fields of one request together; the rest is as if
// it were not there.
inline constexpr size_t kMaxCookieBytes = 64 * 1024;

// An RFC 9110 token: 1 or more of the letters a field name may have.
bool IsToken(std::string_view text);

// An RFC 6265bis path-value that a user agent honours as it is: "/" first, no
// blank last, no control character, no ";" and nothing outside ASCII.
bool IsCookiePath(std::string_view text);

// The values of one cookie, in order, over all Cookie fields of a request. ";"
// alone separates; SP and HTAB around names and values are trimmed; names are
// compared byte by byte; nothing is decoded, unquoted or copied. Each byte is
// visited at most twice.
class CookieReader {
 public:
  CookieReader(std::span<const std::string_view> fields, std::string_view name)
      : fields_(fields), name_(name) {}

  // The next value of the cookie (a view into the fields), or nothing.
  std::optional<std::string_view> Next();

 private:
  std::span<const std::string_view> fields_;  // not yet begun
  std::string_view rest_;                     // of the field in hand
  std::string_view name_;
  size_t budget_ = kMaxCookieBytes;
};

// Copies a Cookie field without the pairs of one name; the others stay as they
// are. Returns the size of what is left, never more than the field's own.
// REQUIRES: out.size() >= field.size().
size_t StripCookie(std::string_view field, std::string_view name,
                   std::span<char> out);

enum class SameSite : uint8_t { kStrict, kLax, kNone };

// "Strict", "Lax", "None".
std::string_view SameSiteName(SameSite value);

struct SetCookie {
  std::string_view name{};
  std::string_view value{};            // cookie-octets, none of them '"'
  std::optional<int64_t> max_age_s{};  // seconds; 0 deletes
  std::string_view path = "/";         // "" leaves the attribute out
  std::string_view domain{};           // "" leaves the attribute out
  bool secure = true;                  // off: readable on the wire
  bool http_only = true;               // off: readable by scripts
  std::optional<SameSite> same_site = SameSite::kStrict;
  bool partitioned = false;  // needs secure
  bool quoted = false;       // value in '"', as Envoy writes it
};

// Checks everything but the value: name and path, the rules of the __Secure-,
// __Host-, __Http- and __Host-Http- prefixes, SameSite=None and Partitioned
// only with Secure. The field of a problem is the attribute's name here.
Status ValidateSetCookie(const SetCookie& cookie);

// Writes the value of a Set-Cookie field and returns its size; if the buffer
// is smaller than that size, nothing is written.
// REQUIRES: ValidateSetCookie(cookie).ok().
size_t WriteSetCookie(const SetCookie& cookie, std::span<char> out);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_COOKIE_H_
