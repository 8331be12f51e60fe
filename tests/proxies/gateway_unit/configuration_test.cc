#include "configuration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "manifests.h"
#include "session_choice.h"

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

const limpet::Timestamp kStart = limpet::TimestampFromMillis(1'700'000'000'000);

bool AllUp(std::string_view) { return false; }

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
  EXPECT_EQ(config.balancer.type, limpet::BalancerType::kRandom);
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
  const auto down = [](std::string_view address) {
    return address == "127.0.0.2:3000";
  };
  target.Publish(down, target.Endpoints().get(), kStart);
  EXPECT_EQ((*target.Endpoints())[0].state, EndpointState::kReady);
  EXPECT_EQ((*target.Endpoints())[1].state, EndpointState::kUnavailable);
  target.Publish(AllUp, target.Endpoints().get(), kStart);
  EXPECT_EQ((*target.Endpoints())[1].state, EndpointState::kReady);
}

TEST(Configuration, EndpointsAreInTheirStateSinceTheyCameIntoIt) {
  const auto later = [](int seconds) {
    return kStart + std::chrono::seconds(seconds);
  };
  const std::string one = RouteOf("r", Session("{}"));
  const Built built = Build(kGateway + ServiceOf("a") + one);
  ASSERT_TRUE(built.configuration);
  Target& target = *RuleFor(*built.configuration, "/")->target;
  target.Publish(AllUp, nullptr, kStart);
  EXPECT_EQ((*target.Endpoints())[0].since, limpet::Timestamp());

  const auto down = [](std::string_view address) {
    return address == "127.0.0.2:3000";
  };
  target.Publish(down, target.Endpoints().get(), later(1));
  target.Publish(down, target.Endpoints().get(), later(2));
  EXPECT_EQ((*target.Endpoints())[0].since, limpet::Timestamp());
  EXPECT_EQ((*target.Endpoints())[1].since, later(1));

  // A new configuration knows what the old one knew.
  const Built again =
      Build(kGateway + ServiceOf("a") + ServiceOf("b") +
            RouteOf("r",
                    "[{backendRefs: [{name: a, port: 80}, "
                    "{name: b, port: 80}], sessionPersistence: {}}]"));
  ASSERT_TRUE(again.configuration);
  Target& next = *RuleFor(*again.configuration, "/")->target;
  next.Publish(down, target.Endpoints().get(), later(3));
  const auto set = next.Endpoints();
  const auto since = [&set](std::string_view id) {
    return (*set)[set->Find(limpet::HashEndpointId(id))].since;
  };
  EXPECT_EQ(since("a-0"), limpet::Timestamp());
  EXPECT_EQ(since("a-1"), later(1));
  EXPECT_EQ(since("b-0"), later(3));

  next.Publish(AllUp, next.Endpoints().get(), later(4));
  EXPECT_EQ((*next.Endpoints())[1].since, later(4));
}

TEST(Configuration, SessionsAreCountedWhereThePolicyGoesByThem) {
  const Built built =
      Build(kGateway + ServiceOf("a") +
            RouteOf("r", Session("{sessionName: S, type: Header, store: {type: "
                                 "SessionMap}, balancer: {type: LeastSessions, "
                                 "choices: 16}}")));
  ASSERT_TRUE(built.configuration);
  const Rule& rule = *RuleFor(*built.configuration, "/");
  rule.target->Publish(AllUp, nullptr, kStart);
  std::map<std::string, int> sessions;
  for (int i = 0; i < 400; ++i) {
    SessionChoice choice(rule, {}, "10.0.0.1");
    const limpet::Endpoint* endpoint = choice.Next(kStart);
    ASSERT_TRUE(endpoint);
    ++sessions[endpoint->id];
    choice.Served(kStart);
    rule.target->CountSessions(kStart);
    // One, but for 16 draws of the same endpoint.
    ASSERT_LE(std::abs(sessions["a-0"] - sessions["a-1"]), 3);
  }
}

TEST(Configuration, TheMostSpecificPolicySaysWhatKeysAre) {
  const Built built = Build(
      kGateway + ServiceOf("a") + RouteOf("r", Session("{}")) +
      Policy("of-service",
             "{targetRefs: [{kind: Service, name: a}], hashKey: {type: "
             "Header, name: X-Service}}") +
      Policy("of-route", std::string("{targetRefs: [") + kToRoute +
                             "], hashKey: {type: ClientAddress, ipv4Bits: 24, "
                             "ipv6Bits: 56}}"));
  EXPECT_EQ(built.errors, Lines());
  EXPECT_EQ(built.warnings, Lines());
  ASSERT_TRUE(built.configuration);
  const HashKey& key = RuleFor(*built.configuration, "/")->hash_key;
  EXPECT_EQ(key.header, "");
  EXPECT_EQ(key.mask.ipv4_bits, 24u);
  EXPECT_EQ(key.mask.ipv6_bits, 56u);
}

TEST(Configuration, AHashKeyThatIsNoneIsRefusedByItsName) {
  const auto errors_of = [](const std::string& target, const std::string& key) {
    return Build(kGateway + ServiceOf("a") + RouteOf("r", Session("{}")) +
                 Policy("p",
                        "{targetRefs: [" + target + "], hashKey: " + key + "}"))
        .errors;
  };
  const auto names = [](const Lines& errors, std::string_view field) {
    return errors.size() == 1 && errors[0].find(field) != std::string::npos;
  };
  EXPECT_TRUE(names(errors_of(kToRoute, "{type: Sky}"), "spec.hashKey.type"));
  EXPECT_TRUE(names(errors_of(kToRoute, "{}"), "spec.hashKey.type"));
  EXPECT_TRUE(
      names(errors_of(kToRoute, "{type: Header}"), "spec.hashKey.name"));
  EXPECT_TRUE(names(errors_of(kToRoute, "{type: ClientAddress, ipv4Bits: 33}"),
                    "spec.hashKey.ipv4Bits"));
  EXPECT_TRUE(names(
      errors_of("{group: gateway.networking.x-k8s.io, kind: XBackend, name: x}",
                "{type: ClientAddress}"),
      "spec.hashKey"));
}

}  // namespace
}  // namespace gateway
