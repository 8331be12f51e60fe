// What becomes of sessions when endpoints change: a table of changes, for every
// store and every failover. A sealed token and a map know an endpoint by its
// id, Envoy's token by its address; no failover makes a difference where the
// session's endpoint is not known any more.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "test_policy.h"

namespace limpet::testing {
namespace {

// Before each change: a, b and c; the session is on a, of backend blue.
std::vector<Endpoint> BeforeTheChange() {
  return {{.id = "a", .address = "10.0.0.1:80", .backend = "blue"},
          {.id = "b", .address = "10.0.0.2:80", .backend = "blue"},
          {.id = "c", .address = "10.0.0.3:80", .backend = "green"}};
}

using Endpoints = std::vector<Endpoint>;

struct Change {
  const char* name;
  Endpoints (*endpoints)(Endpoints);
  std::vector<Backend> (*backends)();
  // By id: what is counted, and who serves; "": anybody, as for a new session.
  Outcome by_id;
  const char* served_by_id;
  Outcome by_address;  // the same of an EnvoyToken
  const char* served_by_address;
  // Who serves the next request after the change was undone, of a client that
  // keeps what it is sent; "": who served during the change, if that one is
  // there.
  const char* back_by_id;
  const char* back_by_address;
};

std::vector<Backend> BothWeigh() { return {{"blue", 1}, {"green", 1}}; }
std::vector<Backend> GreenWeighs() { return {{"blue", 0}, {"green", 1}}; }

Endpoints NoChange(Endpoints all) { return all; }
Endpoints WeightToZero(Endpoints all) {
  all[0].weight = 0;
  return all;
}
// The same server under another name, as far as the host can see.
Endpoints NewId(Endpoints all) {
  all[0].id = "a2";
  return all;
}
Endpoints NewAddress(Endpoints all) {
  all[0].address = "10.0.0.9:80";
  return all;
}
// Another server got the address of one that has moved.
Endpoints AddressReused(Endpoints all) {
  all[0].address = "10.0.0.9:80";
  all.push_back({.id = "n", .address = "10.0.0.1:80", .backend = "blue"});
  return all;
}
// Another server got the address of one that is no more.
Endpoints AddressInherited(Endpoints all) {
  all[0].id = "n";
  return all;
}
Endpoints AddressesSwapped(Endpoints all) {
  std::swap(all[0].address, all[1].address);
  return all;
}
Endpoints IdsSwapped(Endpoints all) {
  std::swap(all[0].id, all[1].id);
  return all;
}
Endpoints Removed(Endpoints all) {
  all.erase(all.begin());
  return all;
}
Endpoints Reordered(Endpoints all) {
  std::swap(all[0], all[2]);
  return all;
}
Endpoints OtherBackend(Endpoints all) {
  all[0].backend = "green";
  return all;
}

constexpr Outcome kStays = Outcome::kKept;
constexpr Outcome kUnknown = Outcome::kUnknownEndpoint;

constexpr Change kChanges[] = {
    {"Nothing", NoChange, BothWeigh, kStays, "a", kStays, "a", "a", "a"},
    {"EndpointWeightToZero", WeightToZero, BothWeigh, kStays, "a", kStays, "a",
     "a", "a"},
    {"BackendWeightToZero", NoChange, GreenWeighs, kStays, "a", kStays, "a",
     "a", "a"},
    {"EndpointRenamed", NewId, BothWeigh, kUnknown, "", kStays, "a2", "", "a"},
    {"EndpointReaddressed", NewAddress, BothWeigh, kStays, "a", kUnknown, "",
     "a", ""},
    {"AddressReused", AddressReused, BothWeigh, kStays, "a", kStays, "n", "a",
     "a"},
    {"AddressInherited", AddressInherited, BothWeigh, kUnknown, "", kStays, "n",
     "", "a"},
    {"AddressesSwapped", AddressesSwapped, BothWeigh, kStays, "a", kStays, "b",
     "a", "a"},
    {"IdsSwapped", IdsSwapped, BothWeigh, kStays, "a", kStays, "b", "a", "a"},
    {"RemovedAndBack", Removed, BothWeigh, kUnknown, "", kUnknown, "", "", ""},
    {"Reordered", Reordered, BothWeigh, kStays, "a", kStays, "a", "a", "a"},
    {"InAnotherBackend", OtherBackend, BothWeigh, kStays, "a", kStays, "a", "a",
     "a"},
};

void PrintTo(const Change& change, std::ostream* out) { *out << change.name; }

std::string StoredIn(const std::string& store, const std::string& failover,
                     const std::string& more = "") {
  const std::string after =
      failover == "RebindAfter" ? R"(, "after": "30s")" : "";
  return R"({"sessionName": "S", "type": "Header", "store": {"type": ")" +
         store + R"("}, "failover": {"type": ")" + failover + "\"" + after +
         "}" + more + "}";
}

// A session on a.
void BeginOnA(Client& client) {
  const uint32_t others[] = {1, 2};
  const auto set = MakeSet(BeforeTheChange(), BothWeigh());
  EXPECT_EQ(client.Request(*set, At(0), {.tried = others}).endpoint, "a");
}

class EndpointChange : public ::testing::TestWithParam<
                           std::tuple<const char*, const char*, Change>> {};

INSTANTIATE_TEST_SUITE_P(
    All, EndpointChange,
    ::testing::Combine(
        ::testing::Values("SealedToken", "SessionMap", "EnvoyToken"),
        ::testing::Values("Rebind", "Temporary", "Strict", "RebindAfter"),
        ::testing::ValuesIn(kChanges)),
    [](const auto& info) {
      return std::string(std::get<0>(info.param)) + std::get<1>(info.param) +
             std::get<2>(info.param).name;
    });

TEST_P(EndpointChange, KeepsOrEndsSessionsAsTheTableSays) {
  const auto& [store, failover, change] = GetParam();
  const bool by_id = std::string(store) != "EnvoyToken";
  const auto policy = MakePolicy(StoredIn(store, failover));
  Client client(*policy);
  Client away(*policy);  // makes no request during the change
  BeginOnA(client);
  BeginOnA(away);

  const auto changed =
      MakeSet(change.endpoints(BeforeTheChange()), change.backends());
  const Seen during = client.Request(*changed, At(1'000));
  EXPECT_EQ(during.outcome, by_id ? change.by_id : change.by_address)
      << OutcomeName(during.outcome);
  const std::string served =
      by_id ? change.served_by_id : change.served_by_address;
  EXPECT_EQ(during.endpoint, served.empty() ? during.endpoint : served);
  EXPECT_EQ(during.field.empty(), during.outcome == Outcome::kKept);

  const auto back = MakeSet(BeforeTheChange(), BothWeigh());
  const Seen after = client.Request(*back, At(2'000));
  const std::string then = by_id ? change.back_by_id : change.back_by_address;
  // Where nobody in particular served, that one's id, or address.
  uint32_t home = back->Find(HashEndpointId(then));
  if (then.empty()) {
    const EndpointHandle handle = HashEndpointId(during.endpoint);
    home = by_id ? back->Find(handle)
                 : back->FindAddress((*changed)[changed->Find(handle)].address);
  }
  if (home != kNoEndpoint) {
    EXPECT_EQ(after.outcome, Outcome::kKept);
    EXPECT_EQ(after.endpoint, (*back)[home].id);
  } else {
    EXPECT_EQ(after.outcome, Outcome::kUnknownEndpoint);
  }
  const Seen untouched = away.Request(*back, At(2'000));
  EXPECT_EQ(untouched.outcome, Outcome::kKept);
  EXPECT_EQ(untouched.endpoint, "a");
}

// --- weights ----------------------------------------------------------------

TEST(WeightToZero, OfAnEndpointSendsItNobodyNewUntilItIsBack) {
  const auto policy = MakePolicy(StoredIn("SealedToken", "Rebind"));
  const auto all = BeforeTheChange();
  const auto zero = MakeSet(WeightToZero(all), BothWeigh());
  for (int i = 0; i < 20; ++i) {
    EXPECT_NE(Send(*policy, *zero, At(0), {}).endpoint, "a");
  }
  const auto set = MakeSet(all, BothWeigh());
  int on_a = 0;
  for (int i = 0; i < 20; ++i) {
    on_a += Send(*policy, *set, At(0), {}).endpoint == "a";
  }
  EXPECT_EQ(on_a, 5);  // half of blue's half
}

// The session of a backend without weight stays, or follows the weights and
// does not come back.
TEST(WeightToZero, OfABackendIsTwoNamedBehaviours) {
  for (const char* store : {"SealedToken", "SessionMap", "EnvoyToken"}) {
    for (const bool weights_first : {false, true}) {
      SCOPED_TRACE(std::string(store) + (weights_first ? " weights" : ""));
      const auto policy = MakePolicy(
          StoredIn(store, "Rebind",
                   weights_first ? R"(, "splitting": "WeightsFirst")" : ""));
      Client client(*policy);
      const std::vector<Backend> only_blue = {{"blue", 1}, {"green", 0}};
      const uint32_t others[] = {1};
      EXPECT_EQ(client
                    .Request(*MakeSet(BeforeTheChange(), only_blue), At(0),
                             {.tried = others})
                    .endpoint,
                "a");
      const auto green = MakeSet(BeforeTheChange(), GreenWeighs());
      const Seen during = client.Request(*green, At(1'000));
      EXPECT_EQ(during.outcome,
                weights_first ? Outcome::kOtherBackend : Outcome::kKept);
      EXPECT_EQ(during.endpoint, weights_first ? "c" : "a");
      EXPECT_EQ(client.Request(*green, At(2'000)).outcome, Outcome::kKept);
      const Seen after =
          client.Request(*MakeSet(BeforeTheChange(), only_blue), At(3'000));
      EXPECT_EQ(after.outcome,
                weights_first ? Outcome::kOtherBackend : Outcome::kKept);
      if (!weights_first) {
        EXPECT_EQ(after.endpoint, "a");
      }
    }
  }
}

// --- endpoints of one address ------------------------------------------------

// Of two endpoints with the session's address the readier one has it; by id it
// is always the same one.
TEST(AddressReuse, GivesAnEnvoyTokenToTheReadierEndpoint) {
  for (const char* store : {"SealedToken", "SessionMap", "EnvoyToken"}) {
    SCOPED_TRACE(store);
    const auto policy = MakePolicy(StoredIn(store, "Rebind"));
    Client client(*policy);
    BeginOnA(client);
    Endpoints pods = BeforeTheChange();
    pods[0].state = EndpointState::kDraining;
    pods.push_back({.id = "n", .address = "10.0.0.1:80", .backend = "blue"});
    const Seen seen = client.Request(*MakeSet(pods, BothWeigh()), At(1));
    EXPECT_EQ(seen.outcome, Outcome::kKept);
    EXPECT_EQ(seen.endpoint, std::string(store) == "EnvoyToken" ? "n" : "a");
  }
}

}  // namespace
}  // namespace limpet::testing
