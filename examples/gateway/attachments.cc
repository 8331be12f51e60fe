#include "attachments.h"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

// Whether a comes after b in age: created later, or of a later name.
bool Younger(const SessionPolicy* a, const SessionPolicy* b) {
  const Metadata& x = a->metadata;
  const Metadata& y = b->metadata;
  if (x.created != y.created) {
    if (x.created.empty() || y.created.empty()) return x.created.empty();
    return x.created > y.created;
  }
  return x.Key() > y.Key();
}

bool References(const RouteRule& rule, const std::string& namespace_name,
                const std::string& service) {
  return std::any_of(rule.backends.begin(), rule.backends.end(),
                     [&](const BackendRef& backend) {
                       return backend.kind == BackendKind::kService &&
                              backend.name == service &&
                              backend.namespace_name == namespace_name;
                     });
}

bool IsSection(const RouteRule& rule, size_t index,
               const std::string& section) {
  return section == rule.name || section == std::to_string(index);
}

// Whether `objects` has one of that name in the policy's namespace.
template <typename Object>
const Object* Find(const std::vector<Object>& objects,
                   const std::string& namespace_name, const std::string& name) {
  for (const Object& object : objects) {
    if (object.metadata.name == name &&
        object.metadata.namespace_name == namespace_name) {
      return &object;
    }
  }
  return nullptr;
}

}  // namespace

Attachments::Attachments(const Manifests& manifests,
                         std::vector<Diagnostic>* errors,
                         std::vector<Diagnostic>* warnings)
    : manifests_(manifests), errors_(errors), warnings_(warnings) {
  for (const SessionPolicy& policy : manifests.session_policies) {
    policies_.push_back(&policy);
  }
  std::sort(policies_.begin(), policies_.end(), Younger);
  WarnOfMissingTargets();
}

void Attachments::WarnOfMissingTargets() {
  const auto check = [this](const Metadata& policy, const TargetRef& target) {
    const std::string& space = policy.namespace_name;
    bool found = false;
    if (target.kind == "Service") {
      found = Find(manifests_.services, space, target.name) != nullptr;
    } else if (target.kind == "XBackend") {
      const XBackend* backend = Find(manifests_.xbackends, space, target.name);
      found = backend != nullptr;
      if (found && !backend->session) {
        warnings_->push_back(target.source.About(
            "name", "the XBackend " + target.name +
                        " has no sessionPersistence to extend"));
      }
    } else if (const HttpRoute* route =
                   Find(manifests_.routes, space, target.name)) {
      found = target.section.empty();
      for (size_t i = 0; i < route->rules.size() && !found; ++i) {
        found = IsSection(route->rules[i], i, target.section);
      }
      if (!found) {
        warnings_->push_back(target.source.About(
            "sectionName",
            "the HTTPRoute " + target.name + " has no rule " + target.section));
        return;
      }
    }
    if (!found) {
      warnings_->push_back(target.source.About(
          "name", "there is no " + target.kind + " " + target.name));
    }
  };
  for (const SessionPolicy& policy : manifests_.session_policies) {
    for (const TargetRef& target : policy.targets) {
      check(policy.metadata, target);
    }
  }
  for (const BackendPolicy& policy : manifests_.backend_policies) {
    for (const TargetRef& target : policy.targets) {
      check(policy.metadata, target);
    }
  }
}

limpet::SessionPersistence Attachments::OfServices(const RouteRule& rule) {
  const BackendPolicy* chosen = nullptr;
  for (const BackendPolicy& policy : manifests_.backend_policies) {
    if (!policy.session) continue;
    const bool targets = std::any_of(
        policy.targets.begin(), policy.targets.end(),
        [&](const TargetRef& target) {
          return References(rule, policy.metadata.namespace_name, target.name);
        });
    if (!targets) continue;
    if (rule.session) {
      warnings_->push_back(policy.session_source.About(
          "", "the sessionPersistence of the rule at " +
                  rule.session_source.where.file + ":" +
                  std::to_string(rule.session_source.where.line) +
                  " is used there instead"));
    } else if (chosen == nullptr) {
      chosen = &policy;
    } else if (*chosen->session != *policy.session) {
      warnings_->push_back(policy.session_source.About(
          "", "that of " + chosen->metadata.Key() +
                  " is used where a rule has both Services"));
    }
  }
  if (rule.session) return *rule.session;
  if (chosen != nullptr) return *chosen->session;
  limpet::SessionPersistence none;
  none.type = limpet::SessionType::kNone;
  return none;
}

void Attachments::Apply(const std::vector<const SessionPolicy*>& attached,
                        limpet::SessionPersistence* session) {
  for (const SessionPolicy* policy : attached) {
    const limpet::Status status = session->Extend(policy->extension);
    for (const limpet::Problem& problem : status.problems()) {
      errors_->push_back(policy->source.About(problem.field, problem.message));
    }
  }
}

std::vector<const SessionPolicy*> Attachments::PoliciesOf(
    const HttpRoute& route, size_t index) const {
  const RouteRule& rule = route.rules[index];
  std::vector<const SessionPolicy*> services;
  std::vector<const SessionPolicy*> whole;
  std::vector<const SessionPolicy*> section;
  for (const SessionPolicy* policy : policies_) {
    const std::string& space = policy->metadata.namespace_name;
    for (const TargetRef& target : policy->targets) {
      if (target.kind == "Service") {
        if (References(rule, space, target.name)) {
          services.push_back(policy);
        }
        continue;
      }
      if (target.kind != "HTTPRoute" || target.name != route.metadata.name ||
          space != route.metadata.namespace_name) {
        continue;
      }
      if (target.section.empty()) {
        whole.push_back(policy);
      } else if (IsSection(rule, index, target.section)) {
        section.push_back(policy);
      }
    }
  }
  std::vector<const SessionPolicy*> all = std::move(services);
  all.insert(all.end(), whole.begin(), whole.end());
  all.insert(all.end(), section.begin(), section.end());
  return all;
}

limpet::SessionPersistence Attachments::ForRule(const HttpRoute& route,
                                                size_t index) {
  limpet::SessionPersistence session = OfServices(route.rules[index]);
  Apply(PoliciesOf(route, index), &session);
  return session;
}

HashKey Attachments::HashKeyForRule(const HttpRoute& route,
                                    size_t index) const {
  HashKey key;
  for (const SessionPolicy* policy : PoliciesOf(route, index)) {
    if (policy->hash_key) key = *policy->hash_key;
  }
  return key;
}

limpet::SessionPersistence Attachments::ForXBackend(const XBackend& backend) {
  std::vector<const SessionPolicy*> attached;
  for (const SessionPolicy* policy : policies_) {
    for (const TargetRef& target : policy->targets) {
      if (target.kind == "XBackend" && target.name == backend.metadata.name &&
          policy->metadata.namespace_name == backend.metadata.namespace_name) {
        attached.push_back(policy);
      }
    }
  }
  limpet::SessionPersistence session = *backend.session;
  Apply(attached, &session);
  return session;
}

}  // namespace gateway
