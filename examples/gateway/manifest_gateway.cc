// Readers of Gateway, Service, EndpointSlice and XBackend.
#include <string>
#include <utility>

#include "manifest_kinds.h"

namespace gateway {
namespace {

constexpr int64_t kMaxPort = 65535;

// true for All, false for Same, the default.
bool ReadAllNamespaces(YamlFields& listener) {
  YamlFields routes = listener.Object("allowedRoutes");
  YamlFields namespaces = routes.Object("namespaces");
  const std::string from = namespaces.String("from").value_or("Same");
  if (from != "Same" && from != "All") {
    namespaces.Warn("from", from + " is not implemented; Same is used");
  }
  namespaces.WarnOfOthers();
  routes.WarnOfOthers();
  return from == "All";
}

bool IsTrueOrAbsent(const std::optional<bool>& value) {
  return value.value_or(true);
}

limpet::EndpointState ReadConditions(YamlFields& endpoint) {
  YamlFields conditions = endpoint.Object("conditions");
  const std::optional<bool> ready = conditions.Bool("ready");
  const std::optional<bool> serving = conditions.Bool("serving");
  const std::optional<bool> terminating = conditions.Bool("terminating");
  conditions.WarnOfOthers();
  if (IsTrueOrAbsent(ready)) return limpet::EndpointState::kReady;
  if (serving.value_or(false) && terminating.value_or(false)) {
    return limpet::EndpointState::kDraining;
  }
  return limpet::EndpointState::kUnavailable;
}

}  // namespace

void ReadGateway(YamlFields& object, Metadata metadata, Manifests* manifests) {
  Gateway gateway;
  gateway.metadata = std::move(metadata);
  YamlFields spec = object.Object("spec");
  if (!spec.present()) object.Error("spec", "is required");
  spec.Ignore({"gatewayClassName"});
  std::vector<YamlFields> listeners = spec.Objects("listeners");
  if (spec.present() && listeners.empty()) {
    spec.Error("listeners", "needs one listener at least");
  }
  for (YamlFields& fields : listeners) {
    Listener listener;
    listener.name = fields.RequiredString("name");
    listener.port =
        static_cast<uint16_t>(fields.RequiredInteger("port", 1, kMaxPort));
    const std::string protocol = fields.RequiredString("protocol");
    if (const auto hostname = fields.String("hostname");
        hostname && !hostname->empty()) {
      listener.hostname = ReadHostname(fields, "hostname", *hostname);
    }
    listener.all_namespaces = ReadAllNamespaces(fields);
    if (protocol == "HTTP") {
      fields.WarnOfOthers();
      gateway.listeners.push_back(std::move(listener));
    } else if (!protocol.empty()) {
      fields.Warn("protocol", protocol + " is not implemented; the listener " +
                                  listener.name + " is not opened");
    }
  }
  spec.WarnOfOthers();
  manifests->gateways.push_back(std::move(gateway));
}

void ReadService(YamlFields& object, Metadata metadata, Manifests* manifests) {
  Service service;
  service.metadata = std::move(metadata);
  YamlFields spec = object.Object("spec");
  // Endpoints come from EndpointSlices, so that these choose nothing here.
  spec.Ignore({"selector", "type", "clusterIP", "clusterIPs", "ipFamilies",
               "ipFamilyPolicy", "internalTrafficPolicy"});
  if (spec.String("sessionAffinity").value_or("None") != "None") {
    spec.Warn("sessionAffinity", "is not implemented and ignored");
  }
  for (YamlFields& fields : spec.Objects("ports")) {
    ServicePort port;
    port.name = fields.String("name").value_or("");
    port.port =
        static_cast<uint16_t>(fields.RequiredInteger("port", 1, kMaxPort));
    const YAML::Node target = fields.Raw("targetPort");
    const bool by_name =
        target.IsDefined() && target.IsScalar() &&
        target.Scalar().find_first_not_of("0123456789") != std::string::npos;
    if (!target.IsDefined()) {
      port.target_port = port.port;
    } else if (by_name) {
      fields.String("targetPort");  // an error where it is no string
    } else {
      port.target_port = static_cast<uint16_t>(
          fields.Integer("targetPort", 1, kMaxPort).value_or(1));
    }
    if (fields.String("protocol").value_or("TCP") != "TCP") {
      fields.Warn("protocol", "only TCP is implemented");
    }
    fields.Ignore({"appProtocol", "nodePort"});
    fields.WarnOfOthers();
    service.ports.push_back(std::move(port));
  }
  spec.WarnOfOthers();
  manifests->services.push_back(std::move(service));
}

void ReadEndpointSlice(YamlFields& object, Metadata metadata,
                       Manifests* manifests) {
  EndpointSlice slice;
  slice.metadata = std::move(metadata);
  const auto label = slice.metadata.labels.find("kubernetes.io/service-name");
  if (label != slice.metadata.labels.end()) slice.service = label->second;
  const std::string type = object.RequiredString("addressType");
  if (type == "FQDN") {
    object.Warn("addressType", "FQDN is not implemented; the slice is ignored");
    object.Ignore({"endpoints", "ports"});
    return;
  }
  if (type != "IPv4" && type != "IPv6" && !type.empty()) {
    object.Error("addressType", "must be IPv4, IPv6 or FQDN");
  }
  for (YamlFields& fields : object.Objects("endpoints")) {
    SliceEndpoint endpoint;
    const std::vector<std::string> addresses = fields.Strings("addresses");
    if (addresses.empty()) {
      fields.Error("addresses", "needs one address at least");
      continue;
    }
    // Kubernetes: of several addresses consumers use the first.
    endpoint.address = addresses.front();
    if (endpoint.address.size() > 64 || endpoint.address.empty()) {
      fields.Error("addresses[0]", "must be an IP address");
      continue;
    }
    YamlFields target = fields.Object("targetRef");
    endpoint.id = target.String("name").value_or("");
    endpoint.state = ReadConditions(fields);
    fields.Ignore({"hostname", "nodeName", "zone", "deprecatedTopology"});
    fields.WarnOfOthers();
    slice.endpoints.push_back(std::move(endpoint));
  }
  for (YamlFields& fields : object.Objects("ports")) {
    SlicePort port;
    port.name = fields.String("name").value_or("");
    const auto number = fields.Integer("port", 1, kMaxPort);
    if (number) port.port = static_cast<uint16_t>(*number);
    fields.Ignore({"protocol", "appProtocol"});
    fields.WarnOfOthers();
    if (number) slice.ports.push_back(std::move(port));
  }
  manifests->slices.push_back(std::move(slice));
}

void ReadXBackend(YamlFields& object, Metadata metadata, Manifests* manifests) {
  XBackend backend;
  backend.metadata = std::move(metadata);
  YamlFields spec = object.Object("spec");
  if (!spec.present()) {
    object.Error("spec", "is required");
    return;
  }
  const std::string type = spec.RequiredString("type");
  if (type.empty()) return;
  if (type != "EndpointSelector") {
    if (spec.Raw("sessionPersistence").IsDefined()) {
      spec.Error("sessionPersistence",
                 "sessionPersistence can only be set when type is "
                 "EndpointSelector");
    }
    spec.Warn("type", type + " is not implemented; the backend is ignored");
    return;
  }
  YamlFields port = spec.Object("port");
  if (port.present()) {
    backend.port =
        static_cast<uint16_t>(port.RequiredInteger("number", 1, kMaxPort));
    port.WarnOfOthers();
  } else {
    spec.Error("port", "is required");
  }
  YamlFields selector = spec.Object("endpointSelector");
  backend.match_labels = selector.StringMap("matchLabels");
  if (backend.match_labels.empty()) {
    spec.Error("endpointSelector.matchLabels", "needs one label at least");
  }
  selector.WarnOfOthers();
  YamlFields tls = spec.Object("tls");
  if (tls.String("mode").value_or("None") != "None") {
    tls.Warn("mode", "only None is implemented");
  }
  backend.session = ReadSessionPersistence(spec, limpet::Attachment::kBackend,
                                           manifests, &backend.session_source);
  spec.WarnOfOthers();
  manifests->xbackends.push_back(std::move(backend));
}

}  // namespace gateway
