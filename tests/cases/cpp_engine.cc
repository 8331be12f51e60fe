// The cases through the C++ API.
#include <limpet/limpet.h>

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine.h"

namespace limpet_cases {
namespace {

template <typename T>
T Must(limpet::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().ToString());
  return *std::move(result);
}

limpet::EndpointState State(const std::string& name) {
  if (name == "ready") return limpet::EndpointState::kReady;
  if (name == "draining") return limpet::EndpointState::kDraining;
  if (name == "unavailable") return limpet::EndpointState::kUnavailable;
  throw std::runtime_error("no such state: " + name);
}

class CppEngine final : public Engine {
 public:
  void SetPolicy(const std::string& json, const std::string& scope,
                 const std::string& keys, bool same_scope) override {
    limpet::PolicyOptions options;
    options.scope = scope;
    options.keys = Must(limpet::KeyRing::FromText(keys));
    if (same_scope && policy_) options.sessions = policy_->sessions();
    policy_ = Must(limpet::Policy::FromJson(json, std::move(options)));
    buffer_.resize(policy_->MaxFieldSize());
  }

  void SetEndpoints(const std::vector<Endpoint>& endpoints,
                    const std::vector<Backend>& backends) override {
    std::vector<limpet::Endpoint> endpoint_list;
    endpoint_list.reserve(endpoints.size());
    for (const Endpoint& endpoint : endpoints) {
      endpoint_list.push_back(
          {.id = endpoint.id,
           .address = endpoint.address,
           .backend = endpoint.backend,
           .weight = endpoint.weight,
           .state = State(endpoint.state),
           .since = At(endpoint.since_ms),
           .drain_deadline = At(endpoint.drain_deadline_ms)});
    }
    std::vector<limpet::Backend> backend_list;
    backend_list.reserve(backends.size());
    for (const Backend& backend : backends) {
      backend_list.push_back({.name = backend.name, .weight = backend.weight});
    }
    endpoints_ = Must(limpet::EndpointSet::Make(std::move(endpoint_list),
                                                std::move(backend_list)));
  }

  Decision Select(const std::vector<std::string>& values,
                  const std::vector<uint32_t>& tried,
                  uint64_t now_ms) override {
    const std::vector<std::string_view> views(values.begin(), values.end());
    limpet::SelectOptions options;
    options.tried = tried;
    decision_ = policy_->Select(views, *endpoints_, At(now_ms), options);
    Decision decision;
    if (decision_.endpoint != limpet::kNoEndpoint) {
      decision.endpoint = decision_.endpoint;
    }
    decision.status = decision_.status;
    decision.outcome = limpet::OutcomeName(decision_.outcome);
    return decision;
  }

  Response Commit(std::optional<uint32_t> served, uint64_t now_ms) override {
    limpet::Outcome outcome;
    const std::optional<limpet::ResponseField> field =
        policy_->Commit(decision_, served ? &(*endpoints_)[*served] : nullptr,
                        At(now_ms), buffer_, &outcome);
    Response response;
    response.outcome = limpet::OutcomeName(outcome);
    if (field) {
      response.field_name = field->name;
      response.field_value = field->value;
    }
    return response;
  }

  Drain PollDrain(const std::string& id, std::optional<uint32_t> index,
                  uint64_t now_ms) override {
    limpet::DrainProgress& progress = drains_[id];
    const limpet::DrainState state =
        policy_->PollDrain(*endpoints_, index.value_or(limpet::kNoEndpoint),
                           At(now_ms), &progress);
    if (state != progress.state) throw std::runtime_error("two drain states");
    Drain drain;
    drain.state = limpet::DrainStateName(state);
    drain.live_sessions = progress.live_sessions;
    if (progress.done_by) {
      drain.done_by_ms =
          static_cast<uint64_t>(limpet::ToMillis(*progress.done_by));
    }
    return drain;
  }

 private:
  static limpet::Timestamp At(uint64_t now_ms) {
    return limpet::TimestampFromMillis(static_cast<int64_t>(now_ms));
  }

  std::unique_ptr<limpet::Policy> policy_;
  std::shared_ptr<const limpet::EndpointSet> endpoints_;
  limpet::Decision decision_;
  std::map<std::string, limpet::DrainProgress> drains_;
  std::vector<char> buffer_;
};

}  // namespace

std::unique_ptr<Engine> MakeEngine() { return std::make_unique<CppEngine>(); }

}  // namespace limpet_cases
