// The smallest program that pins a client to an endpoint: limpet from C++.
#include <limpet/limpet.h>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

int main() {
  using std::chrono::seconds;

  // Once: who can serve.
  const auto endpoints =
      limpet::EndpointSet::Make({{.id = "pod-a"}, {.id = "pod-b"}}).value();

  // Once per route rule: the Gateway API's own field, compiled.
  const auto policy = limpet::Policy::FromJson(
      R"({"sessionName": "Session-A", "type": "Header",
          "absoluteTimeout": "10s"})",
      {.scope = "default/backend/0", .keys = limpet::KeyRing::Generate()});
  if (!policy.ok()) {
    std::cerr << "quickstart: " << policy.status().ToString() << "\n";
    return 1;
  }

  // Three requests of one client, which sends back what it was given.
  const limpet::Timestamp start = limpet::TimestampFromMillis(1800000000000);
  std::vector<char> buffer((*policy)->MaxFieldSize());
  std::string token;
  for (const seconds after : {seconds(0), seconds(5), seconds(12)}) {
    std::vector<std::string_view> values;
    if (!token.empty()) values.push_back(token);
    const limpet::Timestamp now = start + after;
    const limpet::Decision decision =
        (*policy)->Select(values, *endpoints, now);
    // ... the host proxies to this endpoint, which answers ...
    const limpet::Endpoint& served = (*endpoints)[decision.endpoint];
    const std::optional<limpet::ResponseField> field =
        (*policy)->Commit(decision, &served, now, buffer);
    if (field) token = field->value;
    std::cout << "after " << after.count() << " s: " << served.id << ", "
              << limpet::OutcomeName(decision.outcome)
              << (field ? ", sends a token" : "") << "\n";
  }
}
