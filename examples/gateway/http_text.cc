#include "http_text.h"

#include <algorithm>
#include <array>

namespace gateway {
namespace {

char LowerCase(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool StartsWithIgnoreCase(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         EqualsIgnoreCase(text.substr(0, start.size()), start);
}

// The fields whose bytes decide where the message ends.
bool IsFraming(std::string_view line) {
  return StartsWithIgnoreCase(line, "content-length") ||
         StartsWithIgnoreCase(line, "transfer-encoding");
}

}  // namespace

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return LowerCase(x) == LowerCase(y);
         });
}

std::string_view TrimBlanks(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string_view> FindField(std::span<const Field> fields,
                                          std::string_view name) {
  for (const Field& field : fields) {
    if (EqualsIgnoreCase(field.name, name)) return field.value;
  }
  return std::nullopt;
}

size_t FindHeadEnd(std::string_view data, size_t scanned) {
  const size_t from = scanned > 3 ? scanned - 3 : 0;
  const size_t at = data.find("\r\n\r\n", from);
  return at == std::string_view::npos ? 0 : at + 4;
}

void BlankStrayReturns(std::span<char> head) {
  const std::string_view text(head.data(), head.size());
  size_t line = text.find("\r\n");
  while (line != std::string_view::npos) {
    line += 2;
    const size_t end = text.find("\r\n", line);
    if (end == std::string_view::npos) return;
    // "\r\r\n" is found at its second CR: the first belongs to the line.
    const bool stray = end > line && text[end - 1] == '\r';
    const bool field = end - line > 1 && text[line] != ' ' &&
                       text[line] != '\t' && text[line] != '\r';
    if (stray && field && !IsFraming(text.substr(line, end - line))) {
      head[end - 1] = ' ';
    }
    line = end;
  }
}

std::optional<RequestTarget> ParseTarget(std::string_view target) {
  RequestTarget parsed;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!StartsWithIgnoreCase(target, scheme)) continue;
    const std::string_view rest = target.substr(scheme.size());
    const size_t end = std::min(rest.find_first_of("/?"), rest.size());
    parsed.authority = rest.substr(0, end);
    parsed.origin = rest.substr(end);
    if (parsed.authority.empty() || parsed.origin.starts_with('?')) {
      return std::nullopt;
    }
    if (parsed.origin.empty()) parsed.origin = "/";
    parsed.path = parsed.origin.substr(0, parsed.origin.find('?'));
    return parsed;
  }
  if (!target.starts_with('/') && target != "*") return std::nullopt;
  parsed.origin = target;
  parsed.path = target.substr(0, target.find('?'));
  return parsed;
}

std::string HostName(std::string_view host) {
  const size_t bracket = host.rfind(']');
  const size_t colon = host.rfind(':');
  if (colon != std::string_view::npos &&
      (bracket == std::string_view::npos || colon > bracket)) {
    host = host.substr(0, colon);
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string name(host);
  std::transform(name.begin(), name.end(), name.begin(), LowerCase);
  return name;
}

bool IsHost(std::string_view host) {
  return std::none_of(host.begin(), host.end(), [](char c) {
    return c <= ' ' || c == 0x7f || c == '/' || c == '?' || c == '#' ||
           c == '@' || c == ',' || c == '\\';
  });
}

HopByHop::HopByHop(std::span<const Field> fields) {
  for (const Field& field : fields) {
    if (!EqualsIgnoreCase(field.name, "connection")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view name = TrimBlanks(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      // A client must not be able to take these away from the endpoint.
      if (name.empty() || EqualsIgnoreCase(name, "host") ||
          EqualsIgnoreCase(name, "x-forwarded-for")) {
        continue;
      }
      named_.push_back(name);
    }
  }
}

bool HopByHop::Has(std::string_view name) const {
  static constexpr std::array<std::string_view, 9> kAlways = {
      "connection",
      "keep-alive",
      "proxy-connection",
      "proxy-authorization",
      "proxy-authenticate",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade"};
  const auto same = [name](std::string_view other) {
    return EqualsIgnoreCase(name, other);
  };
  return std::any_of(kAlways.begin(), kAlways.end(), same) ||
         std::any_of(named_.begin(), named_.end(), same);
}

void AppendField(std::string_view name, std::string_view value,
                 std::string* out) {
  out->append(name).append(": ").append(value).append("\r\n");
}

void AppendLowerCaseField(std::string_view name, std::string_view value,
                          std::string* out) {
  for (const char c : name) out->push_back(LowerCase(c));
  out->append(": ").append(value).append("\r\n");
}

std::string_view SetCookieName(std::string_view line) {
  const std::string_view pair = line.substr(0, line.find(';'));
  return TrimBlanks(pair.substr(0, pair.find('=')));
}

std::string EscapeForLog(std::string_view text, size_t max_size) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, max_size)) {
    if (c > ' ' && c < 0x7f && c != '"' && c != '\\') {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append("\\x").push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    }
  }
  if (text.size() > max_size) out.append("...");
  return out;
}

std::string_view ReasonPhrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

}  // namespace gateway
