// limpet_endpoint_set: an EndpointSet with counted references.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "entry.h"
#include "handles.h"

using limpet::Backend;
using limpet::Endpoint;
using limpet::EndpointSet;
using limpet::capi::ErrorText;
using limpet::capi::Guard;
using limpet::capi::View;

namespace {

limpet_status Read(const void *in, const std::string &field, ErrorText &err,
                   Endpoint *out) {
  limpet_endpoint endpoint = LIMPET_ENDPOINT_INIT;
  const limpet_status status = limpet::capi::ReadStruct(in, &endpoint);
  if (status != LIMPET_OK) return err.Refuse(status, field);
  for (const auto &[name, text] :
       {std::pair(".id", endpoint.id), std::pair(".address", endpoint.address),
        std::pair(".backend", endpoint.backend),
        std::pair(".locality", endpoint.locality),
        std::pair(".hash_key", endpoint.hash_key)}) {
    if (!limpet::capi::IsValid(text)) {
      return err.Refuse(LIMPET_ERR_NULL, field + name);
    }
  }
  if (endpoint.state > LIMPET_ENDPOINT_UNAVAILABLE) {
    return err.Refuse(LIMPET_ERR_ARGUMENT, field + ".state",
                      "must be ready, draining or unavailable");
  }
  out->id = View(endpoint.id);
  out->address = View(endpoint.address);
  out->backend = View(endpoint.backend);
  out->locality = View(endpoint.locality);
  out->hash_key = View(endpoint.hash_key);
  out->weight = endpoint.weight;
  out->priority = endpoint.priority;
  out->max_requests = endpoint.max_requests;
  out->max_sessions = endpoint.max_sessions;
  out->state = static_cast<limpet::EndpointState>(endpoint.state);
  out->since = limpet::capi::ToTimestamp(endpoint.since_ms);
  out->drain_deadline = limpet::capi::ToTimestamp(endpoint.drain_deadline_ms);
  return LIMPET_OK;
}

limpet_status Read(const void *in, const std::string &field, ErrorText &err,
                   Backend *out) {
  limpet_backend backend = LIMPET_BACKEND_INIT;
  const limpet_status status = limpet::capi::ReadStruct(in, &backend);
  if (status != LIMPET_OK) return err.Refuse(status, field);
  if (!limpet::capi::IsValid(backend.name)) {
    return err.Refuse(LIMPET_ERR_NULL, field + ".name");
  }
  out->name = View(backend.name);
  out->weight = backend.weight;
  return LIMPET_OK;
}

// The elements lie struct_size of the first apart: those of a program that was
// compiled with another release have another size than ours.
template <typename Struct, typename Value>
limpet_status ReadArray(const Struct *array, size_t count, const char *name,
                        ErrorText &err, std::vector<Value> *out) {
  if (count == 0) return LIMPET_OK;
  if (array == nullptr) return err.Refuse(LIMPET_ERR_NULL, name);
  if (count >= LIMPET_NO_ENDPOINT) {
    return err.Refuse(LIMPET_ERR_ARGUMENT, name, "are too many");
  }
  const char *element = reinterpret_cast<const char *>(array);
  uint32_t stride = 0;
  std::memcpy(&stride, element, sizeof stride);
  for (size_t i = 0; i < count; ++i) {
    const std::string field = std::string(name) + "[" + std::to_string(i) + "]";
    uint32_t size = 0;
    std::memcpy(&size, element, sizeof size);
    if (size != stride) return err.Refuse(LIMPET_ERR_STRUCT_SIZE, field);
    Value value;
    const limpet_status status = Read(element, field, err, &value);
    if (status != LIMPET_OK) return status;
    out->push_back(std::move(value));
    element += stride;
  }
  return LIMPET_OK;
}

}  // namespace

limpet_status limpet_endpoint_init(limpet_endpoint *endpoint, size_t size) {
  return limpet::capi::InitStruct(endpoint, size, LIMPET_ENDPOINT_INIT);
}

limpet_status limpet_backend_init(limpet_backend *backend, size_t size) {
  return limpet::capi::InitStruct(backend, size, LIMPET_BACKEND_INIT);
}

limpet_status limpet_endpoint_set_new(const limpet_endpoint *endpoints,
                                      size_t endpoint_count,
                                      const limpet_backend *backends,
                                      size_t backend_count,
                                      limpet_endpoint_set **out, char *err,
                                      size_t err_cap) {
  return limpet_endpoint_set_new_near(nullptr, 0, endpoints, endpoint_count,
                                      backends, backend_count, out, err,
                                      err_cap);
}

limpet_status limpet_endpoint_set_new_near(
    const char *locality, size_t locality_size,
    const limpet_endpoint *endpoints, size_t endpoint_count,
    const limpet_backend *backends, size_t backend_count,
    limpet_endpoint_set **out, char *err, size_t err_cap) {
  if (out != nullptr) *out = nullptr;
  return Guard(err, err_cap, [&](ErrorText &text) -> limpet_status {
    if (out == nullptr) return text.Refuse(LIMPET_ERR_NULL, "out");
    if (locality == nullptr && locality_size != 0) {
      return text.Refuse(LIMPET_ERR_NULL, "locality");
    }
    std::vector<Endpoint> endpoint_list;
    limpet_status status =
        ReadArray(endpoints, endpoint_count, "endpoints", text, &endpoint_list);
    if (status != LIMPET_OK) return status;
    std::vector<Backend> backend_list;
    status =
        ReadArray(backends, backend_count, "backends", text, &backend_list);
    if (status != LIMPET_OK) return status;
    auto set = EndpointSet::Make(
        std::move(endpoint_list), std::move(backend_list),
        {.locality = std::string(View(locality, locality_size))});
    if (!set.ok()) return text.Refuse(set.status());
    *out = new limpet_endpoint_set{*std::move(set)};
    return LIMPET_OK;
  });
}

limpet_endpoint_set *limpet_endpoint_set_ref(
    const limpet_endpoint_set *endpoints) {
  if (endpoints == nullptr) return nullptr;
  endpoints->references.fetch_add(1, std::memory_order_relaxed);
  // Every handle was made non-const, and nothing but its count ever changes.
  return const_cast<limpet_endpoint_set *>(endpoints);
}

void limpet_endpoint_set_free(limpet_endpoint_set *endpoints) {
  if (endpoints == nullptr) return;
  if (endpoints->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    delete endpoints;
  }
}

uint32_t limpet_endpoint_set_size(const limpet_endpoint_set *endpoints) {
  if (endpoints == nullptr) return 0;
  return static_cast<uint32_t>(endpoints->set->size());
}

uint32_t limpet_endpoint_set_find(const limpet_endpoint_set *endpoints,
                                  uint64_t handle) {
  if (endpoints == nullptr) return LIMPET_NO_ENDPOINT;
  return endpoints->set->Find(handle);
}

uint64_t limpet_endpoint_set_handle(const limpet_endpoint_set *endpoints,
                                    uint32_t index) {
  if (endpoints == nullptr || index >= endpoints->set->size()) {
    return limpet::kNoHandle;
  }
  return endpoints->set->handle(index);
}

uint64_t limpet_endpoint_handle(const char *id, size_t id_size) {
  if (id == nullptr && id_size != 0) return limpet::kNoHandle;
  return limpet::HashEndpointId(View(id, id_size));
}
