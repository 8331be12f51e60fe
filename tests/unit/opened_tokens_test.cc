// The cache of tokens that a thread has opened, by itself.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <thread>

#include "stores/sealed_token.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

constexpr char kSealedHeader[] =
    R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "10s"})";

using Opened = OpenedSealedTokens;
using Letters = std::array<char, kSealedTokenSize>;

Letters LettersOf(std::string_view token) {
  Letters letters;
  EXPECT_EQ(token.size(), letters.size());
  std::copy_n(token.begin(), letters.size(), letters.begin());
  return letters;
}

// Some letters, others for each `which`.
Letters Token(char which) {
  Letters letters;
  letters.fill(which);
  return letters;
}

bool Remembered(uint64_t store, const Letters& token) {
  return Opened::Find(store, token) != nullptr;
}

// By any store that was ever made.
bool Remembered(std::string_view token) {
  const uint64_t stores = Opened::NumberStore();
  for (uint64_t store = 1; store < stores; ++store) {
    if (Remembered(store, LettersOf(token))) return true;
  }
  return false;
}

TEST(OpenedTokens, AreWhatWasRemembered) {
  const uint64_t store = Opened::NumberStore();
  EXPECT_FALSE(Remembered(store, Token('a')));
  Opened::Remember(store, Token('a'),
                   {.endpoint = 7,
                    .id = 8,
                    .created = At(1),
                    .refreshed = At(2),
                    .old_key = true});
  const SealedContent* content = Opened::Find(store, Token('a'));
  ASSERT_NE(content, nullptr);
  EXPECT_EQ(content->endpoint, 7U);
  EXPECT_EQ(content->id, 8U);
  EXPECT_EQ(content->created, At(1));
  EXPECT_EQ(content->refreshed, At(2));
  EXPECT_TRUE(content->old_key);
}

TEST(OpenedTokens, AreThoseOfOneStoreAlone) {
  const uint64_t store = Opened::NumberStore();
  const uint64_t other = Opened::NumberStore();
  EXPECT_NE(store, other);
  Opened::Remember(store, Token('b'), {.endpoint = 1});
  EXPECT_TRUE(Remembered(store, Token('b')));
  EXPECT_FALSE(Remembered(other, Token('b')));
}

TEST(OpenedTokens, DifferInAnyBitOfAnyLetter) {
  const uint64_t store = Opened::NumberStore();
  Opened::Remember(store, Token('c'), {.endpoint = 1});
  for (size_t i = 0; i < kSealedTokenSize; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Letters other = Token('c');
      other[i] = static_cast<char>(other[i] ^ (1 << bit));
      EXPECT_FALSE(Remembered(store, other))
          << "letter " << i << " bit " << bit;
    }
  }
  EXPECT_TRUE(Remembered(store, Token('c')));
}

// The same letters are of one set, whatever the store.
TEST(OpenedTokens, OfOneSetAreTwoAndTheOlderGivesWay) {
  const uint64_t first = Opened::NumberStore();
  const uint64_t second = Opened::NumberStore();
  const uint64_t third = Opened::NumberStore();
  Opened::Remember(first, Token('d'), {.endpoint = 1});
  Opened::Remember(second, Token('d'), {.endpoint = 2});
  EXPECT_TRUE(Remembered(first, Token('d')));
  EXPECT_TRUE(Remembered(second, Token('d')));
  Opened::Remember(third, Token('d'), {.endpoint = 3});
  EXPECT_FALSE(Remembered(first, Token('d')));
  EXPECT_TRUE(Remembered(second, Token('d')));
  EXPECT_TRUE(Remembered(third, Token('d')));
}

TEST(OpenedTokens, AreTheThreadsOwn) {
  const uint64_t store = Opened::NumberStore();
  Opened::Remember(store, Token('e'), {.endpoint = 1});
  const std::jthread thread(
      [&] { EXPECT_FALSE(Remembered(store, Token('e'))); });
}

TEST(OpenedTokens, OfAPolicyAreThoseThatWereLive) {
  const auto set = MakeSet(Pods(4));
  const auto policy = MakePolicy(kSealedHeader);
  const std::string token = Send(*policy, *set, At(0), {}).token;
  EXPECT_FALSE(Remembered(token)) << "it was written, not opened";
  Send(*policy, *set, At(10'000), {token});
  EXPECT_FALSE(Remembered(token)) << "it was over";
  std::string forged = token;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  Send(*policy, *set, At(1), {forged});
  EXPECT_FALSE(Remembered(forged));
  Send(*policy, *set, At(1), {token});
  EXPECT_FALSE(Remembered(token)) << "a session that was over stays over";

  const std::string later = Send(*policy, *set, At(20'000), {}).token;
  Send(*policy, *set, At(20'001), {later});
  EXPECT_TRUE(Remembered(later));
}

TEST(OpenedTokens, OfAPolicyThatRemembersNoneAreNone) {
  const auto set = MakeSet(Pods(4));
  auto policy = Policy::FromJson(kSealedHeader, {.scope = "default/test/0",
                                                 .keys = TestKeys(),
                                                 .remember_tokens = false});
  ASSERT_TRUE(policy.ok());
  const std::string token = Send(**policy, *set, At(0), {}).token;
  EXPECT_EQ(Send(**policy, *set, At(1), {token}).outcome, Outcome::kKept);
  EXPECT_FALSE(Remembered(token));
}

// A host's object that asks when the thread's memory has been wiped already.
struct LastRequest {
  const Policy* policy = nullptr;
  const EndpointSet* set = nullptr;
  std::string token;
  ~LastRequest() {
    if (policy == nullptr) return;
    EXPECT_FALSE(Remembered(token));
    EXPECT_EQ(Send(*policy, *set, At(1), {token}).outcome, Outcome::kKept);
    EXPECT_FALSE(Remembered(token));
  }
};

TEST(OpenedTokens, AreGoneWhenTheThreadsDestructorsStillAsk) {
  const auto set = MakeSet(Pods(4));
  const auto policy = MakePolicy(kSealedHeader);
  const std::string token = Send(*policy, *set, At(0), {}).token;
  const std::jthread thread([&] {
    static thread_local LastRequest last;
    last.policy = policy.get();
    last.set = set.get();
    last.token = token;
    Send(*policy, *set, At(1), {token});
    EXPECT_TRUE(Remembered(token));
  });
}

}  // namespace
}  // namespace limpet::testing
