// Every verdict of a real API server, for a stated release and for none.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api_server_words.h"
#include "limpet/session_persistence.h"
#include "test_vectors.h"

namespace limpet {
namespace {

using nlohmann::json;
using testing::LoadVectors;
using testing::ReadApiServerWords;

constexpr std::string_view kRoot = "spec.rules[0].sessionPersistence";
constexpr int kAccepted = 201;
constexpr int kUnknownField = 400;

const std::map<std::string, Release>& Releases() {
  static const auto* releases = new std::map<std::string, Release>{
      {"1.1.0", Release::k1_1}, {"1.2.1", Release::k1_2},
      {"1.3.0", Release::k1_3}, {"1.4.1", Release::k1_4},
      {"1.5.1", Release::k1_5}, {"1.6.3", Release::k1_6},
      {"1.7.0", Release::k1_7}};
  return *releases;
}

// Where limpet refuses what an API server takes: one problem more, wherever
// the API server came so far as to look at values.
struct Difference {
  std::string_view name;  // of the case
  std::string_view field;
  std::string_view message;
  std::string_view reason;
};

constexpr std::string_view kNoToken =
    "must be a token (RFC 9110): letters, digits and !#$%&'*+-.^_`|~";
constexpr std::string_view kNoPath =
    "must begin with \"/\", must not end in a blank and have no control "
    "character, \";\" or letter outside ASCII (RFC 6265bis path-value)";

constexpr Difference kStricter[] = {
    {"sessionName 128 two-byte letters", "sessionName", kNoToken,
     "a field name is ASCII; so is a cookie's"},
    {"sessionName empty", "sessionName",
     "must not be empty: leave the field out to get a generated name",
     "a field without a name; Envoy refuses its whole route table over it"},
    {"sessionName 'bad name'", "sessionName", kNoToken,
     "a blank ends a field name"},
    {"sessionName CRLF", "sessionName", kNoToken, "splits the response"},
    {"B cookie.path empty", "cookie.path",
     "must not be empty: leave the field out to get \"/\"",
     "user agents would make up a path from the request's"},
    {"B cookie.path semicolon", "cookie.path", kNoPath,
     "begins another attribute"},
    {"B cookie.path relative", "cookie.path", kNoPath,
     "user agents would make up a path from the request's"},
};

const Difference* FindStricter(const std::string& name) {
  for (const Difference& difference : kStricter) {
    if (difference.name == name) return &difference;
  }
  return nullptr;
}

using Words = std::multiset<std::string>;

Words WordsOf(const std::vector<Problem>& problems) {
  Words words;
  for (const Problem& problem : problems) words.insert(problem.message);
  return words;
}

// Where a field is expected (the API names none for its rules), limpet names
// the same.
void ExpectFields(const std::vector<Problem>& expected, const Status& status) {
  for (const Problem& problem : expected) {
    if (problem.field.empty()) continue;
    EXPECT_NE(
        std::find(status.problems().begin(), status.problems().end(), problem),
        status.problems().end())
        << problem.field << " in " << status.ToString();
  }
}

// `stored`: what the API server made of the input, defaults filled in.
void ExpectStored(const json& stored, const SessionPersistence& config) {
  if (stored.is_null()) {
    EXPECT_EQ(config.type, SessionType::kNone);
    return;
  }
  const bool cookie = stored.at("type") == "Cookie";
  EXPECT_EQ(config.type, cookie ? SessionType::kCookie : SessionType::kHeader);
  Duration timeout(0);
  if (stored.contains("absoluteTimeout")) {
    timeout =
        ParseDuration(stored["absoluteTimeout"].get<std::string>()).value();
  }
  EXPECT_EQ(config.absolute_timeout, timeout);
  const json nested =
      stored.value(cookie ? "cookie" : "header", json::object());
  EXPECT_EQ(config.name, stored.value("sessionName", nested.value("name", "")));
  EXPECT_EQ(config.path, nested.value("path", "/"));
  // Up to 1.4 a header may have a cookieConfig; it means nothing there.
  std::string lifetime = "Session";
  if (cookie) {
    lifetime =
        stored.value("cookieConfig", nested).value("lifetimeType", lifetime);
  }
  EXPECT_EQ(config.lifetime_type, lifetime == "Permanent"
                                      ? LifetimeType::kPermanent
                                      : LifetimeType::kSession);
}

struct Verdict {
  std::string release;
  int status;
  std::vector<Problem> words;
  json stored;
};

std::vector<Verdict> VerdictsOf(const json& test) {
  std::vector<Verdict> verdicts;
  for (const json& verdict : test["verdicts"]) {
    for (const json& release : verdict["releases"]) {
      verdicts.push_back(
          {release, verdict["status"],
           ReadApiServerWords(verdict.value("message", ""), kRoot),
           verdict.contains("stored") ? verdict["stored"] : test["input"]});
    }
  }
  return verdicts;
}

// Holds limpet against one verdict; `stricter` is the entry that applies.
void ExpectVerdict(const Verdict& verdict, const Difference* stricter,
                   const Result<SessionPersistence>& config) {
  if (verdict.status == kAccepted && !stricter) {
    ASSERT_TRUE(config.ok()) << config.status().ToString();
    ExpectStored(verdict.stored, *config);
    return;
  }
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.status().code(), StatusCode::kInvalidConfig);
  std::vector<Problem> expected = verdict.words;
  EXPECT_EQ(expected.empty(), verdict.status == kAccepted);
  if (stricter) {
    expected.push_back(
        {std::string(stricter->field), std::string(stricter->message)});
  }
  EXPECT_EQ(WordsOf(config.status().problems()), WordsOf(expected))
      << config.status().ToString();
  ExpectFields(expected, config.status());
}

TEST(VerdictsTest, AStatedReleaseIsJudgedAsItsApiServerJudges) {
  std::set<std::string_view> stricter_seen;
  size_t judged = 0;
  const json vectors = LoadVectors("api_server_verdicts.json");
  for (const json& test : vectors["cases"]) {
    const std::string name = test["name"];
    for (const Verdict& verdict : VerdictsOf(test)) {
      SCOPED_TRACE(name + " with " + verdict.release);
      const Difference* stricter =
          verdict.status == kUnknownField ? nullptr : FindStricter(name);
      if (stricter && verdict.status == kAccepted) {
        stricter_seen.insert(stricter->name);
      }
      ExpectVerdict(verdict, stricter,
                    SessionPersistence::FromJson(
                        test["input"].dump(),
                        {.release = Releases().at(verdict.release)}));
      ++judged;
    }
  }
  EXPECT_EQ(judged, 82u * 7u);
  EXPECT_EQ(stricter_seen.size(), std::size(kStricter))
      << "an entry of the table is no difference";
}

// Without a release: as the newest one whose shape fits, but for the words on
// a mixture, which no release knows.
constexpr Difference kOtherWords[] = {
    {"B mixed A and B", "sessionName",
     "sessionName cannot be used together with cookie or header, which replace "
     "it",
     "limpet knows both shapes"},
};

TEST(VerdictsTest, WithoutAReleaseTheNewestShapeThatFitsIsJudged) {
  std::set<std::string_view> stricter_seen;
  std::set<std::string_view> other_words_seen;
  const json vectors = LoadVectors("api_server_verdicts.json");
  for (const json& test : vectors["cases"]) {
    const std::string name = test["name"];
    const json& input = test["input"];
    const bool nested = input.contains("cookie") || input.contains("header");
    for (Verdict verdict : VerdictsOf(test)) {
      if (verdict.release != (nested ? "1.7.0" : "1.6.3")) continue;
      SCOPED_TRACE(name);
      const Difference* stricter =
          verdict.status == kUnknownField ? nullptr : FindStricter(name);
      if (stricter && verdict.status == kAccepted) {
        stricter_seen.insert(stricter->name);
      }
      for (const Difference& difference : kOtherWords) {
        if (difference.name != name) continue;
        const Problem ours{std::string(difference.field),
                           std::string(difference.message)};
        if (verdict.words != std::vector<Problem>{ours}) {
          other_words_seen.insert(difference.name);
        }
        verdict.words = {ours};
      }
      ExpectVerdict(verdict, stricter,
                    SessionPersistence::FromJson(input.dump()));
    }
  }
  EXPECT_EQ(stricter_seen.size(), std::size(kStricter));
  EXPECT_EQ(other_words_seen.size(), std::size(kOtherWords));
}

TEST(VerdictsTest, AnXBackendIsJudgedAsItsApiServerJudges) {
  size_t judged = 0;
  const json vectors = LoadVectors("api_server_xbackend.json");
  for (const json& test : vectors["cases"]) {
    const std::string name = test["name"];
    // Whether an XBackend of this type may have sessions at all is for whoever
    // reads XBackends; the value alone cannot tell.
    if (name == "ExternalHostname") continue;
    SCOPED_TRACE(name);
    const auto value_in = [](const json& spec) {
      return spec.value("sessionPersistence", json());
    };
    const json input = value_in(test["input"]);
    const Verdict verdict{
        "1.7.0", test["http"],
        ReadApiServerWords(test.value("message", ""),
                           "spec.sessionPersistence"),
        value_in(test.contains("stored") ? test["stored"] : test["input"])};
    for (Release release : {Release::k1_7, Release::kNewestThatFits}) {
      const Result<SessionPersistence> config = SessionPersistence::FromJson(
          input.dump(),
          {.release = release, .attachment = Attachment::kBackend});
      ExpectVerdict(verdict, nullptr, config);
      if (config.ok() && config->type != SessionType::kNone) {
        EXPECT_EQ(config->splitting, Splitting::kWeightsFirst);
      }
    }
    ++judged;
  }
  EXPECT_EQ(judged, 6u);
}

}  // namespace
}  // namespace limpet
