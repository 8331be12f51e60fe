// Resolver: from a backendRef to its endpoints, through Service or XBackend and
// their EndpointSlices.
#ifndef LIMPET_EXAMPLES_GATEWAY_RESOLVER_H_
#define LIMPET_EXAMPLES_GATEWAY_RESOLVER_H_

#include <limpet/limpet.h>

#include <string>
#include <vector>

#include "manifest.h"

namespace gateway {

struct Resolved {
  std::vector<limpet::Endpoint> endpoints;  // id, address ("ip:port"), state
  std::string invalid;  // why the reference points at nothing; "" if it does
};

class Resolver {
 public:
  Resolver(const Manifests& manifests, std::vector<Diagnostic>* warnings)
      : manifests_(manifests), warnings_(warnings) {}

  // An endpoint's port is its slice's where that names one, as in Kubernetes,
  // so several slices of one Service may each have a port of their own.
  Resolved Resolve(const BackendRef& backend) const;

  const XBackend* FindXBackend(const BackendRef& backend) const;

 private:
  Resolved ResolveService(const BackendRef& backend) const;
  Resolved ResolveXBackend(const XBackend& backend) const;
  void AddSlice(const EndpointSlice& slice, uint16_t port,
                std::vector<limpet::Endpoint>* endpoints) const;

  const Manifests& manifests_;
  std::vector<Diagnostic>* warnings_;
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_RESOLVER_H_
