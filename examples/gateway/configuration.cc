#include "configuration.h"

#include <algorithm>
#include <set>
#include <utility>

#include "attachments.h"
#include "resolver.h"

namespace gateway {

using limpet::Backend;
using limpet::Endpoint;
using limpet::SessionPersistence;
using limpet::SessionType;

class ConfigurationBuilder {
 public:
  ConfigurationBuilder(const Manifests& manifests,
                       const std::shared_ptr<const limpet::KeyRing>& keys,
                       const Configuration* previous,
                       std::vector<Diagnostic>* errors,
                       std::vector<Diagnostic>* warnings)
      : manifests_(manifests),
        previous_(previous),
        errors_(errors),
        warnings_(warnings),
        resolver_(manifests, warnings),
        attachments_(manifests, errors, warnings),
        result_(new Configuration) {
    result_->keys_ = keys;
  }

  std::shared_ptr<const Configuration> Build() {
    CheckNames(manifests_.gateways, "Gateway");
    CheckNames(manifests_.routes, "HTTPRoute");
    CheckNames(manifests_.services, "Service");
    CheckNames(manifests_.slices, "EndpointSlice");
    CheckNames(manifests_.xbackends, "XBackend");
    CheckNames(manifests_.session_policies, "SessionPolicy");
    CheckNames(manifests_.backend_policies, "policy");
    AddListeners();
    if (!errors_->empty()) return nullptr;
    for (const HttpRoute& route : manifests_.routes) AddRoute(route);
    if (!errors_->empty()) return nullptr;
    result_->router_.Finish();
    return result_;
  }

 private:
  template <typename Object>
  void CheckNames(const std::vector<Object>& objects, const char* kind) {
    std::map<std::string, const Object*> seen;
    for (const Object& object : objects) {
      const auto entry = seen.emplace(object.metadata.Key(), &object);
      if (entry.second) continue;
      const Location& first = entry.first->second->metadata.source.where;
      errors_->push_back(object.metadata.source.About(
          "metadata.name", std::string("there is a ") + kind + " " +
                               object.metadata.Key() + " already, at " +
                               first.file + ":" + std::to_string(first.line)));
    }
  }

  void AddListeners() {
    std::set<uint16_t> ports;
    for (const Gateway& gateway : manifests_.gateways) {
      for (const Listener& listener : gateway.listeners) {
        ports.insert(listener.port);
        result_->router_.AddListener(listener.port, listener.hostname);
      }
    }
    result_->ports_.assign(ports.begin(), ports.end());
    if (!manifests_.errors.empty() || !ports.empty()) return;
    errors_->push_back({{}, "", "there is no Gateway with an HTTP listener"});
    if (!manifests_.gateways.empty()) {
      errors_->back().where = manifests_.gateways.front().metadata.source.where;
    }
  }

  void AddRoute(const HttpRoute& route) {
    const size_t first_rule = result_->rules_.size();
    for (size_t i = 0; i < route.rules.size(); ++i) {
      result_->rules_.push_back(MakeRule(route, i));
    }
    bool attached = false;
    for (const ParentRef& parent : route.parents) {
      for (const Gateway& gateway : manifests_.gateways) {
        if (gateway.metadata.name != parent.name ||
            gateway.metadata.namespace_name != parent.namespace_name) {
          continue;
        }
        for (const Listener& listener : gateway.listeners) {
          attached |= Attach(route, parent, gateway, listener, first_rule);
        }
      }
    }
    if (!attached) {
      warnings_->push_back(route.metadata.source.About(
          "spec.parentRefs", "no listener takes this route; it is not used"));
    }
  }

  bool Attach(const HttpRoute& route, const ParentRef& parent,
              const Gateway& gateway, const Listener& listener,
              size_t first_rule) {
    if (!parent.listener.empty() && parent.listener != listener.name) {
      return false;
    }
    if (parent.port && *parent.port != listener.port) return false;
    if (!listener.all_namespaces &&
        route.metadata.namespace_name != gateway.metadata.namespace_name) {
      return false;
    }
    std::vector<std::string> hostnames = route.hostnames;
    if (hostnames.empty()) hostnames.emplace_back();
    bool attached = false;
    for (const std::string& hostname : hostnames) {
      const auto both = IntersectHostnames(listener.hostname, hostname);
      if (!both) continue;
      attached = true;
      for (size_t i = 0; i < route.rules.size(); ++i) {
        for (const RouteMatch& match : route.rules[i].matches) {
          Router::Entry entry;
          entry.hostname = *both;
          entry.match = match;
          entry.created = route.metadata.created;
          entry.route = route.metadata.Key();
          entry.rule_index = i;
          entry.rule = first_rule + i;
          result_->router_.Add(listener.port, listener.hostname,
                               std::move(entry));
        }
      }
    }
    return attached;
  }

  // A rule's backendRefs, each with its endpoints.
  struct Reference {
    Backend backend;  // named "namespace/service"
    const BackendRef* ref;
    const XBackend* own_sessions;  // null: those of the rule, if any
    Resolved resolved;
  };

  std::vector<Reference> ResolveBackends(const RouteRule& rule,
                                         bool rule_has_sessions) {
    std::vector<Reference> references;
    for (const BackendRef& ref : rule.backends) {
      Backend backend;
      backend.name = ref.namespace_name + "/" + ref.name;
      backend.weight = ref.weight;
      const auto same_name = [&backend](const Reference& other) {
        return other.backend.name == backend.name;
      };
      if (std::any_of(references.begin(), references.end(), same_name)) {
        backend.name += ":" + std::to_string(ref.port.value_or(0));
      }
      if (std::any_of(references.begin(), references.end(), same_name)) {
        errors_->push_back(
            ref.source.About("name", "the rule has this backendRef already"));
        continue;
      }
      Reference reference{std::move(backend), &ref, nullptr,
                          resolver_.Resolve(ref)};
      if (!reference.resolved.invalid.empty()) {
        warnings_->push_back(ref.source.About(
            "name", reference.resolved.invalid +
                        "; its share of the requests is answered with 500"));
      }
      const XBackend* xbackend = resolver_.FindXBackend(ref);
      if (xbackend != nullptr && xbackend->session) {
        if (rule_has_sessions) {
          warnings_->push_back(xbackend->session_source.About(
              "", "the rule at " + ref.source.where.file + ":" +
                      std::to_string(ref.source.where.line) +
                      " has a sessionPersistence, which is used there"));
        } else {
          reference.own_sessions = xbackend;
        }
      }
      references.push_back(std::move(reference));
    }
    return references;
  }

  Rule MakeRule(const HttpRoute& route, size_t index) {
    const RouteRule& source = route.rules[index];
    Rule rule;
    rule.scope = route.metadata.Key() + "/" + std::to_string(index);
    const SessionPersistence session = attachments_.ForRule(route, index);
    rule.hash_key = attachments_.HashKeyForRule(route, index);
    if (source.backends.empty()) {
      warnings_->push_back(source.source.About(
          "backendRefs", "there are none; requests are answered with 500"));
      return rule;
    }
    std::vector<Reference> references =
        ResolveBackends(source, session.type != SessionType::kNone);
    const Source& where =
        source.session ? source.session_source : source.source;
    const bool split = std::any_of(
        references.begin(), references.end(),
        [](const Reference& r) { return r.own_sessions != nullptr; });
    if (!split) {
      rule.target = MakeTarget(rule.scope, session, references, where);
      return rule;
    }
    WarnOfSharedNames(references);
    std::vector<Endpoint> choices;
    std::vector<Backend> backends;
    for (Reference& reference : references) {
      Endpoint choice;
      choice.id = reference.backend.name;
      choice.backend = reference.backend.name;
      choices.push_back(std::move(choice));
      backends.push_back(reference.backend);
      rule.split.push_back(MakeSplitTarget(rule.scope, session, reference));
    }
    rule.target =
        AddTarget(rule.scope, session, std::move(choices), backends, where);
    return rule;
  }

  // The target of one backendRef of a rule whose weights choose first.
  std::shared_ptr<Target> MakeSplitTarget(const std::string& rule_scope,
                                          const SessionPersistence& session,
                                          Reference& reference) {
    const XBackend* xbackend = reference.own_sessions;
    reference.backend.weight = 1;  // it has been weighed by then
    if (xbackend == nullptr) {
      return MakeTarget(rule_scope + "/" + reference.backend.name, session,
                        {reference}, reference.ref->source);
    }
    const std::string scope = "backend/" + xbackend->metadata.Key();
    const auto known = result_->targets_.find(scope);
    if (known != result_->targets_.end()) return known->second;
    return MakeTarget(scope, attachments_.ForXBackend(*xbackend), {reference},
                      xbackend->session_source);
  }

  // GEP-1619 calls it an invalid configuration, of which one may work.
  void WarnOfSharedNames(const std::vector<Reference>& references) {
    std::set<std::string> names;
    for (const Reference& reference : references) {
      const XBackend* backend = reference.own_sessions;
      if (backend == nullptr || backend->session->name.empty()) continue;
      if (!names.insert(backend->session->name).second) {
        warnings_->push_back(backend->session_source.About(
            "", "another backend of the same rule has sessions of the name " +
                    backend->session->name +
                    "; a client can hold only one of them"));
      }
    }
  }

  std::shared_ptr<Target> MakeTarget(const std::string& scope,
                                     const SessionPersistence& session,
                                     const std::vector<Reference>& references,
                                     const Source& where) {
    std::vector<Endpoint> endpoints;
    std::vector<Backend> backends;
    std::set<std::string> ids;
    for (const Reference& reference : references) {
      backends.push_back(reference.backend);
      std::vector<Endpoint> members = reference.resolved.endpoints;
      if (!reference.resolved.invalid.empty()) {
        members.emplace_back();  // without an address: answered with 500
        members.back().id = "invalid";
      }
      for (Endpoint& endpoint : members) {
        endpoint.backend = reference.backend.name;
        // One pod may serve two backends of a rule.
        if (!ids.insert(endpoint.id).second) {
          endpoint.id = reference.backend.name + "/" + endpoint.id;
          ids.insert(endpoint.id);
        }
        endpoints.push_back(std::move(endpoint));
      }
    }
    return AddTarget(scope, session, std::move(endpoints), std::move(backends),
                     where);
  }

  std::shared_ptr<Target> AddTarget(const std::string& scope,
                                    const SessionPersistence& session,
                                    std::vector<Endpoint> endpoints,
                                    std::vector<Backend> backends,
                                    const Source& where) {
    std::shared_ptr<const limpet::Policy> policy =
        MakePolicy(scope, session, where);
    if (policy == nullptr) return nullptr;
    std::vector<std::shared_ptr<EndpointStatus>> statuses;
    statuses.reserve(endpoints.size());
    for (const Endpoint& endpoint : endpoints) {
      statuses.push_back(StatusOf(endpoint.address));
    }
    auto target = Target::Make(session, std::move(policy), std::move(endpoints),
                               std::move(backends), std::move(statuses));
    if (!target.ok()) {
      Refuse(target.status(), where);
      return nullptr;
    }
    result_->targets_[scope] = *target;
    return *std::move(target);
  }

  std::shared_ptr<const limpet::Policy> MakePolicy(
      const std::string& scope, const SessionPersistence& session,
      const Source& where) {
    limpet::PolicyOptions options;
    options.scope = scope;
    options.keys = result_->keys_;
    if (previous_ != nullptr) {
      const auto old = previous_->targets_.find(scope);
      if (old != previous_->targets_.end()) {
        if (old->second->requested() == session &&
            previous_->keys_ == result_->keys_) {
          return old->second->shared_policy();
        }
        if (session.store == limpet::StoreType::kSessionMap) {
          options.sessions = old->second->policy().sessions();
        }
      }
    }
    auto policy = limpet::Policy::Make(session, std::move(options));
    if (policy.ok()) return *std::move(policy);
    Refuse(policy.status(), where);
    return nullptr;
  }

  std::shared_ptr<EndpointStatus> StatusOf(const std::string& address) {
    std::shared_ptr<EndpointStatus>& status = result_->statuses_[address];
    if (status == nullptr && previous_ != nullptr) {
      const auto old = previous_->statuses_.find(address);
      if (old != previous_->statuses_.end()) status = old->second;
    }
    if (status == nullptr) status = std::make_shared<EndpointStatus>();
    return status;
  }

  void Refuse(const limpet::Status& status, const Source& where) {
    for (const limpet::Problem& problem : status.problems()) {
      errors_->push_back(where.About(problem.field, problem.message));
    }
  }

  const Manifests& manifests_;
  const Configuration* previous_;
  std::vector<Diagnostic>* errors_;
  std::vector<Diagnostic>* warnings_;
  Resolver resolver_;
  Attachments attachments_;
  std::shared_ptr<Configuration> result_;
};

std::shared_ptr<const Configuration> Configuration::Build(
    const Manifests& manifests,
    const std::shared_ptr<const limpet::KeyRing>& keys,
    const Configuration* previous, std::vector<Diagnostic>* errors,
    std::vector<Diagnostic>* warnings) {
  errors->insert(errors->end(), manifests.errors.begin(),
                 manifests.errors.end());
  warnings->insert(warnings->end(), manifests.warnings.begin(),
                   manifests.warnings.end());
  return ConfigurationBuilder(manifests, keys, previous, errors, warnings)
      .Build();
}

const Rule* Configuration::Find(uint16_t port,
                                const RequestView& request) const {
  const std::optional<size_t> rule = router_.Find(port, request);
  return rule ? &rules_[*rule] : nullptr;
}

bool Configuration::IsSplit(const std::string& scope) const {
  return std::any_of(rules_.begin(), rules_.end(), [&scope](const Rule& rule) {
    return rule.scope == scope && !rule.split.empty();
  });
}

}  // namespace gateway
