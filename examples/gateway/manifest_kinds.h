// The readers of each kind of object; manifest.cc calls them.
#ifndef LIMPET_EXAMPLES_GATEWAY_MANIFEST_KINDS_H_
#define LIMPET_EXAMPLES_GATEWAY_MANIFEST_KINDS_H_

#include <yaml-cpp/yaml.h>

#include <optional>

#include "manifest.h"
#include "yaml_fields.h"

namespace gateway {

// Reads one document, a List's items one by one, into `manifests`.
void ReadDocument(const Report& report, const YAML::Node& document,
                  Manifests* manifests);

// Each reads an object's spec, the metadata being read already.
void ReadGateway(YamlFields& object, Metadata metadata, Manifests* manifests);
void ReadHttpRoute(YamlFields& object, Metadata metadata, Manifests* manifests);
void ReadService(YamlFields& object, Metadata metadata, Manifests* manifests);
void ReadEndpointSlice(YamlFields& object, Metadata metadata,
                       Manifests* manifests);
void ReadXBackend(YamlFields& object, Metadata metadata, Manifests* manifests);
void ReadSessionPolicy(YamlFields& object, Metadata metadata,
                       Manifests* manifests);
void ReadBackendPolicy(YamlFields& object, Metadata metadata,
                       Manifests* manifests);

// The sessionPersistence of `fields`, compiled; nothing if it is absent or
// wrong (an error then). Fills in `source`.
std::optional<limpet::SessionPersistence> ReadSessionPersistence(
    YamlFields& fields, limpet::Attachment attachment, Manifests* manifests,
    Source* source);

// A hostname or "*.suffix" in lower case; an error where it is neither.
std::string ReadHostname(const YamlFields& fields, const std::string& name,
                         const std::string& text);

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_MANIFEST_KINDS_H_
