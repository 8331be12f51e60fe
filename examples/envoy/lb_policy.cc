#include "lb_policy.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "filter.h"
#include "hash_text.h"
#include "keys_file.h"
#include "stream.h"

namespace limpet_envoy {
namespace {

std::atomic<int> policies{0};

// The policies of this worker, by cluster. While a cluster is replaced it has
// two; the last one made counts.
using Policies = std::unordered_map<std::string, std::vector<LbPolicy*>,
                                    HashText, std::equal_to<>>;
thread_local Policies policies_here;
// The one that was found last, which often is what the next request asks for.
thread_local const LbPolicy* last_found = nullptr;

}  // namespace

bool LbPolicyIsUsed() { return policies.load(std::memory_order_relaxed) != 0; }

std::shared_ptr<const Hosts> HostsHere(std::string_view cluster) {
  if (last_found == nullptr || last_found->cluster() != cluster) {
    const auto found = policies_here.find(cluster);
    if (found == policies_here.end() || found->second.empty()) return nullptr;
    last_found = found->second.back();
  }
  return last_found->hosts();
}

LbConfigOfCluster::LbConfigOfCluster(std::string_view json) {
  const LbConfig config = ReadLbConfig(json);
  const KeysFile keys(config.keys_file);
  limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
  constexpr std::string_view kScope = "load balancing policy";
  options.scope = Str(kScope);
  options.keys = keys.keys();
  limpet_policy* policy = nullptr;
  char error[512];
  if (limpet_policy_new(config.balancer.get(), &options, &policy, error,
                        sizeof error) != LIMPET_OK) {
    throw ConfigError(std::string(error));
  }
  policy_.reset(policy);
  weighs_localities_ = config.weighs_localities;
}

LbPolicy::LbPolicy(const LbConfigOfCluster& config, limpet_envoy_lb* lb)
    : config_(config) {
  limpet_envoy_bytes name{};
  envoy_dynamic_module_callback_lb_get_cluster_name(lb, &name);
  cluster_ = View(name);
  Update(lb);
  policies_here[cluster_].push_back(this);
  last_found = nullptr;
  policies.fetch_add(1, std::memory_order_relaxed);
}

LbPolicy::~LbPolicy() {
  const auto mine = policies_here.find(cluster_);
  std::erase(mine->second, this);
  if (mine->second.empty()) policies_here.erase(mine);
  last_found = nullptr;
  policies.fetch_sub(1, std::memory_order_relaxed);
}

uint64_t LbPolicy::Since(const Host& host, uint64_t now_ms) const {
  if (!hosts_) return 0;  // whoever was there at first was there long ago
  const uint32_t index = hosts_->Find(host.address);
  if (index == LIMPET_NO_ENDPOINT) return now_ms;
  const Host& before = (*hosts_)[index];
  return before.id == host.id && before.state == host.state ? before.since_ms
                                                            : now_ms;
}

void LbPolicy::Update(limpet_envoy_lb* lb) noexcept {
  try {
    const uint64_t now_ms = NowMs();
    LbHosts found = ReadLbHosts(lb, config_.weighs_localities());
    for (Host& host : found.hosts) host.since_ms = Since(host, now_ms);
    auto made = std::make_shared<const Hosts>(std::move(found.hosts));
    limpet_policy_prepare(config_.policy(), made->set(), now_ms);
    hosts_ = std::move(made);
    places_ = std::move(found.places);
    healthy_counts_ = std::move(found.healthy_counts);
  } catch (...) {
  }
}

bool LbPolicy::IsUpToDate(limpet_envoy_lb* lb) const {
  for (uint32_t priority = 0; priority < healthy_counts_.size(); ++priority) {
    if (envoy_dynamic_module_callback_lb_get_healthy_hosts_count(
            lb, priority) != healthy_counts_[priority]) {
      return false;
    }
  }
  return hosts_ != nullptr;
}

bool LbPolicy::Choose(limpet_envoy_lb* lb, limpet_envoy_lb_request* context,
                      uint32_t* priority, uint32_t* index) {
  if (!IsUpToDate(lb)) Update(lb);
  if (!hosts_) return false;
  struct Counting {
    limpet_envoy_lb* lb;
    const LbPolicy* self;
  } const counting{lb, this};
  limpet_request request = LIMPET_REQUEST_INIT;
  request.active.user = &counting;
  request.active.count = [](const void* user, uint32_t endpoint) {
    const auto* c = static_cast<const Counting*>(user);
    const LbPlace& place = c->self->places_[endpoint];
    return static_cast<uint32_t>(std::min<uint64_t>(
        UINT32_MAX,
        envoy_dynamic_module_callback_lb_get_host_stat(
            c->lb, place.priority, place.index, LIMPET_ENVOY_REQUESTS_ACTIVE)));
  };
  uint64_t hash = 0;
  std::array<char, sizeof hash> key;
  if (context != nullptr &&
      envoy_dynamic_module_callback_lb_context_compute_hash_key(context,
                                                                &hash)) {
    // Envoy's hash policies have put the request into one number.
    request.flags |= LIMPET_REQUEST_HAS_HASH;
    request.hash = hash;
    std::memcpy(key.data(), &hash, sizeof hash);
    request.hash_key = {key.data(), key.size()};
  }
  std::array<uint32_t, 16> tried;
  request.tried = tried.data();
  const uint32_t retries =
      context == nullptr
          ? 0
          : envoy_dynamic_module_callback_lb_context_get_host_selection_retry_count(
                context);
  const LbPlace* place = nullptr;
  while (request.tried_count < tried.size()) {
    limpet_decision decision;
    if (limpet_select(config_.policy(), hosts_->set(), &request, NowMs(),
                      &decision) != LIMPET_OK ||
        decision.endpoint == LIMPET_NO_ENDPOINT) {
      break;
    }
    const LbPlace& chosen = places_[decision.endpoint];
    tried[request.tried_count++] = decision.endpoint;
    if (chosen.healthy_index == UINT32_MAX) continue;
    place = &chosen;
    if (context == nullptr || request.tried_count > retries ||
        !envoy_dynamic_module_callback_lb_context_should_select_another_host(
            lb, context, chosen.priority, chosen.index)) {
      break;
    }
  }
  if (place == nullptr) return false;
  *priority = place->priority;
  *index = place->healthy_index;
  return true;
}

}  // namespace limpet_envoy
