#include "echo_json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace echo {
namespace {

bool IsTokenLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// The size of the UTF-8 sequence at the front of `text`, 0 if there is none.
size_t SequenceSize(std::string_view text) {
  const auto byte = [text](size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const auto follows = [&](size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1, 0x80, 0xbf) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : 0xbf;  // no surrogates
    return follows(1, low, high) && follows(2, 0x80, 0xbf) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned low = first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
    return follows(1, low, high) && follows(2, 0x80, 0xbf) &&
                   follows(3, 0x80, 0xbf)
               ? 4
               : 0;
  }
  return 0;
}

void AppendEscape(unsigned char byte, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out->append("\\u00").push_back(kHex[byte >> 4]);
  out->push_back(kHex[byte & 15]);
}

void AppendString(std::string_view text, std::string* out) {
  out->push_back('"');
  while (!text.empty()) {
    const char c = text.front();
    const size_t size = SequenceSize(text);
    if (c == '"' || c == '\\') {
      out->append({'\\', c});
    } else if (c == '\n') {
      out->append("\\n");
    } else if (c == '\r') {
      out->append("\\r");
    } else if (c == '\t') {
      out->append("\\t");
    } else if (size == 0) {
      out->append("\\ufffd");
    } else if (size == 1 && (static_cast<unsigned char>(c) < 0x20 || c == '<' ||
                             c == '>' || c == '&')) {
      AppendEscape(static_cast<unsigned char>(c), out);
    } else if (text.starts_with("\xe2\x80\xa8")) {
      out->append("\\u2028");
    } else if (text.starts_with("\xe2\x80\xa9")) {
      out->append("\\u2029");
    } else {
      out->append(text.substr(0, size));
    }
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  out->push_back('"');
}

void AppendMember(std::string_view name, std::string_view value,
                  std::string* out) {
  out->append("\n ");
  AppendString(name, out);
  out->append(": ");
  AppendString(value, out);
  out->push_back(',');
}

void AppendHeaders(const Headers& headers, std::string* out) {
  out->append("\n \"headers\": {");
  bool first = true;
  for (const auto& header : headers) {
    out->append(first ? "\n  " : ",\n  ");
    first = false;
    AppendString(header.first, out);
    out->append(": [");
    for (size_t i = 0; i < header.second.size(); ++i) {
      out->append(i == 0 ? "\n   " : ",\n   ");
      AppendString(header.second[i], out);
    }
    out->append("\n  ]");
  }
  out->append(first ? "}," : "\n },");
}

}  // namespace

std::string EchoJson(const Request& request, const Context& context) {
  std::string out = "{";
  AppendMember("path", request.path, &out);
  AppendMember("host", request.host, &out);
  AppendMember("method", request.method, &out);
  AppendMember("proto", request.proto, &out);
  AppendHeaders(request.headers, &out);
  AppendMember("namespace", context.name_space, &out);
  AppendMember("ingress", context.ingress, &out);
  AppendMember("service", context.service, &out);
  AppendMember("pod", context.pod, &out);
  out.pop_back();  // the last comma
  return out.append("\n}");
}

std::string CanonicalHeaderName(std::string_view name) {
  std::string canonical(name);
  if (!std::all_of(name.begin(), name.end(), IsTokenLetter)) return canonical;
  bool upper = true;
  for (char& c : canonical) {
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    upper = c == '-';
  }
  return canonical;
}

}  // namespace echo
