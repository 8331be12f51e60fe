// How a text is read: what is no JSON, what is too much, what is unknown.
#include <gtest/gtest.h>

#include <string>

#include "config_problems.h"
#include "limpet/session_persistence.h"

namespace limpet {
namespace {

using testing::FieldsOf;
using testing::ProblemsOf;

StatusCode CodeOf(std::string_view text) {
  return SessionPersistence::FromJson(text).status().code();
}

TEST(SessionPersistenceJsonTest, WhatIsNoJsonIsASyntaxError) {
  const std::string with_nul("{}\0", 3);
  for (std::string_view text :
       {std::string_view(""), std::string_view(" "), std::string_view("{"),
        std::string_view("}"), std::string_view("{]"), std::string_view("nul"),
        std::string_view("{} {}"), std::string_view("{\"type\": Cookie}"),
        std::string_view("{'type': 'Cookie'}"), std::string_view("{\"a\":1,}"),
        std::string_view("// no\n{}"), std::string_view("{\"a\": 1e999}"),
        std::string_view("{\"a\": \"\xff\"}"), std::string_view(with_nul)}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(CodeOf(text), StatusCode::kInvalidSyntax);
  }
}

TEST(SessionPersistenceJsonTest, ASyntaxErrorTellsWhereItWasSeen) {
  const auto problems = ProblemsOf(R"({"type": ?})");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0], (Problem{"", "not JSON, seen at byte 10"}));
}

TEST(SessionPersistenceJsonTest, WhatIsNoObjectIsRefusedWithItsType) {
  EXPECT_EQ(ProblemsOf("[]")[0],
            (Problem{"", "must be of type object: \"array\""}));
  EXPECT_EQ(ProblemsOf("\"Cookie\"")[0].message,
            "must be of type object: \"string\"");
  EXPECT_EQ(ProblemsOf("1")[0].message, "must be of type object: \"integer\"");
  EXPECT_EQ(ProblemsOf("1.5")[0].message, "must be of type object: \"number\"");
  EXPECT_EQ(ProblemsOf("true")[0].message,
            "must be of type object: \"boolean\"");
}

TEST(SessionPersistenceJsonTest, TooLongAndTooDeepTextsAreRefusedUnread) {
  const std::string blanks(64 * 1024 - 2, ' ');
  EXPECT_EQ(CodeOf(blanks + "{}"), StatusCode::kOk);
  EXPECT_EQ(CodeOf(blanks + " {}"), StatusCode::kInvalidSyntax);
  EXPECT_EQ(CodeOf(std::string(30'000, '[')), StatusCode::kInvalidSyntax);
  std::string deep;
  for (int i = 0; i < 16; ++i) deep += "{\"a\":";
  deep += "1" + std::string(16, '}');
  EXPECT_EQ(CodeOf(deep), StatusCode::kInvalidConfig);
  EXPECT_EQ(CodeOf("{\"a\":" + deep + "}"), StatusCode::kInvalidSyntax);
}

TEST(SessionPersistenceJsonTest, AFieldThatStandsThereTwiceIsNamed) {
  for (Release release : {Release::kNewestThatFits, Release::k1_7}) {
    const auto problems =
        ProblemsOf(R"({"cookie": {"name": "a", "path": "/", "name": "b"}})",
                   {.release = release});
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0],
              (Problem{"cookie.name", "duplicate field \"cookie.name\""}));
  }
  EXPECT_EQ(FieldsOf(ProblemsOf(R"({"type": "Cookie", "type": "Cookie"})")),
            "type");
  // The same name in two places is no duplicate.
  EXPECT_EQ(FieldsOf(ProblemsOf(
                R"({"store": {"type": "SealedToken"}, "type": "Cookie"})")),
            "");
}

TEST(SessionPersistenceJsonTest, UnknownFieldsAreNamedWithTheirPath) {
  const auto problems = ProblemsOf(
      R"({"cookie": {"domain": "x", "Path": "/"}, "sessionname": "S"})");
  EXPECT_EQ(FieldsOf(problems), "sessionname cookie.Path cookie.domain");
  EXPECT_EQ(problems[0].message, "unknown field \"sessionname\"");
  EXPECT_EQ(problems[2].message, "unknown field \"cookie.domain\"");
  EXPECT_EQ(FieldsOf(ProblemsOf(R"({"cookieConfig": {"path": "/"}})")),
            "cookieConfig.path");
  EXPECT_EQ(FieldsOf(ProblemsOf(
                R"({"type": "Header", "header": {"name": "S", "x": null}})")),
            "header.x");
  EXPECT_EQ(FieldsOf(ProblemsOf(R"({"": 1})")), "");
  EXPECT_EQ(ProblemsOf(R"({"": 1})")[0].message, "unknown field \"\"");
}

TEST(SessionPersistenceJsonTest, APathStaysOnOneLineWhateverTheFieldIsCalled) {
  const auto problems = ProblemsOf(R"({"a\nlevel=info": 1})");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].field, "a\\nlevel=info");
  EXPECT_EQ(ProblemsOf(R"({"type": "a\n"})")[0].message,
            "Unsupported value: \"a\\n\": supported values: \"Cookie\", "
            "\"Header\"");
}

TEST(SessionPersistenceJsonTest, AllProblemsAreReportedTogether) {
  EXPECT_EQ(FieldsOf(ProblemsOf(
                R"({"domain": "x", "type": "cookie", "absoluteTimeout": 10,
                    "sessionName": "", "cookieConfig": {"lifetimeType": 1},
                    "failover": {"status": 200}})")),
            "domain type absoluteTimeout failover.status sessionName "
            "cookieConfig.lifetimeType");
  EXPECT_EQ(FieldsOf(ProblemsOf(
                R"({"cookie": {"name": "a b", "path": "x",
                               "lifetimeType": "Permanent"},
                    "cookieAttributes": {"secure": false,
                                         "sameSite": "None"}})")),
            "cookie.name absoluteTimeout cookie.path "
            "cookieAttributes.sameSite");
}

TEST(SessionPersistenceJsonTest, EveryFieldHasOneType) {
  EXPECT_EQ(FieldsOf(ProblemsOf(
                R"({"type": [], "absoluteTimeout": {}, "cookieConfig": "",
                    "sessionName": true})")),
            "type absoluteTimeout sessionName cookieConfig");
  EXPECT_EQ(FieldsOf(ProblemsOf(
                R"({"cookie": {"name": 1, "path": 2, "lifetimeType": 3},
                    "header": 4})")),
            "cookie.name cookie.path cookie.lifetimeType header");
}

TEST(SessionPersistenceJsonTest, AStatedReleaseKnowsNoFieldsOfLimpet) {
  for (const char* field : {"cookieAttributes", "store", "failover", "balancer",
                            "splitting", "stripToken"}) {
    const std::string text =
        std::string("{\"absoluteTimeout\": \"1h\", \"") + field + "\": null}";
    SCOPED_TRACE(text);
    EXPECT_EQ(FieldsOf(ProblemsOf(text)), "");
    for (Release release : {Release::k1_1, Release::k1_5, Release::k1_6}) {
      EXPECT_EQ(FieldsOf(ProblemsOf(text, {.release = release})), field);
    }
  }
}

TEST(SessionPersistenceJsonTest, AStatedReleaseLooksAtFieldsBeforeValues) {
  EXPECT_EQ(FieldsOf(ProblemsOf(R"({"domain": "x", "type": "cookie"})",
                                {.release = Release::k1_5})),
            "domain");
}

}  // namespace
}  // namespace limpet
