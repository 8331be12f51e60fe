// Config: what the JSON of a filter says. It is the Gateway API's
// sessionPersistence with limpet's fields, and what Envoy has to be told.
//
// Thread rule: a plain value.
#ifndef LIMPET_EXAMPLES_ENVOY_CONFIG_H_
#define LIMPET_EXAMPLES_ENVOY_CONFIG_H_

#include <limpet.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace limpet_envoy {

// "field: message", as limpet writes it.
class ConfigError : public std::runtime_error {
 public:
  ConfigError(std::string_view field, std::string_view message)
      : std::runtime_error(std::string(field) + ": " + std::string(message)) {}
  explicit ConfigError(const std::string& text) : std::runtime_error(text) {}
};

struct FreeLimpet {
  void operator()(limpet_config* config) const { limpet_config_free(config); }
  void operator()(limpet_policy* policy) const { limpet_policy_free(policy); }
  void operator()(limpet_keys* keys) const { limpet_keys_free(keys); }
  void operator()(limpet_endpoint_set* set) const {
    limpet_endpoint_set_free(set);
  }
  void operator()(limpet_session_map* map) const {
    limpet_session_map_free(map);
  }
};
using OwnedConfig = std::unique_ptr<limpet_config, FreeLimpet>;
using OwnedPolicy = std::unique_ptr<limpet_policy, FreeLimpet>;
using OwnedKeys = std::unique_ptr<limpet_keys, FreeLimpet>;
using OwnedSet = std::unique_ptr<limpet_endpoint_set, FreeLimpet>;
using OwnedMap = std::unique_ptr<limpet_session_map, FreeLimpet>;

enum class FilterKind { kOwn, kSeal };

// Where the scope of a session comes from.
enum class ScopeFrom { kText, kCluster, kRoute };

struct ConfiguredEndpoint {
  std::string id;
  std::string address;
};

struct Config {
  FilterKind kind = FilterKind::kOwn;
  OwnedConfig sessions;
  OwnedConfig also_accepted;  // null: no other tokens than its own
  std::string sessions_json;
  std::string also_accepted_json;
  bool has_name = false;  // the sessions have
  // As the JSON has it: what the module itself has to know of `sessions`.
  std::string store = "SealedToken";
  std::string failover = "Rebind";
  uint32_t strict_status = 503;
  uint64_t capacity = 100000;
  bool evicts = false;

  ScopeFrom scope_from = ScopeFrom::kCluster;
  std::string scope;
  std::string keys_file;  // "": random keys
  std::vector<ConfiguredEndpoint> endpoints;
  uint64_t unavailable_for_ms = 5000;
  std::string outcome_metadata;  // namespace; "": none
};

// A sessionPersistence value. Throws ConfigError.
OwnedConfig Compile(const std::string& json);

// Throws ConfigError. Where the text is JSON, *passes_through is what it says.
Config ReadConfig(FilterKind kind, std::string_view json, bool* passes_through);

// What an LB policy is configured by: {"balancer": {...}, "keysFile": ...,
// "weighLocalities": true}.
struct LbConfig {
  OwnedConfig balancer;
  bool weighs_localities = false;
  std::string keys_file;
};

// Throws ConfigError. "" is "{}".
LbConfig ReadLbConfig(std::string_view json);

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_CONFIG_H_
