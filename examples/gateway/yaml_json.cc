#include "yaml_json.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <string_view>
#include <utility>

namespace gateway {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr int kMaxYamlDepth = 64;
// Aliases can make a small file large.
constexpr size_t kMaxSize = size_t{1} << 20;

bool OneOf(std::string_view text,
           std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool IsTrue(std::string_view text) {
  return OneOf(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On",
                      "ON", "y", "Y"});
}

bool IsFalse(std::string_view text) {
  return OneOf(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off",
                      "OFF", "n", "N"});
}

// How many of `digits` stand at the front of `text`, which loses them.
size_t Skip(std::string_view digits, std::string_view* text) {
  const size_t size = std::min(text->find_first_not_of(digits), text->size());
  text->remove_prefix(size);
  return size;
}

bool SkipOne(std::string_view letters, std::string_view* text) {
  if (text->empty() || letters.find(text->front()) == std::string_view::npos) {
    return false;
  }
  text->remove_prefix(1);
  return true;
}

// An exponent or nothing, up to the end.
bool IsExponent(std::string_view text) {
  if (text.empty()) return true;
  if (!SkipOne("eE", &text)) return false;
  SkipOne("+-", &text);
  return Skip(kDigits, &text) > 0 && text.empty();
}

bool IsJsonNumber(std::string_view text) {
  SkipOne("-", &text);
  const bool zero = text.starts_with('0');
  const size_t whole = Skip(kDigits, &text);
  if (whole == 0 || (zero && whole > 1)) return false;
  if (SkipOne(".", &text) && Skip(kDigits, &text) == 0) return false;
  return IsExponent(text);
}

// What YAML 1.1 calls a number and JSON does not.
bool IsOtherNumber(std::string_view text) {
  if (OneOf(text, {".nan", ".NaN", ".NAN"})) return true;
  SkipOne("+-", &text);
  if (OneOf(text, {".inf", ".Inf", ".INF"})) return true;
  for (const auto& base :
       {std::pair("0x", "0123456789abcdefABCDEF_"),
        std::pair("0o", "01234567_"), std::pair("0b", "01_")}) {
    std::string_view digits = text;
    if (!digits.starts_with(base.first)) continue;
    digits.remove_prefix(2);
    return Skip(base.second, &digits) > 0 && digits.empty();
  }
  if (text.starts_with('_')) return false;
  size_t digits = Skip("0123456789_", &text);
  if (text.empty()) return digits > 0;
  if (!SkipOne(".", &text)) return digits > 0 && IsExponent(text);
  digits += Skip("0123456789_", &text);
  return digits > 0 && IsExponent(text);
}

void AppendString(std::string_view text, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out->push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(c);
    } else if (byte < 0x20) {
      out->append("\\u00").push_back(kHex[byte >> 4]);
      out->push_back(kHex[byte & 15]);
    } else {
      out->push_back(c);
    }
  }
  out->push_back('"');
}

limpet::Status Refuse(const std::string& path, std::string message) {
  return limpet::Status(limpet::StatusCode::kInvalidSyntax, path,
                        std::move(message));
}

// "0x1f" and the like as a decimal integer; false where that is not one.
bool AppendInteger(std::string text, std::string* out) {
  text.erase(std::remove(text.begin(), text.end(), '_'), text.end());
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (digits.starts_with('-') || digits.starts_with('+')) {
    digits.remove_prefix(1);
  }
  int base = 10;
  if (digits.starts_with("0x")) {
    base = 16;
  } else if (digits.starts_with("0b")) {
    base = 2;
  } else if (digits.size() > 1 && digits.starts_with('0')) {
    base = 8;
  }
  const bool prefix = digits.starts_with("0x") || digits.starts_with("0b") ||
                      digits.starts_with("0o");
  digits.remove_prefix(prefix ? 2 : 0);
  uint64_t value = 0;
  const auto parsed = std::from_chars(
      digits.data(), digits.data() + digits.size(), value, base);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) {
    return false;
  }
  if (negative) out->push_back('-');
  out->append(std::to_string(value));
  return true;
}

class Writer {
 public:
  limpet::Status Write(const YAML::Node& node, const std::string& path,
                       int depth) {
    if (depth > kMaxYamlDepth) return Refuse(path, "too many levels");
    if (out_.size() > kMaxSize) return Refuse(path, "too large");
    switch (node.Type()) {
      case YAML::NodeType::Map:
        return WriteMap(node, path, depth);
      case YAML::NodeType::Sequence:
        return WriteSequence(node, path, depth);
      case YAML::NodeType::Scalar:
        return WriteScalar(node, path);
      case YAML::NodeType::Null:
      case YAML::NodeType::Undefined:
        break;
    }
    out_.append("null");
    return {};
  }

  std::string Take() { return std::move(out_); }

 private:
  limpet::Status WriteMap(const YAML::Node& node, const std::string& path,
                          int depth) {
    std::set<std::string> names;
    out_.push_back('{');
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return Refuse(path, "a key is no string");
      const std::string& name = entry.first.Scalar();
      const std::string inner = PathOf(path, name);
      if (!names.insert(name).second) return Refuse(inner, "stands twice");
      if (names.size() > 1) out_.push_back(',');
      AppendString(name, &out_);
      out_.push_back(':');
      limpet::Status status = Write(entry.second, inner, depth + 1);
      if (!status.ok()) return status;
    }
    out_.push_back('}');
    return {};
  }

  limpet::Status WriteSequence(const YAML::Node& node, const std::string& path,
                               int depth) {
    out_.push_back('[');
    for (size_t i = 0; i < node.size(); ++i) {
      if (i > 0) out_.push_back(',');
      limpet::Status status = Write(node[i], PathOf(path, i), depth + 1);
      if (!status.ok()) return status;
    }
    out_.push_back(']');
    return {};
  }

  limpet::Status WriteScalar(const YAML::Node& node, const std::string& path) {
    const std::string& text = node.Scalar();
    switch (KindOf(node)) {
      case ScalarKind::kNull:
        out_.append("null");
        return {};
      case ScalarKind::kBool:
        out_.append(BoolOf(node) ? "true" : "false");
        return {};
      case ScalarKind::kString:
        AppendString(text, &out_);
        return {};
      case ScalarKind::kNumber:
        break;
    }
    if (IsJsonNumber(text)) {
      out_.append(text);
    } else if (!AppendInteger(text, &out_)) {
      return Refuse(path, "a number that JSON cannot write: " + text);
    }
    return {};
  }

  std::string out_;
};

}  // namespace

ScalarKind KindOf(const YAML::Node& node) {
  if (node.IsNull()) return ScalarKind::kNull;
  // yaml-cpp marks quoted and block scalars "!" and plain ones "?".
  const std::string& tag = node.Tag();
  if (tag == "!" || tag == "tag:yaml.org,2002:str") return ScalarKind::kString;
  const std::string& text = node.Scalar();
  if (OneOf(text, {"", "~", "null", "Null", "NULL"})) return ScalarKind::kNull;
  if (IsTrue(text) || IsFalse(text)) return ScalarKind::kBool;
  if (IsJsonNumber(text) || IsOtherNumber(text)) return ScalarKind::kNumber;
  return ScalarKind::kString;
}

bool BoolOf(const YAML::Node& node) { return IsTrue(node.Scalar()); }

limpet::Result<std::string> ToJson(const YAML::Node& node) {
  Writer writer;
  limpet::Status status = writer.Write(node, "", 0);
  if (!status.ok()) return status;
  return writer.Take();
}

std::string PathOf(const std::string& path, const std::string& name) {
  std::string joined = path;
  if (!path.empty()) joined.append(".");
  return joined.append(name);
}

std::string PathOf(const std::string& path, size_t index) {
  std::string joined = path;
  return joined.append("[").append(std::to_string(index)).append("]");
}

int LineOf(const YAML::Node& node) {
  return node.IsDefined() ? std::max(node.Mark().line, 0) + 1 : 1;
}

}  // namespace gateway
