// Select and Commit, per store: on a session that is known, on a new one, on a
// token that nobody made. 16 endpoints; one thread and two.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "limpet/limpet.h"

namespace limpet {
namespace {

constexpr int kEndpoints = 16;
constexpr char kSealed[] =
    R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "1h"})";
constexpr char kMap[] =
    R"({"sessionName": "S", "type": "Header", "absoluteTimeout": "1h",
        "store": {"type": "SessionMap", "capacity": 1000000}})";
constexpr char kEnvoy[] =
    R"({"sessionName": "S", "type": "Header", "store": {"type": "EnvoyToken"}})";

constexpr Timestamp kNow = TimestampFromMillis(1'700'000'000'000);

struct Bench {
  explicit Bench(const char* json) {
    std::vector<Endpoint> endpoints;
    for (int i = 0; i < kEndpoints; ++i) {
      endpoints.push_back({.id = "backend-" + std::to_string(i),
                           .address = "10.0.0." + std::to_string(i) + ":3000"});
    }
    set = *EndpointSet::Make(std::move(endpoints));
    policy = *Policy::FromJson(
        json, {.scope = "default/bench/0", .keys = KeyRing::Generate()});
    buffer.resize(policy->MaxFieldSize());
    const Decision first = policy->Select({}, *set, kNow);
    const auto field =
        policy->Commit(first, &(*set)[first.endpoint], kNow, buffer);
    token = std::string(field->value);
  }

  std::shared_ptr<const EndpointSet> set;
  std::unique_ptr<Policy> policy;
  std::string token;
  std::vector<char> buffer;
};

void Requests(benchmark::State& state, const char* json,
              std::string (*value_of)(const std::string& token)) {
  Bench bench(json);
  const std::string value = value_of(bench.token);
  const std::string_view values[] = {value};
  const std::span<const std::string_view> sent(values, value.empty() ? 0 : 1);
  for (auto _ : state) {
    const Decision decision = bench.policy->Select(sent, *bench.set, kNow);
    auto field = bench.policy->Commit(
        decision, &(*bench.set)[decision.endpoint], kNow, bench.buffer);
    benchmark::DoNotOptimize(field);
  }
}

std::string Known(const std::string& token) { return token; }
std::string None(const std::string&) { return ""; }
std::string Forged(const std::string& token) {
  return token.substr(0, token.size() - 1) + (token.back() == 'A' ? 'B' : 'A');
}

BENCHMARK_CAPTURE(Requests, sealed_known, kSealed, Known)->ThreadRange(1, 2);
BENCHMARK_CAPTURE(Requests, sealed_new, kSealed, None);
BENCHMARK_CAPTURE(Requests, sealed_forged, kSealed, Forged);
BENCHMARK_CAPTURE(Requests, map_known, kMap, Known)->ThreadRange(1, 2);
BENCHMARK_CAPTURE(Requests, map_new, kMap, None);
BENCHMARK_CAPTURE(Requests, map_forged, kMap, Forged);
BENCHMARK_CAPTURE(Requests, envoy_known, kEnvoy, Known)->ThreadRange(1, 2);
BENCHMARK_CAPTURE(Requests, envoy_new, kEnvoy, None);

}  // namespace
}  // namespace limpet
