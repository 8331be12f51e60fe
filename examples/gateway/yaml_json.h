// YAML to JSON, the way the Kubernetes tools read YAML: plain scalars are
// null, booleans or numbers where YAML 1.1 says so, quoted ones are strings.
#ifndef LIMPET_EXAMPLES_GATEWAY_YAML_JSON_H_
#define LIMPET_EXAMPLES_GATEWAY_YAML_JSON_H_

#include <limpet/limpet.h>
#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <string>

namespace gateway {

enum class ScalarKind { kNull, kBool, kNumber, kString };

// REQUIRES: node.IsScalar() || node.IsNull().
ScalarKind KindOf(const YAML::Node& node);

// The value of a scalar whose KindOf is kBool.
bool BoolOf(const YAML::Node& node);

// The node as JSON text. An error's field is the path from the node to what
// cannot be said in JSON: a key that is no scalar or stands twice, ".nan", too
// many levels or bytes.
limpet::Result<std::string> ToJson(const YAML::Node& node);

// The path of a member of the object, or of the list, at `path`: "a.b", "a[1]".
std::string PathOf(const std::string& path, const std::string& name);
std::string PathOf(const std::string& path, size_t index);

// The 1-based line of a node, of the first line where it has none.
int LineOf(const YAML::Node& node);

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_YAML_JSON_H_
