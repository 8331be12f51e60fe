// Balancing: who serves a new session, within which bounds.
//
// Thread rule: plain values.
//
//   SessionPersistence config;
//   config.balancer.type = BalancerType::kMaglev;
//   config.balancer.bounded_load_percent = 125;
//   ...
//   policy->Select(values, endpoints, now, {.hash_key = user});
#ifndef LIMPET_BALANCING_H_
#define LIMPET_BALANCING_H_

#include <cstdint>

#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

// The numbers are the C ABI's and never change; new ones go to the end.
enum class BalancerType : uint8_t {
  kRoundRobin = 0,
  kRandom = 1,
  kLeastRequest = 2,
  kLeastSessions = 3,  // with the store SessionMap; see Policy::Prepare

  // By a hash of SelectOptions::hash_key under the key ring's key of the role
  // `place`: nobody outside can choose or predict the endpoint. Requests
  // without a hash key go by weight, at random.
  kRingHash = 4,
  kMaglev = 5,
  kRendezvous = 6,

  // Every key where Envoy, nginx or HAProxy would place it, given what it can
  // be given: members with names of their own (Endpoint::hash_key, address),
  // HAProxy's weights up to 256 (more count as 256), weights of up to 400,000
  // together for nginx's. Priorities: those of Envoy, or backup servers.
  // Localities do not count. Without a key: clients can work out which endpoint
  // they get.
  kEnvoyRingHash = 7,
  kEnvoyMaglev = 8,
  kNginxHash = 9,               // hash KEY
  kNginxConsistentHash = 10,    // hash KEY consistent
  kNginxIpHash = 11,            // ip_hash; hash_key: the address, 4 or 16 bytes
  kHaproxyConsistentHash = 12,  // hash-type consistent
  kHaproxyMapHash = 13,         // hash-type map-based
};

// Of the compat kinds; each knows some of them.
enum class HashFunction : uint8_t {
  kDefault,      // XX_HASH; of HAProxy sdbm, with avalanche where consistent
  kXxHash,       // kEnvoyRingHash
  kMurmurHash2,  // likewise
  kSdbm,         // HAProxy: the functions of hash-type
  kDjb2,
  kWt6,
  kCrc32,
  kNone,
};

// What a server's nodes are placed by on HAProxy's ring: its hash-key.
enum class HaproxyHashKey : uint8_t {
  kId,        // before 3.0; from 3.0 on with the fix of October 2025
  kHashedId,  // 3.0 and later, without that fix
  kId32,      // 3.4 and later: id32
  kAddr,      // addr, of an address as "10.0.0.1:80" or "[2001:db8::1]:80"
  kAddrPort,  // addr-port
  kGuid,      // guid: Endpoint::hash_key
};

struct Balancing {
  BalancerType type = BalancerType::kRoundRobin;

  // kLeastRequest, kLeastSessions: how many endpoints are drawn by weight, of
  // which the least loaded serves. 2 to 16.
  uint32_t choices = 2;
  // kLeastRequest where the weights are not equal: what an endpoint has in hand
  // counts as weight / (requests + 1)^bias, as with Envoy. 0: not at all; at
  // most 100. Where they are equal, the fewest requests win.
  double active_request_bias = 1.0;

  // kRoundRobin, kRandom, kLeastRequest, kLeastSessions: for so long after an
  // endpoint became ready (Endpoint::since) it has a part of its weight only,
  //   max(min_percent / 100, (time since / slow_start)^(1 / aggression)),
  // as with Envoy. 0: off.
  Duration slow_start{0};
  uint32_t slow_start_min_percent = 10;  // 1 to 100
  double slow_start_aggression = 1.0;    // 0.01 to 100; above 1: faster

  // No endpoint that gets new sessions has more than so many percent of the
  // mean number of active requests for its weight (ActiveRequests counts them):
  // a session whose endpoint is over it is served by its second choice this
  // once. 0: no bound, else 101..1000. Envoy's and HAProxy's kinds bound as
  // they do; nginx's have none. Source: Mirrokni, Thorup, Zadimoghaddam,
  // "Consistent hashing with bounded loads" (2016).
  uint32_t bounded_load_percent = 0;

  // kMaglev, kEnvoyMaglev: a prime, 3..5'000'011. More than 100 times the
  // endpoints keeps them even.
  uint32_t table_size = 65'537;
  // kRingHash: points on the ring for each unit of an endpoint's weight,
  // 1..65'536. The more, the more even: 1,300 are within 10 % of the mean.
  // Where all together would be over 2^21, all have a half, a quarter, ...
  uint32_t points_per_weight = 100;

  // kEnvoyRingHash: 1..8'388'608 entries, the least not above the most.
  uint32_t minimum_ring_size = 1'024;
  uint32_t maximum_ring_size = 8'388'608;
  // Envoy's kinds: how often they ask again for one that was not tried yet,
  // 0..64 (Envoy's host_selection_retry_max_attempts).
  uint32_t host_selection_attempts = 1;

  HashFunction hash_function = HashFunction::kDefault;
  // HAProxy's kinds, where a function is named.
  bool avalanche = false;
  // HAProxy's kinds: the hash key is a client's address, 4 or 16 bytes
  // (`balance source`).
  bool hash_address = false;
  HaproxyHashKey haproxy_hash_key = HaproxyHashKey::kId;

  bool operator==(const Balancing&) const = default;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_BALANCING_H_
