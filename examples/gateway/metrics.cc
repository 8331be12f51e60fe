#include "metrics.h"

#include <array>
#include <cstddef>
#include <map>
#include <string_view>

namespace gateway {
namespace {

std::string Label(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text.push_back('\\');
    text.append(c == '\n' ? "\\n" : std::string(1, c));
  }
  return text;
}

void AppendHead(const char* name, const char* type, const char* help,
                std::string* out) {
  out->append("# HELP ").append(name).append(" ").append(help).append("\n");
  out->append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void AppendRequests(const Configuration& configuration, std::string* out) {
  AppendHead("limpet_requests_total", "counter",
             "Requests by rule and by what became of their session.", out);
  for (const auto& entry : configuration.targets()) {
    const limpet::Counters counters = entry.second->policy().counters();
    for (size_t i = 0; i < limpet::kOutcomeCount; ++i) {
      const auto outcome = static_cast<limpet::Outcome>(i);
      out->append("limpet_requests_total{rule=\"").append(Label(entry.first));
      out->append("\",outcome=\"").append(limpet::OutcomeName(outcome));
      out->append("\"} ").append(std::to_string(counters[outcome]));
      out->append("\n");
    }
  }
}

void AppendSessions(const Configuration& configuration, limpet::Timestamp now,
                    std::string* out) {
  AppendHead("limpet_sessions", "gauge",
             "Live sessions by rule and endpoint, of rules whose store is "
             "SessionMap.",
             out);
  for (const auto& entry : configuration.targets()) {
    const limpet::Policy& policy = entry.second->policy();
    if (policy.sessions() == nullptr) continue;
    const auto endpoints = entry.second->Endpoints();
    std::map<std::string, size_t> live;
    for (const limpet::Endpoint& endpoint : endpoints->endpoints()) {
      live[endpoint.id] = 0;
    }
    policy.sessions()->CountLive(
        policy.timeouts(), now,
        [&](limpet::EndpointHandle handle, size_t count) {
          const uint32_t index = endpoints->Find(handle);
          live[index == limpet::kNoEndpoint ? "" : (*endpoints)[index].id] +=
              count;
        });
    for (const auto& endpoint : live) {
      out->append("limpet_sessions{rule=\"").append(Label(entry.first));
      out->append("\",endpoint=\"").append(Label(endpoint.first));
      out->append("\"} ").append(std::to_string(endpoint.second));
      out->append("\n");
    }
  }
}

void AppendEndpoints(const Configuration& configuration, std::string* out) {
  AppendHead("limpet_endpoints", "gauge", "Endpoints by rule and state.", out);
  for (const auto& entry : configuration.targets()) {
    if (configuration.IsSplit(entry.first)) continue;
    std::array<size_t, 3> states{};
    const auto endpoints = entry.second->Endpoints();
    for (const limpet::Endpoint& endpoint : endpoints->endpoints()) {
      if (!endpoint.address.empty()) {
        ++states[static_cast<size_t>(endpoint.state)];
      }
    }
    for (size_t i = 0; i < states.size(); ++i) {
      const auto state = static_cast<limpet::EndpointState>(i);
      out->append("limpet_endpoints{rule=\"").append(Label(entry.first));
      out->append("\",state=\"").append(limpet::EndpointStateName(state));
      out->append("\"} ").append(std::to_string(states[i])).append("\n");
    }
  }
}

}  // namespace

std::string RenderMetrics(const Configuration& configuration,
                          const ReloadCounters& reloads,
                          limpet::Timestamp now) {
  std::string out;
  AppendRequests(configuration, &out);
  AppendSessions(configuration, now, &out);
  AppendEndpoints(configuration, &out);
  AppendHead("limpet_config_reloads_total", "counter",
             "Times that changed manifests were read.", &out);
  out.append("limpet_config_reloads_total{result=\"ok\"} ");
  out.append(std::to_string(reloads.ok)).append("\n");
  out.append("limpet_config_reloads_total{result=\"refused\"} ");
  out.append(std::to_string(reloads.refused)).append("\n");
  return out;
}

}  // namespace gateway
