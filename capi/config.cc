// limpet_config: a SessionPersistence that C can fill in.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "entry.h"
#include "handles.h"

using limpet::SessionPersistence;
using limpet::capi::ErrorText;
using limpet::capi::Guard;
using limpet::capi::View;

namespace {

constexpr uint32_t kReleases[] = {
    LIMPET_RELEASE_NEWEST_THAT_FITS,
    LIMPET_RELEASE_1_1,
    LIMPET_RELEASE_1_2,
    LIMPET_RELEASE_1_3,
    LIMPET_RELEASE_1_4,
    LIMPET_RELEASE_1_5,
    LIMPET_RELEASE_1_6,
    LIMPET_RELEASE_1_7,
};

// Runs `set` on the configuration's value if `allowed`.
template <typename Set>
limpet_status SetField(limpet_config *config, bool allowed, Set &&set) {
  if (config == nullptr) return LIMPET_ERR_NULL;
  if (!allowed) return LIMPET_ERR_ARGUMENT;
  return Guard([&] {
    set(config->value);
    return LIMPET_OK;
  });
}

limpet_status SetText(limpet_config *config, const char *data, size_t size,
                      std::string SessionPersistence::*field) {
  if (data == nullptr && size != 0) return LIMPET_ERR_NULL;
  return SetField(config, true, [&](SessionPersistence &value) {
    value.*field = View(data, size);
  });
}

limpet_status SetFlag(limpet_config *config, uint32_t on,
                      bool SessionPersistence::*field) {
  return SetField(config, on <= 1,
                  [&](SessionPersistence &value) { value.*field = on == 1; });
}

bool IsDuration(uint64_t ms) {
  return ms <= static_cast<uint64_t>(limpet::kMaxTimestampMillis);
}

limpet_status SetDuration(limpet_config *config, uint64_t ms,
                          limpet::Duration SessionPersistence::*field) {
  return SetField(config, IsDuration(ms), [&](SessionPersistence &value) {
    value.*field = limpet::Duration(ms);
  });
}

// `last` is the highest number of the enumeration.
template <typename Enum>
limpet_status SetEnum(limpet_config *config, uint32_t number, uint32_t last,
                      Enum SessionPersistence::*field) {
  return SetField(config, number <= last, [&](SessionPersistence &value) {
    value.*field = static_cast<Enum>(number);
  });
}

limpet_status ReadOptions(const limpet_config_options *in, ErrorText &err,
                          SessionPersistence::JsonOptions *out) {
  limpet_config_options options = LIMPET_CONFIG_OPTIONS_INIT;
  if (in != nullptr) {
    const limpet_status status = limpet::capi::ReadStruct(in, &options);
    if (status != LIMPET_OK) return err.Refuse(status, "options");
  }
  if (options.reserved != 0) {
    return err.Refuse(LIMPET_ERR_UNSUPPORTED, "options.reserved");
  }
  if (std::find(std::begin(kReleases), std::end(kReleases), options.release) ==
      std::end(kReleases)) {
    return err.Refuse(LIMPET_ERR_ARGUMENT, "options.release",
                      "is no release of the Gateway API that limpet knows");
  }
  if (options.attachment > LIMPET_ATTACHMENT_BACKEND) {
    return err.Refuse(LIMPET_ERR_ARGUMENT, "options.attachment");
  }
  out->release = static_cast<limpet::Release>(options.release);
  out->attachment = static_cast<limpet::Attachment>(options.attachment);
  return LIMPET_OK;
}

}  // namespace

limpet_status limpet_config_options_init(limpet_config_options *options,
                                         size_t size) {
  return limpet::capi::InitStruct(options, size, LIMPET_CONFIG_OPTIONS_INIT);
}

limpet_status limpet_config_new(limpet_config **out) {
  if (out == nullptr) return LIMPET_ERR_NULL;
  *out = nullptr;
  return Guard([&] {
    *out = new limpet_config();
    return LIMPET_OK;
  });
}

limpet_status limpet_config_new_json(const char *json, size_t json_size,
                                     const limpet_config_options *options,
                                     limpet_config **out, char *err,
                                     size_t err_cap) {
  if (out != nullptr) *out = nullptr;
  return Guard(err, err_cap, [&](ErrorText &text) -> limpet_status {
    if (out == nullptr) return text.Refuse(LIMPET_ERR_NULL, "out");
    if (json == nullptr) return text.Refuse(LIMPET_ERR_NULL, "json");
    SessionPersistence::JsonOptions json_options;
    const limpet_status status = ReadOptions(options, text, &json_options);
    if (status != LIMPET_OK) return status;
    auto value =
        SessionPersistence::FromJson(View(json, json_size), json_options);
    if (!value.ok()) return text.Refuse(value.status());
    *out = new limpet_config{*std::move(value)};
    return LIMPET_OK;
  });
}

void limpet_config_free(limpet_config *config) { delete config; }

limpet_status limpet_config_extend(limpet_config *config, const char *json,
                                   size_t json_size, char *err,
                                   size_t err_cap) {
  return Guard(err, err_cap, [&](ErrorText &text) -> limpet_status {
    if (config == nullptr) return text.Refuse(LIMPET_ERR_NULL, "config");
    if (json == nullptr) return text.Refuse(LIMPET_ERR_NULL, "json");
    const limpet::Status status = config->value.Extend(View(json, json_size));
    return status.ok() ? LIMPET_OK : text.Refuse(status);
  });
}

limpet_status limpet_config_validate(const limpet_config *config, char *err,
                                     size_t err_cap) {
  return Guard(err, err_cap, [&](ErrorText &text) -> limpet_status {
    if (config == nullptr) return text.Refuse(LIMPET_ERR_NULL, "config");
    const limpet::Status status = config->value.Validate();
    return status.ok() ? LIMPET_OK : text.Refuse(status);
  });
}

limpet_status limpet_config_set_type(limpet_config *config, uint32_t type) {
  return SetEnum(config, type, LIMPET_TYPE_HEADER, &SessionPersistence::type);
}

limpet_status limpet_config_set_name(limpet_config *config, const char *name,
                                     size_t name_size) {
  return SetText(config, name, name_size, &SessionPersistence::name);
}

limpet_status limpet_config_set_absolute_timeout_ms(limpet_config *config,
                                                    uint64_t timeout_ms) {
  return SetDuration(config, timeout_ms, &SessionPersistence::absolute_timeout);
}

limpet_status limpet_config_set_idle_timeout_ms(limpet_config *config,
                                                uint64_t timeout_ms) {
  return SetDuration(config, timeout_ms, &SessionPersistence::idle_timeout);
}

limpet_status limpet_config_set_lifetime_type(limpet_config *config,
                                              uint32_t lifetime_type) {
  return SetEnum(config, lifetime_type, LIMPET_LIFETIME_PERMANENT,
                 &SessionPersistence::lifetime_type);
}

limpet_status limpet_config_set_path(limpet_config *config, const char *path,
                                     size_t path_size) {
  return SetText(config, path, path_size, &SessionPersistence::path);
}

limpet_status limpet_config_set_domain(limpet_config *config,
                                       const char *domain, size_t domain_size) {
  return SetText(config, domain, domain_size, &SessionPersistence::domain);
}

limpet_status limpet_config_set_secure(limpet_config *config, uint32_t on) {
  return SetFlag(config, on, &SessionPersistence::secure);
}

limpet_status limpet_config_set_http_only(limpet_config *config, uint32_t on) {
  return SetFlag(config, on, &SessionPersistence::http_only);
}

limpet_status limpet_config_set_partitioned(limpet_config *config,
                                            uint32_t on) {
  return SetFlag(config, on, &SessionPersistence::partitioned);
}

limpet_status limpet_config_set_same_site(limpet_config *config,
                                          uint32_t same_site) {
  return SetEnum(config, same_site, LIMPET_SAME_SITE_NONE,
                 &SessionPersistence::same_site);
}

limpet_status limpet_config_set_store(limpet_config *config, uint32_t store,
                                      uint64_t capacity) {
  const bool allowed = store == LIMPET_STORE_SESSION_MAP
                           ? capacity <= uint64_t{1} << 31
                           : store <= LIMPET_STORE_ENVOY_TOKEN && capacity == 0;
  return SetField(config, allowed, [&](SessionPersistence &value) {
    value.store = static_cast<limpet::StoreType>(store);
    value.capacity = capacity != 0 ? static_cast<size_t>(capacity)
                                   : SessionPersistence().capacity;
  });
}

limpet_status limpet_config_set_when_full(limpet_config *config,
                                          uint32_t when_full) {
  return SetEnum(config, when_full, LIMPET_WHEN_FULL_EVICT,
                 &SessionPersistence::when_full);
}

limpet_status limpet_config_set_failover(limpet_config *config,
                                         uint32_t failover, uint32_t status) {
  const bool allowed =
      failover == LIMPET_FAILOVER_STRICT
          ? status == 0 || (status >= 400 && status <= 599)
          : failover <= LIMPET_FAILOVER_REBIND_AFTER && status == 0;
  return SetField(config, allowed, [&](SessionPersistence &value) {
    value.failover.type = static_cast<limpet::FailoverType>(failover);
    value.failover.status =
        status != 0 ? static_cast<uint16_t>(status) : limpet::Failover().status;
  });
}

limpet_status limpet_config_set_failover_after_ms(limpet_config *config,
                                                  uint64_t after_ms) {
  return SetField(config, IsDuration(after_ms), [&](SessionPersistence &value) {
    value.failover.after = limpet::Duration(after_ms);
  });
}

limpet_status limpet_config_set_balancer(limpet_config *config,
                                         uint32_t balancer) {
  return SetField(config, balancer <= LIMPET_BALANCER_HAPROXY_MAP_HASH,
                  [&](SessionPersistence &value) {
                    value.balancer.type =
                        static_cast<limpet::BalancerType>(balancer);
                  });
}

limpet_status limpet_config_set_splitting(limpet_config *config,
                                          uint32_t splitting) {
  return SetEnum(config, splitting, LIMPET_SPLITTING_WEIGHTS_FIRST,
                 &SessionPersistence::splitting);
}

limpet_status limpet_config_set_strip_token(limpet_config *config,
                                            uint32_t on) {
  return SetFlag(config, on, &SessionPersistence::strip_token);
}

limpet_status limpet_config_set_rebalance(limpet_config *config,
                                          uint32_t percent_per_minute,
                                          uint64_t idle_at_least_ms) {
  return SetField(config,
                  percent_per_minute <= 100 && IsDuration(idle_at_least_ms),
                  [&](SessionPersistence &value) {
                    value.rebalance = {percent_per_minute,
                                       limpet::Duration(idle_at_least_ms)};
                  });
}
