// Validate(): configurations that were filled in by hand.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "config_problems.h"
#include "limpet/session_persistence.h"

namespace limpet {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::FieldsOf;

SessionPersistence Header(std::string name) {
  SessionPersistence config;
  config.type = SessionType::kHeader;
  config.name = std::move(name);
  return config;
}

SessionPersistence Cookie(std::string name) {
  SessionPersistence config;
  config.name = std::move(name);
  return config;
}

TEST(ValidateTest, TheDefaultsAreValid) {
  EXPECT_TRUE(SessionPersistence().Validate().ok());
  EXPECT_TRUE(Header("").Validate().ok());
  EXPECT_TRUE(Header("Session-A").Validate().ok());
}

TEST(ValidateTest, ANameIsATokenOfAtMost256) {
  for (const char* name : {"a b", "a\r\nb", "a=b", "a;b", "\xc3\xa9", "a:b"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(FieldsOf(Header(name).Validate()), "header.name");
    EXPECT_EQ(FieldsOf(Cookie(name).Validate()), "cookie.name");
  }
  EXPECT_TRUE(Cookie(std::string(256, 'a')).Validate().ok());
  EXPECT_EQ(FieldsOf(Cookie(std::string(257, 'a')).Validate()), "cookie.name");
  EXPECT_EQ(FieldsOf(Header(std::string(257, 'a')).Validate()), "header.name");
}

TEST(ValidateTest, ANameOfHttpItselfIsNoSessionHeader) {
  const Status status = Header("Content-Length").Validate();
  EXPECT_EQ(FieldsOf(status), "header.name");
  EXPECT_NE(status.ToString().find("\"Content-Length\""), std::string::npos);
  EXPECT_TRUE(Header("Content-Lengths").Validate().ok());
  EXPECT_TRUE(Header("Hos").Validate().ok());
}

TEST(ValidateTest, ThePrefixesOfCookieNamesKeepTheirPromises) {
  SessionPersistence config = Cookie("__Host-sid");
  EXPECT_TRUE(config.Validate().ok());
  config.path = "/app";
  config.domain = "example.com";
  config.secure = false;
  EXPECT_EQ(FieldsOf(config.Validate()),
            "cookieAttributes.secure cookie.path cookieAttributes.domain");
  config = Cookie("__Secure-sid");
  config.secure = false;
  EXPECT_EQ(FieldsOf(config.Validate()), "cookieAttributes.secure");
  config = Cookie("__Http-sid");
  config.http_only = false;
  EXPECT_EQ(FieldsOf(config.Validate()), "cookieAttributes.httpOnly");
}

TEST(ValidateTest, SameSiteNoneAndPartitionedNeedSecure) {
  SessionPersistence config;
  config.same_site = SameSite::kNone;
  config.partitioned = true;
  EXPECT_TRUE(config.Validate().ok());
  config.secure = false;
  EXPECT_EQ(FieldsOf(config.Validate()),
            "cookieAttributes.sameSite cookieAttributes.partitioned");
}

TEST(ValidateTest, ADomainIsAHostName) {
  SessionPersistence config;
  config.domain = "app.example.com";
  EXPECT_TRUE(config.Validate().ok());
  for (const char* domain : {"a;b", "a b", "x\r\ny", "-", "a..b"}) {
    SCOPED_TRACE(domain);
    config.domain = domain;
    EXPECT_EQ(FieldsOf(config.Validate()), "cookieAttributes.domain");
  }
}

TEST(ValidateTest, APathIsOneThatUserAgentsHonour) {
  SessionPersistence config;
  for (std::string path : {"", "app", "/a;b", "/a\nb"}) {
    SCOPED_TRACE(path);
    config.path = path;
    EXPECT_EQ(FieldsOf(config.Validate()), "cookie.path");
  }
  config.path = "/" + std::string(1023, 'a');
  EXPECT_TRUE(config.Validate().ok());
  config.path += 'a';
  EXPECT_EQ(FieldsOf(config.Validate()), "cookie.path");
}

TEST(ValidateTest, WhatOnlyCookiesHaveDoesNotMatterToAHeader) {
  SessionPersistence config = Header("Session-A");
  config.path = "x;y";
  config.domain = "a b";
  config.secure = false;
  config.same_site = SameSite::kNone;
  config.partitioned = true;
  config.lifetime_type = LifetimeType::kPermanent;
  EXPECT_TRUE(config.Validate().ok()) << config.Validate().ToString();
}

TEST(ValidateTest, TimeoutsAreNeitherNegativeNorEndless) {
  SessionPersistence config;
  config.absolute_timeout = Duration(-1);
  config.idle_timeout = Duration::min();
  EXPECT_EQ(FieldsOf(config.Validate()), "absoluteTimeout idleTimeout");
  config.absolute_timeout = hours(400'000) + Duration(1);
  config.idle_timeout = Duration::max();
  EXPECT_EQ(FieldsOf(config.Validate()), "absoluteTimeout idleTimeout");
  config.absolute_timeout = hours(400'000);
  config.idle_timeout = hours(400'000);
  EXPECT_TRUE(config.Validate().ok());
}

TEST(ValidateTest, APermanentCookieNeedsATimeout) {
  SessionPersistence config;
  config.lifetime_type = LifetimeType::kPermanent;
  const Status status = config.Validate();
  EXPECT_EQ(FieldsOf(status), "absoluteTimeout");
  EXPECT_EQ(status.problems()[0].message,
            "AbsoluteTimeout must be specified when cookie lifetimeType is "
            "Permanent; 0s is none");
  config.absolute_timeout = Duration(1);
  EXPECT_TRUE(config.Validate().ok());
}

TEST(ValidateTest, APermanentCookieMayOutliveWhatBrowsersKeep) {
  SessionPersistence config;
  config.lifetime_type = LifetimeType::kPermanent;
  config.absolute_timeout = hours(401 * 24);
  EXPECT_TRUE(config.Validate().ok());
}

TEST(ValidateTest, ACapacityIsOneTo2Pow31) {
  SessionPersistence config;
  for (size_t capacity : {size_t{0}, (size_t{1} << 31) + 1, SIZE_MAX}) {
    config.capacity = capacity;
    EXPECT_EQ(FieldsOf(config.Validate()), "store.capacity");
  }
  for (size_t capacity : {size_t{1}, size_t{1} << 31}) {
    config.capacity = capacity;
    EXPECT_TRUE(config.Validate().ok());
  }
}

TEST(ValidateTest, StrictRefusesWithAnErrorStatus) {
  SessionPersistence config;
  for (uint16_t status : {0, 200, 399, 600, 65535}) {
    config.failover = {FailoverType::kStrict, status};
    EXPECT_EQ(FieldsOf(config.Validate()), "failover.status");
    config.failover.type = FailoverType::kRebind;
    EXPECT_TRUE(config.Validate().ok());
  }
  for (uint16_t status : {400, 503, 599}) {
    config.failover = {FailoverType::kStrict, status};
    EXPECT_TRUE(config.Validate().ok());
  }
}

TEST(ValidateTest, OnlyRebindAfterWaitsAndIsToldHowLong) {
  SessionPersistence config;
  for (const FailoverType type : {FailoverType::kRebind, FailoverType::kStrict,
                                  FailoverType::kTemporary}) {
    config.failover = {.type = type, .after = Duration(1)};
    EXPECT_EQ(FieldsOf(config.Validate()), "failover.after");
  }
  config.failover.type = FailoverType::kRebindAfter;
  EXPECT_TRUE(config.Validate().ok());
  config.failover.after = hours(400'000);
  EXPECT_TRUE(config.Validate().ok());
  for (const Duration after :
       {Duration(0), Duration(-1), hours(400'000) + Duration(1)}) {
    config.failover.after = after;
    EXPECT_EQ(FieldsOf(config.Validate()), "failover.after");
  }
}

TEST(ValidateTest, RebalanceIsAShareOfSessionsWithAnIdAndATime) {
  SessionPersistence config = Header("Session-A");
  config.rebalance.percent_per_minute = 100;
  EXPECT_TRUE(config.Validate().ok());
  config.failover.type = FailoverType::kStrict;
  EXPECT_TRUE(config.Validate().ok());
  config.rebalance.percent_per_minute = 101;
  EXPECT_EQ(FieldsOf(config.Validate()), "rebalance.percentPerMinute");
  config.rebalance.percent_per_minute = 1;
  config.store = StoreType::kEnvoyToken;
  EXPECT_EQ(FieldsOf(config.Validate()), "rebalance.percentPerMinute");
  config.store = StoreType::kSealedToken;
  config.rebalance.idle_at_least = Duration(1);
  EXPECT_EQ(FieldsOf(config.Validate()), "rebalance.idleAtLeast");
  config.store = StoreType::kSessionMap;
  EXPECT_TRUE(config.Validate().ok());
  config.idle_timeout = Duration(2);
  EXPECT_TRUE(config.Validate().ok());
  config.idle_timeout = Duration(1);
  EXPECT_EQ(FieldsOf(config.Validate()), "rebalance.idleAtLeast");
  config.rebalance.idle_at_least = Duration(-1);
  EXPECT_EQ(FieldsOf(config.Validate()), "rebalance.idleAtLeast");
  config.rebalance.percent_per_minute = 0;  // off
  config.rebalance.idle_at_least = Duration(1);
  EXPECT_TRUE(config.Validate().ok());
}

TEST(ValidateTest, APolicyWithoutSessionsRebalancesNone) {
  SessionPersistence config;
  config.type = SessionType::kNone;
  config.rebalance.percent_per_minute = 1;
  EXPECT_EQ(FieldsOf(config.Validate()), "rebalance.percentPerMinute");
}

TEST(ValidateTest, EnvoysTokensKeepNoIdleTime) {
  SessionPersistence config;
  config.store = StoreType::kEnvoyToken;
  config.absolute_timeout = seconds(10);
  EXPECT_TRUE(config.Validate().ok());
  config.idle_timeout = seconds(1);
  EXPECT_EQ(FieldsOf(config.Validate()), "idleTimeout");
}

TEST(ValidateTest, EnvoysHeaderKeepsNoTimeAtAll) {
  SessionPersistence config = Header("Session-A");
  config.store = StoreType::kEnvoyToken;
  EXPECT_TRUE(config.Validate().ok());
  config.absolute_timeout = seconds(10);
  EXPECT_EQ(FieldsOf(config.Validate()), "absoluteTimeout");
}

TEST(ValidateTest, ABalancerComparesTwoToSixteen) {
  SessionPersistence config;
  for (const uint32_t choices : {0U, 1U, 17U, UINT32_MAX}) {
    config.balancer.choices = choices;
    EXPECT_EQ(config.Validate().ToString(),
              "balancer.choices: must be 2 to 16");
  }
  for (const uint32_t choices : {2U, 16U}) {
    config.balancer.choices = choices;
    EXPECT_TRUE(config.Validate().ok());
  }
}

TEST(ValidateTest, ABiasAndSlowStartHaveTheirRanges) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  SessionPersistence config;
  for (const double bias : {-0.1, 100.1, nan}) {
    config.balancer.active_request_bias = bias;
    EXPECT_EQ(config.Validate().ToString(),
              "balancer.activeRequestBias: must be 0 to 100");
  }
  config.balancer.active_request_bias = 0;
  for (const double aggression : {0.0, -1.0, 100.1, nan}) {
    config.balancer.slow_start_aggression = aggression;
    EXPECT_EQ(config.Validate().ToString(),
              "balancer.slowStart.aggression: must be 0.01 to 100");
  }
  config.balancer.slow_start_aggression = 100;
  for (const uint32_t percent : {0U, 101U}) {
    config.balancer.slow_start_min_percent = percent;
    EXPECT_EQ(config.Validate().ToString(),
              "balancer.slowStart.minWeightPercent: must be 1 to 100");
  }
  config.balancer.slow_start_min_percent = 100;
  config.balancer.slow_start = Duration(-1);
  EXPECT_EQ(config.Validate().ToString(),
            "balancer.slowStart.window: must not be negative");
  config.balancer.slow_start = hours(400'000);
  EXPECT_TRUE(config.Validate().ok()) << config.Validate().ToString();
}

TEST(ValidateTest, LeastSessionsNeedsAMapThatCountsThem) {
  SessionPersistence config;
  config.balancer.type = BalancerType::kLeastSessions;
  config.store = StoreType::kSessionMap;
  EXPECT_TRUE(config.Validate().ok());
  const std::string refusal =
      "balancer.type: LeastSessions counts the sessions of a store SessionMap: "
      "use that store, or LeastRequest";
  config.type = SessionType::kNone;
  EXPECT_EQ(config.Validate().ToString(), refusal);
  config.type = SessionType::kCookie;
  for (const StoreType store :
       {StoreType::kSealedToken, StoreType::kEnvoyToken}) {
    config.store = store;
    EXPECT_EQ(config.Validate().ToString(), refusal);
  }
}

TEST(ValidateTest, OfAPolicyWithoutSessionsTheBalancerAloneIsChecked) {
  SessionPersistence config = Cookie("a b");
  config.type = SessionType::kNone;
  config.path = "";
  config.capacity = 0;
  config.absolute_timeout = Duration(-1);
  EXPECT_TRUE(config.Validate().ok());
  config.balancer.choices = 1;
  EXPECT_EQ(FieldsOf(config.Validate()), "balancer.choices");
}

}  // namespace
}  // namespace limpet
