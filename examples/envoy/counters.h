// Counters: what Envoy's /stats tells of a filter: one counter for each
// outcome, and of what went wrong. Names begin with limpet_; without labels, as
// these cost a lookup for every request.
//
// Thread rule: made on the main thread; incremented by any worker.
#ifndef LIMPET_EXAMPLES_ENVOY_COUNTERS_H_
#define LIMPET_EXAMPLES_ENVOY_COUNTERS_H_

#include <limpet.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "abi.h"
#include "stream.h"

namespace limpet_envoy {

class Counters {
 public:
  explicit Counters(limpet_envoy_config* config) {
    for (uint32_t i = 0; i < LIMPET_OUTCOME_COUNT; ++i) {
      outcomes_[i] = Define(
          config, std::string("limpet_outcome_") + limpet_outcome_name(i));
    }
    config_errors_ = Define(config, "limpet_config_error");
    keys_errors_ = Define(config, "limpet_keys_error");
    unsealed_ = Define(config, "limpet_unsealed");
    const std::string_view gauge = "limpet_live_sessions";
    envoy_dynamic_module_callback_http_filter_config_define_gauge(
        config, Bytes(gauge), nullptr, 0, &live_sessions_);
  }

  void Count(const Stream& stream, uint32_t outcome) const {
    if (outcome < outcomes_.size()) Increment(stream, outcomes_[outcome]);
  }
  // A request passed a filter whose configuration is unusable, if only for its
  // scope.
  void CountConfigError(const Stream& stream) const {
    Increment(stream, config_errors_);
  }
  // The keys file was changed to one that is of no use.
  void CountKeysError(const Stream& stream) const {
    Increment(stream, keys_errors_);
  }
  // The filter seal found nothing to seal: there is no stateful_session behind
  // it, or none for this request.
  void CountUnsealed(const Stream& stream) const {
    Increment(stream, unsealed_);
  }
  void SetLiveSessions(const Stream& stream, uint64_t sessions) const {
    envoy_dynamic_module_callback_http_filter_set_gauge(
        stream.get(), live_sessions_, nullptr, 0, sessions);
  }

 private:
  static size_t Define(limpet_envoy_config* config, std::string_view name) {
    size_t id = 0;
    envoy_dynamic_module_callback_http_filter_config_define_counter(
        config, Bytes(name), nullptr, 0, &id);
    return id;
  }
  static void Increment(const Stream& stream, size_t id) {
    envoy_dynamic_module_callback_http_filter_increment_counter(
        stream.get(), id, nullptr, 0, 1);
  }

  std::array<size_t, LIMPET_OUTCOME_COUNT> outcomes_{};
  size_t config_errors_ = 0;
  size_t keys_errors_ = 0;
  size_t unsealed_ = 0;
  size_t live_sessions_ = 0;
};

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_COUNTERS_H_
