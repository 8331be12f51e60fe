// Parts of the module that need no host.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "failed_hosts.h"
#include "module.h"
#include "packed_address.h"
#include "rules.h"

namespace limpet_envoy::testing {
namespace {

TEST(Rules, AreForgottenWhenNoRequestAsksForThem) {
  bool passes_through = false;
  constexpr uint64_t kHour = 3'600'000;
  constexpr uint64_t kNow = 490'000 * kHour;
  const std::shared_ptr<Rules> rules =
      Rules::Of(FilterKind::kOwn, kHeader, &passes_through);
  const std::weak_ptr<const Rule> seldom = rules->Find("seldom", kNow);
  const std::weak_ptr<const Rule> often = rules->Find("often", kNow);
  rules->Find("often", kNow + 25 * kHour);
  EXPECT_FALSE(seldom.expired());
  rules->Tick(kNow + 26 * kHour);
  rules->Find("often", kNow + 26 * kHour);
  EXPECT_TRUE(seldom.expired());
  EXPECT_TRUE(rules->Find("seldom", kNow + 26 * kHour) != nullptr);
}

TEST(Rules, StayWithTheirKeysWhereOthersAreOfNoUse) {
  const std::string path = ::testing::TempDir() + "/limpet_keys_of_rules_" +
                           std::to_string(getpid());
  const auto write = [&](const std::string& text) {
    FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs(text.c_str(), file);
    std::fclose(file);
  };
  const std::string seal = "1 " + std::string(64, '1') + " seal\n";
  write(seal + "2 " + std::string(64, '2') + " place\n");
  bool passes_through = false;
  const std::shared_ptr<Rules> rules = Rules::Of(
      FilterKind::kOwn, R"({"keysFile": ")" + path + R"(", "sessionPersistence":
         {"sessionName": "S", "balancer": {"type": "RingHash"}}})",
      &passes_through);
  constexpr uint64_t kNow = 1'700'000'000'000;
  const std::shared_ptr<const Rule> rule = rules->Find("shop", kNow);
  write(seal);
  const Rules::Second second = rules->Tick(kNow);
  EXPECT_TRUE(second.keys_failed);
  EXPECT_NE(second.error.find("place"), std::string::npos) << second.error;
  EXPECT_EQ(rules->Find("shop", kNow), rule);
  EXPECT_FALSE(rules->Tick(kNow + 1000).keys_failed);
  std::remove(path.c_str());
}

TEST(FailedHosts, AreLeftForAWhile) {
  FailedHosts failed(5000);
  EXPECT_FALSE(failed.some(1000));
  failed.Add("10.0.0.1:80", 1'700'000'000'000);
  EXPECT_TRUE(failed.Has("10.0.0.1:80", 1'700'000'000'000));
  EXPECT_TRUE(failed.Has("10.0.0.1:80", 1'700'000'004'999));
  EXPECT_FALSE(failed.Has("10.0.0.1:80", 1'700'000'005'000));
  EXPECT_FALSE(failed.Has("10.0.0.2:80", 1'700'000'000'000));
  // A clock that was set back an hour.
  EXPECT_FALSE(failed.Has("10.0.0.1:80", 1'699'996'400'000));
  FailedHosts never(0);
  never.Add("10.0.0.1:80", 1'700'000'000'000);
  EXPECT_FALSE(never.some(1'700'000'000'000));
}

TEST(ScopeOfCluster, IsTheRuleOfEnvoyGateways) {
  EXPECT_EQ(ScopeOfCluster("shop"), "shop");
  EXPECT_EQ(ScopeOfCluster("httproute/default/header/rule/0"),
            "httproute/default/header/rule/0");
  EXPECT_EQ(ScopeOfCluster("httproute/default/header/rule/0/backend/1"),
            "httproute/default/header/rule/0");
  EXPECT_EQ(ScopeOfCluster("a/backend/x"), "a/backend/x");
  EXPECT_EQ(ScopeOfCluster("a/backend/"), "a/backend/");
}

TEST(PackedAddress, ComesBackLetterByLetter) {
  const auto packs_to = [](std::string_view text, size_t size) {
    std::array<char, 19> packed;
    std::array<char, kMaxAddress> again;
    const std::string_view bytes = Pack(text, &packed);
    EXPECT_EQ(bytes.size(), size) << text;
    EXPECT_EQ(Unpack(bytes, &again), text);
  };
  packs_to("1.2.3.4:80", 6);
  packs_to("255.255.255.255:65535", 6);
  packs_to("[2001:db8::1]:443", 19);
  packs_to("[::]:0", 19);
  packs_to("[2001:DB8::1]:443", 17);  // not the form that Envoy writes
  packs_to("01.2.3.4:80", 11);
  packs_to("1.2.3.4:080", 11);
  packs_to("1.2.3.4:65536", 13);
  packs_to("/run/socket", 11);
  packs_to("/tmp/a", 7);  // would be read as an address
  packs_to("", 0);
}

}  // namespace
}  // namespace limpet_envoy::testing
