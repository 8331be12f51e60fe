#include "limpet/time.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "test_vectors.h"

namespace limpet {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// A list of the vectors, by its name.
nlohmann::json Vectors(const char* list) {
  return testing::LoadVectors("duration.json")["duration"][list];
}

TEST(ParseDurationTest, ReadsTheVectors) {
  for (const auto& vector : Vectors("parse")) {
    const std::string text = vector[0];
    SCOPED_TRACE(text);
    const Result<Duration> duration = ParseDuration(text);
    ASSERT_TRUE(duration.ok()) << duration.status().ToString();
    EXPECT_EQ(duration->count(), vector[1].get<int64_t>());
  }
}

TEST(ParseDurationTest, RefusesTheInvalidVectorsInTheWordsOfTheApi) {
  for (const auto& vector : Vectors("invalid")) {
    const std::string text = vector;
    SCOPED_TRACE(text);
    const Result<Duration> duration = ParseDuration(text);
    ASSERT_FALSE(duration.ok());
    EXPECT_EQ(duration.status().code(), StatusCode::kInvalidArgument);
    ASSERT_EQ(duration.status().problems().size(), 1u);
    const Problem& problem = duration.status().problems()[0];
    EXPECT_EQ(problem.field, "");
    EXPECT_EQ(problem.message, "should match '^([0-9]{1,5}(h|m|s|ms)){1,4}$'");
  }
}

TEST(ParseDurationTest, TakesTheLongestUnit) {
  EXPECT_EQ(*ParseDuration("1ms"), milliseconds(1));
  EXPECT_EQ(*ParseDuration("1m1ms"), minutes(1) + milliseconds(1));
  EXPECT_EQ(*ParseDuration("1m1s"), seconds(61));
  EXPECT_EQ(*ParseDuration("1ms1m"), minutes(1) + milliseconds(1));
}

TEST(ParseDurationTest, AddsUpToFourPartsOfFiveDigits) {
  EXPECT_EQ(*ParseDuration("99999h99999h99999h99999h"), hours(399996));
  EXPECT_FALSE(ParseDuration("1s1s1s1s1s").ok());
  EXPECT_FALSE(ParseDuration("100000s").ok());
  EXPECT_EQ(*ParseDuration("00000s"), seconds(0));
}

TEST(ParseDurationTest, RefusesWhatOnlyLooksLikeADuration) {
  const std::string with_nul("1s\0", 3);
  EXPECT_FALSE(ParseDuration(with_nul).ok());
  EXPECT_FALSE(ParseDuration("1s ").ok());
  EXPECT_FALSE(ParseDuration("+1s").ok());
  EXPECT_FALSE(ParseDuration("1").ok());
  EXPECT_FALSE(ParseDuration("1s1").ok());
  EXPECT_FALSE(ParseDuration("1M").ok());
  EXPECT_FALSE(ParseDuration("1hh").ok());
}

TEST(FormatDurationTest, WritesTheVectorsInStandardForm) {
  for (const auto& vector : Vectors("format")) {
    const Duration duration(vector[0].get<int64_t>());
    SCOPED_TRACE(duration.count());
    const Result<std::string> text = FormatDuration(duration);
    ASSERT_TRUE(text.ok()) << text.status().ToString();
    EXPECT_EQ(*text, vector[1].get<std::string>());
  }
}

TEST(FormatDurationTest, RefusesWhatTheFormatCannotSay) {
  for (const auto& vector : Vectors("unformattable_ms")) {
    const Duration duration(vector.get<int64_t>());
    SCOPED_TRACE(duration.count());
    const Result<std::string> text = FormatDuration(duration);
    ASSERT_FALSE(text.ok());
    EXPECT_EQ(text.status().code(), StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(FormatDuration(Duration::min()).ok());
  EXPECT_FALSE(FormatDuration(Duration::max()).ok());
}

TEST(FormatDurationTest, GoesToTheLastMillisecondThatFiveDigitsCanSay) {
  const Duration last = hours(100000) - milliseconds(1);
  ASSERT_TRUE(FormatDuration(last).ok());
  EXPECT_EQ(*FormatDuration(last), "99999h59m59s999ms");
  EXPECT_FALSE(FormatDuration(last + milliseconds(1)).ok());
}

TEST(FormatDurationTest, IsReadBackToTheSameDuration) {
  for (int64_t ms = 0; ms < int64_t{99999} * 3600 * 1000;
       ms = ms * 7 / 3 + 997) {
    const Result<std::string> text = FormatDuration(Duration(ms));
    ASSERT_TRUE(text.ok());
    const Result<Duration> back = ParseDuration(*text);
    ASSERT_TRUE(back.ok()) << *text;
    EXPECT_EQ(back->count(), ms) << *text;
  }
}

TEST(TimestampTest, IsHeldWithinWhatATokenCanCarry) {
  EXPECT_EQ(ToMillis(TimestampFromMillis(1763891966000)), 1763891966000);
  EXPECT_EQ(ToMillis(TimestampFromMillis(-1)), 0);
  EXPECT_EQ(ToMillis(TimestampFromMillis(INT64_MIN)), 0);
  EXPECT_EQ(ToMillis(TimestampFromMillis(INT64_MAX)), kMaxTimestampMillis);
}

TEST(TimestampTest, AClockThatWentBackHasPassedNoTime) {
  const Timestamp then = TimestampFromMillis(1000);
  EXPECT_EQ(Elapsed(then, TimestampFromMillis(1500)), milliseconds(500));
  EXPECT_EQ(Elapsed(then, then), Duration(0));
  EXPECT_EQ(Elapsed(then, TimestampFromMillis(999)), Duration(0));
  EXPECT_EQ(Elapsed(TimestampFromMillis(0), TimestampFromMillis(INT64_MAX)),
            Duration(kMaxTimestampMillis));
}

}  // namespace
}  // namespace limpet
