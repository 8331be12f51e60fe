// What limpet's module uses of Envoy's dynamic module ABI, declared anew: the
// part of it that is the same in Envoy 1.38, 1.39 and 1.40.
//
// Hooks are functions of the module that Envoy calls; callbacks are Envoy's.
// Callbacks are weak: one that an Envoy does not have is null, and the module
// loads all the same. Views that Envoy gives are valid until the hook returns
// or a header is changed. Config hooks run on the main thread, filter hooks on
// the stream's worker, load balancer hooks on the worker whose balancer it is.
#ifndef LIMPET_EXAMPLES_ENVOY_ABI_H_
#define LIMPET_EXAMPLES_ENVOY_ABI_H_

#include <cstddef>
#include <cstdint>

extern "C" {

// Bytes, Envoy's or the module's.
struct limpet_envoy_bytes {
  const char* data;
  size_t size;
};

// A field line of Envoy's.
struct limpet_envoy_field {
  const char* name;  // in lower case
  size_t name_size;
  const char* value;
  size_t value_size;
};

// Opaque objects of Envoy's.
struct limpet_envoy_config;      // a filter's configuration
struct limpet_envoy_stream;      // a filter of one stream
struct limpet_envoy_lb_config;   // a load balancing policy's configuration
struct limpet_envoy_lb;          // a worker's balancer of one cluster
struct limpet_envoy_lb_request;  // what a balancer is asked for; may be null

enum limpet_envoy_headers : int {
  LIMPET_ENVOY_REQUEST_HEADERS = 0,
  LIMPET_ENVOY_RESPONSE_HEADERS = 2
};

// Of headers, bodies and trailers, of requests and responses alike.
enum limpet_envoy_status : int {
  LIMPET_ENVOY_CONTINUE = 0,
  LIMPET_ENVOY_STOP_ITERATION = 1
};

enum limpet_envoy_attribute : int {
  LIMPET_ENVOY_UPSTREAM_ADDRESS = 41,  // "ip:port", "[ip]:port"
  LIMPET_ENVOY_ROUTE_NAME = 61
};

enum limpet_envoy_log_level : int {
  LIMPET_ENVOY_LOG_WARNING = 3,
  LIMPET_ENVOY_LOG_ERROR = 4
};

enum limpet_envoy_health : int {
  LIMPET_ENVOY_UNHEALTHY = 0,
  LIMPET_ENVOY_DEGRADED = 1,
  LIMPET_ENVOY_HEALTHY = 2
};

enum limpet_envoy_host_stat : int { LIMPET_ENVOY_REQUESTS_ACTIVE = 7 };

#define LIMPET_ENVOY_CALLBACK __attribute__((weak))

LIMPET_ENVOY_CALLBACK void envoy_dynamic_module_callback_log(
    limpet_envoy_log_level level, limpet_envoy_bytes message);

// ---- Filters ----------------------------------------------------------------

// 0: done.
LIMPET_ENVOY_CALLBACK int
envoy_dynamic_module_callback_http_filter_config_define_counter(
    limpet_envoy_config* config, limpet_envoy_bytes name,
    limpet_envoy_bytes* labels, size_t label_count, size_t* id);
LIMPET_ENVOY_CALLBACK int
envoy_dynamic_module_callback_http_filter_config_define_gauge(
    limpet_envoy_config* config, limpet_envoy_bytes name,
    limpet_envoy_bytes* labels, size_t label_count, size_t* id);
LIMPET_ENVOY_CALLBACK int
envoy_dynamic_module_callback_http_filter_increment_counter(
    limpet_envoy_stream* stream, size_t id, limpet_envoy_bytes* labels,
    size_t label_count, uint64_t by);
LIMPET_ENVOY_CALLBACK int envoy_dynamic_module_callback_http_filter_set_gauge(
    limpet_envoy_stream* stream, size_t id, limpet_envoy_bytes* labels,
    size_t label_count, uint64_t value);

// The value at `index` of a field; *count: of field lines.
LIMPET_ENVOY_CALLBACK bool envoy_dynamic_module_callback_http_get_header(
    limpet_envoy_stream* stream, limpet_envoy_headers headers,
    limpet_envoy_bytes name, limpet_envoy_bytes* value, size_t index,
    size_t* count);
LIMPET_ENVOY_CALLBACK size_t
envoy_dynamic_module_callback_http_get_headers_size(
    limpet_envoy_stream* stream, limpet_envoy_headers headers);
// All field lines, of which there are as many as ..._size says.
LIMPET_ENVOY_CALLBACK bool envoy_dynamic_module_callback_http_get_headers(
    limpet_envoy_stream* stream, limpet_envoy_headers headers,
    limpet_envoy_field* fields);
// Appends a field line.
LIMPET_ENVOY_CALLBACK bool envoy_dynamic_module_callback_http_add_header(
    limpet_envoy_stream* stream, limpet_envoy_headers headers,
    limpet_envoy_bytes name, limpet_envoy_bytes value);
// Replaces all lines of a field; a null value removes them.
LIMPET_ENVOY_CALLBACK bool envoy_dynamic_module_callback_http_set_header(
    limpet_envoy_stream* stream, limpet_envoy_headers headers,
    limpet_envoy_bytes name, limpet_envoy_bytes value);
LIMPET_ENVOY_CALLBACK void envoy_dynamic_module_callback_http_send_response(
    limpet_envoy_stream* stream, uint32_t status, void* headers,
    size_t header_count, limpet_envoy_bytes body, limpet_envoy_bytes details);
LIMPET_ENVOY_CALLBACK bool
envoy_dynamic_module_callback_http_filter_get_attribute_string(
    limpet_envoy_stream* stream, limpet_envoy_attribute attribute,
    limpet_envoy_bytes* value);
LIMPET_ENVOY_CALLBACK bool envoy_dynamic_module_callback_http_get_cluster_name(
    limpet_envoy_stream* stream, limpet_envoy_bytes* name);
// False for what is no address, which is then not looked for.
LIMPET_ENVOY_CALLBACK bool
envoy_dynamic_module_callback_http_set_upstream_override_host(
    limpet_envoy_stream* stream, limpet_envoy_bytes address, bool strict);
LIMPET_ENVOY_CALLBACK void
envoy_dynamic_module_callback_http_set_dynamic_metadata_string(
    limpet_envoy_stream* stream, limpet_envoy_bytes name_space,
    limpet_envoy_bytes key, limpet_envoy_bytes value);
// What per_route_config_new returned for the stream's route, or null.
LIMPET_ENVOY_CALLBACK const void*
envoy_dynamic_module_callback_get_most_specific_route_config(
    limpet_envoy_stream* stream);

// ---- Load balancing policies ------------------------------------------------

LIMPET_ENVOY_CALLBACK void envoy_dynamic_module_callback_lb_get_cluster_name(
    limpet_envoy_lb* lb, limpet_envoy_bytes* name);
LIMPET_ENVOY_CALLBACK size_t
envoy_dynamic_module_callback_lb_get_priority_set_size(limpet_envoy_lb* lb);
LIMPET_ENVOY_CALLBACK size_t envoy_dynamic_module_callback_lb_get_hosts_count(
    limpet_envoy_lb* lb, uint32_t priority);
LIMPET_ENVOY_CALLBACK size_t
envoy_dynamic_module_callback_lb_get_healthy_hosts_count(limpet_envoy_lb* lb,
                                                         uint32_t priority);
LIMPET_ENVOY_CALLBACK bool
envoy_dynamic_module_callback_lb_get_healthy_host_address(
    limpet_envoy_lb* lb, uint32_t priority, size_t index,
    limpet_envoy_bytes* address);
LIMPET_ENVOY_CALLBACK bool envoy_dynamic_module_callback_lb_get_host_address(
    limpet_envoy_lb* lb, uint32_t priority, size_t index,
    limpet_envoy_bytes* address);
LIMPET_ENVOY_CALLBACK uint32_t envoy_dynamic_module_callback_lb_get_host_weight(
    limpet_envoy_lb* lb, uint32_t priority, size_t index);
LIMPET_ENVOY_CALLBACK limpet_envoy_health
envoy_dynamic_module_callback_lb_get_host_health(limpet_envoy_lb* lb,
                                                 uint32_t priority,
                                                 size_t index);
LIMPET_ENVOY_CALLBACK uint64_t envoy_dynamic_module_callback_lb_get_host_stat(
    limpet_envoy_lb* lb, uint32_t priority, size_t index,
    limpet_envoy_host_stat stat);
LIMPET_ENVOY_CALLBACK bool
envoy_dynamic_module_callback_lb_get_host_metadata_string(
    limpet_envoy_lb* lb, uint32_t priority, size_t index,
    limpet_envoy_bytes name_space, limpet_envoy_bytes key,
    limpet_envoy_bytes* value);
LIMPET_ENVOY_CALLBACK bool envoy_dynamic_module_callback_lb_get_host_locality(
    limpet_envoy_lb* lb, uint32_t priority, size_t index,
    limpet_envoy_bytes* region, limpet_envoy_bytes* zone,
    limpet_envoy_bytes* sub_zone);
// Localities of a priority by their number, with their healthy hosts. 0: they
// have no weights.
LIMPET_ENVOY_CALLBACK size_t
envoy_dynamic_module_callback_lb_get_locality_count(limpet_envoy_lb* lb,
                                                    uint32_t priority);
LIMPET_ENVOY_CALLBACK uint32_t
envoy_dynamic_module_callback_lb_get_locality_weight(limpet_envoy_lb* lb,
                                                     uint32_t priority,
                                                     size_t locality);
LIMPET_ENVOY_CALLBACK size_t
envoy_dynamic_module_callback_lb_get_locality_host_count(limpet_envoy_lb* lb,
                                                         uint32_t priority,
                                                         size_t locality);
LIMPET_ENVOY_CALLBACK bool
envoy_dynamic_module_callback_lb_get_locality_host_address(
    limpet_envoy_lb* lb, uint32_t priority, size_t locality, size_t index,
    limpet_envoy_bytes* address);
LIMPET_ENVOY_CALLBACK bool
envoy_dynamic_module_callback_lb_context_compute_hash_key(
    limpet_envoy_lb_request* request, uint64_t* hash);
LIMPET_ENVOY_CALLBACK uint32_t
envoy_dynamic_module_callback_lb_context_get_host_selection_retry_count(
    limpet_envoy_lb_request* request);
LIMPET_ENVOY_CALLBACK bool
envoy_dynamic_module_callback_lb_context_should_select_another_host(
    limpet_envoy_lb* lb, limpet_envoy_lb_request* request, uint32_t priority,
    size_t index);

#undef LIMPET_ENVOY_CALLBACK

}  // extern "C"

#endif  // LIMPET_EXAMPLES_ENVOY_ABI_H_
