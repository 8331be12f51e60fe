#include "filter.h"

#include <ctime>
#include <utility>

namespace limpet_envoy {

std::atomic<int> route_configs{0};

void Log(limpet_envoy_log_level level, std::string_view message) {
  const std::string text = "limpet: " + std::string(message);
  envoy_dynamic_module_callback_log(level, Bytes(text));
}

uint64_t NowMs() {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 +
         static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

std::shared_ptr<const Rule> Filter::FindRule(const Stream& stream) {
  rules_ = config_.rules.get();
  if (route_configs.load(std::memory_order_relaxed) != 0) {
    const auto* route = static_cast<const RouteConfig*>(stream.RouteConfig());
    if (route != nullptr && route->kind == kind_) {
      of_route_ = route->rules;
      rules_ = of_route_.get();
    }
  }
  if (rules_ == nullptr) {
    config_.counters.CountConfigError(stream);
    return nullptr;
  }
  Tick(stream);
  const std::string_view scope = Scope(stream);
  if (scope.empty()) return nullptr;
  std::shared_ptr<const Rule> rule = rules_->Find(scope, now_ms_);
  if (!rule) config_.counters.CountConfigError(stream);
  return rule;
}

std::string_view Filter::Scope(const Stream& stream) {
  switch (settings().scope_from) {
    case ScopeFrom::kText:
      return settings().scope;
    case ScopeFrom::kRoute: {
      const std::string_view route = stream.Attribute(LIMPET_ENVOY_ROUTE_NAME);
      if (!route.empty()) return route;
      break;  // routes need no name
    }
    case ScopeFrom::kCluster:
      break;
  }
  return ScopeOfCluster(Cluster(stream));
}

void Filter::Tick(const Stream& stream) {
  const Rules::Second second = rules_->Tick(now_ms_);
  if (!second.is_new) return;
  if (second.keys_failed) {
    Log(LIMPET_ENVOY_LOG_ERROR, second.error);
    config_.counters.CountKeysError(stream);
  }
  if (second.has_sessions) {
    config_.counters.SetLiveSessions(stream, second.sessions);
  }
}

limpet_envoy_status Filter::OnRequest(const Stream& stream) {
  now_ms_ = NowMs();
  try {
    rule_ = FindRule(stream);
    if (rule_) {
      return Request(stream) ? LIMPET_ENVOY_CONTINUE
                             : LIMPET_ENVOY_STOP_ITERATION;
    }
  } catch (...) {
    rule_ = nullptr;  // no memory: the request goes on without a session
  }
  if (rules_ != nullptr) RequestWithoutRule(stream, rules_->any());
  return LIMPET_ENVOY_CONTINUE;
}

void Filter::OnResponse(const Stream& stream) {
  if (!rule_ || is_done_) return;
  now_ms_ = NowMs();
  if (is_refused_) {
    // Of who was asked last, which need not be who was asked for.
    rules_->failed().Add(stream.Attribute(LIMPET_ENVOY_UPSTREAM_ADDRESS),
                         now_ms_);
  }
  Response(stream, is_local_reply_
                       ? std::string_view()
                       : stream.Attribute(LIMPET_ENVOY_UPSTREAM_ADDRESS));
}

void Filter::OnLocalReply(uint32_t status, std::string_view details) {
  is_local_reply_ = true;
  const auto says = [&](std::string_view reason) {
    return details.find(reason) != std::string_view::npos;
  };
  is_refused_ = says("connection_failure") || says("connection_timeout");
  is_unavailable_ = status == 503 &&
                    (is_refused_ || details.starts_with("no_healthy_upstream"));
}

void Filter::OnEnd(const Stream& stream) {
  if (!rule_ || is_done_) return;
  is_local_reply_ = true;
  OnResponse(stream);
}

Filter::Buffer Filter::FieldBuffer() const {
  thread_local std::vector<char> buffer;
  if (buffer.size() < rule_->max_field_size) {
    buffer.resize(rule_->max_field_size);
  }
  return {buffer.data(), buffer.size()};
}

void Filter::Finish(const Stream& stream, const limpet_field& field) {
  if (field.value.size != 0) {
    if (rule_->is_cookie) {
      stream.Append(LIMPET_ENVOY_RESPONSE_HEADERS, rule_->sends,
                    View(field.value));
    } else {
      // As Envoy does: an endpoint's own field of that name is not limpet's.
      stream.Replace(LIMPET_ENVOY_RESPONSE_HEADERS, rule_->sends,
                     View(field.value));
    }
  }
  FinishSent(stream, field.outcome);
}

void Filter::FinishSent(const Stream& stream, uint32_t outcome) {
  if (outcome == LIMPET_OUTCOME_REJECTED && !is_unavailable_) {
    // A strict session, and Envoy answered for another reason.
    outcome = LIMPET_OUTCOME_UNSERVED;
  }
  FinishWith(stream, outcome);
}

void Filter::FinishWith(const Stream& stream, uint32_t outcome) {
  is_done_ = true;
  config_.counters.Count(stream, outcome);
  if (!settings().outcome_metadata.empty()) {
    stream.SetMetadata(settings().outcome_metadata, "outcome",
                       limpet_outcome_name(outcome));
  }
}

}  // namespace limpet_envoy
