// The layout of a map's memory is a format: processes of different builds share
// it, and files outlive them. Whoever has to change a number here changes
// kLayoutVersion too.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <vector>

#include "limpet/session_map.h"
#include "map_memory.h"
#include "session_map/geometry.h"
#include "session_map/layout.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

TEST(Layout, HasTheseSizesAndOffsets) {
  EXPECT_EQ(kLayoutVersion, 1U);
  EXPECT_EQ(sizeof(ShardLock), 48U);
  EXPECT_EQ(sizeof(Abi), 16U);
  EXPECT_EQ(sizeof(HostIdentity), 32U);
  EXPECT_EQ(sizeof(MapSecrets), 240U);

  EXPECT_EQ(sizeof(MapHeader), 512U);
  EXPECT_EQ(offsetof(MapHeader, magic), 0U);
  EXPECT_EQ(offsetof(MapHeader, version), 8U);
  EXPECT_EQ(offsetof(MapHeader, when_full), 12U);
  EXPECT_EQ(offsetof(MapHeader, abi), 16U);
  EXPECT_EQ(offsetof(MapHeader, size), 32U);
  EXPECT_EQ(offsetof(MapHeader, capacity), 40U);
  EXPECT_EQ(offsetof(MapHeader, endpoints), 48U);
  EXPECT_EQ(offsetof(MapHeader, longest_timeout), 56U);
  EXPECT_EQ(offsetof(MapHeader, host), 64U);
  EXPECT_EQ(offsetof(MapHeader, lock), 104U);
  EXPECT_EQ(offsetof(MapHeader, sweep_cursor), 152U);
  EXPECT_EQ(offsetof(MapHeader, horizon), 256U);
  EXPECT_EQ(offsetof(MapHeader, secrets), 264U);

  EXPECT_EQ(sizeof(ShardHeader), 128U);
  EXPECT_EQ(offsetof(ShardHeader, lock), 0U);
  EXPECT_EQ(offsetof(ShardHeader, held), 48U);
  EXPECT_EQ(offsetof(ShardHeader, inserted), 56U);
  EXPECT_EQ(offsetof(ShardHeader, expired), 64U);
  EXPECT_EQ(offsetof(ShardHeader, evicted), 72U);
  EXPECT_EQ(offsetof(ShardHeader, erased), 80U);
  EXPECT_EQ(offsetof(ShardHeader, erased_endpoint), 88U);
  EXPECT_EQ(offsetof(ShardHeader, refused), 96U);
  EXPECT_EQ(offsetof(ShardHeader, repaired), 104U);
  EXPECT_EQ(offsetof(ShardHeader, sweep_cursor), 112U);

  EXPECT_EQ(sizeof(MapShard::Bucket), 128U);
  EXPECT_EQ(offsetof(MapShard::Bucket, header), 0U);
  EXPECT_EQ(offsetof(MapShard::Bucket, print), 8U);
  EXPECT_EQ(offsetof(MapShard::Bucket, last_used), 56U);
  EXPECT_EQ(offsetof(MapShard::Bucket, binding), 80U);
  EXPECT_EQ(sizeof(MapShard::StashHomes), 24U);
  EXPECT_EQ(sizeof(MapEndpoints::Handle), 8U);
  EXPECT_EQ(sizeof(MapEndpoints::StateOf), 1U);
}

TEST(Layout, HasThisGeometry) {
  struct Case {
    size_t capacity;
    Geometry geometry;
    size_t size;
  };
  const Case cases[] = {
      {1, {1, 1, 0, 2, 1}, 896},
      {29, {1, 7, 0, 58, 29}, 2'176},
      {30, {1, 11, 1, 60, 30}, 2'944},
      {1'000, {1, 239, 1, 2'000, 1'000}, 49'536},
      {12'287, {1, 2'927, 5, 4'096, 12'287}, 412'928},
      {12'288, {2, 1'471, 2, 4'096, 6'771}, 414'848},
      {100'000, {16, 1'489, 2, 12'500, 6'882}, 3'169'408},
      {1'000'000, {128, 1'861, 3, 65'536, 8'520}, 31'155'712},
      {10'000'000, {256, 9'311, 18, 65'536, 40'644}, 306'426'368},
      {size_t{1} << 31,
       {256, 1'997'293, 64, 65'536, 8'411'778},
       65'450'410'496},
  };
  for (const Case& c : cases) {
    const Geometry g = Geometry::Of({.capacity = c.capacity});
    EXPECT_EQ(g, c.geometry)
        << c.capacity << ": " << g.shards << ", " << g.buckets << ", "
        << g.stash << ", " << g.endpoints << ", " << g.shard_limit;
    EXPECT_EQ(g.Size(), c.size) << c.capacity;
  }
}

// What does not depend on the machine and its C library.
std::vector<std::byte> Portable(const MapMemory& memory,
                                const Geometry& geometry) {
  std::vector<std::byte> bytes(memory.bytes().begin(), memory.bytes().end());
  const auto clear = [&](size_t at, size_t size) {
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), size,
                std::byte{0});
  };
  clear(offsetof(MapHeader, abi), sizeof(Abi));
  clear(offsetof(MapHeader, host), sizeof(HostIdentity));
  clear(offsetof(MapHeader, lock), sizeof(ShardLock));
  for (uint32_t i = 0; i < geometry.shards; ++i) {
    clear(geometry.ShardHeadersAt() + i * sizeof(ShardHeader),
          sizeof(ShardLock));
  }
  return bytes;
}

// Turns the numbers of a machine of the other byte order round.
void TurnRound(const Geometry& geometry, std::vector<std::byte>* bytes) {
  const auto turn = [bytes](size_t from, size_t to, size_t width) {
    for (; from < to; from += width) {
      std::reverse(bytes->data() + from, bytes->data() + from + width);
    }
  };
  const auto turn_word = [&](size_t at) { turn(at, at + 8, 8); };
  turn(offsetof(MapHeader, version), offsetof(MapHeader, abi), 4);
  turn(offsetof(MapHeader, size), offsetof(MapHeader, host), 8);
  turn_word(offsetof(MapHeader, sweep_cursor));
  turn_word(offsetof(MapHeader, horizon));
  turn(geometry.ShardHeadersAt(), geometry.StashHomesAt(), 8);
  turn(geometry.StashHomesAt(), geometry.EndpointsAt(), 4);
  turn(geometry.EndpointsAt(), geometry.EndpointStatesAt(), 8);
  using Bucket = MapShard::Bucket;
  for (size_t at = geometry.BucketsAt(); at < geometry.Size();
       at += sizeof(Bucket)) {
    turn(at, at + offsetof(Bucket, last_used), 8);
    turn(at + offsetof(Bucket, last_used), at + offsetof(Bucket, binding), 4);
    turn(at + offsetof(Bucket, binding), at + sizeof(Bucket), 8);
  }
}

// A little of everything, in a map with one shard and a stash.
constexpr SessionMap::Options kOptions{
    .capacity = 60,
    .endpoints = 8,
    .longest_timeout = std::chrono::hours(24 * 365)};

std::shared_ptr<SessionMap> MakeGolden(MapMemory& memory,
                                       RandomSource& random) {
  const Timeouts timeouts{.absolute = std::chrono::hours(24 * 300),
                          .idle = std::chrono::hours(24)};
  auto map = *SessionMap::Create(memory.bytes(), kOptions, {.random = &random});
  SessionMap::Entry entry;
  // 50 of one chain, so that the last are in the stash; some with keys.
  for (uint64_t i = 0; i < 50; ++i) {
    entry.endpoint = i % 5 + 1;
    const SessionId id = {.high = uint64_t{1} << 63,
                          .low = uint64_t{7} << 60 | i << 4};
    map->InsertOrGet(id, &entry, timeouts, At(static_cast<int64_t>(i)));
    map->FindTouch(id, timeouts, At(static_cast<int64_t>(i) * 100), &entry);
    if (i % 7 == 3) {
      map->Rebind(id, i % 5 + 1, HashEndpointId("pod"), timeouts, At(5'000),
                  &entry);
    }
    if (i % 11 == 5) map->Erase(id);
  }
  for (const char* key : {"", "a", "JSESSIONID"}) {
    entry.endpoint = 1;
    map->InsertOrGet(map->IdOf(key), &entry, timeouts, At(6'000));
  }
  map->EraseEndpoint(2);
  map->Sweep(timeouts, At(7'000), 12);
  return map;
}

TEST(Layout, HasTheseBytesAfterTheseOperations) {
  CountingRandom random;
  MapMemory memory(kOptions);
  auto map = MakeGolden(memory, random);
  const Geometry geometry = Geometry::Of(kOptions);
  std::vector<std::byte> bytes = Portable(memory, geometry);
  if (std::endian::native == std::endian::big) TurnRound(geometry, &bytes);
  EXPECT_EQ(HashEndpointId(
                {reinterpret_cast<const char*>(bytes.data()), bytes.size()}),
            2222626858450305838U);
}

TEST(Layout, HasTheseValuesAfterTheseOperations) {
  CountingRandom random;
  MapMemory memory(kOptions);
  auto map = MakeGolden(memory, random);
  const Geometry geometry = Geometry::Of(kOptions);
  const MapHeader& header = memory.header();
  EXPECT_EQ(std::memcmp(memory.bytes().data(), "limpetSM", 8), 0);
  EXPECT_EQ(header.version, 1U);
  EXPECT_EQ(header.when_full, 0U);
  EXPECT_EQ(header.abi, Abi::OfThis(BestLockKind()));
  EXPECT_EQ(header.abi.byte_order, 0x01020304U);
  EXPECT_EQ(header.size, memory.bytes().size());
  EXPECT_EQ(header.capacity, 60U);
  EXPECT_EQ(header.endpoints, 8U);
  EXPECT_EQ(header.longest_timeout, int64_t{365} * 24 * 3600 * 1000);
  EXPECT_EQ(header.sweep_cursor.load(), 2U);
  // The 10 ms ticks of the first use, and 2^30.
  EXPECT_EQ(header.horizon.load(), 170'000'000'000 + (uint64_t{1} << 30));
  EXPECT_EQ(header.secrets.of_keys[0], 0U);
  EXPECT_EQ(header.secrets.of_keys[191], 191U);
  EXPECT_EQ(header.secrets.of_ids[0], 192U);
  EXPECT_EQ(header.secrets.of_scopes[15], 223U);
  EXPECT_EQ(header.secrets.of_long_keys[15], 239U);

  const std::byte* base = memory.bytes().data();
  const auto& shard =
      *reinterpret_cast<const ShardHeader*>(base + geometry.ShardHeadersAt());
  EXPECT_EQ(shard.inserted.load(), 53U);
  EXPECT_EQ(shard.held.load(), map->size());

  // The first session of all: in its home bucket, the first slot.
  const MapKey key = KeyOf(
      {.high = uint64_t{1} << 63, .low = uint64_t{7} << 60}, geometry.buckets);
  EXPECT_EQ(key.home, geometry.buckets / 2);
  const auto& bucket = reinterpret_cast<const MapShard::Bucket*>(
      base + geometry.BucketsAt())[key.home];
  EXPECT_EQ(bucket.print[0].load(), uint64_t{7} << 60 | 15);
  const Binding binding = Binding::Of(bucket.binding[0].load());
  EXPECT_EQ(binding.created, static_cast<uint32_t>(170'000'000'000));
  EXPECT_EQ(bucket.last_used[0].load(), static_cast<uint32_t>(170'000'000'000));
  const auto* handles = reinterpret_cast<const MapEndpoints::Handle*>(
      base + geometry.EndpointsAt());
  EXPECT_EQ(handles[binding.endpoint].load(), 1U);
}

}  // namespace
}  // namespace limpet::testing
