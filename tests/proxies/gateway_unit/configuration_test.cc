#include "configuration.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "manifests.h"

namespace gateway {
namespace {

using limpet::EndpointState;
using testing::Build;
using testing::Built;
using testing::kGateway;
using testing::RouteOf;
using testing::RuleFor;
using testing::ServiceOf;

using Lines = std::vector<std::string>;

std::string Session(const std::string& session) {
  return "[{backendRefs: [{name: a, port: 80}], sessionPersistence: " +
         session + "}]";
}

std::string Policy(const std::string& name, const std::string& spec) {
  return "apiVersion: limpet.dev/v1alpha1\nkind: SessionPolicy\n"
         "metadata: {name: " +
         name + "}\nspec: " + spec + "\n---\n";
}

constexpr const char* kToRoute =
    "{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}";

TEST(Configuration, ARuleHasItsScopeItsPolicyAndItsEndpoints) {
  const Built built = Build(kGateway + ServiceOf("a") +
                            RouteOf("r", Session("{sessionName: S}")));
  EXPECT_EQ(built.errors, Lines());
  EXPECT_EQ(built.warnings, Lines());
  ASSERT_TRUE(built.configuration);
  const Rule* rule = RuleFor(*built.configuration, "/");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->scope, "default/r/0");
  EXPECT_EQ(rule->target->policy().scope(), "default/r/0");
  EXPECT_EQ(rule->target->policy().config().name, "S");
  const auto endpoints = rule->target->Endpoints();
  ASSERT_EQ(endpoints->size(), 2u);
  EXPECT_EQ((*endpoints)[0].id, "a-0");
  EXPECT_EQ((*endpoints)[0].address, "127.0.0.1:3000");
  EXPECT_EQ((*endpoints)[0].backend, "default/a");
}

TEST(Configuration, ARuleWithoutSessionsBalances) {
  const Built built = Build(kGateway + ServiceOf("a") +
                            RouteOf("r",
                                    "[{backendRefs: [{name: a, port: 80}"
                                    "]}]"));
  ASSERT_TRUE(built.configuration);
  const Rule* rule = RuleFor(*built.configuration, "/");
  EXPECT_EQ(rule->target->policy().RequestField(), "");
  const auto endpoints = rule->target->Endpoints();
  EXPECT_EQ(rule->target->policy().Select({}, *endpoints, {}).outcome,
            limpet::Outcome::kBalanced);
}

TEST(Configuration, SlicesOfOneServiceMayHavePortsOfTheirOwn) {
  std::string text = kGateway + ServiceOf("a") + RouteOf("r", Session("{}"));
  text += R"(
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: a2, labels: {kubernetes.io/service-name: a}}
addressType: IPv6
endpoints: [{addresses: ["::1"]}]
ports: [{name: http, port: 3002}]
)";
  const Built built = Build(text);
  ASSERT_TRUE(built.configuration);
  const auto endpoints =
      RuleFor(*built.configuration, "/")->target->Endpoints();
  ASSERT_EQ(endpoints->size(), 3u);
  EXPECT_EQ((*endpoints)[2].address, "[::1]:3002");
  EXPECT_EQ((*endpoints)[2].id, "[::1]:3002");
}

TEST(Configuration, WeightsAreKeptZeroIncluded) {
  const Built built =
      Build(kGateway + ServiceOf("a") + ServiceOf("b") +
            RouteOf("r",
                    "[{backendRefs: [{name: a, port: 80, weight: 70}, "
                    "{name: b, port: 80, weight: 0}]}]"));
  ASSERT_TRUE(built.configuration);
  const auto endpoints =
      RuleFor(*built.configuration, "/")->target->Endpoints();
  ASSERT_EQ(endpoints->groups().size(), 2u);
  EXPECT_EQ(endpoints->groups()[0].backend.weight, 70u);
  EXPECT_EQ(endpoints->groups()[1].backend.weight, 0u);
}

TEST(Configuration, OnePodMayServeTwoBackendsOfARule) {
  std::string b = ServiceOf("b");
  for (size_t at = b.find("name: b-"); at != std::string::npos;
       at = b.find("name: b-")) {
    b.replace(at, 8, "name: a-");
  }
  const Built built =
      Build(kGateway + ServiceOf("a") + b +
            RouteOf("r",
                    "[{backendRefs: [{name: a, port: 80}, {name: b, "
                    "port: 80}]}]"));
  ASSERT_TRUE(built.configuration);
  const auto endpoints =
      RuleFor(*built.configuration, "/")->target->Endpoints();
  ASSERT_EQ(endpoints->size(), 4u);
  EXPECT_EQ((*endpoints)[2].id, "default/b/a-0");
}

TEST(Configuration, ABackendRefToNothingIsKeptWithoutAnAddress) {
  const Built built = Build(kGateway + RouteOf("r", Session("{}")));
  ASSERT_TRUE(built.configuration);
  EXPECT_EQ(built.warnings.size(), 1u);
  const auto endpoints =
      RuleFor(*built.configuration, "/")->target->Endpoints();
  ASSERT_EQ(endpoints->size(), 1u);
  EXPECT_EQ((*endpoints)[0].address, "");
}

TEST(Configuration, ARuleWithoutBackendsHasNoTarget) {
  const Built built = Build(kGateway + RouteOf("r", "[{}]"));
  ASSERT_TRUE(built.configuration);
  EXPECT_EQ(RuleFor(*built.configuration, "/")->target, nullptr);
}

TEST(Configuration, ManifestsWithoutAListenerAreRefused) {
  const Built built = Build(ServiceOf("a"));
  EXPECT_FALSE(built.configuration);
  EXPECT_EQ(built.errors.size(), 1u);
}

TEST(Configuration, AnObjectThatStandsTwiceIsRefused) {
  const Built built = Build(kGateway + ServiceOf("a") + ServiceOf("a"));
  EXPECT_FALSE(built.configuration);
  EXPECT_EQ(built.errors.size(), 2u);  // the Service and its slice
}

TEST(Configuration, AnXBackendWithSessionsIsChosenByWeightFirst) {
  const Built built =
      Build(kGateway + ServiceOf("a") + ServiceOf("b") + R"(
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackend
metadata: {name: x}
spec:
  type: EndpointSelector
  port: {number: 3000}
  endpointSelector: {matchLabels: {app: a}}
  sessionPersistence: {type: Header, header: {name: X}}
---
)" +
            RouteOf("r",
                    "[{backendRefs: [{group: gateway.networking.x-k8s.io, "
                    "kind: XBackend, name: x}, {name: b, port: 80, weight: 3}"
                    "]}]"));
  EXPECT_EQ(built.errors, Lines());
  ASSERT_TRUE(built.configuration);
  const Rule* rule = RuleFor(*built.configuration, "/");
  ASSERT_EQ(rule->split.size(), 2u);
  EXPECT_EQ(rule->target->policy().RequestField(), "");
  EXPECT_EQ(rule->target->Endpoints()->groups()[1].backend.weight, 3u);
  EXPECT_EQ(rule->split[0]->policy().scope(), "backend/default/x");
  EXPECT_EQ(rule->split[0]->policy().RequestField(), "X");
  EXPECT_EQ(rule->split[0]->Endpoints()->size(), 2u);
  EXPECT_EQ(rule->split[1]->policy().RequestField(), "");
}

TEST(Configuration, SessionPoliciesExtendTheMoreSpecificLast) {
  const std::string section =
      "{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r, "
      "sectionName: \"0\"}";
  const Built built = Build(
      kGateway + ServiceOf("a") + RouteOf("r", Session("{}")) +
      Policy("p1",
             "{targetRefs: [" + section + "], balancer: {type: Random}}") +
      Policy("p2", std::string("{targetRefs: [") + kToRoute +
                       "], balancer: {type: LeastRequest}, idleTimeout: 5s}") +
      Policy("p3",
             "{targetRefs: [{kind: Service, name: a}], idleTimeout: 9s, "
             "stripToken: true}"));
  EXPECT_EQ(built.errors, Lines());
  EXPECT_EQ(built.warnings, Lines());
  ASSERT_TRUE(built.configuration);
  const limpet::SessionPersistence& config =
      RuleFor(*built.configuration, "/")->target->policy().config();
  EXPECT_EQ(config.balancer, limpet::BalancerType::kRandom);
  EXPECT_EQ(config.idle_timeout, limpet::Duration(5000));
  EXPECT_TRUE(config.strip_token);
}

TEST(Configuration, ASessionPolicysMistakeNamesItsLine) {
  const Built built =
      Build(kGateway + ServiceOf("a") + RouteOf("r", Session("{}")) +
            Policy("p", std::string("\n  targetRefs: [") + kToRoute +
                            "]\n  failover: {type: Never}"));
  EXPECT_FALSE(built.configuration);
  ASSERT_EQ(built.errors.size(), 1u);
  EXPECT_NE(built.errors[0].find("spec.failover.type"), std::string::npos);
}

TEST(Configuration, PoliciesOfNothingAreNamed) {
  const Built built =
      Build(kGateway + ServiceOf("a") + RouteOf("r", Session("{}")) +
            Policy("p", "{targetRefs: [{kind: Service, name: other}]}"));
  ASSERT_TRUE(built.configuration);
  ASSERT_EQ(built.warnings.size(), 1u);
  EXPECT_NE(built.warnings[0].find("there is no Service other"),
            std::string::npos);
}

TEST(Configuration, ABackendPolicyServesRulesWithoutSessionsOnly) {
  const std::string policy = R"(
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackendTrafficPolicy
metadata: {name: p}
spec:
  targetRefs: [{group: "", kind: Service, name: a}]
  sessionPersistence: {sessionName: Of-Policy}
---
)";
  const Built built =
      Build(kGateway + ServiceOf("a") + policy +
            RouteOf("r",
                    "[{matches: [{path: {value: /own}}], backendRefs: [{name: "
                    "a, port: 80}], sessionPersistence: {sessionName: Own}}, "
                    "{backendRefs: [{name: a, port: 80}]}]"));
  ASSERT_TRUE(built.configuration);
  EXPECT_EQ(
      RuleFor(*built.configuration, "/own")->target->policy().config().name,
      "Own");
  const limpet::Policy& other =
      RuleFor(*built.configuration, "/")->target->policy();
  EXPECT_EQ(other.config().name, "Of-Policy");
  EXPECT_EQ(other.scope(), "default/r/1");
  EXPECT_EQ(built.warnings.size(), 1u);
}

TEST(Configuration, AReloadKeepsPoliciesThatAreTheSame) {
  const auto keys = limpet::KeyRing::Generate();
  const std::string text =
      kGateway + ServiceOf("a") + RouteOf("r", Session("{}"));
  const Built first = Build(text, keys);
  ASSERT_TRUE(first.configuration);
  const Built second = Build(text, keys, first.configuration.get());
  ASSERT_TRUE(second.configuration);
  EXPECT_EQ(&RuleFor(*first.configuration, "/")->target->policy(),
            &RuleFor(*second.configuration, "/")->target->policy());
  const Built other =
      Build(text, limpet::KeyRing::Generate(), first.configuration.get());
  ASSERT_TRUE(other.configuration);
  EXPECT_NE(&RuleFor(*first.configuration, "/")->target->policy(),
            &RuleFor(*other.configuration, "/")->target->policy());
}

TEST(Configuration, AReloadTakesOverTheSessionMapOfAChangedPolicy) {
  const auto keys = limpet::KeyRing::Generate();
  const auto text = [](const char* timeout) {
    return kGateway + ServiceOf("a") +
           RouteOf("r", Session(std::string("{absoluteTimeout: ") + timeout +
                                ", store: {type: SessionMap}}"));
  };
  const Built first = Build(text("10s"), keys);
  ASSERT_TRUE(first.configuration);
  const Built second = Build(text("20s"), keys, first.configuration.get());
  ASSERT_TRUE(second.configuration);
  const limpet::Policy& old =
      RuleFor(*first.configuration, "/")->target->policy();
  const limpet::Policy& now =
      RuleFor(*second.configuration, "/")->target->policy();
  EXPECT_NE(&old, &now);
  EXPECT_EQ(old.sessions(), now.sessions());
  EXPECT_EQ(now.timeouts().absolute, limpet::Duration(20000));
}

TEST(Configuration, UnreachableEndpointsAreUnavailableUntilTheyAreNot) {
  const Built built =
      Build(kGateway + ServiceOf("a") + RouteOf("r", Session("{}")));
  ASSERT_TRUE(built.configuration);
  Target& target = *RuleFor(*built.configuration, "/")->target;
  target.Publish(
      [](std::string_view address) { return address == "127.0.0.2:3000"; });
  EXPECT_EQ((*target.Endpoints())[0].state, EndpointState::kReady);
  EXPECT_EQ((*target.Endpoints())[1].state, EndpointState::kUnavailable);
  target.Publish([](std::string_view) { return false; });
  EXPECT_EQ((*target.Endpoints())[1].state, EndpointState::kReady);
}

}  // namespace
}  // namespace gateway
