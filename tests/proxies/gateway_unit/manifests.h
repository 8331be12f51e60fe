// Manifests in the tests' own words.
#ifndef LIMPET_TESTS_PROXIES_GATEWAY_UNIT_MANIFESTS_H_
#define LIMPET_TESTS_PROXIES_GATEWAY_UNIT_MANIFESTS_H_

#include <string>
#include <vector>

#include "configuration.h"
#include "manifest.h"

namespace gateway::testing {

inline constexpr const char* kGateway = R"(
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw}
spec:
  gatewayClassName: limpet
  listeners: [{name: http, protocol: HTTP, port: 80}]
---
)";

// A Service on port 80 and its slice of two ready endpoints, NAME-0 and NAME-1.
inline std::string ServiceOf(const std::string& name) {
  return R"(
apiVersion: v1
kind: Service
metadata: {name: )" +
         name + R"(}
spec: {ports: [{name: http, port: 80, targetPort: 3000}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: )" +
         name + R"(
  labels: {kubernetes.io/service-name: )" +
         name + R"(, app: )" + name + R"(}
addressType: IPv4
endpoints:
- {addresses: [127.0.0.1], targetRef: {kind: Pod, name: )" +
         name + R"(-0}}
- {addresses: [127.0.0.2], targetRef: {kind: Pod, name: )" +
         name + R"(-1}}
ports: [{name: http, port: 3000}]
---
)";
}

// An HTTPRoute of the gateway with these rules, a YAML flow sequence.
inline std::string RouteOf(const std::string& name, const std::string& rules) {
  return "apiVersion: gateway.networking.k8s.io/v1\n"
         "kind: HTTPRoute\n"
         "metadata: {name: " +
         name +
         "}\n"
         "spec: {parentRefs: [{name: gw}], rules: " +
         rules + "}\n---\n";
}

inline Manifests Parse(const std::string& text) {
  Manifests manifests;
  ParseManifest("test.yaml", text, &manifests);
  return manifests;
}

inline std::vector<std::string> Texts(const std::vector<Diagnostic>& list) {
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : list) {
    texts.push_back(diagnostic.ToString());
  }
  return texts;
}

// A configuration, and what was said about it.
struct Built {
  std::shared_ptr<const Configuration> configuration;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

inline Built Build(const std::string& text,
                   const std::shared_ptr<const limpet::KeyRing>& keys =
                       limpet::KeyRing::Generate(),
                   const Configuration* previous = nullptr) {
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;
  Built built;
  built.configuration =
      Configuration::Build(Parse(text), keys, previous, &errors, &warnings);
  built.errors = Texts(errors);
  built.warnings = Texts(warnings);
  return built;
}

// The rule that serves a GET of this path.
inline const Rule* RuleFor(const Configuration& configuration,
                           std::string_view path) {
  return configuration.Find(80, {"example.com", path, "GET", {}});
}

}  // namespace gateway::testing

#endif  // LIMPET_TESTS_PROXIES_GATEWAY_UNIT_MANIFESTS_H_
