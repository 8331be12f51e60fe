// What the handles of the C ABI hold. Each shares its object, so that a host
// may free a handle while others go on using what it named.
#ifndef LIMPET_CAPI_HANDLES_H_
#define LIMPET_CAPI_HANDLES_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "limpet.h"
#include "limpet/limpet.h"

struct limpet_config {
  limpet::SessionPersistence value;
};

struct limpet_keys {
  std::shared_ptr<const limpet::KeyRing> ring;
};

struct limpet_endpoint_set {
  std::shared_ptr<const limpet::EndpointSet> set;
  mutable std::atomic<uint32_t> references{1};
};

struct limpet_session_map {
  std::shared_ptr<limpet::SessionMap> map;
};

struct limpet_policy {
  std::unique_ptr<limpet::Policy> policy;
};

#endif  // LIMPET_CAPI_HANDLES_H_
