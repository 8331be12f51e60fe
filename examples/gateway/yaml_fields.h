// YamlFields: reads the fields of one YAML mapping and remembers which, so that
// none is passed over in silence.
#ifndef LIMPET_EXAMPLES_GATEWAY_YAML_FIELDS_H_
#define LIMPET_EXAMPLES_GATEWAY_YAML_FIELDS_H_

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "manifest.h"

namespace gateway {

// Where a reader leaves what it found wrong.
struct Report {
  std::string file;
  std::vector<Diagnostic>* errors;
  std::vector<Diagnostic>* warnings;
};

// The fields of `node` by their paths from it, with their lines.
std::map<std::string, int> FieldLines(const YAML::Node& node);

class YamlFields {
 public:
  // Reports an error if `node` is there and is no mapping; reads as empty then.
  YamlFields(const Report& report, const YAML::Node& node, std::string path);

  // Absent and null fields are nothing; others of the wrong type an error, too.
  std::optional<std::string> String(const std::string& name);
  std::optional<int64_t> Integer(const std::string& name, int64_t min,
                                 int64_t max);
  std::optional<bool> Bool(const std::string& name);
  YamlFields Object(const std::string& name);
  std::vector<YamlFields> Objects(const std::string& name);
  std::vector<std::string> Strings(const std::string& name);
  std::map<std::string, std::string> StringMap(const std::string& name);
  YAML::Node Raw(const std::string& name);  // undefined if absent or null

  // As above; their absence is an error, too.
  std::string RequiredString(const std::string& name);
  int64_t RequiredInteger(const std::string& name, int64_t min, int64_t max);

  // Fields that may stand here and mean nothing to a gateway.
  void Ignore(std::initializer_list<const char*> names);

  // Warns of all fields that nobody asked for. Call it last.
  void WarnOfOthers() const;

  bool present() const { return present_; }
  const YAML::Node& node() const { return node_; }
  std::string Path(const std::string& name) const;
  Source source() const;
  void Error(const std::string& name, std::string message) const;
  void Warn(const std::string& name, std::string message) const;

 private:
  // Scalar text of a field that has to be a string.
  bool IsString(const YAML::Node& node, const std::string& name) const;
  Diagnostic About(const std::string& name, std::string message) const;

  Report report_;
  YAML::Node node_;
  std::string path_;
  bool present_ = false;
  std::set<std::string> read_;
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_YAML_FIELDS_H_
