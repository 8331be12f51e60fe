#include "policy_bench_proxy.h"

namespace limpet::bench {
namespace {

limpet_str Str(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

CApi::CApi(const ProxyOptions& options, RandomSource*) {
  std::vector<std::string> texts;
  std::vector<limpet_endpoint> endpoints(options.endpoints);
  for (uint32_t i = 0; i < options.endpoints; ++i) {
    texts.push_back(EndpointId(i));
    texts.push_back(EndpointAddress(i));
  }
  for (uint32_t i = 0; i < options.endpoints; ++i) {
    endpoints[i] = LIMPET_ENDPOINT_INIT;
    endpoints[i].id = Str(texts[size_t{2} * i]);
    endpoints[i].address = Str(texts[size_t{2} * i + 1]);
  }
  limpet_keys* keys = nullptr;
  limpet_policy_options policy_options = LIMPET_POLICY_OPTIONS_INIT;
  policy_options.scope = Str(kScope);
  Require(limpet_endpoint_set_new(endpoints.data(), endpoints.size(), nullptr,
                                  0, &endpoints_, nullptr, 0) == LIMPET_OK &&
              limpet_keys_new_random(&keys) == LIMPET_OK,
          "no endpoint set, no keys");
  policy_options.keys = keys;
  Require(limpet_policy_new_json(options.json.data(), options.json.size(),
                                 &policy_options, &policy_, nullptr,
                                 0) == LIMPET_OK,
          "no policy");
  limpet_keys_free(keys);
  buffer_.resize(limpet_policy_max_field_size(policy_));
}

CApi::~CApi() {
  limpet_policy_free(policy_);
  limpet_endpoint_set_free(endpoints_);
}

uint64_t CApi::Kept() const {
  uint64_t values[LIMPET_OUTCOME_COUNT];
  limpet_policy_counters(policy_, values, LIMPET_OUTCOME_COUNT);
  return values[LIMPET_OUTCOME_KEPT];
}

}  // namespace limpet::bench
