#include "limpet/cookie.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <vector>

namespace limpet {
inline namespace v0 {
namespace {

constexpr size_t kMaxDomainSize = 253;  // RFC 1035
constexpr size_t kMaxLabelSize = 63;

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z');
}

std::string_view TrimBlanks(std::string_view text) {
  auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// User agents compare the prefixes without case.
bool HasPrefix(std::string_view name, std::string_view prefix) {
  auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return name.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), name.begin(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

// A host name of letters, digits and inner hyphens.
bool IsDomain(std::string_view text) {
  if (text.empty() || text.size() > kMaxDomainSize) return false;
  while (true) {
    const size_t dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    if (label.empty() || label.size() > kMaxLabelSize) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(),
                     [](char c) { return IsAlnum(c) || c == '-'; })) {
      return false;
    }
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return IsAlnum(c) || kMarks.find(c) != std::string_view::npos;
  });
}

bool IsCookiePath(std::string_view text) {
  return !text.empty() && text.front() == '/' && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f && c != ';'; });
}

std::optional<std::string_view> CookieReader::Next() {
  while (true) {
    if (rest_.empty()) {
      if (fields_.empty()) return std::nullopt;
      rest_ = fields_.front();
      fields_ = fields_.subspan(1);
      if (rest_.size() > budget_) {
        // A pair that the cap cuts in two is not read at all.
        const size_t end = rest_.substr(0, budget_).rfind(';');
        rest_ = end == std::string_view::npos ? "" : rest_.substr(0, end);
        fields_ = {};
      }
      budget_ -= rest_.size();
      continue;
    }
    const size_t end = rest_.find(';');
    const std::string_view pair = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? "" : rest_.substr(end + 1);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    if (TrimBlanks(pair.substr(0, equals)) == name_) {
      return TrimBlanks(pair.substr(equals + 1));
    }
  }
}

size_t StripCookie(std::string_view field, std::string_view name,
                   std::span<char> out) {
  size_t size = 0;
  auto append = [&](std::string_view text) {
    std::memcpy(out.data() + size, text.data(), text.size());
    size += text.size();
  };
  while (!field.empty()) {
    const size_t end = field.find(';');
    const std::string_view pair = field.substr(0, end);
    field = end == std::string_view::npos ? "" : field.substr(end + 1);
    const size_t equals = pair.find('=');
    if (TrimBlanks(pair).empty()) continue;
    if (equals != std::string_view::npos &&
        TrimBlanks(pair.substr(0, equals)) == name) {
      continue;
    }
    if (size > 0) append(";");
    append(size > 0 ? pair : TrimBlanks(pair));
  }
  return size;
}

std::string_view SameSiteName(SameSite value) {
  switch (value) {
    case SameSite::kStrict:
      return "Strict";
    case SameSite::kLax:
      return "Lax";
    case SameSite::kNone:
      return "None";
  }
  return "";
}

Status ValidateSetCookie(const SetCookie& cookie) {
  std::vector<Problem> problems;
  auto refuse = [&](std::string field, std::string message) {
    problems.push_back({std::move(field), std::move(message)});
  };
  if (!IsToken(cookie.name)) {
    refuse("name",
           "must be a token (RFC 9110): letters, digits and "
           "!#$%&'*+-.^_`|~");
  }
  if (!cookie.path.empty() && !IsCookiePath(cookie.path)) {
    refuse("path",
           "must begin with \"/\", must not end in a blank and have no control "
           "character, \";\" or letter outside ASCII (RFC 6265bis path-value)");
  }
  if (!cookie.domain.empty() && !IsDomain(cookie.domain)) {
    refuse("domain", "must be a host name of letters, digits, \"-\" and \".\"");
  }
  if (cookie.same_site == SameSite::kNone && !cookie.secure) {
    refuse("sameSite", "None is refused by user agents without secure");
  }
  if (cookie.partitioned && !cookie.secure) {
    refuse("partitioned", "is refused by user agents without secure");
  }
  const bool host_http = HasPrefix(cookie.name, "__Host-Http-");
  if (host_http || HasPrefix(cookie.name, "__Host-")) {
    if (!cookie.secure) refuse("secure", "must be on with a __Host- name");
    if (cookie.path != "/") refuse("path", "must be \"/\" with a __Host- name");
    if (!cookie.domain.empty()) {
      refuse("domain", "must not be set with a __Host- name");
    }
  }
  const bool http = HasPrefix(cookie.name, "__Http-");
  if ((http || HasPrefix(cookie.name, "__Secure-")) && !cookie.secure) {
    refuse("secure", "must be on with a __Secure- or __Http- name");
  }
  if ((http || host_http) && !cookie.http_only) {
    refuse("httpOnly", "must be on with an __Http- or __Host-Http- name");
  }
  if (problems.empty()) return Status();
  return Status(StatusCode::kInvalidConfig, std::move(problems));
}

namespace {

// The pieces of the line, in the order of Envoy's: HttpOnly last.
template <typename Append>
void AppendSetCookie(const SetCookie& cookie, std::string_view max_age,
                     Append append) {
  append(cookie.name);
  append("=");
  if (cookie.quoted) append("\"");
  append(cookie.value);
  if (cookie.quoted) append("\"");
  if (!max_age.empty()) {
    append("; Max-Age=");
    append(max_age);
  }
  if (!cookie.path.empty()) {
    append("; Path=");
    append(cookie.path);
  }
  if (!cookie.domain.empty()) {
    append("; Domain=");
    append(cookie.domain);
  }
  if (cookie.secure) append("; Secure");
  if (cookie.same_site) {
    append("; SameSite=");
    append(SameSiteName(*cookie.same_site));
  }
  if (cookie.partitioned) append("; Partitioned");
  if (cookie.http_only) append("; HttpOnly");
}

}  // namespace

size_t WriteSetCookie(const SetCookie& cookie, std::span<char> out) {
  std::array<char, 20> digits;
  std::string_view max_age;
  if (cookie.max_age_s) {
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                   std::max<int64_t>(*cookie.max_age_s, 0));
    max_age = {digits.data(), static_cast<size_t>(end.ptr - digits.data())};
  }
  size_t size = 0;
  AppendSetCookie(cookie, max_age,
                  [&](std::string_view text) { size += text.size(); });
  if (size > out.size()) return size;
  char* to = out.data();
  AppendSetCookie(cookie, max_age, [&](std::string_view text) {
    to = std::copy(text.begin(), text.end(), to);
  });
  return size;
}

}  // namespace v0
}  // namespace limpet
