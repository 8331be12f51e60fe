// The fields that the Gateway API does not have.
#include <gtest/gtest.h>

#include <string>

#include "config_problems.h"
#include "limpet/session_persistence.h"

namespace limpet {
namespace {

using std::chrono::minutes;
using testing::FieldsOf;
using testing::ProblemsOf;

constexpr std::string_view kEverything =
    R"({"idleTimeout": "5m",
        "cookieAttributes": {"secure": true, "httpOnly": false,
                             "partitioned": true, "sameSite": "None",
                             "domain": "example.com"},
        "store": {"type": "SessionMap", "capacity": 2147483648,
                  "whenFull": "Evict"},
        "failover": {"type": "Strict", "status": 599},
        "balancer": {"type": "LeastRequest"},
        "splitting": "WeightsFirst",
        "stripToken": true})";

SessionPersistence WithEverything() {
  SessionPersistence config;
  config.idle_timeout = minutes(5);
  config.http_only = false;
  config.partitioned = true;
  config.same_site = SameSite::kNone;
  config.domain = "example.com";
  config.store = StoreType::kSessionMap;
  config.capacity = size_t{1} << 31;
  config.when_full = WhenFull::kEvict;
  config.failover = {FailoverType::kStrict, 599};
  config.balancer = BalancerType::kLeastRequest;
  config.splitting = Splitting::kWeightsFirst;
  config.strip_token = true;
  return config;
}

TEST(ExtendTest, ReadsEveryField) {
  SessionPersistence config;
  const Status status = config.Extend(kEverything);
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(config, WithEverything());
  EXPECT_TRUE(config.Validate().ok()) << config.Validate().ToString();
}

TEST(ExtendTest, TheSameFieldsMayStandInTheValueItself) {
  const auto flat = SessionPersistence::FromJson(kEverything);
  ASSERT_TRUE(flat.ok()) << flat.status().ToString();
  EXPECT_EQ(*flat, WithEverything());
  std::string text(kEverything);
  text.insert(1, R"("cookie": {},)");
  const auto nested = SessionPersistence::FromJson(text);
  ASSERT_TRUE(nested.ok()) << nested.status().ToString();
  EXPECT_EQ(*nested, WithEverything());
}

TEST(ExtendTest, SplittingThatIsNamedWinsOverTheShapesDefault) {
  const auto nested = SessionPersistence::FromJson(
      R"({"cookie": {}, "splitting": "SessionFirst"})");
  ASSERT_TRUE(nested.ok());
  EXPECT_EQ(nested->splitting, Splitting::kSessionFirst);
  const auto flat =
      SessionPersistence::FromJson(R"({"splitting": "WeightsFirst"})");
  ASSERT_TRUE(flat.ok());
  EXPECT_EQ(flat->splitting, Splitting::kWeightsFirst);
}

TEST(ExtendTest, FieldsThatAreAbsentKeepTheirValue) {
  SessionPersistence config = WithEverything();
  ASSERT_TRUE(config.Extend("{}").ok());
  EXPECT_EQ(config, WithEverything());
  ASSERT_TRUE(config
                  .Extend(R"({"idleTimeout": null, "cookieAttributes": {},
                              "store": {"type": null}, "failover": {},
                              "balancer": {}, "stripToken": null})")
                  .ok());
  EXPECT_EQ(config, WithEverything());
  ASSERT_TRUE(config.Extend(R"({"store": {"whenFull": "Refuse"}})").ok());
  EXPECT_EQ(config.capacity, size_t{1} << 31);
  EXPECT_EQ(config.when_full, WhenFull::kRefuse);
  ASSERT_TRUE(config.Extend(R"({"failover": {"status": 503}})").ok());
  EXPECT_EQ(config.failover, (Failover{FailoverType::kStrict, 503}));
}

TEST(ExtendTest, AnErrorChangesNothing) {
  SessionPersistence config = WithEverything();
  EXPECT_FALSE(
      config.Extend(R"({"idleTimeout": "1h", "stripToken": "no"})").ok());
  EXPECT_EQ(config, WithEverything());
}

TEST(ExtendTest, NamesEveryFieldThatIsWrong) {
  SessionPersistence config;
  EXPECT_EQ(FieldsOf(config.Extend(
                R"({"idleTimeout": "5", "splitting": "weightsFirst",
                    "cookieAttributes": {"secure": "yes", "httpOnly": 1,
                        "partitioned": [], "sameSite": "none", "domain": 3},
                    "store": {"type": "Redis", "capacity": 0,
                              "whenFull": "evict"},
                    "failover": {"type": "strict", "status": 200},
                    "balancer": {"type": "Maglev"}, "stripToken": "no"})")),
            "idleTimeout cookieAttributes.secure cookieAttributes.httpOnly "
            "cookieAttributes.partitioned cookieAttributes.sameSite "
            "cookieAttributes.domain store.type store.capacity store.whenFull "
            "failover.type failover.status balancer.type splitting stripToken");
  EXPECT_EQ(config, SessionPersistence());
}

TEST(ExtendTest, SaysWhatIsAllowed) {
  SessionPersistence config;
  const auto message = [&](std::string_view json) {
    return config.Extend(json).problems().at(0).message;
  };
  EXPECT_EQ(message(R"({"store": {"type": "Redis"}})"),
            "Unsupported value: \"Redis\": supported values: \"SealedToken\", "
            "\"SessionMap\", \"EnvoyToken\"");
  EXPECT_EQ(message(R"({"store": {"capacity": 2147483649}})"),
            "must be 1 to 2147483648");
  EXPECT_EQ(message(R"({"store": {"capacity": -1}})"),
            "must be 1 to 2147483648");
  EXPECT_EQ(message(R"({"store": {"capacity": 18446744073709551615}})"),
            "must be 1 to 2147483648");
  EXPECT_EQ(message(R"({"store": {"capacity": 1.5}})"),
            "must be of type integer: \"number\"");
  EXPECT_EQ(message(R"({"store": {"whenFull": "Drop"}})"),
            "Unsupported value: \"Drop\": supported values: \"Refuse\", "
            "\"Evict\"");
  EXPECT_EQ(message(R"({"store": {"whenFull": true}})"),
            "must be of type string: \"boolean\"");
  EXPECT_EQ(message(R"({"failover": {"status": 399}})"), "must be 400 to 599");
  EXPECT_EQ(message(R"({"failover": {"status": 600}})"), "must be 400 to 599");
  EXPECT_EQ(message(R"({"store": "SessionMap"})"),
            "must be of type object: \"string\"");
  EXPECT_EQ(message("null"), "must be of type object: \"null\"");
}

TEST(ExtendTest, UnknownAndDoubleFieldsAreNamed) {
  SessionPersistence config;
  EXPECT_EQ(FieldsOf(config.Extend(
                R"({"sessionName": "S", "store": {"size": 1},
                    "cookieAttributes": {"path": "/"},
                    "failover": {"code": 503}, "balancer": {"seed": 1}})")),
            "sessionName cookieAttributes.path store.size failover.code "
            "balancer.seed");
  EXPECT_EQ(
      FieldsOf(config.Extend(R"({"stripToken": true, "stripToken": false})")),
      "stripToken");
  EXPECT_EQ(config, SessionPersistence());
}

TEST(ExtendTest, WhatIsNoJsonIsASyntaxError) {
  SessionPersistence config;
  EXPECT_EQ(config.Extend("{").code(), StatusCode::kInvalidSyntax);
  EXPECT_EQ(config.Extend("").code(), StatusCode::kInvalidSyntax);
}

TEST(ExtendTest, FieldsTogetherAreCheckedWithTheValueTheyStandIn) {
  EXPECT_EQ(FieldsOf(ProblemsOf(
                R"({"type": "Header", "absoluteTimeout": "10s",
                    "idleTimeout": "5s", "store": {"type": "EnvoyToken"}})")),
            "idleTimeout absoluteTimeout");
}

}  // namespace
}  // namespace limpet
