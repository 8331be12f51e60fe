#include "session_choice.h"

#include <gtest/gtest.h>

#include "manifests.h"

namespace gateway {
namespace {

using testing::Build;
using testing::Built;
using testing::kGateway;
using testing::RouteOf;
using testing::RuleFor;
using testing::ServiceOf;

const limpet::Timestamp kNow = limpet::TimestampFromMillis(1'700'000'000'000);

class SessionChoiceTest : public ::testing::Test {
 protected:
  explicit SessionChoiceTest(const std::string& extension = "")
      : built_(Build(kGateway + ServiceOf("a") +
                     RouteOf("r",
                             "[{backendRefs: [{name: a, port: 80}], "
                             "sessionPersistence: {sessionName: S, type: "
                             "Header" +
                                 extension + "}}]"))) {}

  const Rule& rule() { return *RuleFor(*built_.configuration, "/"); }
  uint64_t Count(limpet::Outcome outcome) {
    return rule().target->policy().counters()[outcome];
  }

  Built built_;
};

TEST_F(SessionChoiceTest, AServedRequestGetsATokenThatBringsItBack) {
  std::string token;
  std::string id;
  {
    SessionChoice choice(rule(), {});
    const limpet::Endpoint* endpoint = choice.Next(kNow);
    ASSERT_TRUE(endpoint);
    id = endpoint->id;
    const auto field = choice.Served(kNow);
    ASSERT_TRUE(field);
    EXPECT_EQ(field->name, "S");
    token = field->value;
    EXPECT_EQ(choice.outcome(), "new");
  }
  for (int i = 0; i < 4; ++i) {
    const Field fields[] = {{"s", "garbage"}, {"Other", "x"}, {"S", token}};
    SessionChoice choice(rule(), fields);
    ASSERT_TRUE(choice.Next(kNow));
    EXPECT_FALSE(choice.Served(kNow));
    EXPECT_EQ(choice.outcome(), "kept");
  }
}

TEST_F(SessionChoiceTest, ARetryChoosesAnotherEndpointUntilNoneIsLeft) {
  SessionChoice choice(rule(), {});
  const limpet::Endpoint* first = choice.Next(kNow);
  const limpet::Endpoint* second = choice.Next(kNow);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->id, second->id);
  EXPECT_FALSE(choice.Next(kNow));
  EXPECT_EQ(choice.status(), 503u);
}

TEST_F(SessionChoiceTest, NobodyServedIsCountedOnceAndGetsNoToken) {
  {
    SessionChoice choice(rule(), {});
    ASSERT_TRUE(choice.Next(kNow));
    choice.Unserved(kNow);
    EXPECT_EQ(choice.outcome(), "unserved");
  }
  EXPECT_EQ(Count(limpet::Outcome::kUnserved), 1u);
  EXPECT_EQ(Count(limpet::Outcome::kNew), 0u);
}

TEST_F(SessionChoiceTest, RequestsBeingServedAreCountedByEndpoint) {
  {
    SessionChoice choice(rule(), {});
    const limpet::Endpoint* endpoint = choice.Next(kNow);
    ASSERT_TRUE(endpoint);
    const uint32_t index = endpoint->id == "a-0" ? 0 : 1;
    EXPECT_EQ(rule().target->status(index).active.load(), 1u);
    ASSERT_TRUE(choice.Next(kNow));
    EXPECT_EQ(rule().target->status(index).active.load(), 0u);
    EXPECT_EQ(rule().target->status(1 - index).active.load(), 1u);
  }
  EXPECT_EQ(rule().target->status(0).active.load(), 0u);
  EXPECT_EQ(rule().target->status(1).active.load(), 0u);
}

class StrippedToken : public SessionChoiceTest {
 protected:
  StrippedToken() : SessionChoiceTest(", stripToken: true") {}
};

TEST_F(StrippedToken, IsKeptFromTheEndpoint) {
  const Field fields[] = {{"s", "token"}, {"Other", "x"}};
  SessionChoice choice(rule(), fields);
  ASSERT_TRUE(choice.Next(kNow));
  std::string value;
  EXPECT_TRUE(choice.Strip(fields[0], &value));
  EXPECT_FALSE(choice.Strip(fields[1], &value));
}

TEST_F(SessionChoiceTest, ATokenIsPassedOnByDefault) {
  const Field fields[] = {{"s", "token"}};
  SessionChoice choice(rule(), fields);
  ASSERT_TRUE(choice.Next(kNow));
  std::string value;
  EXPECT_FALSE(choice.Strip(fields[0], &value));
}

}  // namespace
}  // namespace gateway
