// HTTP as text: what the gateway does with header blocks and fields that needs
// neither a socket nor a parser.
#ifndef LIMPET_EXAMPLES_GATEWAY_HTTP_TEXT_H_
#define LIMPET_EXAMPLES_GATEWAY_HTTP_TEXT_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

// The longest request or response header, in bytes.
inline constexpr size_t kMaxHeadSize = 64 * 1024;

// One field line; views into the parser's memory.
struct Field {
  std::string_view name;
  std::string_view value;
};

bool EqualsIgnoreCase(std::string_view a, std::string_view b);
std::string_view TrimBlanks(std::string_view text);

// The first value of a field, or nothing.
std::optional<std::string_view> FindField(std::span<const Field> fields,
                                          std::string_view name);

// The size of the header block at the front of `data`, its empty line
// included; 0 while that has not come yet. Looks again at no more than three
// of the first `scanned` bytes.
size_t FindHeadEnd(std::string_view data, size_t scanned);

// Makes a blank of a carriage return that stands alone before a field line's
// CRLF, as in "Session-A: token\r\r\n": clients that copy a header line out of
// curl's output send it so. Nothing else changes, no size does. The start line,
// folded lines, empty lines and the fields that frame the message keep theirs,
// for the parser to refuse.
void BlankStrayReturns(std::span<char> head);

// A request target, taken apart: "/path?query", or "http://host/path" as sent
// to proxies. Views into `target`.
struct RequestTarget {
  std::string_view authority;  // of an absolute target, else empty
  std::string_view path;       // without the query
  std::string_view origin;     // path and query, as sent to endpoints
};
std::optional<RequestTarget> ParseTarget(std::string_view target);

// The host of a Host field in lower case, without port and final dot.
std::string HostName(std::string_view host);

// Whether a Host field's value is one authority: no blank, no control, no "/".
bool IsHost(std::string_view host);

// What may not be passed on (RFC 9110 7.6.1, 11.7): connection fields, those
// that Connection names, credentials for this hop.
class HopByHop {
 public:
  explicit HopByHop(std::span<const Field> fields);
  bool Has(std::string_view name) const;

 private:
  std::vector<std::string_view> named_;
};

// Appends "name: value\r\n"; names of response fields in lower case.
void AppendField(std::string_view name, std::string_view value,
                 std::string* out);
void AppendLowerCaseField(std::string_view name, std::string_view value,
                          std::string* out);

// The name of a Set-Cookie line's cookie.
std::string_view SetCookieName(std::string_view line);

// For logs: printable ASCII as it is, but '"' and '\'; the rest as \xHH.
std::string EscapeForLog(std::string_view text, size_t max_size);

// "Not Found"; "Unknown" for what has no phrase here.
std::string_view ReasonPhrase(unsigned status);

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_HTTP_TEXT_H_
