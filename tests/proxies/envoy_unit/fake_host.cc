#include "fake_host.h"

#include <algorithm>

#include "stream.h"

namespace limpet_envoy::testing {
namespace {

std::mutex log_mutex;
std::vector<std::string> log_lines;

FakeStream& Of(limpet_envoy_stream* stream) {
  return *reinterpret_cast<FakeStream*>(stream);
}
Fields& FieldsOf(limpet_envoy_stream* stream, limpet_envoy_headers headers) {
  return headers == LIMPET_ENVOY_REQUEST_HEADERS ? Of(stream).request
                                                 : Of(stream).response;
}
limpet_envoy_bytes ToBytes(const std::string& text) { return Bytes(text); }

size_t Define(limpet_envoy_config* config, limpet_envoy_bytes name) {
  auto& fake = *reinterpret_cast<FakeConfig*>(config);
  fake.names.emplace_back(View(name));
  fake.values[fake.names.back()] = 0;
  return fake.names.size() - 1;
}

using HostsOfCluster = std::vector<const FakeHostOfCluster*>;

HostsOfCluster In(const FakeLb& lb, uint32_t priority) {
  HostsOfCluster found;
  for (const FakeHostOfCluster& host : lb.hosts) {
    if (host.priority == priority) found.push_back(&host);
  }
  return found;
}
HostsOfCluster Healthy(const FakeLb& lb, uint32_t priority) {
  HostsOfCluster found = In(lb, priority);
  std::erase_if(found, [](const FakeHostOfCluster* host) {
    return host->health != LIMPET_ENVOY_HEALTHY;
  });
  return found;
}
HostsOfCluster HealthyIn(const FakeLb& lb, uint32_t priority, size_t locality) {
  HostsOfCluster found = Healthy(lb, priority);
  std::erase_if(found, [&](const FakeHostOfCluster* host) {
    return host->locality != locality;
  });
  return found;
}
FakeLb& Of(limpet_envoy_lb* lb) { return *reinterpret_cast<FakeLb*>(lb); }

}  // namespace

std::vector<std::string> TakeLog() {
  const std::lock_guard lock(log_mutex);
  return std::exchange(log_lines, {});
}

extern "C" {

void envoy_dynamic_module_callback_log(limpet_envoy_log_level,
                                       limpet_envoy_bytes message) {
  const std::lock_guard lock(log_mutex);
  log_lines.emplace_back(View(message));
}
int envoy_dynamic_module_callback_http_filter_config_define_counter(
    limpet_envoy_config* config, limpet_envoy_bytes name, limpet_envoy_bytes*,
    size_t, size_t* id) {
  *id = Define(config, name);
  return 0;
}
int envoy_dynamic_module_callback_http_filter_config_define_gauge(
    limpet_envoy_config* config, limpet_envoy_bytes name, limpet_envoy_bytes*,
    size_t, size_t* id) {
  *id = Define(config, name);
  return 0;
}
int envoy_dynamic_module_callback_http_filter_increment_counter(
    limpet_envoy_stream* stream, size_t id, limpet_envoy_bytes*, size_t,
    uint64_t by) {
  FakeConfig& config = *Of(stream).config;
  const std::lock_guard lock(config.mutex);
  config.values[config.names[id]] += by;
  return 0;
}
int envoy_dynamic_module_callback_http_filter_set_gauge(
    limpet_envoy_stream* stream, size_t id, limpet_envoy_bytes*, size_t,
    uint64_t value) {
  FakeConfig& config = *Of(stream).config;
  const std::lock_guard lock(config.mutex);
  config.values[config.names[id]] = value;
  return 0;
}

size_t envoy_dynamic_module_callback_http_get_headers_size(
    limpet_envoy_stream* stream, limpet_envoy_headers headers) {
  return FieldsOf(stream, headers).size();
}
bool envoy_dynamic_module_callback_http_get_headers(
    limpet_envoy_stream* stream, limpet_envoy_headers headers,
    limpet_envoy_field* fields) {
  for (const auto& [name, value] : FieldsOf(stream, headers)) {
    *fields++ = {name.data(), name.size(), value.data(), value.size()};
  }
  return true;
}
bool envoy_dynamic_module_callback_http_get_header(limpet_envoy_stream* stream,
                                                   limpet_envoy_headers headers,
                                                   limpet_envoy_bytes name,
                                                   limpet_envoy_bytes* value,
                                                   size_t index,
                                                   size_t* count) {
  size_t found = 0;
  *value = {nullptr, 0};
  for (const auto& field : FieldsOf(stream, headers)) {
    if (field.first != View(name)) continue;
    if (found++ == index) *value = ToBytes(field.second);
  }
  if (count != nullptr) *count = found;
  return index < found;
}
bool envoy_dynamic_module_callback_http_add_header(limpet_envoy_stream* stream,
                                                   limpet_envoy_headers headers,
                                                   limpet_envoy_bytes name,
                                                   limpet_envoy_bytes value) {
  FieldsOf(stream, headers).emplace_back(View(name), View(value));
  return true;
}
bool envoy_dynamic_module_callback_http_set_header(limpet_envoy_stream* stream,
                                                   limpet_envoy_headers headers,
                                                   limpet_envoy_bytes name,
                                                   limpet_envoy_bytes value) {
  // Views of fields end here, as they do in Envoy.
  Fields kept;
  for (const auto& field : FieldsOf(stream, headers)) {
    if (field.first != View(name)) kept.push_back(field);
  }
  if (value.data != nullptr) kept.emplace_back(View(name), View(value));
  FieldsOf(stream, headers) = Fields(kept);
  return true;
}
void envoy_dynamic_module_callback_http_send_response(
    limpet_envoy_stream* stream, uint32_t status, void*, size_t,
    limpet_envoy_bytes, limpet_envoy_bytes) {
  Of(stream).answered = status;
}
bool envoy_dynamic_module_callback_http_filter_get_attribute_string(
    limpet_envoy_stream* stream, limpet_envoy_attribute attribute,
    limpet_envoy_bytes* value) {
  const FakeStream& fake = Of(stream);
  *value = ToBytes(attribute == LIMPET_ENVOY_ROUTE_NAME ? fake.route
                   : fake.served.empty()                ? fake.asked
                                                        : fake.served);
  return value->size != 0;
}
bool envoy_dynamic_module_callback_http_get_cluster_name(
    limpet_envoy_stream* stream, limpet_envoy_bytes* name) {
  *name = ToBytes(Of(stream).cluster);
  return name->size != 0;
}
bool envoy_dynamic_module_callback_http_set_upstream_override_host(
    limpet_envoy_stream* stream, limpet_envoy_bytes address, bool strict) {
  Of(stream).pin = {std::string(View(address)), strict};
  return true;
}
void envoy_dynamic_module_callback_http_set_dynamic_metadata_string(
    limpet_envoy_stream* stream, limpet_envoy_bytes, limpet_envoy_bytes key,
    limpet_envoy_bytes value) {
  Of(stream).metadata.emplace_back(View(key), View(value));
}
const void* envoy_dynamic_module_callback_get_most_specific_route_config(
    limpet_envoy_stream* stream) {
  return Of(stream).route_config;
}

void envoy_dynamic_module_callback_lb_get_cluster_name(
    limpet_envoy_lb* lb, limpet_envoy_bytes* name) {
  *name = ToBytes(Of(lb).cluster);
}
size_t envoy_dynamic_module_callback_lb_get_priority_set_size(
    limpet_envoy_lb* lb) {
  return Of(lb).priorities;
}
size_t envoy_dynamic_module_callback_lb_get_hosts_count(limpet_envoy_lb* lb,
                                                        uint32_t priority) {
  return In(Of(lb), priority).size();
}
size_t envoy_dynamic_module_callback_lb_get_healthy_hosts_count(
    limpet_envoy_lb* lb, uint32_t priority) {
  return Healthy(Of(lb), priority).size();
}
bool envoy_dynamic_module_callback_lb_get_healthy_host_address(
    limpet_envoy_lb* lb, uint32_t priority, size_t index,
    limpet_envoy_bytes* address) {
  *address = ToBytes(Healthy(Of(lb), priority)[index]->address);
  return true;
}
bool envoy_dynamic_module_callback_lb_get_host_address(
    limpet_envoy_lb* lb, uint32_t priority, size_t index,
    limpet_envoy_bytes* address) {
  *address = ToBytes(In(Of(lb), priority)[index]->address);
  return true;
}
uint32_t envoy_dynamic_module_callback_lb_get_host_weight(limpet_envoy_lb* lb,
                                                          uint32_t priority,
                                                          size_t index) {
  return In(Of(lb), priority)[index]->weight;
}
limpet_envoy_health envoy_dynamic_module_callback_lb_get_host_health(
    limpet_envoy_lb* lb, uint32_t priority, size_t index) {
  return In(Of(lb), priority)[index]->health;
}
uint64_t envoy_dynamic_module_callback_lb_get_host_stat(
    limpet_envoy_lb*, uint32_t, size_t, limpet_envoy_host_stat) {
  return 0;
}
bool envoy_dynamic_module_callback_lb_get_host_metadata_string(
    limpet_envoy_lb*, uint32_t, size_t, limpet_envoy_bytes, limpet_envoy_bytes,
    limpet_envoy_bytes*) {
  return false;
}
bool envoy_dynamic_module_callback_lb_get_host_locality(
    limpet_envoy_lb* lb, uint32_t priority, size_t index,
    limpet_envoy_bytes* region, limpet_envoy_bytes* zone,
    limpet_envoy_bytes* sub_zone) {
  static const std::string names = "abcdefgh";
  *region = {&names[In(Of(lb), priority)[index]->locality], 1};
  *zone = *sub_zone = {nullptr, 0};
  return true;
}
size_t envoy_dynamic_module_callback_lb_get_locality_count(limpet_envoy_lb* lb,
                                                           uint32_t) {
  return Of(lb).localities.size();
}
uint32_t envoy_dynamic_module_callback_lb_get_locality_weight(
    limpet_envoy_lb* lb, uint32_t, size_t locality) {
  return Of(lb).localities[locality];
}
size_t envoy_dynamic_module_callback_lb_get_locality_host_count(
    limpet_envoy_lb* lb, uint32_t priority, size_t locality) {
  return HealthyIn(Of(lb), priority, locality).size();
}
bool envoy_dynamic_module_callback_lb_get_locality_host_address(
    limpet_envoy_lb* lb, uint32_t priority, size_t locality, size_t index,
    limpet_envoy_bytes* address) {
  *address = ToBytes(HealthyIn(Of(lb), priority, locality)[index]->address);
  return true;
}
bool envoy_dynamic_module_callback_lb_context_compute_hash_key(
    limpet_envoy_lb_request*, uint64_t*) {
  return false;
}
uint32_t
envoy_dynamic_module_callback_lb_context_get_host_selection_retry_count(
    limpet_envoy_lb_request*) {
  return 0;
}
bool envoy_dynamic_module_callback_lb_context_should_select_another_host(
    limpet_envoy_lb*, limpet_envoy_lb_request*, uint32_t, size_t) {
  return false;
}

}  // extern "C"

}  // namespace limpet_envoy::testing
