#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "limpet/cookie.h"
#include "test_vectors.h"

namespace limpet {
namespace {

std::string Write(const SetCookie& cookie) {
  std::string line(WriteSetCookie(cookie, {}), '\0');
  EXPECT_EQ(WriteSetCookie(cookie, line), line.size());
  return line;
}

std::vector<std::string> Refused(const SetCookie& cookie) {
  std::vector<std::string> fields;
  for (const Problem& p : ValidateSetCookie(cookie).problems()) {
    fields.push_back(p.field);
  }
  return fields;
}

using Fields = std::vector<std::string>;

TEST(SetCookie, HasTheSecureDefaultsOfTheGep) {
  EXPECT_EQ(Write({.name = "sid", .value = "T"}),
            "sid=T; Path=/; Secure; SameSite=Strict; HttpOnly");
}

TEST(SetCookie, WritesEveryAttributeOnce) {
  EXPECT_EQ(Write({.name = "sid",
                   .value = "T",
                   .max_age_s = 10,
                   .path = "/app",
                   .domain = "example.com",
                   .same_site = SameSite::kNone,
                   .partitioned = true}),
            "sid=T; Max-Age=10; Path=/app; Domain=example.com; Secure; "
            "SameSite=None; Partitioned; HttpOnly");
  EXPECT_EQ(Write({.name = "sid",
                   .value = "T",
                   .path = "",
                   .secure = false,
                   .http_only = false,
                   .same_site = {}}),
            "sid=T");
}

TEST(SetCookie, WritesEnvoysLinesToTheByte) {
  const nlohmann::json vectors = testing::LoadVectors("envoy_tokens.json");
  const std::string tokens[] = {"CgoxLjIuMy40Ojgw", "CgoyLjMuNC41OjgwEO0H"};
  size_t i = 0;
  for (const nlohmann::json& vector : vectors.at("set_cookie")) {
    const std::string name = vector.at("name");
    const std::string path = vector.at("path");
    SetCookie cookie{.name = name,
                     .value = tokens[i++],
                     .path = path,
                     .secure = false,
                     .same_site = {},
                     .quoted = true};
    const int64_t ttl_s = vector.at("ttl_s");
    if (ttl_s != 0) cookie.max_age_s = ttl_s;
    EXPECT_EQ(Write(cookie), vector.at("line").get<std::string>());
  }
  EXPECT_EQ(i, 2U);
}

TEST(SetCookie, WritesNothingIntoABufferThatIsTooSmall) {
  std::string buffer(10, '.');
  EXPECT_GT(WriteSetCookie({.name = "sid", .value = "T"}, buffer), 10U);
  EXPECT_EQ(buffer, "..........");
}

TEST(SetCookie, RefusesWhatWouldSplitAResponseOrAnAttribute) {
  EXPECT_EQ(Refused({.name = "a b"}), Fields{"name"});
  EXPECT_EQ(Refused({.name = "a=b"}), Fields{"name"});
  EXPECT_EQ(Refused({.name = "x\r\nset-cookie: admin=1"}), Fields{"name"});
  EXPECT_EQ(Refused({.name = ""}), Fields{"name"});
  EXPECT_EQ(Refused({.name = "s", .path = "/a;b"}), Fields{"path"});
  EXPECT_EQ(Refused({.name = "s", .path = "/a\nb"}), Fields{"path"});
  EXPECT_EQ(Refused({.name = "s", .path = "a/b"}), Fields{"path"});
  EXPECT_EQ(Refused({.name = "s", .path = "/shop "}), Fields{"path"});
  EXPECT_EQ(Refused({.name = "s", .path = "/\xc3\xa9"}), Fields{"path"});
  EXPECT_EQ(Refused({.name = "s", .domain = "a;b"}), Fields{"domain"});
  EXPECT_EQ(Refused({.name = "s", .domain = "-a.com"}), Fields{"domain"});
  EXPECT_EQ(Refused({.name = "s", .domain = ".a.com"}), Fields{"domain"});
  EXPECT_EQ(Refused({.name = "s", .domain = "example.com"}), Fields{});
}

TEST(SetCookie, RefusesWhatUserAgentsRefuse) {
  EXPECT_EQ(
      Refused({.name = "s", .secure = false, .same_site = SameSite::kNone}),
      Fields{"sameSite"});
  EXPECT_EQ(Refused({.name = "s", .secure = false, .partitioned = true}),
            Fields{"partitioned"});
}

TEST(SetCookie, HoldsThePrefixRulesWithoutCase) {
  EXPECT_EQ(Refused({.name = "__Secure-s", .secure = false}), Fields{"secure"});
  EXPECT_EQ(Refused({.name = "__SeCuRe-s", .secure = false}), Fields{"secure"});
  EXPECT_EQ(Refused({.name = "__Host-s"}), Fields{});
  EXPECT_EQ(Refused({.name = "__Host-s", .path = "/app"}), Fields{"path"});
  EXPECT_EQ(Refused({.name = "__host-s", .domain = "example.com"}),
            Fields{"domain"});
  EXPECT_EQ(Refused({.name = "__Http-s", .http_only = false}),
            Fields{"httpOnly"});
  EXPECT_EQ(Refused({.name = "__Host-Http-s",
                     .path = "",
                     .secure = false,
                     .http_only = false}),
            (Fields{"secure", "path", "httpOnly"}));
}

}  // namespace
}  // namespace limpet
