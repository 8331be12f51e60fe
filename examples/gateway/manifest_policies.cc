// Readers of the policies that attach to other objects: SessionPolicy,
// XBackendTrafficPolicy and its older name BackendLBPolicy.
#include <string>
#include <utility>

#include "manifest_kinds.h"
#include "yaml_json.h"

namespace gateway {
namespace {

// The targetRefs whose kind is one of `kinds`; a warning for the others.
std::vector<TargetRef> ReadTargets(
    YamlFields& spec, std::initializer_list<std::string_view> kinds) {
  std::vector<TargetRef> targets;
  std::vector<YamlFields> list = spec.Objects("targetRefs");
  if (spec.present() && list.empty()) {
    spec.Error("targetRefs", "needs one target at least");
  }
  for (YamlFields& fields : list) {
    TargetRef target;
    target.source = fields.source();
    const std::string group = fields.String("group").value_or("");
    target.kind = fields.RequiredString("kind");
    target.name = fields.RequiredString("name");
    target.section = fields.String("sectionName").value_or("");
    fields.WarnOfOthers();
    const std::string_view wanted =
        target.kind == "HTTPRoute"  ? "gateway.networking.k8s.io"
        : target.kind == "XBackend" ? "gateway.networking.x-k8s.io"
                                    : "";
    bool known = false;
    for (const std::string_view kind : kinds) known |= kind == target.kind;
    if (!known || group != wanted) {
      fields.Warn("kind", "a target of kind " + target.kind + " of group \"" +
                              group + "\" is not implemented and ignored");
      continue;
    }
    if (!target.section.empty() && target.kind != "HTTPRoute") {
      fields.Warn("sectionName", "is not implemented for " + target.kind +
                                     "; all of it is the target");
      target.section.clear();
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

std::optional<HashKey> ReadHashKey(YamlFields& spec) {
  YamlFields fields = spec.Object("hashKey");
  if (!fields.present()) return std::nullopt;
  HashKey key;
  const std::string type = fields.RequiredString("type");
  if (type == "Header") {
    key.header = fields.RequiredString("name");
  } else if (type == "ClientAddress") {
    key.mask.ipv4_bits =
        static_cast<uint32_t>(fields.Integer("ipv4Bits", 0, 32).value_or(32));
    key.mask.ipv6_bits =
        static_cast<uint32_t>(fields.Integer("ipv6Bits", 0, 128).value_or(128));
  } else if (!type.empty()) {
    fields.Error("type", "must be ClientAddress or Header");
  }
  fields.WarnOfOthers();
  return key;
}

}  // namespace

void ReadSessionPolicy(YamlFields& object, Metadata metadata,
                       Manifests* manifests) {
  SessionPolicy policy;
  policy.metadata = std::move(metadata);
  YamlFields spec = object.Object("spec");
  if (!spec.present()) {
    object.Error("spec", "is required");
    return;
  }
  policy.source = spec.source();
  policy.targets = ReadTargets(spec, {"HTTPRoute", "XBackend", "Service"});
  policy.hash_key = ReadHashKey(spec);
  if (policy.hash_key) {
    for (const TargetRef& target : policy.targets) {
      if (target.kind != "XBackend") continue;
      spec.Error("hashKey",
                 "is that of a route's rule; target HTTPRoute or Service");
    }
  }
  // All other fields are limpet's to judge.
  YAML::Node extension = YAML::Clone(spec.node());
  extension.remove("targetRefs");
  extension.remove("hashKey");
  const limpet::Result<std::string> json = ToJson(extension);
  if (!json.ok()) {
    for (const limpet::Problem& problem : json.status().problems()) {
      manifests->errors.push_back(
          policy.source.About(problem.field, problem.message));
    }
    return;
  }
  policy.extension = *json;
  manifests->session_policies.push_back(std::move(policy));
}

void ReadBackendPolicy(YamlFields& object, Metadata metadata,
                       Manifests* manifests) {
  BackendPolicy policy;
  policy.metadata = std::move(metadata);
  YamlFields spec = object.Object("spec");
  if (!spec.present()) {
    object.Error("spec", "is required");
    return;
  }
  policy.targets = ReadTargets(spec, {"Service"});
  policy.session = ReadSessionPersistence(spec, limpet::Attachment::kRouteRule,
                                          manifests, &policy.session_source);
  spec.WarnOfOthers();
  manifests->backend_policies.push_back(std::move(policy));
}

}  // namespace gateway
