// Manifests: the Kubernetes objects that the gateway knows, as plain values,
// and what was wrong with the files they came from.
#ifndef LIMPET_EXAMPLES_GATEWAY_MANIFEST_H_
#define LIMPET_EXAMPLES_GATEWAY_MANIFEST_H_

#include <limpet/limpet.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hash_key.h"

namespace gateway {

struct Location {
  std::string file;
  int line = 1;
};

// One thing that is wrong, or not implemented.
struct Diagnostic {
  Location where;
  std::string field;
  std::string message;

  // "file:line: field: message", one line.
  std::string ToString() const;
};

// An object in a file, to speak about it later.
struct Source {
  Location where;
  std::string field;                 // path from the manifest's root
  std::map<std::string, int> lines;  // of the fields below it, by their paths

  // A problem with a field below this one, where that stands.
  Diagnostic About(const std::string& below, std::string message) const;
};

struct Metadata {
  std::string namespace_name = "default";
  std::string name;
  std::map<std::string, std::string> labels;
  std::string created;  // creationTimestamp, "" if not stated
  Source source;

  std::string Key() const { return namespace_name + "/" + name; }
};

struct Listener {
  std::string name;
  std::string hostname;  // lower case; "" for all, "*.example.com" for suffixes
  uint16_t port = 0;
  bool all_namespaces = false;  // routes of other namespaces may attach
};

struct Gateway {
  Metadata metadata;
  std::vector<Listener> listeners;  // HTTP only
};

struct ParentRef {
  std::string namespace_name;
  std::string name;
  std::string listener;  // sectionName, "" for all
  std::optional<uint16_t> port;
};

enum class PathType { kExact, kPrefix };

struct HeaderMatch {
  std::string name;
  std::string value;
};

struct RouteMatch {
  PathType path_type = PathType::kPrefix;
  std::string path = "/";
  std::string method;  // "" for all
  std::vector<HeaderMatch> headers;
  bool supported = true;  // else it never matches; a warning says why
};

enum class BackendKind { kService, kXBackend, kOther };

struct BackendRef {
  BackendKind kind = BackendKind::kService;
  std::string namespace_name;
  std::string name;
  std::optional<uint16_t> port;
  uint32_t weight = 1;
  Source source;
};

struct RouteRule {
  std::string name;
  std::vector<RouteMatch> matches;
  std::vector<BackendRef> backends;
  std::optional<limpet::SessionPersistence> session;
  Source source;          // of the rule
  Source session_source;  // of its sessionPersistence
};

struct HttpRoute {
  Metadata metadata;
  std::vector<ParentRef> parents;
  std::vector<std::string> hostnames;  // lower case
  std::vector<RouteRule> rules;
};

struct ServicePort {
  std::string name;
  uint16_t port = 0;
  uint16_t target_port = 0;  // 0: by name, which EndpointSlices resolve
};

struct Service {
  Metadata metadata;
  std::vector<ServicePort> ports;
};

struct SliceEndpoint {
  std::string id;  // targetRef.name, "" if there is none
  std::string address;
  limpet::EndpointState state = limpet::EndpointState::kReady;
};

struct SlicePort {
  std::string name;
  uint16_t port = 0;
};

struct EndpointSlice {
  Metadata metadata;
  std::string service;  // of the label kubernetes.io/service-name
  std::vector<SliceEndpoint> endpoints;
  std::vector<SlicePort> ports;
};

struct XBackend {
  Metadata metadata;
  uint16_t port = 0;
  std::map<std::string, std::string> match_labels;
  std::optional<limpet::SessionPersistence> session;
  Source session_source;
};

// What a SessionPolicy speaks about.
struct TargetRef {
  std::string kind;  // HTTPRoute, XBackend or Service
  std::string name;
  std::string section;  // a rule's name or index, "" for all
  Source source;
};

// limpet.dev/v1alpha1: what the Gateway API has no field for.
struct SessionPolicy {
  Metadata metadata;
  std::vector<TargetRef> targets;
  std::optional<HashKey> hash_key;
  std::string extension;  // JSON for SessionPersistence::Extend
  Source source;          // of the spec
};

// XBackendTrafficPolicy or BackendLBPolicy: persistence for a Service's rules
// that have none of their own.
struct BackendPolicy {
  Metadata metadata;
  std::vector<TargetRef> targets;
  std::optional<limpet::SessionPersistence> session;
  Source session_source;
};

struct Manifests {
  std::vector<Gateway> gateways;
  std::vector<HttpRoute> routes;
  std::vector<Service> services;
  std::vector<EndpointSlice> slices;
  std::vector<XBackend> xbackends;
  std::vector<SessionPolicy> session_policies;
  std::vector<BackendPolicy> backend_policies;

  std::vector<Diagnostic> errors;    // any: nothing here may be used
  std::vector<Diagnostic> warnings;  // kinds and fields not implemented
};

// Reads one file's text, of any number of documents, into `manifests`.
void ParseManifest(const std::string& file, const std::string& text,
                   Manifests* manifests);

// Reads all *.yaml, *.yml and *.json of a folder, in the order of their names.
Manifests LoadManifests(const std::string& directory);

// The names of those files, sorted. Empty if the folder cannot be read.
std::vector<std::string> ManifestFiles(const std::string& directory);

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_MANIFEST_H_
