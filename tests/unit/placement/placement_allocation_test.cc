// Nothing is allocated once a class is built: every request would pay for it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string_view>
#include <vector>

#include "limpet/envoy_hash_policy.h"
#include "placement/envoy_bounded_load.h"
#include "placement/envoy_maglev.h"
#include "placement/envoy_priorities.h"
#include "placement/envoy_retry.h"
#include "placement/envoy_ring.h"
#include "placement/haproxy_bounded_load.h"
#include "placement/haproxy_consistent.h"
#include "placement/haproxy_hash.h"
#include "placement/haproxy_map.h"
#include "placement/hashes.h"
#include "placement/nginx_consistent.h"
#include "placement/nginx_hash.h"
#include "placement/nginx_ip_hash.h"

namespace {

size_t allocations = 0;

}  // namespace

void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace limpet {
namespace {

const std::vector<PlacedMember> kMembers = {
    {.key = "10.0.0.1:80", .weight = 1, .node_base = 4096},
    {.key = "10.0.0.2:80", .weight = 5, .node_base = 8192},
    {.key = "10.0.0.2:80", .weight = 2, .node_base = 12288}};

size_t sink = 0;

template <typename Function>
void ExpectNoAllocation(Function function) {
  const size_t before = allocations;
  for (uint32_t i = 0; i < 200; ++i) sink += function(i);
  EXPECT_EQ(allocations, before);
}

template <typename Hash>
void WalkAll() {
  const Hash hash(kMembers);
  ExpectNoAllocation([&](uint32_t i) {
    const char key[] = {static_cast<char>(i), 'a', 'b', 'c'};
    NginxWalk walk = hash.Start(std::string_view(key, sizeof key));
    uint32_t member = 0;
    for (uint32_t attempt = 0; attempt < 5; ++attempt) {
      member += hash.Next(
          walk, [&](uint32_t m) { return (m + i + attempt) % 4 == 0; },
          [](std::span<const uint32_t> members) { return members[0]; });
    }
    return member;
  });
}

TEST(PlacementAllocations, AllocationsAreCounted) {
  const size_t before = allocations;
  const std::vector<int> numbers(100, 1);
  EXPECT_GT(allocations, before);
}

TEST(PlacementAllocations, NginxHasNone) {
  WalkAll<NginxConsistent>();
  WalkAll<NginxHash>();
  WalkAll<NginxIpHash>();
}

TEST(PlacementAllocations, HaproxyHasNone) {
  const HaproxyConsistent ring(kMembers);
  const HaproxyMap map(kMembers);
  const HaproxyBoundedLoad bound(kMembers, 125);
  const HaproxyHash hash{.function = HaproxyFunction::kWt6, .avalanche = true};
  ExpectNoAllocation([&](uint32_t i) {
    const char key[] = {static_cast<char>(i), 'a'};
    const uint32_t h = hash(std::string_view(key, sizeof key));
    return map.Choose(h) + ring.Choose(h, [&](uint32_t member) {
      return bound.Eligible(member, i % 3, i);
    });
  });
}

TEST(PlacementAllocations, EnvoyHasNone) {
  const auto shares = EnvoyShares(kMembers);
  const EnvoyRing ring(kMembers, shares);
  const EnvoyMaglev maglev(kMembers, shares);
  const EnvoyBoundedLoad bound(shares, 125);
  const EnvoyPriority counts[] = {{.members = 4, .healthy = 1},
                                  {.members = 4, .healthy = 4}};
  const EnvoyPriorities priorities(counts);
  const std::string_view cookies[] = {"a=b; sid=abc"};
  ExpectNoAllocation([&](uint32_t i) {
    const char key[] = {static_cast<char>(i), 'a'};
    std::string_view lines[] = {std::string_view(key, sizeof key), "a"};
    EnvoyHashSum sum;
    sum.Add(EnvoyHeaderHash(lines), false);
    sum.Add(EnvoyCookieHash(cookies, "sid"), false);
    sum.Add(EnvoyQueryHash("/?a=b", "a"), false);
    sum.Add(EnvoySourceHash("10.0.0.1"), true);
    const uint64_t hash = *sum.value();
    const uint32_t substitute = bound.Choose(
        hash, maglev.At(hash), [&](uint32_t m) { return (m + i) % 9; }, 3);
    const uint32_t retried =
        EnvoyRetry([&](uint32_t attempt) { return ring.At(hash, attempt); }, 3,
                   [&](uint32_t m) { return (m + i) % 2 == 0; });
    return substitute + retried + priorities.Choose(hash);
  });
}

}  // namespace
}  // namespace limpet
