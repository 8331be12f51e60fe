#include "json_fields.h"

#include <algorithm>
#include <set>
#include <utility>

namespace limpet {
inline namespace v0 {
namespace internal {
namespace {

// In double quotes, with control characters escaped.
std::string Quote(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A key may be anything; a path must be fit to be shown on one line.
std::string Join(const std::string& path, std::string_view name) {
  const std::string quoted = Quote(name);
  const std::string escaped = quoted.substr(1, quoted.size() - 2);
  return path.empty() ? escaped : path + "." + escaped;
}

Status SyntaxError(std::string message) {
  return Status(StatusCode::kInvalidSyntax, "", std::move(message));
}

Status NotJson(size_t position) {
  return SyntaxError("not JSON, seen at byte " + std::to_string(position));
}

// Looks at a text before it becomes a value: nlohmann-json keeps the last of
// several fields of one name and takes any depth.
class Inspector : public nlohmann::json_sax<Json> {
 public:
  explicit Inspector(Problems& problems) : problems_(problems) {}

  const Status& error() const { return error_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override { return Open(); }
  bool end_object() override { return Close(); }
  bool start_array(size_t) override { return Open(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    Level& level = levels_.back();
    level.field = Join(level.path, name);
    if (!level.names.insert(name).second) {
      problems_.Add(level.field, "duplicate field \"" + level.field + "\"");
    }
    return true;
  }

  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    error_ = NotJson(position);
    return false;
  }

 private:
  struct Level {
    std::string path;
    std::string field;  // the one in hand
    std::set<std::string> names;
  };

  bool Open() {
    if (levels_.size() == kMaxJsonDepth) {
      error_ = SyntaxError("nested deeper than " +
                           std::to_string(kMaxJsonDepth) + " levels");
      return false;
    }
    Level level;
    if (!levels_.empty()) level.path = levels_.back().field;
    // A list has no names; what is in it goes by the list's path.
    level.field = level.path;
    levels_.push_back(std::move(level));
    return true;
  }

  bool Close() {
    levels_.pop_back();
    return true;
  }

  Problems& problems_;
  std::vector<Level> levels_;
  Status error_;
};

std::string_view TypeName(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "object";
    case Json::value_t::array:
      return "array";
    case Json::value_t::string:
      return "string";
    case Json::value_t::boolean:
      return "boolean";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "integer";
    case Json::value_t::number_float:
      return "number";
    case Json::value_t::binary:
    case Json::value_t::discarded:
      break;
  }
  return "unknown";
}

// JSON text is UTF-8: every byte but those that continue a character.
size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

void Problems::Add(std::string field, std::string message) {
  list.push_back({std::move(field), std::move(message)});
}

void Problems::AddFirst(std::string field, std::string message) {
  for (const Problem& problem : list) {
    if (problem.field == field) return;
  }
  Add(std::move(field), std::move(message));
}

Status Problems::ToStatus() && {
  if (list.empty()) return Status();
  return Status(StatusCode::kInvalidConfig, std::move(list));
}

Status ReadJson(std::string_view text, Json& json, Problems& problems) {
  if (text.size() > kMaxJsonSize) {
    return SyntaxError("longer than " + std::to_string(kMaxJsonSize) +
                       " bytes");
  }
  // nlohmann-json takes a NUL for the end and would not look behind it.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return NotJson(nul + 1);
  }
  Inspector inspector(problems);
  if (!Json::sax_parse(text, &inspector)) {
    return inspector.error();
  }
  json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return Status();
}

std::string TypeMessage(std::string_view expected, const Json& value) {
  std::string message = "must be of type ";
  message += expected;
  message += ": \"";
  message += TypeName(value);
  message += '"';
  return message;
}

const Json* Fields::Find(std::string_view name) const {
  const auto it = object_->find(name);
  return it == object_->end() || it->is_null() ? nullptr : &*it;
}

std::optional<Fields> Fields::Object(std::string_view name) {
  const Json* value = Find(name);
  if (!value) return std::nullopt;
  if (!value->is_object()) {
    ReportUnsound(name, TypeMessage("object", *value));
    return std::nullopt;
  }
  return Fields(*value, Join(path_, name), *problems_);
}

const std::string* Fields::String(std::string_view name) {
  const Json* value = Find(name);
  if (!value) return nullptr;
  if (!value->is_string()) {
    ReportUnsound(name, TypeMessage("string", *value));
    return nullptr;
  }
  return value->get_ptr<const std::string*>();
}

const std::string* Fields::String(std::string_view name,
                                  size_t max_characters) {
  const std::string* text = String(name);
  if (!text || CountCharacters(*text) <= max_characters) return text;
  // The API says bytes and counts characters.
  ReportUnsound(name, "Too long: may not be more than " +
                          std::to_string(max_characters) + " bytes");
  return nullptr;
}

std::optional<bool> Fields::Bool(std::string_view name) {
  const Json* value = Find(name);
  if (!value) return std::nullopt;
  if (!value->is_boolean()) {
    ReportUnsound(name, TypeMessage("boolean", *value));
    return std::nullopt;
  }
  return value->get<bool>();
}

std::optional<uint64_t> Fields::Integer(std::string_view name, uint64_t min,
                                        uint64_t max) {
  const Json* value = Find(name);
  if (!value) return std::nullopt;
  if (!value->is_number_integer()) {
    ReportUnsound(name, TypeMessage("integer", *value));
    return std::nullopt;
  }
  // What is not unsigned is negative.
  const uint64_t number =
      value->is_number_unsigned() ? value->get<uint64_t>() : 0;
  if (!value->is_number_unsigned() || number < min || number > max) {
    ReportUnsound(
        name, "must be " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return number;
}

std::optional<double> Fields::Number(std::string_view name) {
  const Json* value = Find(name);
  if (!value) return std::nullopt;
  if (!value->is_number()) {
    ReportUnsound(name, TypeMessage("number", *value));
    return std::nullopt;
  }
  return value->get<double>();
}

std::optional<Duration> Fields::GetDuration(std::string_view name) {
  const std::string* text = String(name);
  if (!text) return std::nullopt;
  Result<Duration> duration = ParseDuration(*text);
  if (!duration.ok()) {
    Report(name, duration.status().problems().front().message);
    return std::nullopt;
  }
  return *duration;
}

void Fields::Report(std::string_view name, std::string message) {
  problems_->Add(Join(path_, name), std::move(message));
}

void Fields::ReportUnsound(std::string_view name, std::string message) {
  problems_->unsound = true;
  Report(name, std::move(message));
}

void Fields::ReportUnknown(std::span<const std::string_view> known) {
  for (const auto& item : object_->items()) {
    const std::string& name = item.key();
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    ReportUnsound(name, "unknown field \"" + Join(path_, name) + "\"");
  }
}

std::string Fields::UnsupportedMessage(const std::string& value,
                                       const std::string& supported) {
  return "Unsupported value: " + Quote(value) +
         ": supported values: " + supported;
}

}  // namespace internal
}  // namespace v0
}  // namespace limpet
