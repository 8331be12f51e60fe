#include "yaml_json.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

std::string Json(const std::string& yaml) {
  const auto json = ToJson(YAML::Load(yaml));
  return json.ok() ? *json : "refused: " + json.status().ToString();
}

TEST(YamlJson, PlainScalarsHaveTheirYamlTypes) {
  EXPECT_EQ(Json("[10s, 10, -1.5e3, true, null, ~, Off, yes]"),
            R"(["10s",10,-1.5e3,true,null,null,false,true])");
}

TEST(YamlJson, QuotedAndBlockScalarsAreStrings) {
  EXPECT_EQ(Json("['10', \"true\", \"null\", '', !!str 7]"),
            R"(["10","true","null","","7"])");
  EXPECT_EQ(Json("|\n  10\n"), "\"10\\u000a\"");
}

TEST(YamlJson, NumbersThatOnlyYamlHasBecomeDecimal) {
  EXPECT_EQ(Json("[0x1f, 017, 0o17, +5, 1_000]"), "[31,15,15,5,1000]");
  EXPECT_EQ(Json("a: .nan"),
            "refused: a: a number that JSON cannot write: .nan");
}

TEST(YamlJson, StringsAreEscaped) {
  EXPECT_EQ(Json(R"("a\"b\\c\r\n\x01")"), R"("a\"b\\c\u000d\u000a\u0001")");
}

TEST(YamlJson, ObjectsKeepTheirOrder) {
  EXPECT_EQ(Json("{b: 1, a: {c: [x]}}"), R"({"b":1,"a":{"c":["x"]}})");
}

TEST(YamlJson, AKeyThatStandsTwiceIsRefused) {
  EXPECT_EQ(Json("{a: {b: 1, b: 2}}"), "refused: a.b: stands twice");
}

TEST(YamlJson, AKeyThatIsNoStringIsRefused) {
  EXPECT_EQ(Json("{[1]: 2}").substr(0, 7), "refused");
}

TEST(YamlJson, AliasesCannotMakeItLarge) {
  std::string yaml = "a0: &a0 [xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    std::string list = last;
    for (int j = 1; j < 10; ++j) list += ", " + last;
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + list +
            "]\n";
  }
  EXPECT_EQ(Json(yaml).substr(0, 7), "refused");
}

TEST(YamlJson, LinesCountFromOne) {
  const YAML::Node node = YAML::Load("a: 1\nb:\n  c: 2\n");
  EXPECT_EQ(LineOf(node["a"]), 1);
  EXPECT_EQ(LineOf(node["b"]["c"]), 3);
}

}  // namespace
}  // namespace gateway
