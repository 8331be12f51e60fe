#include "limpet/key_ring.h"

#include <gtest/gtest.h>

#include <string>

#include "test_policy.h"

namespace limpet::testing {
namespace {

const std::string kA(64, 'a');
const std::string kB(64, 'B');

std::string Refusal(const std::string& text) {
  const auto keys = KeyRing::FromText(text);
  return keys.ok() ? "" : keys.status().ToString();
}

TEST(KeyRing, ReadsLinesBlanksAndComments) {
  EXPECT_EQ(Refusal("# ours\n\n1 " + kA + " open\r\n \t255\t" + kB + "  seal"),
            "");
  EXPECT_EQ(Refusal(KeyRing::GenerateText()), "");
}

TEST(KeyRing, NamesTheLineAndNeverQuotesAKey) {
  for (const std::string& text :
       {"1 " + kA + " seal\n256 " + kB + " open", "1 " + kA + " seal\nx " + kB,
        "1 " + kA + " seal\n2 " + kB.substr(1) + " open",
        "1 " + kA + " seal\n2 " + kB + "ff open",
        "1 " + kA + " seal\n2 " + kB + " close",
        "1 " + kA + " seal\n2 " + kB + " open more",
        "1 " + kA + " seal\n2 " + kB + " seal",
        "1 " + kA + " seal\n1 " + kB + " open"}) {
    const std::string refusal = Refusal(text);
    EXPECT_TRUE(refusal.starts_with("keys.line 2: ")) << refusal;
    EXPECT_EQ(refusal.find("BBBB"), std::string::npos) << refusal;
  }
}

TEST(KeyRing, NeedsOneKeyThatSeals) {
  EXPECT_EQ(Refusal(""), "keys: no line has the role seal; exactly one must");
  EXPECT_EQ(Refusal("1 " + kA + " open"),
            "keys: no line has the role seal; exactly one must");
}

TEST(KeyRotation, LosesNobodyAndWritesOldTokensAnew) {
  const auto set = MakeSet(Pods(4));
  constexpr char kJson[] = R"({"sessionName": "S", "type": "Header"})";
  const auto old_keys = KeyRing::FromText("1 " + kA + " seal");
  const auto both = KeyRing::FromText("1 " + kA + " open\n2 " + kB + " seal");
  const auto new_keys = KeyRing::FromText("2 " + kB + " seal");
  const auto before = MakePolicy(kJson, "s", *old_keys);
  const auto during = MakePolicy(kJson, "s", *both);
  const auto after = MakePolicy(kJson, "s", *new_keys);

  const Seen first = Send(*before, *set, At(0), {});
  const Seen rotated = Send(*during, *set, At(1), {first.token});
  EXPECT_EQ(rotated.outcome, Outcome::kKept);
  EXPECT_EQ(rotated.endpoint, first.endpoint);
  ASSERT_FALSE(rotated.token.empty());
  const Seen last = Send(*after, *set, At(2), {rotated.token});
  EXPECT_EQ(last.outcome, Outcome::kKept);
  EXPECT_EQ(last.endpoint, first.endpoint);
  EXPECT_EQ(last.token, "");
  EXPECT_EQ(Send(*after, *set, At(2), {first.token}).outcome,
            Outcome::kInvalid);
}

}  // namespace
}  // namespace limpet::testing
