// FakeHost: Envoy's side of the module's ABI, so that its hooks can be replayed
// under sanitizers, which a stock Envoy cannot load.
#ifndef LIMPET_TESTS_ENVOY_UNIT_FAKE_HOST_H_
#define LIMPET_TESTS_ENVOY_UNIT_FAKE_HOST_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi.h"

namespace limpet_envoy::testing {

using Fields = std::vector<std::pair<std::string, std::string>>;

// What all streams share.
struct FakeConfig {
  std::mutex mutex;
  std::vector<std::string>
      names;  // of counters and gauges; the id is the place
  std::map<std::string, uint64_t> values;

  uint64_t operator[](const std::string& name) {
    const std::lock_guard lock(mutex);
    return values["limpet_" + name];
  }
};

struct FakeStream {
  explicit FakeStream(FakeConfig* config) : config(config) {}

  limpet_envoy_stream* get() {
    return reinterpret_cast<limpet_envoy_stream*>(this);
  }

  FakeConfig* config;
  Fields request;
  Fields response;
  std::string cluster = "shop";
  std::string route;
  std::string served;  // who answers; "": nobody
  std::string asked;   // who took no connection
  const void* route_config = nullptr;
  std::optional<std::pair<std::string, bool>> pin;  // address, strict
  std::optional<uint32_t> answered;                 // by the module
  Fields metadata;
};

struct FakeHostOfCluster {
  std::string address;
  uint32_t weight = 1;
  limpet_envoy_health health = LIMPET_ENVOY_HEALTHY;
  size_t locality = 0;
  uint32_t priority = 0;
};

struct FakeLb {
  limpet_envoy_lb* get() { return reinterpret_cast<limpet_envoy_lb*>(this); }

  std::string cluster = "shop";
  std::vector<FakeHostOfCluster> hosts{};
  std::vector<uint32_t> localities{};  // what each weighs
  uint32_t priorities = 1;
};

// What was logged by all.
std::vector<std::string> TakeLog();

}  // namespace limpet_envoy::testing

// The hooks that are called.
extern "C" {
const char* envoy_dynamic_module_on_program_init();
const void* envoy_dynamic_module_on_http_filter_config_new(limpet_envoy_config*,
                                                           limpet_envoy_bytes,
                                                           limpet_envoy_bytes);
void envoy_dynamic_module_on_http_filter_config_destroy(const void*);
const void* envoy_dynamic_module_on_http_filter_per_route_config_new(
    limpet_envoy_bytes, limpet_envoy_bytes);
void envoy_dynamic_module_on_http_filter_per_route_config_destroy(const void*);
void* envoy_dynamic_module_on_http_filter_new(const void*,
                                              limpet_envoy_stream*);
limpet_envoy_status envoy_dynamic_module_on_http_filter_request_headers(
    limpet_envoy_stream*, void*, bool);
limpet_envoy_status envoy_dynamic_module_on_http_filter_response_headers(
    limpet_envoy_stream*, void*, bool);
int envoy_dynamic_module_on_http_filter_local_reply(limpet_envoy_stream*, void*,
                                                    uint32_t,
                                                    limpet_envoy_bytes, bool);
void envoy_dynamic_module_on_http_filter_stream_complete(limpet_envoy_stream*,
                                                         void*);
void envoy_dynamic_module_on_http_filter_destroy(void*);
const void* envoy_dynamic_module_on_lb_config_new(limpet_envoy_lb_config*,
                                                  limpet_envoy_bytes,
                                                  limpet_envoy_bytes);
void envoy_dynamic_module_on_lb_config_destroy(const void*);
void* envoy_dynamic_module_on_lb_new(const void*, limpet_envoy_lb*);
bool envoy_dynamic_module_on_lb_choose_host(limpet_envoy_lb*, void*,
                                            limpet_envoy_lb_request*, uint32_t*,
                                            uint32_t*);
void envoy_dynamic_module_on_lb_on_host_membership_update(limpet_envoy_lb*,
                                                          void*, size_t,
                                                          size_t);
void envoy_dynamic_module_on_lb_destroy(void*);
}

#endif  // LIMPET_TESTS_ENVOY_UNIT_FAKE_HOST_H_
