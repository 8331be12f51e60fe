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
        "balancer": {"type": "LeastSessions", "choices": 16,
                     "activeRequestBias": 0.5,
                     "slowStart": {"window": "30s", "minWeightPercent": 1,
                                   "aggression": 2}},
        "splitting": "WeightsFirst",
        "stripToken": true,
        "rebalance": {"percentPerMinute": 10, "idleAtLeast": "1m"}})";

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
  config.balancer = {.type = BalancerType::kLeastSessions,
                     .choices = 16,
                     .active_request_bias = 0.5,
                     .slow_start = std::chrono::seconds(30),
                     .slow_start_min_percent = 1,
                     .slow_start_aggression = 2};
  config.splitting = Splitting::kWeightsFirst;
  config.strip_token = true;
  config.rebalance = {10, minutes(1)};
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
                              "balancer": {"slowStart": {}},
                              "stripToken": null,
                              "rebalance": {"percentPerMinute": null}})")
                  .ok());
  EXPECT_EQ(config, WithEverything());
  ASSERT_TRUE(config.Extend(R"({"store": {"whenFull": "Refuse"}})").ok());
  EXPECT_EQ(config.capacity, size_t{1} << 31);
  EXPECT_EQ(config.when_full, WhenFull::kRefuse);
  ASSERT_TRUE(config.Extend(R"({"failover": {"status": 503}})").ok());
  EXPECT_EQ(config.failover, (Failover{FailoverType::kStrict, 503}));
  ASSERT_TRUE(
      config.Extend(R"({"rebalance": {"percentPerMinute": 100}})").ok());
  EXPECT_EQ(config.rebalance, (Rebalance{100, minutes(1)}));
}

TEST(ExtendTest, ReadsHowLongASessionWaits) {
  SessionPersistence config;
  ASSERT_TRUE(
      config.Extend(R"({"failover": {"type": "RebindAfter", "after": "90s"}})")
          .ok());
  EXPECT_EQ(config.failover.type, FailoverType::kRebindAfter);
  EXPECT_EQ(config.failover.after, std::chrono::seconds(90));
  EXPECT_TRUE(config.Validate().ok());
  EXPECT_EQ(FieldsOf(ProblemsOf(R"({"failover": {"type": "RebindAfter"}})")),
            "failover.after");
  EXPECT_EQ(FieldsOf(ProblemsOf(R"({"failover": {"after": "30s"}})")),
            "failover.after");
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
                    "failover": {"type": "strict", "status": 200,
                                 "after": "-1s"},
                    "balancer": {"type": "maglev", "choices": 1,
                        "activeRequestBias": "1",
                        "slowStart": {"window": "5",
                                      "minWeightPercent": 0,
                                      "aggression": null}},
                    "stripToken": "no",
                    "rebalance": {"percentPerMinute": 101,
                                  "idleAtLeast": 5}})")),
            "idleTimeout cookieAttributes.secure cookieAttributes.httpOnly "
            "cookieAttributes.partitioned cookieAttributes.sameSite "
            "cookieAttributes.domain store.type store.capacity store.whenFull "
            "failover.type failover.status failover.after balancer.type "
            "balancer.choices balancer.activeRequestBias "
            "balancer.slowStart.window balancer.slowStart.minWeightPercent "
            "splitting stripToken rebalance.percentPerMinute "
            "rebalance.idleAtLeast");
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
  EXPECT_EQ(message(R"({"failover": {"type": "Wait"}})"),
            "Unsupported value: \"Wait\": supported values: \"Rebind\", "
            "\"Temporary\", \"Strict\", \"RebindAfter\"");
  EXPECT_EQ(message(R"({"rebalance": {"percentPerMinute": 101}})"),
            "must be 0 to 100");
  EXPECT_EQ(message(R"({"balancer": {"choices": 17}})"), "must be 2 to 16");
  EXPECT_EQ(
      message(R"({"balancer": {"slowStart": {"minWeightPercent": 101}}})"),
      "must be 1 to 100");
  EXPECT_EQ(message(R"({"balancer": {"slowStart": {"aggression": true}}})"),
            "must be of type number: \"boolean\"");
  EXPECT_EQ(message(R"({"store": "SessionMap"})"),
            "must be of type object: \"string\"");
  EXPECT_EQ(message("null"), "must be of type object: \"null\"");
}

TEST(ExtendTest, UnknownAndDoubleFieldsAreNamed) {
  SessionPersistence config;
  EXPECT_EQ(FieldsOf(config.Extend(
                R"({"sessionName": "S", "store": {"size": 1},
                    "cookieAttributes": {"path": "/"},
                    "failover": {"code": 503},
                    "balancer": {"seed": 1, "slowStart": {"ramp": 1}},
                    "rebalance": {"percent": 1}})")),
            "sessionName cookieAttributes.path store.size failover.code "
            "balancer.seed balancer.slowStart.ramp rebalance.percent");
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

TEST(ExtendTest, WhatABalancerDoesNotTakeIsRefusedWithItsRange) {
  const auto refusal = [](const std::string& balancer) {
    return SessionPersistence::FromJson(R"({"balancer": )" + balancer + "}")
        .status()
        .ToString();
  };
  EXPECT_EQ(refusal(R"({"activeRequestBias": -1})"),
            "balancer.activeRequestBias: must be 0 to 100");
  EXPECT_EQ(refusal(R"({"slowStart": {"aggression": 0}})"),
            "balancer.slowStart.aggression: must be 0.01 to 100");
  EXPECT_EQ(refusal(R"({"type": "LeastSessions"})"),
            "balancer.type: LeastSessions counts the sessions of a store "
            "SessionMap: use that store, or LeastRequest");
}

TEST(ExtendTest, FieldsTogetherAreCheckedWithTheValueTheyStandIn) {
  EXPECT_EQ(FieldsOf(ProblemsOf(
                R"({"type": "Header", "absoluteTimeout": "10s",
                    "idleTimeout": "5s", "store": {"type": "EnvoyToken"}})")),
            "idleTimeout absoluteTimeout");
}

}  // namespace
}  // namespace limpet
