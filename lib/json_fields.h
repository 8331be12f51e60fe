// Reading a JSON object field by field; what is wrong is reported under the
// path of its field, in the words of a Kubernetes API server.
//
// Thread rule: plain values.
//
//   Fields fields(object, "cookie", problems);
//   fields.ReportUnknown({{"name", "path"}});
//   if (const std::string* path = fields.String("path")) ...
#ifndef LIMPET_LIB_JSON_FIELDS_H_
#define LIMPET_LIB_JSON_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "limpet/status.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {
namespace internal {

using Json = nlohmann::json;

inline constexpr size_t kMaxJsonSize = 64 * 1024;  // bytes
inline constexpr size_t kMaxJsonDepth = 16;

struct Problems {
  std::vector<Problem> list;
  // A field is unknown, or a value not even of its type, length or set: rules
  // that compare fields would say nothing true.
  bool unsound = false;

  void Add(std::string field, std::string message);
  // Only if nothing is wrong with that field yet.
  void AddFirst(std::string field, std::string message);
  // kInvalidConfig, or ok.
  Status ToStatus() &&;
};

// Parses a text, reports fields that an object has twice. Fails with
// kInvalidSyntax for what is no JSON, too long or too deep.
Status ReadJson(std::string_view text, Json& json, Problems& problems);

// What a JSON value should be and is: `must be of type string: "integer"`.
std::string TypeMessage(std::string_view expected, const Json& value);

template <typename E>
struct EnumName {
  std::string_view name;
  E value;
};

class Fields {
 public:
  // REQUIRES: object.is_object(); all three outlive this.
  Fields(const Json& object, std::string path, Problems& problems)
      : object_(&object), path_(std::move(path)), problems_(&problems) {}

  // Null if the field is absent or null.
  const Json* Find(std::string_view name) const;
  bool Has(std::string_view name) const { return Find(name) != nullptr; }

  // The readers report a value of another type and return nothing for it, as
  // for a field that is absent.
  std::optional<Fields> Object(std::string_view name);
  const std::string* String(std::string_view name);
  // At most so many characters (not bytes).
  const std::string* String(std::string_view name, size_t max_characters);
  std::optional<bool> Bool(std::string_view name);
  std::optional<uint64_t> Integer(std::string_view name, uint64_t min,
                                  uint64_t max);
  std::optional<double> Number(std::string_view name);
  std::optional<Duration> GetDuration(std::string_view name);

  template <typename E>
  std::optional<E> Enum(std::string_view name,
                        std::span<const EnumName<E>> names) {
    const std::string* text = String(name);
    if (!text) return std::nullopt;
    std::string supported;
    for (const EnumName<E>& entry : names) {
      if (entry.name == *text) return entry.value;
      if (!supported.empty()) supported += ", ";
      supported += '"' + std::string(entry.name) + '"';
    }
    ReportUnsound(name, UnsupportedMessage(*text, supported));
    return std::nullopt;
  }

  void Report(std::string_view name, std::string message);
  void ReportUnsound(std::string_view name, std::string message);
  // `unknown field "cookie.domain"`, null or not.
  void ReportUnknown(std::span<const std::string_view> known);

 private:
  static std::string UnsupportedMessage(const std::string& value,
                                        const std::string& supported);

  const Json* object_;
  std::string path_;  // "" at the root
  Problems* problems_;
};

}  // namespace internal
}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_JSON_FIELDS_H_
