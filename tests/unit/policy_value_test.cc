// Tokens that hold a value of the host's.
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "test_policy.h"

namespace limpet::testing {
namespace {

constexpr char kHeader[] =
    R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "10s"})";
constexpr char kPlain[] = "MTAuNzcuMC4xMTozMDAw";

// What one request showed: what was opened, and what went out.
struct Exchange {
  Outcome opened = Outcome::kNew;
  std::string value{};
  Outcome outcome = Outcome::kNew;
  std::string field{};
  std::string token{};
};

// Served by `served`; nothing: by the value that came, nullptr: by nobody.
Exchange Ask(const Policy& policy, Timestamp now,
             const std::vector<std::string>& values,
             std::optional<const char*> served = std::nullopt) {
  const std::vector<std::string_view> views(values.begin(), values.end());
  std::array<char, kMaxValueSize> buffer;
  const OpenedValue opened = policy.OpenValue(views, now, buffer);
  Exchange seen{.opened = opened.outcome, .value = std::string(opened.value)};
  std::optional<std::string_view> answered;
  if (!served) {
    answered = opened.value;
  } else if (*served != nullptr) {
    answered = *served;
  }
  std::vector<char> out(policy.MaxSealedFieldSize());
  const auto field =
      policy.SealValue(opened, answered, now, out, &seen.outcome);
  if (field) {
    seen.field = std::string(field->value);
    seen.token = TokenOf(policy, field->value);
  }
  return seen;
}

// A format, as that of a sealed token: the bytes of the key are 00 ... 1f,
// those of the session id 68 ... 6f, of the nonce 70 ... 87, the time is
// 1700000000000.
TEST(SealedValue, IsTheGoldenOne) {
  CountingRandom random(96);
  auto policy = Policy::FromJson(
      kHeader,
      {.scope = "default/header/0", .keys = TestKeys(), .random = &random});
  ASSERT_TRUE(policy.ok());
  const Exchange first = Ask(**policy, At(0), {}, kPlain);
  EXPECT_EQ(first.outcome, Outcome::kNew);
  EXPECT_EQ(first.token,
            "AQH08IAXcHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHunN4Ub-2"
            "udQsfmJQKlyyaSEeUWazy8lMHgtMdZEiU8h1wl3Vt5fJDx1a"
            "DXUR-n-Der-YacIeOtOcNe01zuB4");
  EXPECT_EQ(Ask(**policy, At(1), {first.token}).value, kPlain);
}

TEST(SealedValue, ComesBackUntilItsAbsoluteTimeout) {
  for (const char* json :
       {kHeader, R"({"sessionName": "S", "absoluteTimeout": "10s"})",
        R"({"sessionName": "S", "absoluteTimeout": "10s",
            "cookieConfig": {"lifetimeType": "Permanent"}})"}) {
    const auto policy = MakePolicy(json);
    const Exchange first = Ask(*policy, At(0), {}, kPlain);
    const std::string carried = Carry(*policy, first.token);
    const Exchange kept = Ask(*policy, At(9999), {carried});
    EXPECT_EQ(kept.outcome, Outcome::kKept);
    EXPECT_EQ(kept.value, kPlain);
    EXPECT_EQ(kept.field, "");
    const Exchange over = Ask(*policy, At(10000), {carried}, "other");
    EXPECT_EQ(over.outcome, Outcome::kExpired);
    EXPECT_EQ(over.value, "");
    EXPECT_EQ(Ask(*policy, At(10001), {Carry(*policy, over.token)}).value,
              "other");
  }
}

TEST(SealedValue, IsWrittenAnewWhileItIsUsed) {
  const auto policy = MakePolicy(
      R"({"sessionName": "S", "idleTimeout": "10s", "absoluteTimeout": "60s",
          "cookieConfig": {"lifetimeType": "Permanent"}})");
  const Exchange first = Ask(*policy, At(0), {}, kPlain);
  EXPECT_NE(first.field.find("Max-Age=60"), std::string::npos);
  const std::string carried = Carry(*policy, first.token);
  EXPECT_EQ(Ask(*policy, At(5000), {carried}).field, "");
  const Exchange anew = Ask(*policy, At(6000), {carried});
  EXPECT_EQ(anew.outcome, Outcome::kKept);
  EXPECT_NE(anew.field.find("Max-Age=54"), std::string::npos) << anew.field;
  EXPECT_EQ(Ask(*policy, At(11000), {carried}).opened, Outcome::kExpired);
  EXPECT_EQ(Ask(*policy, At(11000), {Carry(*policy, anew.token)}).value,
            kPlain);
  // The absolute timeout goes on from the session's beginning.
  std::string token = anew.token;
  for (int at = 12000; at < 60000; at += 6000) {
    const Exchange next = Ask(*policy, At(at), {Carry(*policy, token)});
    ASSERT_EQ(next.outcome, Outcome::kKept) << at;
    if (!next.token.empty()) token = next.token;
  }
  EXPECT_EQ(Ask(*policy, At(60000), {Carry(*policy, token)}).opened,
            Outcome::kExpired);
}

TEST(SealedValue, OfAnOldKeyIsWrittenAnew) {
  constexpr char kOld[] =
      "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f ";
  constexpr char kNew[] =
      "2 ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f ";
  const auto old_keys = KeyRing::FromText(std::string(kOld) + "seal\n");
  const auto both =
      KeyRing::FromText(std::string(kNew) + "seal\n" + kOld + "open\n");
  ASSERT_TRUE(old_keys.ok() && both.ok());
  const auto before = MakePolicy(kHeader, "s", *old_keys);
  const auto after = MakePolicy(kHeader, "s", *both);
  const std::string token = Ask(*before, At(0), {}, kPlain).token;
  const Exchange seen = Ask(*after, At(1), {token});
  EXPECT_EQ(seen.value, kPlain);
  EXPECT_NE(seen.token, "");
  EXPECT_EQ(Ask(*before, At(2), {seen.token}).opened, Outcome::kInvalid);
  EXPECT_EQ(Ask(*after, At(2), {seen.token}).field, "");
}

TEST(SealedValue, OfAnotherScopeIsForeign) {
  const auto a = MakePolicy(kHeader, "default/route/0");
  const auto b = MakePolicy(kHeader, "default/route/1");
  const std::string token = Ask(*a, At(0), {}, kPlain).token;
  EXPECT_EQ(Ask(*b, At(1), {token}, "x").outcome, Outcome::kForeign);
}

TEST(SealedValue, AnyOtherLetterIsNotIt) {
  const auto policy = MakePolicy(kHeader);
  const std::string token = Ask(*policy, At(0), {}, kPlain).token;
  for (size_t i = 0; i < token.size(); ++i) {
    for (const char c : {'A', 'B', '9', '_', '+', '=', '\0', '\xff'}) {
      if (token[i] == c) continue;
      std::string forged = token;
      forged[i] = c;
      const Outcome outcome = Ask(*policy, At(1), {forged}, "x").outcome;
      EXPECT_TRUE(outcome == Outcome::kInvalid || outcome == Outcome::kForeign);
    }
  }
  for (size_t size = 0; size < token.size(); ++size) {
    EXPECT_NE(Ask(*policy, At(1), {token.substr(0, size)}, "x").outcome,
              Outcome::kKept);
  }
  EXPECT_EQ(Ask(*policy, At(1), {std::string(8192, 'A')}, "x").outcome,
            Outcome::kInvalid);
}

TEST(SealedValue, HidesItsSize) {
  const auto policy = MakePolicy(kHeader);
  const auto letters = [&](size_t size) {
    return Ask(*policy, At(0), {}, std::string(size, 'x').c_str()).token.size();
  };
  for (const size_t size : {1, 5, 6}) EXPECT_EQ(letters(size), 100U);
  for (const size_t size : {7, 20, 24}) EXPECT_EQ(letters(size), 124U);
  for (const size_t size : {25, 48}) EXPECT_EQ(letters(size), 156U);
  EXPECT_EQ(letters(49), 188U);
  const std::string longest(kMaxValueSize, 'x');
  const Exchange seen = Ask(*policy, At(0), {}, longest.c_str());
  EXPECT_EQ(seen.token.size(), 1436U);
  EXPECT_EQ(Ask(*policy, At(1), {seen.token}).value, longest);
  const Exchange more = Ask(*policy, At(0), {}, (longest + "x").c_str());
  EXPECT_EQ(more.outcome, Outcome::kUnpinned);
  EXPECT_EQ(more.field, "");
}

// What is remembered is judged anew each time, and is its scope's alone.
TEST(SealedValue, SaysTheSameWhenItIsRemembered) {
  for (const size_t size : {1, 6, 7, 24, 25, 48, 49, 1008}) {
    const auto remembers = MakePolicy(kHeader);
    const auto other = MakePolicy(kHeader, "default/test/1");
    const auto forgets = Policy::FromJson(kHeader, {.scope = "default/test/0",
                                                    .keys = TestKeys(),
                                                    .remember_tokens = false});
    ASSERT_TRUE(forgets.ok());
    const std::string value(size, 'v');
    const std::string token = Ask(*remembers, At(0), {}, value.c_str()).token;
    for (const int at : {1, 2, 9999, 10000}) {
      const Exchange seen = Ask(*remembers, At(at), {token});
      const Exchange known = Ask(**forgets, At(at), {token});
      EXPECT_EQ(seen.opened, known.opened);
      EXPECT_EQ(seen.value, known.value);
      EXPECT_EQ(seen.opened, at < 10000 ? Outcome::kKept : Outcome::kExpired);
      EXPECT_EQ(seen.value, at < 10000 ? value : "");
      EXPECT_EQ(Ask(*other, At(at), {token}).opened, Outcome::kForeign);
    }
  }
}

TEST(SealedValue, IsNoTokenOfAnEndpointNorTheReverse) {
  const auto policy = MakePolicy(kHeader);
  const auto set = MakeSet(Pods(2));
  const std::string value = Ask(*policy, At(0), {}, kPlain).token;
  const std::string endpoint = Send(*policy, *set, At(0), {}).token;
  EXPECT_EQ(Send(*policy, *set, At(1), {value}).outcome, Outcome::kInvalid);
  EXPECT_EQ(Ask(*policy, At(1), {endpoint}, "x").outcome, Outcome::kInvalid);
}

TEST(SealedValue, OfSeveralTheFirstLiveOneIsOpened) {
  const auto policy = MakePolicy(kHeader);
  const std::string token = Ask(*policy, At(0), {}, kPlain).token;
  EXPECT_EQ(Ask(*policy, At(1), {"garbage", "\"" + token + "\"\r"}).value,
            kPlain);
}

TEST(ValueSession, MovesToWhoServedIt) {
  const auto policy = MakePolicy(kHeader);
  const std::string token = Ask(*policy, At(0), {}, kPlain).token;
  const Exchange moved = Ask(*policy, At(5000), {token}, "other");
  EXPECT_EQ(moved.outcome, Outcome::kMoved);
  // With a clock of its own.
  EXPECT_EQ(Ask(*policy, At(14999), {moved.token}).value, "other");
}

TEST(ValueSession, StaysWhereItWasWhileItIsTemporary) {
  const auto policy = MakePolicy(
      R"({"sessionName": "S", "type": "Header", "idleTimeout": "10s",
          "failover": {"type": "Temporary"}})");
  const std::string token = Ask(*policy, At(0), {}, kPlain).token;
  const Exchange elsewhere = Ask(*policy, At(1), {token}, "other");
  EXPECT_EQ(elsewhere.outcome, Outcome::kSubstituted);
  EXPECT_EQ(elsewhere.field, "");
  const Exchange anew = Ask(*policy, At(6000), {token}, "other");
  EXPECT_EQ(Ask(*policy, At(6001), {anew.token}).value, kPlain);
}

TEST(ValueSession, NobodyWhoAnsweredGetsNoToken) {
  const auto policy = MakePolicy(kHeader);
  EXPECT_EQ(Ask(*policy, At(0), {}, nullptr).outcome, Outcome::kUnserved);
  const std::string token = Ask(*policy, At(0), {}, kPlain).token;
  const Exchange nobody = Ask(*policy, At(1), {token}, nullptr);
  EXPECT_EQ(nobody.outcome, Outcome::kUnserved);
  EXPECT_EQ(nobody.field, "");
  const auto strict = MakePolicy(
      R"({"sessionName": "S", "type": "Header",
          "failover": {"type": "Strict"}})");
  EXPECT_EQ(Ask(*strict, At(0), {}, nullptr).outcome, Outcome::kUnserved);
  EXPECT_EQ(
      Ask(*strict, At(1), {Ask(*strict, At(0), {}, kPlain).token}, nullptr)
          .outcome,
      Outcome::kRejected);
}

TEST(ValueSession, IsCounted) {
  const auto policy = MakePolicy(kHeader);
  const std::string token = Ask(*policy, At(0), {}, kPlain).token;
  Ask(*policy, At(1), {token});
  Ask(*policy, At(1), {token}, nullptr);
  const Counters counters = policy->counters();
  EXPECT_EQ(counters[Outcome::kNew], 1U);
  EXPECT_EQ(counters[Outcome::kKept], 1U);
  EXPECT_EQ(counters[Outcome::kUnserved], 1U);
}

TEST(ValueSession, IsNotForAMapNorWithoutSessions) {
  for (const char* json :
       {R"({"sessionName": "S", "store": {"type": "SessionMap"}})", "null"}) {
    const auto policy = MakePolicy(json);
    EXPECT_FALSE(policy->HoldsValues());
    EXPECT_EQ(policy->MaxSealedFieldSize(), 0U);
    std::array<char, kMaxValueSize> buffer;
    EXPECT_EQ(policy->OpenValue({}, At(0), buffer).outcome, Outcome::kNew);
    EXPECT_EQ(Ask(*policy, At(0), {}, kPlain).field, "");
  }
}

TEST(EnvoyValue, IsTheAddressOfEnvoysTokens) {
  const auto header = MakePolicy(
      R"({"sessionName": "S", "type": "Header",
          "store": {"type": "EnvoyToken"}})");
  EXPECT_EQ(Ask(*header, At(0), {"MS4yLjMuNDo4MA=="}).value, "1.2.3.4:80");
  EXPECT_EQ(Ask(*header, At(0), {}, "1.2.3.4:80").token, "MS4yLjMuNDo4MA==");
  const auto cookie =
      MakePolicy(R"({"sessionName": "S", "store": {"type": "EnvoyToken"}})");
  EXPECT_EQ(Ask(*cookie, At(0), {"S=\"CgoxLjIuMy40Ojgw\""}).value,
            "1.2.3.4:80");
  EXPECT_EQ(Ask(*cookie, At(0), {}, "1.2.3.4:80").token, "CgoxLjIuMy40Ojgw");
  // A message without an address, which Envoy loses.
  EXPECT_EQ(Ask(*cookie, At(0), {"S=MTAuMC4wLjU6ODA4MA=="}).value,
            "10.0.0.5:8080");
  EXPECT_EQ(Ask(*cookie, At(0), {"S=abc"}, "x").outcome, Outcome::kInvalid);
}

// Envoy wrote seconds of uptime up to 1.38: nobody else can compare them.
TEST(EnvoyValue, OfAnUptimeIsLiveAndGetsADate) {
  constexpr char kUptime[] = "S=CgoxLjIuMy40OjgwEO0H";  // 1005 s
  constexpr char kJson[] =
      R"({"sessionName": "S", "absoluteTimeout": "10s",
          "store": {"type": "EnvoyToken"}})";
  const auto policy = MakePolicy(kJson);
  const Exchange seen = Ask(*policy, At(0), {kUptime});
  EXPECT_EQ(seen.outcome, Outcome::kKept);
  EXPECT_EQ(seen.value, "1.2.3.4:80");
  EXPECT_EQ(Ask(*policy, At(9000), {Carry(*policy, seen.token)}).field, "");
  EXPECT_EQ(Ask(*policy, At(10000), {Carry(*policy, seen.token)}).opened,
            Outcome::kExpired);
  // The same where the endpoints are known.
  const auto set = MakeSet({{.id = "pod", .address = "1.2.3.4:80"}});
  const Seen known = Send(*MakePolicy(kJson), *set, At(0), {kUptime});
  EXPECT_EQ(known.outcome, Outcome::kKept);
  EXPECT_EQ(known.token, seen.token);
}

}  // namespace
}  // namespace limpet::testing
