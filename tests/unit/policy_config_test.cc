#include <gtest/gtest.h>

#include <set>
#include <string>

#include "test_policy.h"

namespace limpet::testing {
namespace {

std::string Refusal(std::string_view json, PolicyOptions options) {
  const auto policy = Policy::FromJson(json, std::move(options));
  return policy.ok() ? "" : policy.status().ToString();
}

TEST(PolicyOptions, AreCheckedByName) {
  EXPECT_EQ(Refusal("{}", {.scope = "s"}),
            "keys: the store SealedToken needs a key ring");
  EXPECT_EQ(Refusal("{}", {.keys = TestKeys()}),
            "scope: must have 1 to 512 bytes, such as namespace/route/rule");
  EXPECT_EQ(Refusal(R"({"store": {"type": "SessionMap"}})", {.scope = "s"}),
            "");
}

TEST(PolicyName, IsGeneratedFromTheScopeAndUniquePerRule) {
  const auto a = MakePolicy("{}", "default/route/0");
  const auto again = MakePolicy("{}", "default/route/0");
  const auto b = MakePolicy("{}", "default/route/1");
  EXPECT_EQ(a->config().name,
            "limpet-ab3ac070efecf356");  // a format, as it is in clients
  EXPECT_EQ(a->config().name, again->config().name);
  EXPECT_NE(a->config().name, b->config().name);
}

TEST(CookieLine, OfASessionLifetimeHasNoEnd) {
  const auto policy =
      MakePolicy(R"({"sessionName": "sid", "absoluteTimeout": "10s"})");
  const Seen seen = Send(*policy, *MakeSet(Pods(1)), At(0), {});
  EXPECT_EQ(seen.field, "sid=" + seen.token +
                            "; Path=/; Secure; SameSite=Strict; HttpOnly");
}

TEST(CookieLine, OfAPermanentLifetimeEndsWithTheSession) {
  const auto policy = MakePolicy(
      R"({"sessionName": "sid", "absoluteTimeout": "1500ms",
          "cookieConfig": {"lifetimeType": "Permanent"}})");
  const Seen seen = Send(*policy, *MakeSet(Pods(1)), At(0), {});
  EXPECT_EQ(seen.field,
            "sid=" + seen.token +
                "; Max-Age=2; Path=/; Secure; SameSite=Strict; HttpOnly");
}

TEST(CookieLine, WrittenAnewCarriesWhatIsLeftOfTheLifetime) {
  const auto policy = MakePolicy(
      R"({"sessionName": "sid", "absoluteTimeout": "100s", "idleTimeout": "10s",
          "cookieConfig": {"lifetimeType": "Permanent"}})");
  const auto set = MakeSet(Pods(1));
  Client client(*policy);
  EXPECT_NE(client.Request(*set, At(0)).field.find("Max-Age=100;"),
            std::string::npos);
  EXPECT_NE(client.Request(*set, At(9'500)).field.find("Max-Age=91;"),
            std::string::npos);
}

TEST(CookieLine, FitsTheSizeThatThePolicyNames) {
  for (const char* store : {"SealedToken", "SessionMap", "EnvoyToken"}) {
    const auto policy =
        MakePolicy(std::string(R"({"sessionName": ")") + std::string(128, 'n') +
                   R"(", "absoluteTimeout": "99999h99999h99999h99999h",
            "cookieConfig": {"lifetimeType": "Permanent"},
            "cookieAttributes": {"domain": "example.com", "sameSite": "None",
                                 "partitioned": true},
            "store": {"type": ")" +
                   store + R"("}})");
    const auto set =
        MakeSet({{.id = "pod", .address = std::string(kMaxAddressSize, 'a')}});
    const Seen seen = Send(*policy, *set, At(0), {});
    EXPECT_FALSE(seen.field.empty());
    EXPECT_LE(seen.field.size(), policy->MaxFieldSize());
    EXPECT_EQ(Send(*policy, *set, At(1), {Carry(*policy, seen.token)}).outcome,
              Outcome::kKept);
  }
}

TEST(StripToken, LeavesOtherCookiesAndDropsTheHeader) {
  const auto cookie = MakePolicy(R"({"sessionName": "sid"})");
  std::string out(64, '\0');
  out.resize(cookie->StripToken("a=1; sid=T; b=2", out));
  EXPECT_EQ(out, "a=1; b=2");
  const auto header = MakePolicy(R"({"sessionName": "S", "type": "Header"})");
  EXPECT_EQ(header->StripToken("T", out), 0U);
}

TEST(Outcomes, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kOutcomeCount; ++i) {
    names.insert(OutcomeName(static_cast<Outcome>(i)));
  }
  EXPECT_EQ(names.size(), kOutcomeCount);
  EXPECT_EQ(names.count(""), 0U);
}

}  // namespace
}  // namespace limpet::testing
