// Versions and names: constants that need no object.
#include <cstdint>

#include "limpet.h"
#include "limpet/limpet.h"

// The C ABI repeats the C++ numbers; here they are held together.
static_assert(LIMPET_OK == static_cast<int>(limpet::StatusCode::kOk));
static_assert(LIMPET_ERR_ARGUMENT ==
              static_cast<int>(limpet::StatusCode::kInvalidArgument));
static_assert(LIMPET_ERR_SYNTAX ==
              static_cast<int>(limpet::StatusCode::kInvalidSyntax));
static_assert(LIMPET_ERR_CONFIG ==
              static_cast<int>(limpet::StatusCode::kInvalidConfig));
static_assert(LIMPET_ERR_DUPLICATE ==
              static_cast<int>(limpet::StatusCode::kDuplicate));
static_assert(LIMPET_ERR_UNAVAILABLE ==
              static_cast<int>(limpet::StatusCode::kUnavailable));
static_assert(LIMPET_OUTCOME_COUNT == limpet::kOutcomeCount);
static_assert(LIMPET_OUTCOME_NEW == static_cast<int>(limpet::Outcome::kNew));
static_assert(LIMPET_OUTCOME_UNPINNED ==
              static_cast<int>(limpet::Outcome::kUnpinned));
static_assert(LIMPET_OUTCOME_BALANCED ==
              static_cast<int>(limpet::Outcome::kBalanced));
static_assert(LIMPET_OUTCOME_REBALANCED ==
              static_cast<int>(limpet::Outcome::kRebalanced));
static_assert(LIMPET_DRAIN_DRAINING ==
              static_cast<int>(limpet::DrainState::kDraining));
static_assert(LIMPET_DRAIN_DRAINED ==
              static_cast<int>(limpet::DrainState::kDrained));
static_assert(LIMPET_ENDPOINT_UNAVAILABLE ==
              static_cast<int>(limpet::EndpointState::kUnavailable));
static_assert(LIMPET_NO_ENDPOINT == limpet::kNoEndpoint);
static_assert(LIMPET_RELEASE_1_7 == static_cast<int>(limpet::Release::k1_7));
static_assert(LIMPET_ATTACHMENT_BACKEND ==
              static_cast<int>(limpet::Attachment::kBackend));
static_assert(LIMPET_TYPE_COOKIE ==
              static_cast<int>(limpet::SessionType::kCookie));
static_assert(LIMPET_TYPE_HEADER ==
              static_cast<int>(limpet::SessionType::kHeader));
static_assert(LIMPET_LIFETIME_PERMANENT ==
              static_cast<int>(limpet::LifetimeType::kPermanent));
static_assert(LIMPET_SAME_SITE_LAX == static_cast<int>(limpet::SameSite::kLax));
static_assert(LIMPET_SAME_SITE_NONE ==
              static_cast<int>(limpet::SameSite::kNone));
static_assert(LIMPET_STORE_SESSION_MAP ==
              static_cast<int>(limpet::StoreType::kSessionMap));
static_assert(LIMPET_STORE_ENVOY_TOKEN ==
              static_cast<int>(limpet::StoreType::kEnvoyToken));
static_assert(LIMPET_WHEN_FULL_EVICT ==
              static_cast<int>(limpet::WhenFull::kEvict));
static_assert(LIMPET_WHEN_FULL_EVICT ==
              static_cast<int>(limpet::SessionMap::WhenFull::kEvict));
static_assert(LIMPET_FIND_EXPIRED ==
              static_cast<int>(limpet::SessionMap::FindResult::kExpired));
static_assert(LIMPET_FIND_ABSENT ==
              static_cast<int>(limpet::SessionMap::FindResult::kAbsent));
static_assert(LIMPET_INSERT_EXISTS ==
              static_cast<int>(limpet::SessionMap::InsertResult::kExists));
static_assert(LIMPET_INSERT_FULL ==
              static_cast<int>(limpet::SessionMap::InsertResult::kFull));
static_assert(LIMPET_INSERT_BUSY ==
              static_cast<int>(limpet::SessionMap::InsertResult::kBusy));
static_assert(LIMPET_REBIND_ELSEWHERE ==
              static_cast<int>(limpet::SessionMap::RebindResult::kElsewhere));
static_assert(LIMPET_REBIND_ABSENT ==
              static_cast<int>(limpet::SessionMap::RebindResult::kAbsent));
static_assert(LIMPET_REBIND_FULL ==
              static_cast<int>(limpet::SessionMap::RebindResult::kFull));
static_assert(LIMPET_REBIND_BUSY ==
              static_cast<int>(limpet::SessionMap::RebindResult::kBusy));
static_assert(LIMPET_ERASE_ABSENT ==
              static_cast<int>(limpet::SessionMap::EraseResult::kAbsent));
static_assert(LIMPET_ERASE_BUSY ==
              static_cast<int>(limpet::SessionMap::EraseResult::kBusy));
static_assert(LIMPET_FAILOVER_TEMPORARY ==
              static_cast<int>(limpet::FailoverType::kTemporary));
static_assert(LIMPET_FAILOVER_STRICT ==
              static_cast<int>(limpet::FailoverType::kStrict));
static_assert(LIMPET_FAILOVER_REBIND_AFTER ==
              static_cast<int>(limpet::FailoverType::kRebindAfter));
static_assert(LIMPET_BALANCER_RANDOM ==
              static_cast<int>(limpet::BalancerType::kRandom));
static_assert(LIMPET_BALANCER_LEAST_REQUEST ==
              static_cast<int>(limpet::BalancerType::kLeastRequest));
static_assert(LIMPET_BALANCER_LEAST_SESSIONS ==
              static_cast<int>(limpet::BalancerType::kLeastSessions));
static_assert(LIMPET_BALANCER_RING_HASH ==
              static_cast<int>(limpet::BalancerType::kRingHash));
static_assert(LIMPET_BALANCER_MAGLEV ==
              static_cast<int>(limpet::BalancerType::kMaglev));
static_assert(LIMPET_BALANCER_RENDEZVOUS ==
              static_cast<int>(limpet::BalancerType::kRendezvous));
static_assert(LIMPET_BALANCER_ENVOY_RING_HASH ==
              static_cast<int>(limpet::BalancerType::kEnvoyRingHash));
static_assert(LIMPET_BALANCER_ENVOY_MAGLEV ==
              static_cast<int>(limpet::BalancerType::kEnvoyMaglev));
static_assert(LIMPET_BALANCER_NGINX_HASH ==
              static_cast<int>(limpet::BalancerType::kNginxHash));
static_assert(LIMPET_BALANCER_NGINX_CONSISTENT_HASH ==
              static_cast<int>(limpet::BalancerType::kNginxConsistentHash));
static_assert(LIMPET_BALANCER_NGINX_IP_HASH ==
              static_cast<int>(limpet::BalancerType::kNginxIpHash));
static_assert(LIMPET_BALANCER_HAPROXY_CONSISTENT_HASH ==
              static_cast<int>(limpet::BalancerType::kHaproxyConsistentHash));
static_assert(LIMPET_BALANCER_HAPROXY_MAP_HASH ==
              static_cast<int>(limpet::BalancerType::kHaproxyMapHash));
static_assert(LIMPET_SPLITTING_WEIGHTS_FIRST ==
              static_cast<int>(limpet::Splitting::kWeightsFirst));

uint32_t limpet_version(void) { return limpet::Version(); }

const char *limpet_version_string(void) { return limpet::VersionString(); }

uint32_t limpet_abi(void) { return LIMPET_ABI; }

uint32_t limpet_abi_min(void) { return LIMPET_ABI_MIN; }

const char *limpet_status_name(limpet_status status) {
  switch (status) {
    case LIMPET_OK:
      return "ok";
    case LIMPET_ERR_ARGUMENT:
      return "invalid argument";
    case LIMPET_ERR_NULL:
      return "must not be NULL";
    case LIMPET_ERR_STRUCT_SIZE:
      return "wrong struct_size";
    case LIMPET_ERR_UNSUPPORTED:
      return "unsupported field";
    case LIMPET_ERR_BUFFER:
      return "buffer too small";
    case LIMPET_ERR_SYNTAX:
      return "invalid syntax";
    case LIMPET_ERR_CONFIG:
      return "invalid config";
    case LIMPET_ERR_DUPLICATE:
      return "duplicate";
    case LIMPET_ERR_NO_MAP:
      return "no session map";
    case LIMPET_ERR_NO_VALUES:
      return "the policy's tokens hold no values";
    case LIMPET_ERR_UNAVAILABLE:
      return "unavailable";
    case LIMPET_ERR_NO_MEMORY:
      return "no memory";
    case LIMPET_ERR_INTERNAL:
      return "internal error";
    default:
      return "unknown status";
  }
}

const char *limpet_outcome_name(uint32_t outcome) {
  if (outcome >= LIMPET_OUTCOME_COUNT) return "unknown";
  return limpet::OutcomeName(static_cast<limpet::Outcome>(outcome)).data();
}
