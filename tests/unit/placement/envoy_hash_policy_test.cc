#include "limpet/envoy_hash_policy.h"

#include <gtest/gtest.h>

#include <bit>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "placement/hashes.h"

namespace limpet {
namespace {

std::optional<uint64_t> OfLines(std::initializer_list<std::string_view> lines) {
  std::vector<std::string_view> values(lines);
  return EnvoyHeaderHash(values);
}

std::optional<uint64_t> OfSid(std::initializer_list<std::string_view> lines) {
  const std::vector<std::string_view> values(lines);
  return EnvoyCookieHash(values, "sid");
}

TEST(EnvoyHeaderHash, LinesAreSortedAndEachSeedsTheNext) {
  EXPECT_EQ(OfLines({}), std::nullopt);
  EXPECT_EQ(OfLines({""}), Xxh64(""));
  EXPECT_EQ(OfLines({"a"}), Xxh64("a"));
  EXPECT_EQ(OfLines({"b", "a"}), Xxh64("b", Xxh64("a")));
  // Bytes are not signed.
  EXPECT_EQ(OfLines({"\xc3\xa9", "z"}), Xxh64("\xc3\xa9", Xxh64("z")));
}

TEST(EnvoyCookieHash, TheFirstOfThatNameCounts) {
  EXPECT_EQ(OfSid({}), std::nullopt);
  EXPECT_EQ(OfSid({"a=b; sid=1; sid=2"}), Xxh64("1"));
  EXPECT_EQ(OfSid({"a=b", "sid=1", "sid=2"}), Xxh64("1"));
  EXPECT_EQ(OfSid({"SID=1"}), std::nullopt);
  EXPECT_EQ(OfSid({"sid=; sid=1"}), std::nullopt);
  EXPECT_EQ(OfSid({"sid; sid=1"}), Xxh64("1"));
}

TEST(EnvoyCookieHash, OnePairOfQuotesGoesAndNothingIsDecoded) {
  EXPECT_EQ(OfSid({"sid=\"1\""}), Xxh64("1"));
  EXPECT_EQ(OfSid({"sid=\"1"}), Xxh64("\"1"));
  EXPECT_EQ(OfSid({"sid=\"\""}), std::nullopt);
  EXPECT_EQ(OfSid({"sid=a%20b="}), Xxh64("a%20b="));
}

TEST(EnvoyGeneratedCookie, IsSixteenDigits) {
  const auto text = EnvoyGeneratedCookie("10.0.0.1:5000", "10.0.0.2:80");
  const uint64_t hash = Xxh64("10.0.0.1:500010.0.0.2:80");
  EXPECT_EQ(std::stoull(std::string(text.begin(), text.end()), nullptr, 16),
            hash);
}

TEST(EnvoyQueryHash, TheFirstParameterOfThatNameAsWritten) {
  EXPECT_EQ(EnvoyQueryHash("/", "k"), std::nullopt);
  EXPECT_EQ(EnvoyQueryHash("/?k", "k"), Xxh64(""));
  EXPECT_EQ(EnvoyQueryHash("/?k=", "k"), Xxh64(""));
  EXPECT_EQ(EnvoyQueryHash("/?a=1&k=%31&k=2", "k"), Xxh64("%31"));
  EXPECT_EQ(EnvoyQueryHash("/?K=1&kk=2", "k"), std::nullopt);
  EXPECT_EQ(EnvoyQueryHash("/?k=a=b", "k"), Xxh64("a=b"));
}

TEST(EnvoySourceHash, IsThatOfTheText) {
  EXPECT_EQ(EnvoySourceHash("2001:db8::1"), Xxh64("2001:db8::1"));
  EXPECT_EQ(EnvoySourceHash(""), std::nullopt);
}

TEST(EnvoyHashSum, EachTurnsWhatWasThereBefore) {
  EnvoyHashSum sum;
  sum.Add(std::nullopt, false);
  EXPECT_EQ(sum.value(), std::nullopt);
  sum.Add(0x8000000000000001U, false);
  sum.Add(std::nullopt, false);
  sum.Add(0x10U, false);
  EXPECT_EQ(sum.value(), std::rotl(0x8000000000000001U, 1) ^ 0x10U);
}

TEST(EnvoyHashSum, ATerminalPolicyEndsItOnceThereIsAHash) {
  EnvoyHashSum sum;
  sum.Add(std::nullopt, true);
  EXPECT_FALSE(sum.done());
  sum.Add(5, false);
  EXPECT_FALSE(sum.done());
  sum.Add(std::nullopt, true);
  EXPECT_TRUE(sum.done());
}

}  // namespace
}  // namespace limpet
