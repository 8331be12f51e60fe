#include "session_choice.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "manifests.h"

namespace gateway {
namespace {

using testing::Build;
using testing::Built;
using testing::kGateway;
using testing::RouteOf;
using testing::RuleFor;
using testing::ServiceOf;

const limpet::Timestamp kNow = limpet::TimestampFromMillis(1'700'000'000'000);

class SessionChoiceTest : public ::testing::Test {
 protected:
  explicit SessionChoiceTest(const std::string& extension = "")
      : built_(Build(kGateway + ServiceOf("a") +
                     RouteOf("r",
                             "[{backendRefs: [{name: a, port: 80}], "
                             "sessionPersistence: {sessionName: S, type: "
                             "Header" +
                                 extension + "}}]"))) {}

  const Rule& rule() { return *RuleFor(*built_.configuration, "/"); }
  uint64_t Count(limpet::Outcome outcome) {
    return rule().target->policy().counters()[outcome];
  }

  Built built_;
};

TEST_F(SessionChoiceTest, AServedRequestGetsATokenThatBringsItBack) {
  std::string token;
  std::string id;
  {
    SessionChoice choice(rule(), {}, "10.0.0.1");
    const limpet::Endpoint* endpoint = choice.Next(kNow);
    ASSERT_TRUE(endpoint);
    id = endpoint->id;
    const auto field = choice.Served(kNow);
    ASSERT_TRUE(field);
    EXPECT_EQ(field->name, "S");
    token = field->value;
    EXPECT_EQ(choice.outcome(), "new");
  }
  for (int i = 0; i < 4; ++i) {
    const Field fields[] = {{"s", "garbage"}, {"Other", "x"}, {"S", token}};
    SessionChoice choice(rule(), fields, "10.0.0.1");
    ASSERT_TRUE(choice.Next(kNow));
    EXPECT_FALSE(choice.Served(kNow));
    EXPECT_EQ(choice.outcome(), "kept");
  }
}

TEST_F(SessionChoiceTest, ARetryChoosesAnotherEndpointUntilNoneIsLeft) {
  SessionChoice choice(rule(), {}, "10.0.0.1");
  const limpet::Endpoint* first = choice.Next(kNow);
  const limpet::Endpoint* second = choice.Next(kNow);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->id, second->id);
  EXPECT_FALSE(choice.Next(kNow));
  EXPECT_EQ(choice.status(), 503u);
}

TEST_F(SessionChoiceTest, NobodyServedIsCountedOnceAndGetsNoToken) {
  {
    SessionChoice choice(rule(), {}, "10.0.0.1");
    ASSERT_TRUE(choice.Next(kNow));
    choice.Unserved(kNow);
    EXPECT_EQ(choice.outcome(), "unserved");
  }
  EXPECT_EQ(Count(limpet::Outcome::kUnserved), 1u);
  EXPECT_EQ(Count(limpet::Outcome::kNew), 0u);
}

TEST_F(SessionChoiceTest, RequestsBeingServedAreCountedByEndpoint) {
  {
    SessionChoice choice(rule(), {}, "10.0.0.1");
    const limpet::Endpoint* endpoint = choice.Next(kNow);
    ASSERT_TRUE(endpoint);
    const uint32_t index = endpoint->id == "a-0" ? 0 : 1;
    EXPECT_EQ(rule().target->status(index).active.load(), 1u);
    ASSERT_TRUE(choice.Next(kNow));
    EXPECT_EQ(rule().target->status(index).active.load(), 0u);
    EXPECT_EQ(rule().target->status(1 - index).active.load(), 1u);
  }
  EXPECT_EQ(rule().target->status(0).active.load(), 0u);
  EXPECT_EQ(rule().target->status(1).active.load(), 0u);
}

class StrippedToken : public SessionChoiceTest {
 protected:
  StrippedToken() : SessionChoiceTest(", stripToken: true") {}
};

TEST_F(StrippedToken, IsKeptFromTheEndpoint) {
  const Field fields[] = {{"s", "token"}, {"Other", "x"}};
  SessionChoice choice(rule(), fields, "10.0.0.1");
  ASSERT_TRUE(choice.Next(kNow));
  std::string value;
  EXPECT_TRUE(choice.Strip(fields[0], &value));
  EXPECT_FALSE(choice.Strip(fields[1], &value));
}

// The endpoint of a request of a rule that places keys.
std::string PlacedOn(const Rule& rule, std::span<const Field> fields,
                     std::string_view address) {
  SessionChoice choice(rule, fields, address);
  const limpet::Endpoint* endpoint = choice.Next(kNow);
  return endpoint == nullptr ? "" : endpoint->id;
}

// A rule without sessions whose balancer is one that places keys.
Built BuildPlacing(const std::string& balancer, const std::string& hash_key) {
  return Build(kGateway + ServiceOf("a") +
               RouteOf("r", "[{backendRefs: [{name: a, port: 80}]}]") +
               "apiVersion: limpet.dev/v1alpha1\nkind: SessionPolicy\n"
               "metadata: {name: p}\nspec: {targetRefs: [{group: "
               "gateway.networking.k8s.io, kind: HTTPRoute, name: r}], "
               "balancer: {type: " +
               balancer + "}" + hash_key + "}\n");
}

const char* const kPlacingBalancers[] = {"RingHash",
                                         "Maglev",
                                         "Rendezvous",
                                         "EnvoyRingHash",
                                         "EnvoyMaglev",
                                         "NginxHash",
                                         "NginxConsistentHash",
                                         "HaproxyMapHash",
                                         "HaproxyConsistentHash"};

TEST(HashKey, IsTheClientsAddressByDefault) {
  for (const char* balancer : kPlacingBalancers) {
    const Built built = BuildPlacing(balancer, "");
    ASSERT_TRUE(built.configuration) << balancer;
    const Rule& rule = *RuleFor(*built.configuration, "/");
    std::set<std::string> used;
    for (int client = 1; client <= 40; ++client) {
      const std::string address = "203.0.113." + std::to_string(client);
      const std::string first = PlacedOn(rule, {}, address);
      used.insert(first);
      for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(PlacedOn(rule, {}, address), first) << balancer;
      }
    }
    EXPECT_EQ(used.size(), 2u) << balancer;
  }
}

TEST(HashKey, OfAMaskedAddressIsThatOfItsNetwork) {
  for (const char* balancer : kPlacingBalancers) {
    const Built built = BuildPlacing(
        balancer, ", hashKey: {type: ClientAddress, ipv4Bits: 24}");
    ASSERT_TRUE(built.configuration) << balancer;
    const Rule& rule = *RuleFor(*built.configuration, "/");
    std::set<std::string> used;
    for (int network = 1; network <= 40; ++network) {
      const std::string prefix = "203.0." + std::to_string(network) + ".";
      const std::string first = PlacedOn(rule, {}, prefix + "1");
      used.insert(first);
      EXPECT_EQ(PlacedOn(rule, {}, prefix + "77"), first) << balancer;
      EXPECT_EQ(PlacedOn(rule, {}, prefix + "255"), first) << balancer;
    }
    EXPECT_EQ(used.size(), 2u) << balancer;
  }
}

TEST(HashKey, OfAHeaderIsWhateverAddressSendsIt) {
  for (const char* balancer : kPlacingBalancers) {
    const Built built =
        BuildPlacing(balancer, ", hashKey: {type: Header, name: X-User}");
    ASSERT_TRUE(built.configuration) << balancer;
    const Rule& rule = *RuleFor(*built.configuration, "/");
    std::set<std::string> used;
    for (int user = 1; user <= 40; ++user) {
      const std::string name = "user-" + std::to_string(user);
      const Field fields[] = {{"a", "b"}, {"x-user", name}};
      const std::string first = PlacedOn(rule, fields, "203.0.113.1");
      used.insert(first);
      EXPECT_EQ(PlacedOn(rule, fields, "203.0.113.2"), first) << balancer;
      EXPECT_EQ(PlacedOn(rule, fields, "2001:db8::1"), first) << balancer;
    }
    EXPECT_EQ(used.size(), 2u) << balancer;
  }
}

TEST(HashKey, GoesToTheEnvoyKindsAsEnvoysHashPoliciesHaveIt) {
  const Built built =
      BuildPlacing("EnvoyRingHash", ", hashKey: {type: Header, name: X-User}");
  ASSERT_TRUE(built.configuration);
  const Field fields[] = {{"X-User", "b"}, {"X-User", "a"}};
  HashKeyReader reader(RuleFor(*built.configuration, "/")->hash_key, fields,
                       "203.0.113.1");
  limpet::SelectOptions options;
  reader.Fill(limpet::BalancerType::kEnvoyRingHash, &options);
  std::vector<std::string_view> values = {"b", "a"};
  EXPECT_EQ(options.hash, limpet::EnvoyHeaderHash(values));

  const HashKey of_address;
  HashKeyReader source(of_address, fields, "203.0.113.1");
  limpet::SelectOptions by_source;
  source.Fill(limpet::BalancerType::kEnvoyMaglev, &by_source);
  EXPECT_EQ(by_source.hash, limpet::EnvoySourceHash("203.0.113.1"));
}

TEST(HashKey, OfAHeaderThatIsNotThereIsNone) {
  const HashKey key{.header = "X-User"};
  const Field fields[] = {{"X-Other", "b"}};
  HashKeyReader reader(key, fields, "203.0.113.1");
  limpet::SelectOptions options;
  reader.Fill(limpet::BalancerType::kEnvoyRingHash, &options);
  EXPECT_FALSE(options.hash_key);
  EXPECT_FALSE(options.hash);
}

TEST_F(SessionChoiceTest, ATokenIsPassedOnByDefault) {
  const Field fields[] = {{"s", "token"}};
  SessionChoice choice(rule(), fields, "10.0.0.1");
  ASSERT_TRUE(choice.Next(kNow));
  std::string value;
  EXPECT_FALSE(choice.Strip(fields[0], &value));
}

}  // namespace
}  // namespace gateway
