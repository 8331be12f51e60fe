// A policy that remembers the tokens it has opened, beside one that opens each
// anew: they never differ in anything that can be seen.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "seeded_random.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

constexpr uint64_t kSeed = 3034;
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::shared_ptr<const KeyRing> Keys(const std::string& text) {
  return KeyRing::FromText(text).value();
}

// Two policies that are alike, but that one remembers.
struct Pair {
  std::string name;
  std::unique_ptr<SeededRandom> randoms[2];
  std::unique_ptr<Policy> policies[2];  // the first remembers

  Pair(std::string pair_name, uint64_t seed, std::string_view json,
       const std::string& scope, const std::shared_ptr<const KeyRing>& keys)
      : name(std::move(pair_name)) {
    for (int i = 0; i < 2; ++i) {
      // The same randomness: their tokens are the same too.
      randoms[i] = std::make_unique<SeededRandom>(seed);
      policies[i] = *Policy::FromJson(json, {.scope = scope,
                                             .keys = keys,
                                             .remember_tokens = i == 0,
                                             .random = randoms[i].get()});
    }
  }
};

struct Answer {
  Decision decision{};
  Outcome committed = Outcome::kBalanced;
  std::string field{};
};

Answer Ask(const Policy& policy, const EndpointSet& set, Timestamp now,
           const std::vector<std::string>& tokens, uint32_t server_offset) {
  const std::vector<std::string_view> values(tokens.begin(), tokens.end());
  Answer answer{.decision = policy.Select(values, set, now)};
  answer.committed = answer.decision.outcome;
  if (answer.decision.endpoint == kNoEndpoint) return answer;
  const uint32_t served = static_cast<uint32_t>(
      (answer.decision.endpoint + server_offset) % set.size());
  std::vector<char> buffer(policy.MaxFieldSize());
  const auto field = policy.Commit(answer.decision, &set[served], now, buffer,
                                   &answer.committed);
  if (field) answer.field = std::string(field->value);
  return answer;
}

void ExpectSame(const Answer& a, const Answer& b) {
  EXPECT_EQ(OutcomeName(a.decision.outcome), OutcomeName(b.decision.outcome));
  EXPECT_EQ(a.decision.endpoint, b.decision.endpoint);
  EXPECT_EQ(a.decision.status, b.decision.status);
  EXPECT_EQ(a.decision.handle, b.decision.handle);
  EXPECT_EQ(a.decision.session.id, b.decision.session.id);
  EXPECT_EQ(a.decision.session.endpoint, b.decision.session.endpoint);
  EXPECT_EQ(a.decision.session.created, b.decision.session.created);
  EXPECT_EQ(a.decision.session.refreshed, b.decision.session.refreshed);
  EXPECT_EQ(a.decision.session.reissue, b.decision.session.reissue);
  EXPECT_EQ(OutcomeName(a.committed), OutcomeName(b.committed));
  EXPECT_EQ(a.field, b.field);
}

class RememberedTokens : public ::testing::Test {
 protected:
  static std::vector<std::unique_ptr<Pair>> Pairs() {
    const std::string first(64, 'a');
    const std::string second(64, 'b');
    const auto before = Keys("1 " + first + " seal");
    const auto during = Keys("1 " + first + " open\n2 " + second + " seal");
    const auto after = Keys("2 " + second + " seal");
    constexpr char kBoth[] =
        R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "10s",
            "idleTimeout": "4s"})";
    constexpr char kShort[] =
        R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "3s",
            "failover": {"type": "Temporary"}})";
    constexpr char kWeights[] =
        R"({"sessionName": "S", "type": "Header",
            "splitting": "WeightsFirst"})";
    std::vector<std::unique_ptr<Pair>> pairs;
    const auto add = [&](const char* name, const char* json, const char* scope,
                         const std::shared_ptr<const KeyRing>& keys) {
      pairs.push_back(std::make_unique<Pair>(name, kSeed + pairs.size(), json,
                                             scope, keys));
    };
    add("before the rotation", kBoth, "a", before);
    add("during the rotation", kBoth, "a", during);
    add("after the rotation", kBoth, "a", after);
    add("its double", kBoth, "a", during);
    add("another scope", kBoth, "b", during);
    add("shorter timeouts", kShort, "a", during);
    add("weights first", kWeights, "a", during);
    return pairs;
  }

  // All endpoints, one that left, one that cannot serve, two backends.
  static std::vector<std::shared_ptr<const EndpointSet>> Sets() {
    std::vector<Endpoint> pods = Pods(4);
    std::vector<std::shared_ptr<const EndpointSet>> sets{MakeSet(pods)};
    sets.push_back(MakeSet({pods[0], pods[2], pods[3]}));
    pods[1].state = EndpointState::kUnavailable;
    sets.push_back(MakeSet(pods));
    pods = Pods(4);
    pods[0].backend = pods[1].backend = "x";
    sets.push_back(MakeSet(pods));
    return sets;
  }
};

TEST_F(RememberedTokens, AreWorthWhatTheyAreWorthAnew) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937 random(kSeed);
  const auto below = [&](size_t n) { return random() % n; };
  const auto pairs = Pairs();
  const auto sets = Sets();
  std::vector<std::string> tokens;  // that clients hold
  std::map<Outcome, int> seen;
  int64_t ms = 0;
  for (int i = 0; i < 30'000; ++i) {
    const Pair& pair = *pairs[below(pairs.size())];
    const EndpointSet& set = *sets[below(4) == 0 ? below(sets.size()) : 0];
    std::vector<std::string> sent;
    for (size_t count = tokens.empty() ? 0 : below(3); count > 0; --count) {
      sent.push_back(tokens[below(tokens.size())]);
      if (below(8) != 0) continue;
      char& letter = sent.back()[below(sent.back().size())];
      letter = kDigits[kDigits.find(letter) ^ (1U << below(6))];
    }
    ms += static_cast<int64_t>(below(300)) - 20;  // at times backwards
    const uint32_t server_offset = below(10) == 0 ? 1 : 0;
    const Answer answer =
        Ask(*pair.policies[0], set, At(ms), sent, server_offset);
    const Answer anew =
        Ask(*pair.policies[1], set, At(ms), sent, server_offset);
    ExpectSame(answer, anew);
    if (HasFailure()) FAIL() << pair.name << ", request " << i;
    ++seen[answer.committed];
    if (answer.field.empty()) continue;
    // A few clients, so that tokens come again.
    if (tokens.size() < 12) {
      tokens.push_back(answer.field);
    } else {
      tokens[below(tokens.size())] = answer.field;
    }
  }
  for (const Outcome outcome :
       {Outcome::kNew, Outcome::kKept, Outcome::kMoved, Outcome::kSubstituted,
        Outcome::kExpired, Outcome::kInvalid, Outcome::kForeign,
        Outcome::kUnknownEndpoint, Outcome::kOtherBackend}) {
    EXPECT_GT(seen[outcome], 30) << OutcomeName(outcome);
  }
}

// The cases one by one: the token is remembered, and then ...
class ARememberedToken : public RememberedTokens {
 protected:
  void SetUp() override {
    ASSERT_EQ(Send(before(), *sets_[0], At(1), {token_}).outcome,
              Outcome::kKept);
    ASSERT_EQ(Send(during(), *sets_[0], At(1), {token_}).outcome,
              Outcome::kKept);
  }

  const Policy& before() { return *pairs_[0]->policies[0]; }
  const Policy& during() { return *pairs_[1]->policies[0]; }
  const Policy& after() { return *pairs_[2]->policies[0]; }
  const Policy& of_another_scope() { return *pairs_[4]->policies[0]; }

  std::vector<std::unique_ptr<Pair>> pairs_ = Pairs();
  std::vector<std::shared_ptr<const EndpointSet>> sets_ = Sets();
  std::string token_ = Send(before(), *sets_[0], At(0), {}).token;
};

TEST_F(ARememberedToken, IsOverAtItsAbsoluteTimeout) {
  for (int64_t ms = 0; ms < 10'000; ms += 3'000) {
    const Seen seen = Send(before(), *sets_[0], At(ms), {token_});
    EXPECT_EQ(seen.outcome, Outcome::kKept);
    if (!seen.token.empty()) token_ = seen.token;
  }
  EXPECT_EQ(Send(before(), *sets_[0], At(9'999), {token_}).outcome,
            Outcome::kKept);
  EXPECT_EQ(Send(before(), *sets_[0], At(10'000), {token_}).outcome,
            Outcome::kExpired);
}

TEST_F(ARememberedToken, IsOverAtItsIdleTimeout) {
  EXPECT_EQ(Send(before(), *sets_[0], At(3'999), {token_}).outcome,
            Outcome::kKept);
  EXPECT_EQ(Send(before(), *sets_[0], At(4'000), {token_}).outcome,
            Outcome::kExpired);
}

TEST_F(ARememberedToken, IsWrittenAnewWhenItHasToBe) {
  EXPECT_EQ(Send(before(), *sets_[0], At(2'000), {token_}).field, "");
  EXPECT_NE(Send(before(), *sets_[0], At(2'001), {token_}).field, "");
  EXPECT_NE(Send(during(), *sets_[0], At(1), {token_}).field, "")
      << "another key seals now";
}

TEST_F(ARememberedToken, OfARetiredKeyIsInvalid) {
  EXPECT_EQ(Send(after(), *sets_[0], At(1), {token_}).outcome,
            Outcome::kInvalid);
}

TEST_F(ARememberedToken, OfAnotherScopeIsForeign) {
  EXPECT_EQ(Send(of_another_scope(), *sets_[0], At(1), {token_}).outcome,
            Outcome::kForeign);
}

TEST_F(ARememberedToken, OfAnEndpointThatLeftIsUnknown) {
  const std::string pod = Send(before(), *sets_[0], At(1), {token_}).endpoint;
  std::vector<Endpoint> others = Pods(4);
  std::erase_if(others, [&](const Endpoint& e) { return e.id == pod; });
  EXPECT_EQ(Send(before(), *MakeSet(others), At(1), {token_}).outcome,
            Outcome::kUnknownEndpoint);
}

TEST_F(ARememberedToken, WithOneBitFlippedIsAnother) {
  for (size_t i = 0; i < token_.size(); ++i) {
    for (int bit = 0; bit < 6; ++bit) {
      std::string forged = token_;
      forged[i] = kDigits[kDigits.find(token_[i]) ^ (1U << bit)];
      const Outcome outcome =
          Send(before(), *sets_[0], At(1), {forged}).outcome;
      EXPECT_TRUE(outcome == Outcome::kInvalid || outcome == Outcome::kForeign)
          << "digit " << i << " bit " << bit;
    }
  }
  EXPECT_EQ(Send(before(), *sets_[0], At(1), {token_}).outcome, Outcome::kKept);
}

}  // namespace
}  // namespace limpet::testing
