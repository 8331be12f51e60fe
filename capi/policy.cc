// limpet_policy: made once, asked by metrics and timers.
// What is called for every request is in request.cc.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "entry.h"
#include "handles.h"

using limpet::Policy;
using limpet::PolicyOptions;
using limpet::SessionMap;
using limpet::capi::ErrorText;
using limpet::capi::Guard;
using limpet::capi::ToStr;
using limpet::capi::View;

namespace {

limpet_status ReadOptions(const limpet_policy_options *in, ErrorText &err,
                          PolicyOptions *out) {
  if (in == nullptr) return err.Refuse(LIMPET_ERR_NULL, "options");
  limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
  const limpet_status status = limpet::capi::ReadStruct(in, &options);
  if (status != LIMPET_OK) return err.Refuse(status, "options");
  if (options.reserved != 0) {
    return err.Refuse(LIMPET_ERR_UNSUPPORTED, "options.reserved");
  }
  if (!limpet::capi::IsValid(options.scope)) {
    return err.Refuse(LIMPET_ERR_NULL, "options.scope");
  }
  out->scope = View(options.scope);
  if (options.keys != nullptr) out->keys = options.keys->ring;
  if (options.sessions != nullptr) out->sessions = options.sessions->map;
  return LIMPET_OK;
}

// Both ways to make a policy; `make` gets the options.
template <typename Make>
limpet_status NewPolicy(const limpet_policy_options *options,
                        limpet_policy **out, ErrorText &err, Make &&make) {
  if (out == nullptr) return err.Refuse(LIMPET_ERR_NULL, "out");
  PolicyOptions policy_options;
  const limpet_status status = ReadOptions(options, err, &policy_options);
  if (status != LIMPET_OK) return status;
  auto policy = make(std::move(policy_options));
  if (!policy.ok()) return err.Refuse(policy.status());
  *out = new limpet_policy{*std::move(policy)};
  return LIMPET_OK;
}

}  // namespace

limpet_status limpet_policy_options_init(limpet_policy_options *options,
                                         size_t size) {
  return limpet::capi::InitStruct(options, size, LIMPET_POLICY_OPTIONS_INIT);
}

limpet_status limpet_policy_new(const limpet_config *config,
                                const limpet_policy_options *options,
                                limpet_policy **out, char *err,
                                size_t err_cap) {
  if (out != nullptr) *out = nullptr;
  return Guard(err, err_cap, [&](ErrorText &text) -> limpet_status {
    if (config == nullptr) return text.Refuse(LIMPET_ERR_NULL, "config");
    return NewPolicy(options, out, text, [&](PolicyOptions policy_options) {
      return Policy::Make(config->value, std::move(policy_options));
    });
  });
}

limpet_status limpet_policy_new_json(const char *json, size_t json_size,
                                     const limpet_policy_options *options,
                                     limpet_policy **out, char *err,
                                     size_t err_cap) {
  if (out != nullptr) *out = nullptr;
  return Guard(err, err_cap, [&](ErrorText &text) -> limpet_status {
    if (json == nullptr) return text.Refuse(LIMPET_ERR_NULL, "json");
    return NewPolicy(options, out, text, [&](PolicyOptions policy_options) {
      return Policy::FromJson(View(json, json_size), std::move(policy_options));
    });
  });
}

void limpet_policy_free(limpet_policy *policy) { delete policy; }

limpet_str limpet_policy_request_field(const limpet_policy *policy) {
  if (policy == nullptr) return {};
  return ToStr(policy->policy->RequestField());
}

limpet_str limpet_policy_response_field(const limpet_policy *policy) {
  if (policy == nullptr) return {};
  switch (policy->policy->config().type) {
    case limpet::SessionType::kNone:
      return {};
    case limpet::SessionType::kCookie:
      return ToStr("Set-Cookie");
    case limpet::SessionType::kHeader:
      return ToStr(policy->policy->config().name);
  }
  return {};
}

limpet_str limpet_policy_name(const limpet_policy *policy) {
  if (policy == nullptr) return {};
  return ToStr(policy->policy->config().name);
}

limpet_str limpet_policy_scope(const limpet_policy *policy) {
  if (policy == nullptr) return {};
  return ToStr(policy->policy->scope());
}

uint32_t limpet_policy_type(const limpet_policy *policy) {
  if (policy == nullptr) return LIMPET_TYPE_NONE;
  return static_cast<uint32_t>(policy->policy->config().type);
}

uint32_t limpet_policy_strips_token(const limpet_policy *policy) {
  if (policy == nullptr) return 0;
  return policy->policy->config().strip_token ? 1 : 0;
}

size_t limpet_policy_max_field_size(const limpet_policy *policy) {
  return policy == nullptr ? 0 : policy->policy->MaxFieldSize();
}

limpet_status limpet_policy_sessions(const limpet_policy *policy,
                                     limpet_session_map **out) {
  if (out == nullptr) return LIMPET_ERR_NULL;
  *out = nullptr;
  if (policy == nullptr) return LIMPET_ERR_NULL;
  return Guard([&]() -> limpet_status {
    const std::shared_ptr<SessionMap> &map = policy->policy->sessions();
    if (map == nullptr) return LIMPET_ERR_NO_MAP;
    *out = new limpet_session_map{map};
    return LIMPET_OK;
  });
}

limpet_status limpet_policy_prepare(const limpet_policy *policy,
                                    const limpet_endpoint_set *endpoints,
                                    uint64_t now_ms) {
  if (policy == nullptr || endpoints == nullptr) return LIMPET_ERR_NULL;
  policy->policy->Prepare(*endpoints->set, limpet::capi::ToTimestamp(now_ms));
  return LIMPET_OK;
}

limpet_status limpet_policy_sweep(const limpet_policy *policy, uint64_t now_ms,
                                  size_t budget, size_t *freed) {
  if (freed != nullptr) *freed = 0;
  if (policy == nullptr) return LIMPET_ERR_NULL;
  return Guard([&]() -> limpet_status {
    const std::shared_ptr<SessionMap> &map = policy->policy->sessions();
    if (map == nullptr) return LIMPET_ERR_NO_MAP;
    const SessionMap::SweepResult swept = map->Sweep(
        policy->policy->timeouts(), limpet::capi::ToTimestamp(now_ms), budget);
    if (freed != nullptr) *freed = swept.freed;
    return LIMPET_OK;
  });
}

limpet_status limpet_policy_live_sessions(const limpet_policy *policy,
                                          const limpet_endpoint_set *endpoints,
                                          uint64_t now_ms, uint64_t *live,
                                          size_t live_count,
                                          uint64_t *elsewhere) {
  if (policy == nullptr || endpoints == nullptr ||
      (live == nullptr && live_count != 0)) {
    return LIMPET_ERR_NULL;
  }
  if (live_count < endpoints->set->size()) return LIMPET_ERR_BUFFER;
  return Guard([&]() -> limpet_status {
    const std::shared_ptr<SessionMap> &map = policy->policy->sessions();
    if (map == nullptr) return LIMPET_ERR_NO_MAP;
    std::fill_n(live, live_count, uint64_t{0});
    uint64_t others = 0;
    map->CountLive(
        policy->policy->timeouts(), limpet::capi::ToTimestamp(now_ms),
        [&](limpet::EndpointHandle handle, size_t sessions) {
          const uint32_t index = endpoints->set->Find(handle);
          uint64_t &count = index == limpet::kNoEndpoint ? others : live[index];
          count += sessions;
        });
    if (elsewhere != nullptr) *elsewhere = others;
    return LIMPET_OK;
  });
}

limpet_status limpet_policy_counters(const limpet_policy *policy,
                                     uint64_t *values, size_t value_count) {
  if (policy == nullptr || (values == nullptr && value_count != 0)) {
    return LIMPET_ERR_NULL;
  }
  return Guard([&] {
    const limpet::Counters counters = policy->policy->counters();
    const size_t known = std::min(value_count, counters.values.size());
    std::copy_n(counters.values.begin(), known, values);
    std::fill_n(values + known, value_count - known, uint64_t{0});
    return LIMPET_OK;
  });
}
