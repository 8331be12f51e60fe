// All of limpet: session persistence ("sticky sessions") for HTTP proxies.
//
// Thread rule: each header states its own.
//
//   #include <limpet/limpet.h>
//   limpet::Decision d = policy->Select(values, endpoints, now);
#ifndef LIMPET_LIMPET_H_
#define LIMPET_LIMPET_H_

#include "limpet/balancing.h"
#include "limpet/client_address.h"
#include "limpet/cookie.h"
#include "limpet/drain.h"
#include "limpet/endpoint.h"
#include "limpet/envoy_hash_policy.h"
#include "limpet/hash.h"
#include "limpet/key_ring.h"
#include "limpet/outcome.h"
#include "limpet/policy.h"
#include "limpet/session.h"
#include "limpet/session_map.h"
#include "limpet/session_persistence.h"
#include "limpet/status.h"
#include "limpet/time.h"
#include "limpet/version.h"

#endif  // LIMPET_LIMPET_H_
