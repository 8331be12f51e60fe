// Reader of HTTPRoute.
#include <string>
#include <utility>

#include "manifest_kinds.h"

namespace gateway {
namespace {

constexpr const char* kGatewayGroup = "gateway.networking.k8s.io";
constexpr const char* kExperimentalGroup = "gateway.networking.x-k8s.io";

void ReadPath(YamlFields& fields, RouteMatch* match) {
  YamlFields path = fields.Object("path");
  const std::string type = path.String("type").value_or("PathPrefix");
  match->path = path.String("value").value_or("/");
  path.WarnOfOthers();
  if (type == "Exact") {
    match->path_type = PathType::kExact;
  } else if (type == "RegularExpression") {
    path.Warn("type",
              "RegularExpression is not implemented; the match never "
              "matches");
    match->supported = false;
    return;
  } else if (type != "PathPrefix") {
    path.Error("type", "must be Exact, PathPrefix or RegularExpression");
  }
  if (!match->path.starts_with('/')) {
    path.Error("value", "must be an absolute path, beginning with \"/\"");
  }
}

void ReadHeaders(YamlFields& fields, RouteMatch* match) {
  for (YamlFields& header : fields.Objects("headers")) {
    HeaderMatch wanted;
    const std::string type = header.String("type").value_or("Exact");
    wanted.name = header.RequiredString("name");
    wanted.value = header.RequiredString("value");
    header.WarnOfOthers();
    if (type == "RegularExpression") {
      header.Warn("type",
                  "RegularExpression is not implemented; the match "
                  "never matches");
      match->supported = false;
    } else if (type != "Exact") {
      header.Error("type", "must be Exact or RegularExpression");
    }
    match->headers.push_back(std::move(wanted));
  }
}

RouteMatch ReadMatch(YamlFields& fields) {
  RouteMatch match;
  ReadPath(fields, &match);
  match.method = fields.String("method").value_or("");
  ReadHeaders(fields, &match);
  if (fields.Raw("queryParams").IsDefined()) {
    fields.Warn("queryParams", "is not implemented; the match never matches");
    match.supported = false;
  }
  fields.WarnOfOthers();
  return match;
}

BackendRef ReadBackendRef(YamlFields& fields, const Metadata& route) {
  BackendRef backend;
  backend.source = fields.source();
  const std::string group = fields.String("group").value_or("");
  const std::string kind = fields.String("kind").value_or("Service");
  if (group.empty() && kind == "Service") {
    backend.kind = BackendKind::kService;
  } else if (group == kExperimentalGroup && kind == "XBackend") {
    backend.kind = BackendKind::kXBackend;
  } else {
    backend.kind = BackendKind::kOther;
    fields.Warn("kind", kind + " of group \"" + group +
                            "\" is not implemented; its share of the "
                            "requests is answered with 500");
  }
  backend.name = fields.RequiredString("name");
  backend.namespace_name =
      fields.String("namespace").value_or(route.namespace_name);
  if (backend.namespace_name != route.namespace_name) {
    fields.Warn("namespace",
                "ReferenceGrant is not implemented; the other "
                "namespace may be used without one");
  }
  if (const auto port = fields.Integer("port", 1, 65535)) {
    backend.port = static_cast<uint16_t>(*port);
  }
  if (backend.kind == BackendKind::kService && !backend.port) {
    fields.Error("port", "is required for a Service");
  }
  backend.weight = static_cast<uint32_t>(
      fields.Integer("weight", 0, limpet::kMaxWeight).value_or(1));
  fields.WarnOfOthers();
  return backend;
}

RouteRule ReadRule(YamlFields& fields, const Metadata& route,
                   Manifests* manifests) {
  RouteRule rule;
  rule.source = fields.source();
  rule.name = fields.String("name").value_or("");
  for (YamlFields& match : fields.Objects("matches")) {
    rule.matches.push_back(ReadMatch(match));
  }
  if (rule.matches.empty()) rule.matches.emplace_back();
  for (YamlFields& backend : fields.Objects("backendRefs")) {
    rule.backends.push_back(ReadBackendRef(backend, route));
  }
  rule.session = ReadSessionPersistence(fields, limpet::Attachment::kRouteRule,
                                        manifests, &rule.session_source);
  fields.WarnOfOthers();
  return rule;
}

}  // namespace

void ReadHttpRoute(YamlFields& object, Metadata metadata,
                   Manifests* manifests) {
  HttpRoute route;
  route.metadata = std::move(metadata);
  YamlFields spec = object.Object("spec");
  if (!spec.present()) object.Error("spec", "is required");
  for (YamlFields& fields : spec.Objects("parentRefs")) {
    ParentRef parent;
    const std::string group = fields.String("group").value_or(kGatewayGroup);
    const std::string kind = fields.String("kind").value_or("Gateway");
    parent.name = fields.RequiredString("name");
    parent.namespace_name =
        fields.String("namespace").value_or(route.metadata.namespace_name);
    parent.listener = fields.String("sectionName").value_or("");
    if (const auto port = fields.Integer("port", 1, 65535)) {
      parent.port = static_cast<uint16_t>(*port);
    }
    fields.WarnOfOthers();
    if (group == kGatewayGroup && kind == "Gateway") {
      route.parents.push_back(std::move(parent));
    } else {
      fields.Warn("kind", kind + " is not implemented and ignored");
    }
  }
  for (const std::string& hostname : spec.Strings("hostnames")) {
    route.hostnames.push_back(ReadHostname(spec, "hostnames", hostname));
  }
  const bool rules_absent = !spec.Raw("rules").IsDefined();
  for (YamlFields& fields : spec.Objects("rules")) {
    route.rules.push_back(ReadRule(fields, route.metadata, manifests));
  }
  if (rules_absent && spec.present()) {
    // The API's default: one rule that matches all.
    route.rules.emplace_back();
    route.rules.back().source = spec.source();
    route.rules.back().matches.emplace_back();
  }
  spec.WarnOfOthers();
  manifests->routes.push_back(std::move(route));
}

}  // namespace gateway
