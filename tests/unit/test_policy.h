// What the policy tests share: a known source of randomness, short ways to make
// sets and policies, and a client that sends back what it was given.
#ifndef LIMPET_TESTS_UNIT_TEST_POLICY_H_
#define LIMPET_TESTS_UNIT_TEST_POLICY_H_

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "limpet/limpet.h"

namespace limpet::testing {

// Bytes that count up from a seed: every run sees the same.
class CountingRandom final : public RandomSource {
 public:
  explicit CountingRandom(uint8_t seed = 0) : next_(seed) {}
  void Fill(std::span<std::byte> out) noexcept override {
    for (std::byte& b : out) {
      b = static_cast<std::byte>(next_.fetch_add(1, std::memory_order_relaxed));
    }
  }

 private:
  std::atomic<uint8_t> next_;
};

inline constexpr Timeouts kForever{};  // none
inline constexpr Duration kDay = std::chrono::hours(24);

inline Timestamp At(int64_t ms_after_start) {
  constexpr int64_t kStart = 1'700'000'000'000;
  return TimestampFromMillis(kStart + ms_after_start);
}

inline std::shared_ptr<const KeyRing> TestKeys() {
  static const auto keys = KeyRing::FromText(
      "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f "
      "seal\n");
  return keys.value();
}

inline std::shared_ptr<const EndpointSet> MakeSet(
    std::vector<Endpoint> endpoints, std::vector<Backend> backends = {}) {
  auto set = EndpointSet::Make(std::move(endpoints), std::move(backends));
  EXPECT_TRUE(set.ok()) << set.status().ToString();
  return *set;
}

// Ready endpoints pod-0, pod-1, ... at 10.0.0.1:80, 10.0.0.2:80, ...
inline std::vector<Endpoint> Pods(int count) {
  std::vector<Endpoint> pods;
  for (int i = 0; i < count; ++i) {
    pods.push_back({.id = "pod-" + std::to_string(i),
                    .address = "10.0.0." + std::to_string(i + 1) + ":80"});
  }
  return pods;
}

inline std::unique_ptr<Policy> MakePolicy(
    std::string_view json, std::string scope = "default/test/0",
    std::shared_ptr<const KeyRing> keys = TestKeys(),
    std::shared_ptr<SessionMap> sessions = nullptr) {
  auto policy = Policy::FromJson(json, {.scope = std::move(scope),
                                        .keys = std::move(keys),
                                        .sessions = std::move(sessions)});
  EXPECT_TRUE(policy.ok()) << policy.status().ToString();
  return *std::move(policy);
}

// What one request showed.
struct Seen {
  Outcome outcome = Outcome::kBalanced;
  std::string endpoint{};  // id of who served; "": nobody
  uint16_t status = 0;
  std::string field{};  // value of the response field; "": none was sent
  std::string token{};  // the token in it
};

// The token in the value of a response field of the policy.
inline std::string TokenOf(const Policy& policy, std::string_view value) {
  if (policy.config().type == SessionType::kCookie) {
    value.remove_prefix(policy.config().name.size() + 1);
    value = value.substr(0, value.find(';'));
    if (value.starts_with('"')) value = value.substr(1, value.size() - 2);
  }
  return std::string(value);
}

// Sends the values as they are; served by whom the policy chose.
inline Seen Send(const Policy& policy, const EndpointSet& set, Timestamp now,
                 const std::vector<std::string>& values,
                 const SelectOptions& options = {}) {
  const std::vector<std::string_view> views(values.begin(), values.end());
  const Decision decision = policy.Select(views, set, now, options);
  Seen seen{.outcome = decision.outcome, .status = decision.status};
  if (decision.endpoint == kNoEndpoint) return seen;
  const Endpoint& served = set[decision.endpoint];
  EXPECT_EQ(decision.handle, set.handle(decision.endpoint));
  std::vector<char> buffer(policy.MaxFieldSize());
  const auto field =
      policy.Commit(decision, &served, now, buffer, &seen.outcome);
  seen.endpoint = served.id;
  if (field) {
    seen.field = std::string(field->value);
    seen.token = TokenOf(policy, field->value);
  }
  return seen;
}

// Proxies that share keys and nothing else.
inline constexpr int kFleet = 16;
inline std::vector<std::unique_ptr<Policy>> MakeFleet(const std::string& json) {
  std::vector<std::unique_ptr<Policy>> fleet;
  for (int i = 0; i < kFleet; ++i) {
    fleet.push_back(MakePolicy(json));
    // None has dealt as many as another.
    for (int j = 0; j < i; ++j) Send(*fleet[i], *MakeSet(Pods(5)), At(0), {});
  }
  return fleet;
}

// The field value in which a client sends its token.
inline std::string Carry(const Policy& policy, const std::string& token) {
  return policy.config().type == SessionType::kCookie
             ? policy.config().name + "=" + token
             : token;
}

// A client that keeps the last token it was given.
class Client {
 public:
  explicit Client(const Policy& policy) : policy_(policy) {}

  Seen Request(const EndpointSet& set, Timestamp now,
               const SelectOptions& options = {}) {
    std::vector<std::string> values;
    if (!token_.empty()) values.push_back(Carry(policy_, token_));
    Seen seen = Send(policy_, set, now, values, options);
    if (!seen.token.empty()) token_ = seen.token;
    return seen;
  }

  const std::string& token() const { return token_; }

 private:
  const Policy& policy_;
  std::string token_;
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_TEST_POLICY_H_
