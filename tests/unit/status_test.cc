#include "limpet/status.h"

#include <gtest/gtest.h>

#include <string>

#include "limpet/version.h"

namespace limpet {
namespace {

TEST(StatusTest, IsOkWithoutProblems) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.ToString(), "ok");
}

TEST(StatusTest, SaysEveryProblemWithItsField) {
  const Status status(StatusCode::kInvalidConfig,
                      {{"cookie.path", "is wrong"}, {"", "is odd"}});
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.ToString(), "cookie.path: is wrong; is odd");
}

TEST(StatusTest, NamesEveryCode) {
  EXPECT_EQ(StatusCodeName(StatusCode::kOk), "ok");
  EXPECT_EQ(StatusCodeName(StatusCode::kInvalidArgument), "invalid argument");
  EXPECT_EQ(StatusCodeName(StatusCode::kInvalidSyntax), "invalid syntax");
  EXPECT_EQ(StatusCodeName(StatusCode::kInvalidConfig), "invalid config");
  EXPECT_EQ(StatusCodeName(StatusCode::kDuplicate), "duplicate");
  EXPECT_EQ(StatusCodeName(StatusCode::kUnavailable), "unavailable");
}

TEST(ResultTest, HoldsAValueOrTheStatusThatSaysWhyThereIsNone) {
  const Result<int> value(3);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*value, 3);
  const Result<int> none(Status(StatusCode::kInvalidArgument, "n", "is odd"));
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(none.status().ToString(), "n: is odd");
}

TEST(VersionTest, IsTheSameInTheLibraryAndInTheHeader) {
  EXPECT_EQ(Version(), static_cast<uint32_t>(LIMPET_VERSION));
  EXPECT_EQ(VersionString(), std::to_string(LIMPET_VERSION_MAJOR) + "." +
                                 std::to_string(LIMPET_VERSION_MINOR) + "." +
                                 std::to_string(LIMPET_VERSION_PATCH));
}

}  // namespace
}  // namespace limpet
