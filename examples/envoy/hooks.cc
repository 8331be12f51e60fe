// The hooks that Envoy finds by name: all that the module exports. No exception
// gets out of them; a filter that failed lets the request pass.
#include <atomic>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "abi.h"
#include "config.h"
#include "filter.h"
#include "lb_policy.h"
#include "rules.h"
#include "stream.h"

namespace {

using namespace limpet_envoy;

FilterKind KindOf(limpet_envoy_bytes name) {
  if (View(name) == "own") return FilterKind::kOwn;
  if (View(name) == "seal") return FilterKind::kSeal;
  throw ConfigError("filter_name", "must be own or seal");
}

// The rules of a configuration, or null where traffic is to pass without.
// Throws where it is to be refused.
std::shared_ptr<Rules> MakeRules(FilterKind kind, limpet_envoy_bytes json) {
  bool passes_through = false;
  try {
    return Rules::Of(kind, View(json), &passes_through);
  } catch (const std::exception& error) {
    if (!passes_through) throw;
    Log(LIMPET_ENVOY_LOG_ERROR,
        std::string("traffic passes without sessions: ") + error.what());
    return nullptr;
  }
}

// Runs what makes an object for Envoy; null: it was refused, and the log says
// why.
template <typename Make>
auto Made(Make&& make) noexcept -> decltype(make().release()) {
  try {
    return make().release();
  } catch (const std::exception& error) {
    Log(LIMPET_ENVOY_LOG_ERROR, error.what());
  } catch (...) {
  }
  return nullptr;
}

// Runs the body of a hook of a stream.
template <typename Body>
void Guard(Body&& body) noexcept {
  try {
    body();
  } catch (...) {
    // No memory: the request goes on without a session.
  }
}

}  // namespace

#define LIMPET_ENVOY_HOOK extern "C" __attribute__((visibility("default")))

// Whichever is named, Envoy 1.38 to 1.40 load the module.
LIMPET_ENVOY_HOOK const char* envoy_dynamic_module_on_program_init() {
  return "v0.1.0";
}

// ---- Filters ----------------------------------------------------------------

LIMPET_ENVOY_HOOK const void* envoy_dynamic_module_on_http_filter_config_new(
    limpet_envoy_config* config, limpet_envoy_bytes name,
    limpet_envoy_bytes json) {
  return Made([&] {
    auto made = std::make_unique<FilterConfig>(config, KindOf(name));
    made->rules = MakeRules(made->kind, json);
    return made;
  });
}

LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_http_filter_config_destroy(
    const void* config) {
  delete static_cast<const FilterConfig*>(config);
}

LIMPET_ENVOY_HOOK const void*
envoy_dynamic_module_on_http_filter_per_route_config_new(
    limpet_envoy_bytes name, limpet_envoy_bytes json) {
  const void* made = Made([&] {
    const FilterKind kind = KindOf(name);
    return std::make_unique<RouteConfig>(
        RouteConfig{.kind = kind, .rules = MakeRules(kind, json)});
  });
  if (made != nullptr) route_configs.fetch_add(1, std::memory_order_relaxed);
  return made;
}

LIMPET_ENVOY_HOOK void
envoy_dynamic_module_on_http_filter_per_route_config_destroy(
    const void* config) {
  delete static_cast<const RouteConfig*>(config);
  route_configs.fetch_sub(1, std::memory_order_relaxed);
}

LIMPET_ENVOY_HOOK void* envoy_dynamic_module_on_http_filter_new(
    const void* config, limpet_envoy_stream*) {
  return Made([&] {
    const auto& made = *static_cast<const FilterConfig*>(config);
    return made.kind == FilterKind::kOwn ? MakeOwnFilter(made)
                                         : MakeSealFilter(made);
  });
}

LIMPET_ENVOY_HOOK limpet_envoy_status
envoy_dynamic_module_on_http_filter_request_headers(limpet_envoy_stream* stream,
                                                    void* filter, bool) {
  limpet_envoy_status status = LIMPET_ENVOY_CONTINUE;
  Guard([&] {
    status = static_cast<Filter*>(filter)->OnRequest(Stream(stream));
  });
  return status;
}

LIMPET_ENVOY_HOOK limpet_envoy_status
envoy_dynamic_module_on_http_filter_response_headers(
    limpet_envoy_stream* stream, void* filter, bool) {
  Guard([&] { static_cast<Filter*>(filter)->OnResponse(Stream(stream)); });
  return LIMPET_ENVOY_CONTINUE;
}

// 0: Envoy sends its answer.
LIMPET_ENVOY_HOOK int envoy_dynamic_module_on_http_filter_local_reply(
    limpet_envoy_stream*, void* filter, uint32_t status,
    limpet_envoy_bytes details, bool) {
  Guard([&] {
    static_cast<Filter*>(filter)->OnLocalReply(status, View(details));
  });
  return 0;
}

LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_http_filter_stream_complete(
    limpet_envoy_stream* stream, void* filter) {
  Guard([&] { static_cast<Filter*>(filter)->OnEnd(Stream(stream)); });
}

LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_http_filter_destroy(
    void* filter) {
  delete static_cast<Filter*>(filter);
}

// What Envoy requires of a module, and limpet has no use for.

LIMPET_ENVOY_HOOK limpet_envoy_status
envoy_dynamic_module_on_http_filter_request_body(limpet_envoy_stream*, void*,
                                                 bool) {
  return LIMPET_ENVOY_CONTINUE;
}
LIMPET_ENVOY_HOOK limpet_envoy_status
envoy_dynamic_module_on_http_filter_request_trailers(limpet_envoy_stream*,
                                                     void*) {
  return LIMPET_ENVOY_CONTINUE;
}
LIMPET_ENVOY_HOOK limpet_envoy_status
envoy_dynamic_module_on_http_filter_response_body(limpet_envoy_stream*, void*,
                                                  bool) {
  return LIMPET_ENVOY_CONTINUE;
}
LIMPET_ENVOY_HOOK limpet_envoy_status
envoy_dynamic_module_on_http_filter_response_trailers(limpet_envoy_stream*,
                                                      void*) {
  return LIMPET_ENVOY_CONTINUE;
}
LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_http_filter_http_callout_done(
    limpet_envoy_stream*, void*, uint64_t, int, void*, size_t, void*, size_t) {}
LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_http_filter_http_stream_headers(
    limpet_envoy_stream*, void*, uint64_t, void*, size_t, bool) {}
LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_http_filter_http_stream_data(
    limpet_envoy_stream*, void*, uint64_t, const void*, size_t, bool) {}
LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_http_filter_http_stream_trailers(
    limpet_envoy_stream*, void*, uint64_t, void*, size_t) {}
LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_http_filter_http_stream_complete(
    limpet_envoy_stream*, void*, uint64_t) {}
LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_http_filter_http_stream_reset(
    limpet_envoy_stream*, void*, uint64_t, int) {}
LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_http_filter_scheduled(
    limpet_envoy_stream*, void*, uint64_t) {}
LIMPET_ENVOY_HOOK void
envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark(
    limpet_envoy_stream*, void*) {}
LIMPET_ENVOY_HOOK void
envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark(
    limpet_envoy_stream*, void*) {}
LIMPET_ENVOY_HOOK void
envoy_dynamic_module_on_http_filter_config_http_callout_done(
    limpet_envoy_config*, const void*, uint64_t, int, void*, size_t, void*,
    size_t) {}
LIMPET_ENVOY_HOOK void
envoy_dynamic_module_on_http_filter_config_http_stream_headers(
    limpet_envoy_config*, const void*, uint64_t, void*, size_t, bool) {}
LIMPET_ENVOY_HOOK void
envoy_dynamic_module_on_http_filter_config_http_stream_data(
    limpet_envoy_config*, const void*, uint64_t, const void*, size_t, bool) {}
LIMPET_ENVOY_HOOK void
envoy_dynamic_module_on_http_filter_config_http_stream_trailers(
    limpet_envoy_config*, const void*, uint64_t, void*, size_t) {}
LIMPET_ENVOY_HOOK void
envoy_dynamic_module_on_http_filter_config_http_stream_complete(
    limpet_envoy_config*, const void*, uint64_t) {}
LIMPET_ENVOY_HOOK void
envoy_dynamic_module_on_http_filter_config_http_stream_reset(
    limpet_envoy_config*, const void*, uint64_t, int) {}

// ---- Load balancing policy --------------------------------------------------

LIMPET_ENVOY_HOOK const void* envoy_dynamic_module_on_lb_config_new(
    limpet_envoy_lb_config*, limpet_envoy_bytes name, limpet_envoy_bytes json) {
  return Made([&] {
    if (View(name) != "limpet") {
      throw ConfigError("lb_policy_name", "must be limpet");
    }
    return std::make_unique<LbConfigOfCluster>(View(json));
  });
}

LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_lb_config_destroy(
    const void* config) {
  delete static_cast<const LbConfigOfCluster*>(config);
}

LIMPET_ENVOY_HOOK void* envoy_dynamic_module_on_lb_new(const void* config,
                                                       limpet_envoy_lb* lb) {
  return Made([&] {
    return std::make_unique<LbPolicy>(
        *static_cast<const LbConfigOfCluster*>(config), lb);
  });
}

LIMPET_ENVOY_HOOK bool envoy_dynamic_module_on_lb_choose_host(
    limpet_envoy_lb* lb, void* policy, limpet_envoy_lb_request* request,
    uint32_t* priority, uint32_t* index) {
  bool is_chosen = false;
  Guard([&] {
    is_chosen =
        static_cast<LbPolicy*>(policy)->Choose(lb, request, priority, index);
  });
  return is_chosen;
}

LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_lb_on_host_membership_update(
    limpet_envoy_lb* lb, void* policy, size_t, size_t) {
  Guard([&] { static_cast<LbPolicy*>(policy)->Update(lb); });
}

LIMPET_ENVOY_HOOK void envoy_dynamic_module_on_lb_destroy(void* policy) {
  delete static_cast<LbPolicy*>(policy);
}
