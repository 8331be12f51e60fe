#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "test_policy.h"
#include "test_vectors.h"

namespace limpet::testing {
namespace {

constexpr char kEnvoyHeader[] =
    R"({"sessionName": "S", "type": "Header", "store": {"type": "EnvoyToken"}})";

std::string CookieJson(const std::string& more) {
  return R"({"sessionName": "S", "store": {"type": "EnvoyToken"})" + more + "}";
}

Timestamp Second(int64_t s) { return TimestampFromMillis(s * 1000); }

const nlohmann::json& Vectors() {
  static const nlohmann::json vectors = LoadVectors("envoy_tokens.json");
  return vectors;
}

TEST(EnvoyCookie, IsEnvoysToTheByteBothWays) {
  for (const nlohmann::json& vector : Vectors().at("cookie_token")) {
    const std::string address = vector.at("address");
    const std::string token = vector.at("token");
    const auto set = MakeSet({{.id = "other", .address = "9.9.9.9:9"},
                              {.id = "pod", .address = address}});
    int64_t begin = 1000;
    std::string more;
    if (!vector.at("expires").is_null()) {
      begin = vector.at("expires").get<int64_t>() - 5;
      more = R"(, "absoluteTimeout": "5s")";
    }
    const auto policy = MakePolicy(CookieJson(more));
    const Seen read = Send(*policy, *set, Second(begin), {"S=" + token});
    EXPECT_EQ(read.outcome, Outcome::kKept) << token;
    EXPECT_EQ(read.endpoint, "pod");

    Decision decision = policy->Select({}, *set, Second(begin));
    std::vector<char> buffer(policy->MaxFieldSize());
    const auto field =
        policy->Commit(decision, &(*set)[1], Second(begin), buffer);
    ASSERT_TRUE(field);
    EXPECT_EQ(TokenOf(*policy, field->value), token);
    EXPECT_TRUE(field->value.starts_with("S=\"" + token + "\"; "));
  }
}

TEST(EnvoyCookie, ReadsTheOldFormWithoutAMessage) {
  for (const nlohmann::json& vector : Vectors().at("legacy_cookie_token")) {
    const auto set = MakeSet({{.id = "other", .address = "9.9.9.9:9"},
                              {.id = "pod", .address = vector.at("address")}});
    const std::string token = vector.at("token");
    EXPECT_EQ(
        Send(*MakePolicy(CookieJson("")), *set, Second(1000), {"S=" + token})
            .endpoint,
        "pod");
  }
}

TEST(EnvoyCookie, ReadsAddressesThatHappenToBeAMessage) {
  const auto set = MakeSet({{.id = "other", .address = "9.9.9.9:9"},
                            {.id = "pod", .address = "10.0.0.5:8080"}});
  const Seen seen = Send(*MakePolicy(CookieJson("")), *set, Second(1000),
                         {"S=MTAuMC4wLjU6ODA4MA=="});
  EXPECT_EQ(seen.outcome, Outcome::kKept);
  EXPECT_EQ(seen.endpoint, "pod");
}

TEST(EnvoyCookie, EndsByTheWallClock) {
  const auto set = MakeSet({{.id = "pod", .address = "2.3.4.5:80"}});
  const auto policy = MakePolicy(CookieJson(R"(, "absoluteTimeout": "5s")"));
  const std::string cookie = "S=CgoyLjMuNC41OjgwEO0H";  // expires 1005
  EXPECT_EQ(
      Send(*policy, *set, TimestampFromMillis(1'004'999), {cookie}).outcome,
      Outcome::kKept);
  EXPECT_EQ(Send(*policy, *set, Second(1005), {cookie}).outcome,
            Outcome::kExpired);
}

TEST(EnvoyHeader, IsEnvoysToTheByteBothWays) {
  const auto policy = MakePolicy(kEnvoyHeader);
  for (const nlohmann::json& vector : Vectors().at("header_token")) {
    const auto set = MakeSet({{.id = "pod", .address = vector.at("address")}});
    const std::string token = vector.at("token");
    EXPECT_EQ(Send(*policy, *set, Second(1000), {token}).outcome,
              Outcome::kKept);
    EXPECT_EQ(Send(*policy, *set, Second(1000), {}).token, token);
  }
}

TEST(EnvoyToken, WhatEnvoyCannotReadIsNoSession) {
  const auto set = MakeSet({{.id = "pod", .address = "1.2.3.4:80"}});
  for (const std::string& json : {std::string(kEnvoyHeader), CookieJson("")}) {
    const auto policy = MakePolicy(json);
    for (const nlohmann::json& vector : Vectors().at("no_session")) {
      const std::string token = vector;
      const Outcome outcome =
          Send(*policy, *set, Second(1000), {Carry(*policy, token)}).outcome;
      EXPECT_EQ(outcome, token.empty() ? Outcome::kNew : Outcome::kInvalid)
          << token;
    }
  }
}

TEST(EnvoyToken, AnAddressOutsideTheSetPinsNobody) {
  const auto set = MakeSet(Pods(2));
  const auto policy = MakePolicy(kEnvoyHeader);
  EXPECT_EQ(
      Send(*policy, *set, Second(1000), {"MTY5LjI1NC4xNjkuMjU0Ojgw"}).outcome,
      Outcome::kUnknownEndpoint);
}

TEST(EnvoyToken, AnEndpointWithoutAnAddressIsServedUnpinned) {
  const auto set = MakeSet({{.id = "pod"}});
  const Seen seen = Send(*MakePolicy(kEnvoyHeader), *set, Second(1000), {});
  EXPECT_EQ(seen.outcome, Outcome::kUnpinned);
  EXPECT_EQ(seen.field, "");
}

}  // namespace
}  // namespace limpet::testing
