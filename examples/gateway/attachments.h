// Attachments: which sessions a route rule or an XBackend has after all the
// policies that target it.
#ifndef LIMPET_EXAMPLES_GATEWAY_ATTACHMENTS_H_
#define LIMPET_EXAMPLES_GATEWAY_ATTACHMENTS_H_

#include <limpet/limpet.h>

#include <cstddef>
#include <string>
#include <vector>

#include "manifest.h"

namespace gateway {

class Attachments {
 public:
  // Warns of targets that do not exist.
  Attachments(const Manifests& manifests, std::vector<Diagnostic>* errors,
              std::vector<Diagnostic>* warnings);

  // The rule's own sessionPersistence, else that of a policy on one of its
  // Services, else none; then every SessionPolicy, the more specific one last:
  // Service, HTTPRoute, a rule of it. Of two on one target the older wins.
  limpet::SessionPersistence ForRule(const HttpRoute& route, size_t index);

  // That of the most specific of those policies that have one, else the
  // client's address.
  HashKey HashKeyForRule(const HttpRoute& route, size_t index) const;

  // REQUIRES: backend.session.
  limpet::SessionPersistence ForXBackend(const XBackend& backend);

 private:
  void WarnOfMissingTargets();
  // The SessionPolicies of a rule, the one that wins last.
  std::vector<const SessionPolicy*> PoliciesOf(const HttpRoute& route,
                                               size_t index) const;
  limpet::SessionPersistence OfServices(const RouteRule& rule);
  void Apply(const std::vector<const SessionPolicy*>& attached,
             limpet::SessionPersistence* session);

  const Manifests& manifests_;
  std::vector<Diagnostic>* errors_;
  std::vector<Diagnostic>* warnings_;
  std::vector<const SessionPolicy*> policies_;  // the youngest first
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_ATTACHMENTS_H_
