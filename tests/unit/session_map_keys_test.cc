// Keys that an application, a client or an attacker chose.
#define XXH_INLINE_ALL
#include <gtest/gtest.h>
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "colliding_keys.h"
#include "limpet/session_map.h"
#include "scale.h"
#include "seeded_random.h"
#include "session_map/geometry.h"
#include "session_map/key.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

using FindResult = SessionMap::FindResult;
using InsertResult = SessionMap::InsertResult;
using KeyMaker = std::function<std::string(uint64_t)>;

std::shared_ptr<SessionMap> MakeMap(size_t capacity) {
  static SeededRandom random(1);
  return *SessionMap::Make({.capacity = capacity}, {.random = &random});
}

// How far the counts are from even, in standard deviations of what chance does.
double Unevenness(const std::vector<uint32_t>& counts, size_t total) {
  const auto bins = static_cast<double>(counts.size());
  const double expected = static_cast<double>(total) / bins;
  double chi_square = 0;
  for (const uint32_t count : counts) {
    chi_square += (count - expected) * (count - expected) / expected;
  }
  return (chi_square - (bins - 1)) / std::sqrt(2 * (bins - 1));
}

int64_t CountOfEqual(std::vector<SessionId>* ids) {
  std::sort(ids->begin(), ids->end(),
            [](const SessionId& a, const SessionId& b) {
              return a.high != b.high ? a.high < b.high : a.low < b.low;
            });
  return ids->end() - std::unique(ids->begin(), ids->end());
}

void ExpectSpreadLikeRandomOnes(const KeyMaker& key) {
  const size_t count = Scaled<size_t>(50'000, 1'000'000, 1'000'000);
  auto map = MakeMap(count);
  const Geometry geometry = Geometry::Of({.capacity = count});
  std::vector<uint32_t> homes(size_t{geometry.shards} * geometry.buckets);
  std::vector<uint32_t> classes(8);
  std::vector<SessionId> ids;
  for (uint64_t n = 0; n < count; ++n) {
    const SessionId id = map->IdOf(key(n));
    const MapKey place = KeyOf(id, geometry.buckets);
    ++homes[ShardOf(id, geometry.shards) * geometry.buckets + place.home];
    ++classes[ClassOf(place.fingerprint)];
    // Not one is refused for want of a place, down to the last of the capacity.
    SessionMap::Entry entry{.endpoint = n % 100 + 1};
    ASSERT_EQ(map->InsertOrGet(id, &entry, kForever, At(0)),
              InsertResult::kInserted)
        << n;
    ids.push_back(id);
  }
  // A fair map exceeds 6 once in 10^9 seeds.
  EXPECT_LT(std::abs(Unevenness(homes, count)), 6);
  EXPECT_LT(std::abs(Unevenness(classes, count)), 6);
  EXPECT_EQ(CountOfEqual(&ids), 0);
}

TEST(SessionMapKeys, ThatCollideUnderXxh64SpreadLikeRandomOnes) {
  const auto hash = [](const std::string& key) {
    return XXH64(key.data(), key.size(), 0);
  };
  for (uint64_t n = 0; n < 100'000; ++n) {
    ASSERT_EQ(hash(CollidingUnderXxh64(n)), hash(CollidingUnderXxh64(0)));
  }
  ExpectSpreadLikeRandomOnes(CollidingUnderXxh64);
}

TEST(SessionMapKeys, ThatCollideUnderXxh3SpreadLikeRandomOnes) {
  const auto hash = [](const std::string& key) {
    return XXH3_128bits(key.data(), key.size());
  };
  const XXH128_hash_t first = hash(CollidingUnderXxh3(0));
  for (uint64_t n = 0; n < 100'000; ++n) {
    const std::string key = CollidingUnderXxh3(n);
    ASSERT_TRUE(XXH128_isEqual(hash(key), first));
    ASSERT_EQ(XXH3_64bits(key.data(), key.size()),
              XXH3_64bits(CollidingUnderXxh3(0).data(), key.size()));
  }
  ExpectSpreadLikeRandomOnes(CollidingUnderXxh3);
}

TEST(SessionMapKeys, ThatCountUpSpreadLikeRandomOnes) {
  ExpectSpreadLikeRandomOnes([](uint64_t n) { return std::to_string(n); });
}

TEST(SessionMapKeys, WithALongCommonPrefixSpreadLikeRandomOnes) {
  const std::string prefix(300, 'x');
  ExpectSpreadLikeRandomOnes(
      [&](uint64_t n) { return prefix + std::to_string(n); });
}

TEST(SessionMapKeys, BuiltToMeetUnderAnySecretDoNot) {
  const size_t count = Scaled<size_t>(50'000, 500'000, 4'000'000);
  auto map = MakeMap(1);
  std::vector<SessionId> ids;
  for (uint64_t n = 0; n < count; ++n) {
    ids.push_back(map->IdOf(MeetingUnderKeyedXxh3(n)));
  }
  EXPECT_EQ(CountOfEqual(&ids), 0);
}

TEST(SessionMapKeys, LandElsewhereInEveryMap) {
  auto a = MakeMap(1);
  auto b = MakeMap(1);
  int equal_bits = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string key = std::to_string(i);
    equal_bits += 64 - std::popcount(a->IdOf(key).high ^ b->IdOf(key).high);
    equal_bits += 64 - std::popcount(a->IdOf(key).low ^ b->IdOf(key).low);
  }
  // Of 12,800 half are equal by chance, give or take 6 deviations of 56.6.
  EXPECT_NEAR(equal_bits, 6'400, 340);
}

// Each of these is a session of its own.
TEST(SessionMapKeys, ThatDifferAtAllAreDifferent) {
  std::vector<std::string> keys;
  // In length only; the empty key is one of them.
  for (size_t length = 0; length < 1'100; ++length) {
    keys.emplace_back(length, '\0');
    if (length != 0) keys.emplace_back(length, 'a');
  }
  // In one bit, wherever it is, on both sides of each way to hash.
  for (const size_t length : {1, 3, 4, 8, 9, 16, 17, 128, 129, 240, 241, 600}) {
    for (size_t bit = 0; bit < length * 8; ++bit) {
      std::string key(length, 'b');
      key[bit / 8] = static_cast<char>(key[bit / 8] ^ 1 << bit % 8);
      keys.push_back(key);
    }
  }
  // Behind a NUL, and at the very end of a long one.
  for (char c = 'c'; c <= 'z'; ++c) {
    keys.push_back(std::string("session\0", 8) + c);
    keys.push_back(std::string(1 << 20, 'd') + c);
  }
  auto map = MakeMap(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    SessionMap::Entry entry{.endpoint = i % 1'000 + 1};
    ASSERT_EQ(map->InsertOrGet(map->IdOf(keys[i]), &entry, kForever, At(0)),
              InsertResult::kInserted)
        << i;
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    SessionMap::Entry entry;
    ASSERT_EQ(map->FindTouch(keys[i], kForever, At(1), &entry),
              FindResult::kLive);
    ASSERT_EQ(entry.endpoint, i % 1'000 + 1);
  }
  SessionMap::Entry entry;
  EXPECT_EQ(map->FindTouch("not there", kForever, At(1), &entry),
            FindResult::kAbsent);
}

}  // namespace
}  // namespace limpet::testing
