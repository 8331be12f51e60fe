#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "placement/nginx_consistent.h"
#include "placement/nginx_hash.h"
#include "placement/nginx_ip_hash.h"

namespace limpet {
namespace {

constexpr uint32_t kRoundRobin = 1000;

constexpr auto NoRoundRobin = [](std::span<const uint32_t>) {
  return kRoundRobin;
};
constexpr auto Anybody = [](uint32_t) { return true; };
constexpr auto Nobody = [](uint32_t) { return false; };

std::vector<PlacedMember> Servers(
    std::initializer_list<std::string_view> texts) {
  std::vector<PlacedMember> members;
  for (const std::string_view text : texts) members.push_back({.key = text});
  return members;
}

template <typename Hash>
class NginxPlacement : public ::testing::Test {};

using Hashes = ::testing::Types<NginxConsistent, NginxHash, NginxIpHash>;
TYPED_TEST_SUITE(NginxPlacement, Hashes);

// The 21st miss ends the walk: 21 members are asked for, not 20 and not 22.
TYPED_TEST(NginxPlacement, The21stMissGivesWayToRoundRobin) {
  const auto members = Servers({"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"});
  const TypeParam hash(members);
  NginxWalk walk = hash.Start("abcd");
  int asked = 0;
  auto refuse = [&](uint32_t) { return ++asked < 0; };
  EXPECT_EQ(hash.Next(walk, refuse, NoRoundRobin), kRoundRobin);
  EXPECT_EQ(asked, 21);
  EXPECT_TRUE(walk.ended());
  EXPECT_EQ(hash.Next(walk, refuse, NoRoundRobin), kRoundRobin);
  EXPECT_EQ(asked, 21) << "a walk that ended went on";
}

TYPED_TEST(NginxPlacement, The20thMissDoesNot) {
  const auto members = Servers({"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"});
  const TypeParam hash(members);
  NginxWalk walk = hash.Start("abcd");
  int asked = 0;
  auto last_chance = [&](uint32_t) { return ++asked == 21; };
  EXPECT_LT(hash.Next(walk, last_chance, NoRoundRobin), members.size());
}

TYPED_TEST(NginxPlacement, AMemberAloneIsNotHashedFor) {
  const auto members = Servers({"10.0.0.1:80"});
  const TypeParam hash(members);
  NginxWalk walk = hash.Start("abcd");
  EXPECT_EQ(hash.Next(walk, Anybody, NoRoundRobin), kRoundRobin);
}

TYPED_TEST(NginxPlacement, NoMembersLeaveItToRoundRobin) {
  const TypeParam hash({});
  NginxWalk walk = hash.Start("abcd");
  EXPECT_EQ(hash.Next(walk, Nobody, NoRoundRobin), kRoundRobin);
}

TYPED_TEST(NginxPlacement, RoundRobinIsAskedAboutAllMembers) {
  const auto members = Servers({"10.0.0.1:80", "10.0.0.2:80"});
  const TypeParam hash(members);
  NginxWalk walk = hash.Start("abcd");
  std::vector<uint32_t> asked_about;
  hash.Next(walk, Nobody, [&](std::span<const uint32_t> among) {
    asked_about.assign(among.begin(), among.end());
    return kNoMember;
  });
  EXPECT_EQ(asked_about, (std::vector<uint32_t>{0, 1}));
}

TEST(NginxConsistent, AnEmptyKeyIsNotHashed) {
  const auto members = Servers({"10.0.0.1:80", "10.0.0.2:80"});
  const NginxConsistent consistent(members);
  NginxWalk walk = consistent.Start("");
  EXPECT_EQ(consistent.Next(walk, Anybody, NoRoundRobin), kRoundRobin);
  const NginxHash hash(members);
  walk = hash.Start("");
  EXPECT_EQ(hash.Next(walk, Anybody, NoRoundRobin), kRoundRobin);
}

TEST(NginxConsistent, OneTextTwiceIsRoundRobinBetweenTheTwo) {
  const auto members = Servers({"10.0.0.1:80", "10.0.0.2:80", "10.0.0.1:80"});
  const NginxConsistent hash(members);
  int both = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string key = std::to_string(i);
    NginxWalk walk = hash.Start(key);
    hash.Next(walk, Anybody, [&](std::span<const uint32_t> among) {
      EXPECT_EQ(std::vector<uint32_t>(among.begin(), among.end()),
                (std::vector<uint32_t>{0, 2}));
      ++both;
      return among[0];
    });
  }
  EXPECT_GT(both, 20);
  EXPECT_LT(both, 80);
}

// The same address with and without its port agrees by chance only.
TEST(NginxConsistent, TextsCountAsTheyAreWritten) {
  const auto with = Servers({"127.0.0.31:80", "127.0.0.32:80"});
  const auto without = Servers({"127.0.0.31", "127.0.0.32"});
  const NginxConsistent a(with);
  const NginxConsistent b(without);
  int same = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = std::to_string(i);
    NginxWalk walk_a = a.Start(key);
    NginxWalk walk_b = b.Start(key);
    same += a.Next(walk_a, Anybody, NoRoundRobin) ==
            b.Next(walk_b, Anybody, NoRoundRobin);
  }
  EXPECT_GT(same, 350);
  EXPECT_LT(same, 650);
}

// What leaves gives its keys away and takes no others along.
TEST(NginxConsistent, ADownMemberMovesItsOwnKeysOnly) {
  const auto members = Servers({"a:1", "b:1", "c:1", "d:1", "e:1"});
  const NginxConsistent hash(members);
  int moved = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = std::to_string(i);
    NginxWalk before = hash.Start(key);
    NginxWalk after = hash.Start(key);
    const uint32_t first = hash.Next(before, Anybody, NoRoundRobin);
    const uint32_t second = hash.Next(
        after, [](uint32_t member) { return member != 2; }, NoRoundRobin);
    moved += first == 2;
    EXPECT_EQ(first == 2, first != second);
  }
  EXPECT_GT(moved, 100);
}

TEST(NginxIpHash, OfIpv4TheFirstThreeBytesCount) {
  const auto members = Servers({"a", "b", "c", "d", "e", "f", "g"});
  const NginxIpHash hash(members);
  auto place = [&](std::string_view address) {
    NginxWalk walk = hash.Start(address);
    return hash.Next(walk, Anybody, NoRoundRobin);
  };
  int differ = 0;
  for (char third = 0; third < 100; ++third) {
    const std::string one = {10, 0, third, 1};
    const std::string two = {10, 0, third, 99};
    const std::string mapped = std::string(10, '\0') + "\xff\xff" + one;
    EXPECT_EQ(place(one), place(two));
    // IPv4 mapped into IPv6 is IPv6: all of its 16 bytes count.
    differ += place(mapped) != place(one);
  }
  EXPECT_GT(differ, 20);
}

TEST(NginxIpHash, AUnixSocketIsThreeZeroBytes) {
  const auto members = Servers({"a", "b", "c", "d", "e", "f", "g"});
  const NginxIpHash hash(members);
  NginxWalk unix_socket = hash.Start("");
  NginxWalk zeros = hash.Start(std::string_view("\0\0\0\0", 4));
  EXPECT_EQ(hash.Next(unix_socket, Anybody, NoRoundRobin),
            hash.Next(zeros, Anybody, NoRoundRobin));
}

}  // namespace
}  // namespace limpet
