#include "yaml_fields.h"

#include <charconv>
#include <utility>

#include "yaml_json.h"

namespace gateway {
namespace {

constexpr int kMaxDepth = 64;  // yaml-cpp lets aliases make loops

void CollectLines(const YAML::Node& node, const std::string& path, int depth,
                  std::map<std::string, int>* lines) {
  if (depth > kMaxDepth || lines->size() > 10'000) return;
  if (!path.empty()) lines->emplace(path, LineOf(node));
  if (node.IsMap()) {
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) continue;
      const std::string& name = entry.first.Scalar();
      CollectLines(entry.second, PathOf(path, name), depth + 1, lines);
    }
  } else if (node.IsSequence()) {
    for (size_t i = 0; i < node.size(); ++i) {
      CollectLines(node[i], PathOf(path, i), depth + 1, lines);
    }
  }
}

}  // namespace

std::map<std::string, int> FieldLines(const YAML::Node& node) {
  std::map<std::string, int> lines;
  CollectLines(node, "", 0, &lines);
  return lines;
}

YamlFields::YamlFields(const Report& report, const YAML::Node& node,
                       std::string path)
    : report_(report), node_(node), path_(std::move(path)) {
  if (!node_.IsDefined() || node_.IsNull()) return;
  if (!node_.IsMap()) {
    Error("", "must be an object");
    return;
  }
  present_ = true;
  std::set<std::string> names;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) {
      Error("", "a key is no string");
    } else if (!names.insert(entry.first.Scalar()).second) {
      Error(entry.first.Scalar(), "stands twice");
    }
  }
}

YAML::Node YamlFields::Raw(const std::string& name) {
  read_.insert(name);
  if (!present_) return YAML::Node(YAML::NodeType::Undefined);
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == name) {
      const bool null =
          entry.second.IsNull() || (entry.second.IsScalar() &&
                                    KindOf(entry.second) == ScalarKind::kNull);
      if (!null) return entry.second;
    }
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

bool YamlFields::IsString(const YAML::Node& node,
                          const std::string& name) const {
  if (node.IsScalar() && KindOf(node) == ScalarKind::kString) return true;
  Error(name, node.IsScalar() ? "must be a string; \"" + node.Scalar() +
                                    "\" has to stand in quotes to be one"
                              : "must be a string");
  return false;
}

std::optional<std::string> YamlFields::String(const std::string& name) {
  const YAML::Node node = Raw(name);
  if (!node.IsDefined() || !IsString(node, name)) return std::nullopt;
  return node.Scalar();
}

std::optional<int64_t> YamlFields::Integer(const std::string& name, int64_t min,
                                           int64_t max) {
  const YAML::Node node = Raw(name);
  if (!node.IsDefined()) return std::nullopt;
  int64_t value = 0;
  bool number = node.IsScalar() && KindOf(node) == ScalarKind::kNumber;
  if (number) {
    const std::string& text = node.Scalar();
    const auto parsed =
        std::from_chars(text.data(), text.data() + text.size(), value);
    number =
        parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  }
  if (!number || value < min || value > max) {
    Error(name, "must be a whole number from " + std::to_string(min) + " to " +
                    std::to_string(max));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> YamlFields::Bool(const std::string& name) {
  const YAML::Node node = Raw(name);
  if (!node.IsDefined()) return std::nullopt;
  if (!node.IsScalar() || KindOf(node) != ScalarKind::kBool) {
    Error(name, "must be true or false");
    return std::nullopt;
  }
  return BoolOf(node);
}

YamlFields YamlFields::Object(const std::string& name) {
  return YamlFields(report_, Raw(name), Path(name));
}

std::vector<YamlFields> YamlFields::Objects(const std::string& name) {
  std::vector<YamlFields> objects;
  const YAML::Node node = Raw(name);
  if (!node.IsDefined()) return objects;
  if (!node.IsSequence()) {
    Error(name, "must be a list");
    return objects;
  }
  for (size_t i = 0; i < node.size(); ++i) {
    objects.emplace_back(report_, node[i], PathOf(Path(name), i));
  }
  return objects;
}

std::vector<std::string> YamlFields::Strings(const std::string& name) {
  std::vector<std::string> strings;
  const YAML::Node node = Raw(name);
  if (!node.IsDefined()) return strings;
  if (!node.IsSequence()) {
    Error(name, "must be a list");
    return strings;
  }
  for (size_t i = 0; i < node.size(); ++i) {
    if (IsString(node[i], PathOf(name, i))) {
      strings.push_back(node[i].Scalar());
    }
  }
  return strings;
}

std::map<std::string, std::string> YamlFields::StringMap(
    const std::string& name) {
  std::map<std::string, std::string> strings;
  YamlFields object = Object(name);
  if (!object.present()) return strings;
  for (const auto& entry : object.node()) {
    if (!entry.first.IsScalar()) continue;
    const std::string& key = entry.first.Scalar();
    if (object.IsString(entry.second, key))
      strings[key] = entry.second.Scalar();
  }
  return strings;
}

std::string YamlFields::RequiredString(const std::string& name) {
  if (!Raw(name).IsDefined()) {
    Error(name, "is required");
    return "";
  }
  std::string value = String(name).value_or("");
  if (value.empty() && Raw(name).IsScalar() && Raw(name).Scalar().empty()) {
    Error(name, "must not be empty");
  }
  return value;
}

int64_t YamlFields::RequiredInteger(const std::string& name, int64_t min,
                                    int64_t max) {
  if (!Raw(name).IsDefined()) {
    Error(name, "is required");
    return min;
  }
  return Integer(name, min, max).value_or(min);
}

void YamlFields::Ignore(std::initializer_list<const char*> names) {
  for (const char* name : names) read_.insert(name);
}

void YamlFields::WarnOfOthers() const {
  if (!present_) return;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) continue;
    const std::string& name = entry.first.Scalar();
    if (read_.count(name) == 0) Warn(name, "is not implemented and ignored");
  }
}

std::string YamlFields::Path(const std::string& name) const {
  return name.empty() ? path_ : PathOf(path_, name);
}

Source YamlFields::source() const {
  Source source;
  source.where = {report_.file, LineOf(node_)};
  source.field = path_;
  source.lines = FieldLines(node_);
  return source;
}

Diagnostic YamlFields::About(const std::string& name,
                             std::string message) const {
  int line = LineOf(node_);
  if (node_.IsMap()) {
    for (const auto& entry : node_) {
      if (entry.first.IsScalar() && entry.first.Scalar() == name) {
        line = LineOf(entry.first);
      }
    }
  }
  return {{report_.file, line}, Path(name), std::move(message)};
}

void YamlFields::Error(const std::string& name, std::string message) const {
  report_.errors->push_back(About(name, std::move(message)));
}

void YamlFields::Warn(const std::string& name, std::string message) const {
  report_.warnings->push_back(About(name, std::move(message)));
}

}  // namespace gateway
