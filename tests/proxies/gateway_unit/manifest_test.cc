#include "manifest.h"

#include <gtest/gtest.h>

#include "manifests.h"

namespace gateway {
namespace {

using limpet::EndpointState;
using testing::Parse;
using testing::Texts;

using Lines = std::vector<std::string>;

std::string Route(const std::string& rule) {
  return "apiVersion: gateway.networking.k8s.io/v1\n"
         "kind: HTTPRoute\n"
         "metadata: {name: r}\n"
         "spec:\n"
         "  parentRefs: [{name: gw}]\n"
         "  rules:\n" +
         rule;
}

TEST(Manifest, TheWorkshopsFilesAreReadWithoutAWarning) {
  const Manifests manifests = LoadManifests(GATEWAY_MANIFESTS);
  EXPECT_EQ(Texts(manifests.errors), Lines());
  EXPECT_EQ(Texts(manifests.warnings), Lines());
  ASSERT_EQ(manifests.routes.size(), 1u);
  const HttpRoute& route = manifests.routes[0];
  EXPECT_EQ(route.metadata.Key(), "default/header");
  ASSERT_EQ(route.rules.size(), 1u);
  ASSERT_TRUE(route.rules[0].session);
  EXPECT_EQ(route.rules[0].session->name, "Session-A");
  EXPECT_EQ(route.rules[0].session->type, limpet::SessionType::kHeader);
  EXPECT_EQ(route.rules[0].session->absolute_timeout, limpet::Duration(10000));
  ASSERT_EQ(manifests.services.size(), 1u);
  EXPECT_EQ(manifests.services[0].ports[0].target_port, 3000);
  ASSERT_EQ(manifests.gateways.size(), 1u);
  EXPECT_EQ(manifests.gateways[0].listeners[0].port, 80);
}

TEST(Manifest, JsonIsReadToo) {
  Manifests manifests;
  ParseManifest("a.json",
                "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Service\",\n"
                "\t\"metadata\": {\"name\": \"s\"},\n"
                "\t\"spec\": {\"ports\": [{\"port\": 80}]}\n}\n",
                &manifests);
  EXPECT_EQ(Texts(manifests.errors), Lines());
  ASSERT_EQ(manifests.services.size(), 1u);
  EXPECT_EQ(manifests.services[0].ports[0].target_port, 80);
}

TEST(Manifest, ListsAreTakenApart) {
  const Manifests manifests = Parse(
      "apiVersion: v1\nkind: List\nitems:\n"
      "- {apiVersion: v1, kind: Service, metadata: {name: a}}\n"
      "- {apiVersion: v1, kind: Service, metadata: {name: b}}\n");
  EXPECT_EQ(manifests.services.size(), 2u);
}

TEST(Manifest, AYamlErrorNamesItsLine) {
  const Manifests manifests = Parse("a: 1\nb: [\n");
  ASSERT_EQ(manifests.errors.size(), 1u);
  EXPECT_GE(manifests.errors[0].where.line, 2);
}

TEST(Manifest, ARefusedSessionPersistenceNamesFileLineAndField) {
  const Manifests manifests =
      Parse(Route("  - backendRefs: [{name: b, port: 80}]\n"
                  "    sessionPersistence:\n"
                  "      sessionName: a\n"
                  "      absoluteTimeout: 10\n"));
  ASSERT_EQ(manifests.errors.size(), 1u);
  EXPECT_EQ(manifests.errors[0].ToString().substr(0, 62),
            "test.yaml:10: spec.rules[0].sessionPersistence.absoluteTimeout");
}

TEST(Manifest, AnUnknownFieldOfSessionPersistenceIsAnError) {
  const Manifests manifests =
      Parse(Route("  - sessionPersistence: {sessionNam: a}\n"));
  ASSERT_EQ(manifests.errors.size(), 1u);
  EXPECT_EQ(manifests.errors[0].field,
            "spec.rules[0].sessionPersistence.sessionNam");
}

TEST(Manifest, WhatIsNotImplementedIsNamed) {
  const Manifests manifests = Parse(
      Route("  - filters: [{type: URLRewrite}]\n"
            "    matches:\n"
            "    - path: {type: RegularExpression, value: \"/[a-z]+\"}\n"
            "    timeouts: {request: 1s}\n") +
      "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n"
      "---\n{apiVersion: gateway.networking.k8s.io/v1, kind: GRPCRoute}\n");
  EXPECT_EQ(Texts(manifests.errors), Lines());
  const std::string ignored = "is not implemented and ignored";
  const std::string path = "test.yaml:9: spec.rules[0].matches[0].path.type: ";
  const Lines expected = {
      path + "RegularExpression is not implemented; the match never matches",
      "test.yaml:7: spec.rules[0].filters: " + ignored,
      "test.yaml:10: spec.rules[0].timeouts: " + ignored,
      "test.yaml:12: kind: ConfigMap of v1 " + ignored,
      "test.yaml:14: kind: GRPCRoute of gateway.networking.k8s.io/v1 " +
          ignored};
  EXPECT_EQ(Texts(manifests.warnings), expected);
  EXPECT_FALSE(manifests.routes[0].rules[0].matches[0].supported);
}

TEST(Manifest, WrongTypesAndMissingFieldsAreErrors) {
  const Manifests manifests = Parse(
      "apiVersion: v1\nkind: Service\nmetadata: {name: 7}\n"
      "spec: {ports: [{port: \"80\"}, {}]}\n");
  EXPECT_EQ(
      Texts(manifests.errors),
      Lines({"test.yaml:3: metadata.name: must be a string; \"7\" has to stand "
             "in quotes to be one",
             "test.yaml:4: spec.ports[0].port: must be a whole number from 1 "
             "to 65535",
             "test.yaml:4: spec.ports[1].port: is required"}));
}

TEST(Manifest, AFieldThatStandsTwiceIsAnError) {
  const Manifests manifests = Parse(
      "apiVersion: v1\nkind: Service\nkind: Service\nmetadata: {name: s}\n");
  EXPECT_FALSE(manifests.errors.empty());
}

TEST(Manifest, ConditionsBecomeStates) {
  const Manifests manifests = Parse(R"(
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: s, labels: {kubernetes.io/service-name: b}}
addressType: IPv4
endpoints:
- {addresses: [10.0.0.1]}
- {addresses: [10.0.0.2], conditions: {ready: null}}
- {addresses: [10.0.0.3], conditions: {ready: true, serving: true}}
- addresses: [10.0.0.4]
  conditions: {ready: false, serving: true, terminating: true}
- addresses: [10.0.0.5]
  conditions: {ready: false, serving: false, terminating: true}
- {addresses: [10.0.0.6], conditions: {ready: false}}
)");
  ASSERT_EQ(manifests.slices.size(), 1u);
  std::vector<EndpointState> states;
  for (const SliceEndpoint& endpoint : manifests.slices[0].endpoints) {
    states.push_back(endpoint.state);
  }
  EXPECT_EQ(states,
            (std::vector<EndpointState>{
                EndpointState::kReady, EndpointState::kReady,
                EndpointState::kReady, EndpointState::kDraining,
                EndpointState::kUnavailable, EndpointState::kUnavailable}));
}

TEST(Manifest, XBackendsHaveSessionsOnlyWithASelector) {
  const Manifests manifests = Parse(R"(
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackend
metadata: {name: x}
spec:
  type: ExternalHostname
  sessionPersistence: {cookie: {}}
)");
  ASSERT_EQ(manifests.errors.size(), 1u);
  EXPECT_EQ(manifests.errors[0].message,
            "sessionPersistence can only be set when type is "
            "EndpointSelector");
}

TEST(Manifest, ManyLevelsAndAliasLoopsDoNoHarm) {
  const std::string deep(5000, '[');
  EXPECT_FALSE(Parse("apiVersion: " + deep).errors.empty());
  Parse("&a [*a]");
}

}  // namespace
}  // namespace gateway
