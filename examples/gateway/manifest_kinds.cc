#include "manifest_kinds.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "http_text.h"
#include "yaml_json.h"

namespace gateway {
namespace {

using Reader = void (*)(YamlFields&, Metadata, Manifests*);

struct Kind {
  const char* group;  // of apiVersion, with its "/"
  std::initializer_list<const char*> versions;
  const char* kind;
  Reader read;  // null: means nothing to a gateway, passed over
};

const Kind kKinds[] = {
    {"gateway.networking.k8s.io/", {"v1", "v1beta1"}, "Gateway", ReadGateway},
    {"gateway.networking.k8s.io/",
     {"v1", "v1beta1"},
     "HTTPRoute",
     ReadHttpRoute},
    {"gateway.networking.k8s.io/", {"v1", "v1beta1"}, "GatewayClass", nullptr},
    {"gateway.networking.k8s.io/",
     {"v1alpha2"},
     "BackendLBPolicy",
     ReadBackendPolicy},
    {"gateway.networking.x-k8s.io/",
     {"v1alpha1"},
     "XBackendTrafficPolicy",
     ReadBackendPolicy},
    {"gateway.networking.x-k8s.io/", {"v1alpha1"}, "XBackend", ReadXBackend},
    {"limpet.dev/", {"v1alpha1"}, "SessionPolicy", ReadSessionPolicy},
    {"discovery.k8s.io/", {"v1"}, "EndpointSlice", ReadEndpointSlice},
    {"", {"v1"}, "Service", ReadService},
    {"", {"v1"}, "ServiceAccount", nullptr},
    {"", {"v1"}, "Namespace", nullptr},
    {"apps/", {"v1"}, "Deployment", nullptr},
};

const Kind* FindKind(const std::string& api_version, const std::string& kind) {
  for (const Kind& known : kKinds) {
    if (kind != known.kind) continue;
    for (const char* version : known.versions) {
      if (api_version == std::string(known.group) + version) return &known;
    }
  }
  return nullptr;
}

Metadata ReadMetadata(YamlFields& object) {
  Metadata metadata;
  metadata.source = object.source();
  metadata.source.lines.clear();
  YamlFields fields = object.Object("metadata");
  if (!fields.present()) {
    object.Error("metadata", "is required");
    return metadata;
  }
  metadata.name = fields.RequiredString("name");
  metadata.namespace_name = fields.String("namespace").value_or("default");
  metadata.labels = fields.StringMap("labels");
  metadata.created = fields.String("creationTimestamp").value_or("");
  return metadata;
}

}  // namespace

void ReadDocument(const Report& report, const YAML::Node& document,
                  Manifests* manifests) {
  if (!document.IsDefined() || document.IsNull()) return;
  YamlFields object(report, document, "");
  if (!object.present()) return;
  const std::string api_version = object.RequiredString("apiVersion");
  const std::string kind = object.RequiredString("kind");
  if (api_version.empty() || kind.empty()) return;
  if (kind == "List" && api_version == "v1") {
    for (const YamlFields& item : object.Objects("items")) {
      ReadDocument(report, item.node(), manifests);
    }
    return;
  }
  const Kind* known = FindKind(api_version, kind);
  if (known == nullptr) {
    object.Warn("kind", kind + " of " + api_version +
                            " is not implemented and ignored");
    return;
  }
  if (known->read == nullptr) return;
  object.Ignore({"status"});
  Metadata metadata = ReadMetadata(object);
  known->read(object, std::move(metadata), manifests);
  object.WarnOfOthers();
}

std::optional<limpet::SessionPersistence> ReadSessionPersistence(
    YamlFields& fields, limpet::Attachment attachment, Manifests* manifests,
    Source* source) {
  const YAML::Node node = fields.Raw("sessionPersistence");
  if (!node.IsDefined()) return std::nullopt;
  source->where = {fields.source().where.file, LineOf(node)};
  source->field = fields.Path("sessionPersistence");
  source->lines = FieldLines(node);
  const limpet::Result<std::string> json = ToJson(node);
  limpet::Status status = json.status();
  if (json.ok()) {
    auto session =
        limpet::SessionPersistence::FromJson(*json, {.attachment = attachment});
    if (session.ok()) return *std::move(session);
    status = session.status();
  }
  for (const limpet::Problem& problem : status.problems()) {
    manifests->errors.push_back(source->About(problem.field, problem.message));
  }
  return std::nullopt;
}

std::string ReadHostname(const YamlFields& fields, const std::string& name,
                         const std::string& text) {
  std::string hostname = text;
  std::transform(
      hostname.begin(), hostname.end(), hostname.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      });
  const std::string_view labels =
      std::string_view(hostname).substr(hostname.starts_with("*.") ? 2 : 0);
  const bool valid = !labels.empty() && labels.size() <= 253 &&
                     std::all_of(labels.begin(), labels.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '.';
                     });
  if (!valid) {
    fields.Error(name,
                 "must be a hostname, or one with \"*.\" before its suffix");
  }
  return hostname;
}

}  // namespace gateway
