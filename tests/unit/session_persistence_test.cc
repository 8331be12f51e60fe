// What a sessionPersistence value means, whatever release it was written for.
#include "limpet/session_persistence.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "config_problems.h"
#include "test_vectors.h"

namespace limpet {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using testing::FieldsOf;
using testing::ProblemsOf;

void ExpectRefused(const json& test, const Status& status) {
  EXPECT_EQ(status.code(), StatusCode::kInvalidConfig);
  std::set<std::string> messages;
  for (const Problem& problem : status.problems()) {
    messages.insert(problem.message);
  }
  if (test.contains("field")) {
    EXPECT_EQ(FieldsOf(status), test["field"].get<std::string>());
  }
  if (test.contains("message")) {
    EXPECT_EQ(messages,
              std::set<std::string>{test["message"].get<std::string>()});
  }
  if (test.contains("messages")) {
    EXPECT_EQ(messages, test["messages"].get<std::set<std::string>>());
  }
}

void ExpectRead(const json& test, const SessionPersistence& config) {
  if (test.contains("type")) {
    EXPECT_EQ(config.type, test["type"] == "Cookie" ? SessionType::kCookie
                                                    : SessionType::kHeader);
  }
  if (test.contains("lifetimeType")) {
    EXPECT_EQ(config.lifetime_type, test["lifetimeType"] == "Permanent"
                                        ? LifetimeType::kPermanent
                                        : LifetimeType::kSession);
  }
  if (test.contains("path")) {
    EXPECT_EQ(config.path, test["path"].get<std::string>());
  }
  EXPECT_EQ(config.idle_timeout.count(), test.value("idle_ms", 0));
  if (test.contains("absolute_ms")) {
    EXPECT_EQ(config.absolute_timeout.count(),
              test["absolute_ms"].get<int64_t>());
  }
  EXPECT_EQ(config.splitting, test["shape"] == "A" ? Splitting::kSessionFirst
                                                   : Splitting::kWeightsFirst);
}

TEST(SessionPersistenceTest, ReadsTheVectorsOfBothShapes) {
  const json vectors = testing::LoadVectors("session_persistence.json");
  ASSERT_EQ(vectors["cases"].size(), 24u);
  for (const json& test : vectors["cases"]) {
    const std::string input = test["in"].dump();
    SCOPED_TRACE(input);
    const Result<SessionPersistence> config =
        SessionPersistence::FromJson(input);
    ASSERT_EQ(config.ok(), test["ok"].get<bool>())
        << config.status().ToString();
    if (config.ok()) {
      ExpectRead(test, *config);
      EXPECT_TRUE(config->Validate().ok()) << config->Validate().ToString();
    } else {
      ExpectRefused(test, config.status());
    }
  }
}

TEST(SessionPersistenceTest, HasTheSecureDefaultsOfTheSpecification) {
  const auto config = SessionPersistence::FromJson("{}");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(*config, SessionPersistence());
  EXPECT_EQ(config->type, SessionType::kCookie);
  EXPECT_EQ(config->path, "/");
  EXPECT_TRUE(config->secure);
  EXPECT_TRUE(config->http_only);
  EXPECT_EQ(config->same_site, SameSite::kStrict);
  EXPECT_EQ(config->domain, "");
}

TEST(SessionPersistenceTest, BothShapesOfOneSessionDifferInSplittingOnly) {
  auto flat = SessionPersistence::FromJson(
      R"({"sessionName": "S", "absoluteTimeout": "1h",
          "cookieConfig": {"lifetimeType": "Permanent"}})");
  auto nested = SessionPersistence::FromJson(
      R"({"cookie": {"name": "S", "lifetimeType": "Permanent"},
          "absoluteTimeout": "1h"})");
  ASSERT_TRUE(flat.ok());
  ASSERT_TRUE(nested.ok());
  EXPECT_EQ(flat->splitting, Splitting::kSessionFirst);
  EXPECT_EQ(nested->splitting, Splitting::kWeightsFirst);
  nested->splitting = flat->splitting;
  EXPECT_EQ(*flat, *nested);
}

TEST(SessionPersistenceTest, NullIsAPolicyWithoutSessions) {
  for (Attachment attachment : {Attachment::kRouteRule, Attachment::kBackend}) {
    const auto config =
        SessionPersistence::FromJson("null", {.attachment = attachment});
    ASSERT_TRUE(config.ok());
    EXPECT_EQ(config->type, SessionType::kNone);
    EXPECT_TRUE(config->Validate().ok());
  }
}

TEST(SessionPersistenceTest, AFieldThatIsNullIsAbsent) {
  const auto config = SessionPersistence::FromJson(
      R"({"sessionName": null, "type": null, "absoluteTimeout": null,
          "cookieConfig": null, "cookie": null, "header": null,
          "idleTimeout": null, "store": null})");
  ASSERT_TRUE(config.ok()) << config.status().ToString();
  EXPECT_EQ(*config, SessionPersistence());
}

TEST(SessionPersistenceTest, ABackendTakesTheNewestShapeOnly) {
  const SessionPersistence::JsonOptions backend{.attachment =
                                                    Attachment::kBackend};
  const auto problems = ProblemsOf("{}", backend);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0],
            (Problem{"cookie", "cookie must be specified for Cookie type"}));
  EXPECT_EQ(ProblemsOf(R"({"sessionName": "S"})", backend)[0],
            (Problem{"sessionName", "unknown field \"sessionName\""}));
  const auto config = SessionPersistence::FromJson(
      R"({"type": "Header", "header": {"name": "S"}, "idleTimeout": "5m"})",
      backend);
  ASSERT_TRUE(config.ok()) << config.status().ToString();
  EXPECT_EQ(config->splitting, Splitting::kWeightsFirst);
  EXPECT_EQ(config->idle_timeout, seconds(300));
}

TEST(SessionPersistenceTest, ABackendHasNoSessionsBeforeTheReleaseThatHasIt) {
  const auto config = SessionPersistence::FromJson(
      R"({"cookie": {}})",
      {.release = Release::k1_6, .attachment = Attachment::kBackend});
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.status().code(), StatusCode::kInvalidArgument);
}

TEST(SessionPersistenceTest, AMixtureOfBothShapesIsRefusedByName) {
  const auto problems = ProblemsOf(
      R"({"sessionName": "S", "cookieConfig": {}, "cookie": {"name": "S"}})");
  EXPECT_EQ(FieldsOf(problems), "sessionName cookieConfig");
  for (const Problem& problem : problems) {
    EXPECT_NE(problem.message.find("together with cookie or header"),
              std::string::npos);
  }
}

TEST(SessionPersistenceTest, IdleTimeoutIsAFieldOfReleasesUpTo1_5) {
  const std::string_view text = R"({"absoluteTimeout": "1h",
                                    "idleTimeout": "5m"})";
  for (Release release : {Release::k1_1, Release::k1_2, Release::k1_3,
                          Release::k1_4, Release::k1_5}) {
    const auto config =
        SessionPersistence::FromJson(text, {.release = release});
    ASSERT_TRUE(config.ok()) << config.status().ToString();
    EXPECT_EQ(config->idle_timeout, seconds(300));
  }
  for (Release release : {Release::k1_6, Release::k1_7}) {
    const auto problems = ProblemsOf(text, {.release = release});
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0],
              (Problem{"idleTimeout", "unknown field \"idleTimeout\""}));
  }
}

TEST(SessionPersistenceTest, AnIdleTimeoutIsHeldToTheFormatOfDurations) {
  for (Release release : {Release::k1_4, Release::kNewestThatFits}) {
    const auto problems = ProblemsOf(R"({"absoluteTimeout": "1h",
                                         "idleTimeout": "1d"})",
                                     {.release = release});
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0],
              (Problem{"idleTimeout",
                       "should match '^([0-9]{1,5}(h|m|s|ms)){1,4}$'"}));
  }
}

TEST(SessionPersistenceTest, AReleaseThatIsNoneIsAnArgumentError) {
  const auto config =
      SessionPersistence::FromJson("{}", {.release = static_cast<Release>(99)});
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.status().code(), StatusCode::kInvalidArgument);
}

TEST(SessionPersistenceTest, ALifetimeSaysNothingAboutAHeader) {
  const auto config = SessionPersistence::FromJson(
      R"({"type": "Header", "absoluteTimeout": "0s",
          "cookieConfig": {"lifetimeType": "Permanent"}})",
      {.release = Release::k1_4});
  ASSERT_TRUE(config.ok()) << config.status().ToString();
  EXPECT_EQ(config->lifetime_type, LifetimeType::kSession);
}

TEST(SessionPersistenceTest, AFieldOfHttpItselfIsNoSessionHeader) {
  for (const char* name :
       {"host", "Host", "CONTENT-LENGTH", "Transfer-Encoding", "connection",
        "TE", "upgrade", "trailer", "keep-alive", "proxy-connection", "expect",
        "Cookie", "Set-Cookie", "Authorization"}) {
    SCOPED_TRACE(name);
    const json flat = {{"type", "Header"}, {"sessionName", name}};
    EXPECT_EQ(FieldsOf(ProblemsOf(flat.dump())), "sessionName");
    const json nested = {{"type", "Header"}, {"header", {{"name", name}}}};
    EXPECT_EQ(FieldsOf(ProblemsOf(nested.dump())), "header.name");
    EXPECT_EQ(FieldsOf(ProblemsOf(nested.dump(), {.release = Release::k1_7})),
              "header.name");
    const json cookie = {{"cookie", {{"name", name}}}};
    EXPECT_EQ(FieldsOf(ProblemsOf(cookie.dump())), "");
  }
}

TEST(SessionPersistenceTest, ANameIsLimitedInCharactersAsItsShapeHasIt) {
  const auto flat = [](size_t size) {
    return json{{"sessionName", std::string(size, 'a')}}.dump();
  };
  EXPECT_EQ(FieldsOf(ProblemsOf(flat(128))), "");
  EXPECT_EQ(FieldsOf(ProblemsOf(flat(129))), "sessionName");
  const auto nested = [](size_t size) {
    return json{{"cookie", {{"name", std::string(size, 'a')}}}}.dump();
  };
  EXPECT_EQ(FieldsOf(ProblemsOf(nested(256))), "");
  ASSERT_EQ(FieldsOf(ProblemsOf(nested(257))), "cookie.name");
  EXPECT_EQ(ProblemsOf(nested(257))[0].message,
            "Too long: may not be more than 256 bytes");
}

TEST(SessionPersistenceTest, APathIsRefusedWhereItCouldAddAnAttribute) {
  for (const char* path : {"/a;b", "/a\r\nSet-Cookie: x=y", "a", "", "/\x7f",
                           "/\xc3\xa9", "/\t"}) {
    SCOPED_TRACE(path);
    const json input = {{"cookie", {{"path", path}}}};
    EXPECT_EQ(FieldsOf(ProblemsOf(input.dump())), "cookie.path");
    EXPECT_EQ(FieldsOf(ProblemsOf(input.dump(), {.release = Release::k1_7})),
              "cookie.path");
  }
}

}  // namespace
}  // namespace limpet
