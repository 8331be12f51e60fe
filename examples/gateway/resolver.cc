#include "resolver.h"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

bool SamePort(const BackendRef& backend, const ServicePort& port) {
  return port.port == *backend.port;
}

// The slice's port of a Service's port, by name as in Kubernetes; one port
// without a name stands for all. 0 if there is none.
uint16_t SlicePortOf(const EndpointSlice& slice, const ServicePort& port) {
  for (const SlicePort& candidate : slice.ports) {
    if (candidate.name == port.name) return candidate.port;
  }
  if (slice.ports.size() == 1 && slice.ports.front().name.empty()) {
    return slice.ports.front().port;
  }
  return slice.ports.empty() ? port.target_port : 0;
}

uint16_t SlicePortOf(const EndpointSlice& slice, const XBackend& backend) {
  for (const SlicePort& candidate : slice.ports) {
    if (candidate.port == backend.port) return candidate.port;
  }
  if (slice.ports.size() == 1) return slice.ports.front().port;
  return slice.ports.empty() ? backend.port : 0;
}

bool Selects(const XBackend& backend, const EndpointSlice& slice) {
  if (backend.metadata.namespace_name != slice.metadata.namespace_name) {
    return false;
  }
  return std::all_of(backend.match_labels.begin(), backend.match_labels.end(),
                     [&slice](const auto& label) {
                       const auto found =
                           slice.metadata.labels.find(label.first);
                       return found != slice.metadata.labels.end() &&
                              found->second == label.second;
                     });
}

std::string JoinAddress(const std::string& host, uint16_t port) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace

Resolved Resolver::Resolve(const BackendRef& backend) const {
  switch (backend.kind) {
    case BackendKind::kService:
      return ResolveService(backend);
    case BackendKind::kXBackend:
      if (const XBackend* found = FindXBackend(backend)) {
        return ResolveXBackend(*found);
      }
      return {{}, "there is no XBackend " + backend.name};
    case BackendKind::kOther:
      break;
  }
  return {{}, "its kind is not implemented"};
}

const XBackend* Resolver::FindXBackend(const BackendRef& backend) const {
  if (backend.kind != BackendKind::kXBackend) return nullptr;
  for (const XBackend& candidate : manifests_.xbackends) {
    if (candidate.metadata.name == backend.name &&
        candidate.metadata.namespace_name == backend.namespace_name) {
      return &candidate;
    }
  }
  return nullptr;
}

Resolved Resolver::ResolveService(const BackendRef& backend) const {
  Resolved resolved;
  const auto service = std::find_if(
      manifests_.services.begin(), manifests_.services.end(),
      [&backend](const Service& candidate) {
        return candidate.metadata.name == backend.name &&
               candidate.metadata.namespace_name == backend.namespace_name;
      });
  if (service == manifests_.services.end()) {
    resolved.invalid = "there is no Service " + backend.name;
    return resolved;
  }
  const auto port = std::find_if(
      service->ports.begin(), service->ports.end(),
      [&backend](const ServicePort& p) { return SamePort(backend, p); });
  if (port == service->ports.end()) {
    resolved.invalid = "the Service " + backend.name + " has no port " +
                       std::to_string(*backend.port);
    return resolved;
  }
  for (const EndpointSlice& slice : manifests_.slices) {
    if (slice.service == backend.name &&
        slice.metadata.namespace_name == backend.namespace_name) {
      AddSlice(slice, SlicePortOf(slice, *port), &resolved.endpoints);
    }
  }
  return resolved;
}

Resolved Resolver::ResolveXBackend(const XBackend& backend) const {
  Resolved resolved;
  for (const EndpointSlice& slice : manifests_.slices) {
    if (Selects(backend, slice)) {
      AddSlice(slice, SlicePortOf(slice, backend), &resolved.endpoints);
    }
  }
  return resolved;
}

void Resolver::AddSlice(const EndpointSlice& slice, uint16_t port,
                        std::vector<limpet::Endpoint>* endpoints) const {
  if (port == 0) {
    warnings_->push_back(slice.metadata.source.About(
        "ports", "has no port for its Service; its endpoints are not used"));
    return;
  }
  for (const SliceEndpoint& member : slice.endpoints) {
    limpet::Endpoint endpoint;
    endpoint.address = JoinAddress(member.address, port);
    endpoint.id = member.id.empty() ? endpoint.address : member.id;
    endpoint.state = member.state;
    // A pod stands in one slice for each address family: the first serves.
    const bool known = std::any_of(
        endpoints->begin(), endpoints->end(),
        [&endpoint](const limpet::Endpoint& e) { return e.id == endpoint.id; });
    if (!known) endpoints->push_back(std::move(endpoint));
  }
}

}  // namespace gateway
