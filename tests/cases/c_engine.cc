// The cases through the C ABI: nothing of limpet but limpet.h.
#include <limpet.h>

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine.h"

namespace limpet_cases {
namespace {

struct Free {
  void operator()(limpet_policy* policy) const { limpet_policy_free(policy); }
  void operator()(limpet_endpoint_set* endpoints) const {
    limpet_endpoint_set_free(endpoints);
  }
  void operator()(limpet_session_map* sessions) const {
    limpet_session_map_free(sessions);
  }
  void operator()(limpet_keys* keys) const { limpet_keys_free(keys); }
};

void Must(limpet_status status, const char* text = "") {
  if (status != LIMPET_OK) {
    throw std::runtime_error(std::string(limpet_status_name(status)) + ": " +
                             text);
  }
}

limpet_str Str(std::string_view text) { return {text.data(), text.size()}; }

uint32_t State(const std::string& name) {
  if (name == "ready") return LIMPET_ENDPOINT_READY;
  if (name == "draining") return LIMPET_ENDPOINT_DRAINING;
  if (name == "unavailable") return LIMPET_ENDPOINT_UNAVAILABLE;
  throw std::runtime_error("no such state: " + name);
}

class CEngine final : public Engine {
 public:
  void SetPolicy(const std::string& json, const std::string& scope,
                 const std::string& keys, bool same_scope) override {
    char err[512];
    limpet_keys* ring = nullptr;
    Must(limpet_keys_new(keys.data(), keys.size(), &ring, err, sizeof err),
         err);
    const std::unique_ptr<limpet_keys, Free> own_keys(ring);
    limpet_session_map* sessions = nullptr;
    if (same_scope && policy_) {
      const limpet_status status =
          limpet_policy_sessions(policy_.get(), &sessions);
      if (status != LIMPET_ERR_NO_MAP) Must(status);
    }
    const std::unique_ptr<limpet_session_map, Free> own_sessions(sessions);
    limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
    options.scope = Str(scope);
    options.keys = ring;
    options.sessions = sessions;
    limpet_policy* policy = nullptr;
    Must(limpet_policy_new_json(json.data(), json.size(), &options, &policy,
                                err, sizeof err),
         err);
    policy_.reset(policy);
    buffer_.resize(limpet_policy_max_field_size(policy));
  }

  void SetEndpoints(const std::vector<Endpoint>& endpoints,
                    const std::vector<Backend>& backends) override {
    std::vector<limpet_endpoint> endpoint_list;
    endpoint_list.reserve(endpoints.size());
    for (const Endpoint& endpoint : endpoints) {
      limpet_endpoint item = LIMPET_ENDPOINT_INIT;
      item.id = Str(endpoint.id);
      item.address = Str(endpoint.address);
      item.backend = Str(endpoint.backend);
      item.weight = endpoint.weight;
      item.state = State(endpoint.state);
      item.since_ms = endpoint.since_ms;
      item.drain_deadline_ms = endpoint.drain_deadline_ms;
      endpoint_list.push_back(item);
    }
    std::vector<limpet_backend> backend_list;
    backend_list.reserve(backends.size());
    for (const Backend& backend : backends) {
      limpet_backend item = LIMPET_BACKEND_INIT;
      item.name = Str(backend.name);
      item.weight = backend.weight;
      backend_list.push_back(item);
    }
    char err[512];
    limpet_endpoint_set* set = nullptr;
    Must(limpet_endpoint_set_new(endpoint_list.data(), endpoint_list.size(),
                                 backend_list.data(), backend_list.size(), &set,
                                 err, sizeof err),
         err);
    endpoints_.reset(set);
  }

  Decision Select(const std::vector<std::string>& values,
                  const std::vector<uint32_t>& tried,
                  uint64_t now_ms) override {
    std::vector<limpet_str> views;
    views.reserve(values.size());
    for (const std::string& value : values) views.push_back(Str(value));
    limpet_request request = LIMPET_REQUEST_INIT;
    request.values = views.data();
    request.value_count = views.size();
    request.tried = tried.data();
    request.tried_count = tried.size();
    Must(limpet_select(policy_.get(), endpoints_.get(), &request, now_ms,
                       &decision_));
    Decision decision;
    if (decision_.endpoint != LIMPET_NO_ENDPOINT) {
      decision.endpoint = decision_.endpoint;
    }
    decision.status = decision_.status;
    decision.outcome = limpet_outcome_name(decision_.outcome);
    return decision;
  }

  Response Commit(std::optional<uint32_t> served, uint64_t now_ms) override {
    limpet_field field;
    Must(limpet_commit(policy_.get(), endpoints_.get(), &decision_,
                       served.value_or(LIMPET_NO_ENDPOINT), now_ms,
                       buffer_.data(), buffer_.size(), &field));
    Response response;
    response.outcome = limpet_outcome_name(field.outcome);
    response.field_name.assign(field.name.data, field.name.size);
    response.field_value.assign(field.value.data, field.value.size);
    return response;
  }

  Drain PollDrain(const std::string& id, std::optional<uint32_t> index,
                  uint64_t now_ms) override {
    static const char* const kStates[] = {"serving", "draining", "drained"};
    limpet_drain_progress fresh = LIMPET_DRAIN_PROGRESS_INIT;
    limpet_drain_progress& progress = drains_.emplace(id, fresh).first->second;
    Must(limpet_policy_poll_drain(policy_.get(), endpoints_.get(),
                                  index.value_or(LIMPET_NO_ENDPOINT), now_ms,
                                  &progress));
    Drain drain;
    drain.state = kStates[progress.state];
    if (progress.live_sessions != LIMPET_UNKNOWN) {
      drain.live_sessions = progress.live_sessions;
    }
    if (progress.done_by_ms != LIMPET_UNKNOWN) {
      drain.done_by_ms = progress.done_by_ms;
    }
    return drain;
  }

 private:
  std::unique_ptr<limpet_policy, Free> policy_;
  std::unique_ptr<limpet_endpoint_set, Free> endpoints_;
  limpet_decision decision_ = {};
  std::map<std::string, limpet_drain_progress> drains_;
  std::vector<char> buffer_;
};

}  // namespace

std::unique_ptr<Engine> MakeEngine() { return std::make_unique<CEngine>(); }

}  // namespace limpet_cases
