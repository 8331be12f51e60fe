// What hash balancers go by: addresses, and Envoy's hash policies.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "entry.h"
#include "limpet/client_address.h"
#include "limpet/envoy_hash_policy.h"

using limpet::capi::Guard;
using limpet::capi::View;

namespace {

// Adds what `hash` says, which may throw, unless the list has ended.
template <typename Hash>
limpet_status Add(limpet_envoy_hash *sum, uint32_t terminal, Hash &&hash) {
  if (terminal > 1) return LIMPET_ERR_ARGUMENT;
  if (sum->done != 0) return LIMPET_OK;
  return Guard([&] {
    limpet::EnvoyHashSum all;
    if (sum->has_hash != 0) all.Add(sum->hash, false);
    all.Add(hash(), terminal == 1);
    if (all.value()) {
      sum->hash = *all.value();
      sum->has_hash = 1;
    }
    sum->done = all.done() ? 1 : 0;
    return LIMPET_OK;
  });
}

// The views of valid values; nothing where one is not.
std::optional<std::vector<std::string_view>> Views(const limpet_str *values,
                                                   size_t count) {
  std::vector<std::string_view> views;
  for (const limpet_str &value : std::span(values, count)) {
    if (!limpet::capi::IsValid(value)) return std::nullopt;
    views.push_back(View(value));
  }
  return views;
}

bool IsBytes(const char *data, size_t size) {
  return data != nullptr || size == 0;
}

}  // namespace

limpet_status limpet_address_key(const char *text, size_t text_size,
                                 uint32_t ipv4_bits, uint32_t ipv6_bits,
                                 char *buf, size_t *size) {
  if (size == nullptr) return LIMPET_ERR_NULL;
  *size = 0;
  if (buf == nullptr || !IsBytes(text, text_size)) return LIMPET_ERR_NULL;
  *size = limpet::AddressKey(View(text, text_size), {ipv4_bits, ipv6_bits},
                             std::span<char, 16>(buf, 16))
              .size();
  return LIMPET_OK;
}

limpet_status limpet_envoy_hash_header(limpet_envoy_hash *sum,
                                       const limpet_str *values,
                                       size_t value_count, uint32_t terminal) {
  if (sum == nullptr || (values == nullptr && value_count != 0)) {
    return LIMPET_ERR_NULL;
  }
  return Guard([&]() -> limpet_status {
    auto views = Views(values, value_count);
    if (!views) return LIMPET_ERR_NULL;
    return Add(sum, terminal, [&] { return limpet::EnvoyHeaderHash(*views); });
  });
}

limpet_status limpet_envoy_hash_cookie(limpet_envoy_hash *sum,
                                       const limpet_str *values,
                                       size_t value_count, const char *name,
                                       size_t name_size, uint32_t terminal) {
  if (sum == nullptr || (values == nullptr && value_count != 0) ||
      !IsBytes(name, name_size)) {
    return LIMPET_ERR_NULL;
  }
  return Guard([&]() -> limpet_status {
    const auto views = Views(values, value_count);
    if (!views) return LIMPET_ERR_NULL;
    return Add(sum, terminal, [&] {
      return limpet::EnvoyCookieHash(*views, View(name, name_size));
    });
  });
}

limpet_status limpet_envoy_hash_query(limpet_envoy_hash *sum, const char *path,
                                      size_t path_size, const char *name,
                                      size_t name_size, uint32_t terminal) {
  if (sum == nullptr || !IsBytes(path, path_size) ||
      !IsBytes(name, name_size)) {
    return LIMPET_ERR_NULL;
  }
  return Add(sum, terminal, [&] {
    return limpet::EnvoyQueryHash(View(path, path_size), View(name, name_size));
  });
}

limpet_status limpet_envoy_hash_source(limpet_envoy_hash *sum,
                                       const char *address, size_t address_size,
                                       uint32_t terminal) {
  if (sum == nullptr || !IsBytes(address, address_size)) {
    return LIMPET_ERR_NULL;
  }
  return Add(sum, terminal, [&] {
    return limpet::EnvoySourceHash(View(address, address_size));
  });
}
