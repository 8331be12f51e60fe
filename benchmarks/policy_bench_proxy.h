// A proxy with one policy, seen through C++ or through the C ABI: an endpoint
// set, the policy, and the field values of the sessions that were begun there.
// Their places in a map are random anyway; the values lie in the order in which
// they are sent, as a proxy has just read the request.
//
// Thread rule: one thread.
//
//   Proxy<CppApi> proxy({.json = kMap, .endpoints = 10, .sessions = 100'000});
//   proxy.Known(1000);  // requests of the next 1000 sessions
//   proxy.New(1000);    // requests without a token
#ifndef LIMPET_BENCHMARKS_POLICY_BENCH_PROXY_H_
#define LIMPET_BENCHMARKS_POLICY_BENCH_PROXY_H_

#include <benchmark/benchmark.h>
#include <limpet.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "limpet/limpet.h"
#include "session_map_bench_keys.h"
#include "session_map_bench_side.h"

namespace limpet::bench {

inline constexpr std::string_view kScope = "default/bench/0";

struct ProxyOptions {
  std::string json;
  uint32_t endpoints = 10;
  uint32_t sessions = 0;  // that are known
  bool cookie = false;
};

inline std::string EndpointId(uint32_t i) {
  return "backend-" + std::to_string(i);
}

// All of one size.
inline std::string EndpointAddress(uint32_t i) {
  const auto octet = [](uint32_t n) { return std::to_string(100 + n % 100); };
  return "10." + octet(i / 10'000) + "." + octet(i / 100) + "." + octet(i) +
         ":3000";
}

inline void Require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "policy_bench: %s\n", what);
  std::abort();
}

// Quick ids and nonces, so that ten million sessions begin within seconds.
class QuickRandom final : public RandomSource {
 public:
  void Fill(std::span<std::byte> out) noexcept override {
    for (std::byte& b : out) b = static_cast<std::byte>(random_.Next() >> 56);
  }

 private:
  Random random_{1};
};

class CppApi {
 public:
  explicit CppApi(const ProxyOptions& options, RandomSource* random = nullptr) {
    std::vector<Endpoint> endpoints;
    for (uint32_t i = 0; i < options.endpoints; ++i) {
      endpoints.push_back({.id = EndpointId(i), .address = EndpointAddress(i)});
    }
    endpoints_ = EndpointSet::Make(std::move(endpoints)).value();
    policy_ = Policy::FromJson(options.json, {.scope = std::string(kScope),
                                              .keys = KeyRing::Generate(),
                                              .random = random})
                  .value();
    buffer_.resize(policy_->MaxFieldSize());
  }

  // The value of the field for the client; empty: none.
  std::string_view Request(std::span<const std::string_view> values,
                           int64_t now_ms) {
    const Timestamp now = TimestampFromMillis(now_ms);
    const Decision decision = policy_->Select(values, *endpoints_, now);
    const auto field =
        policy_->Commit(decision, *endpoints_, decision.endpoint, now, buffer_);
    return field ? field->value : std::string_view();
  }

  uint64_t Kept() const { return policy_->counters()[Outcome::kKept]; }
  SessionMap& sessions() { return *policy_->sessions(); }
  Timeouts timeouts() const { return policy_->timeouts(); }

 private:
  std::shared_ptr<const EndpointSet> endpoints_;
  std::unique_ptr<Policy> policy_;
  std::vector<char> buffer_;
};

class CApi {
 public:
  explicit CApi(const ProxyOptions& options, RandomSource* = nullptr);
  ~CApi();
  CApi(const CApi&) = delete;
  CApi& operator=(const CApi&) = delete;

  std::string_view Request(std::span<const std::string_view> values,
                           int64_t now_ms) {
    const limpet_str value =
        values.empty() ? limpet_str{}
                       : limpet_str{values[0].data(), values[0].size()};
    limpet_request request = LIMPET_REQUEST_INIT;
    request.values = &value;
    request.value_count = values.size();
    limpet_decision decision;
    limpet_select(policy_, endpoints_, &request, static_cast<uint64_t>(now_ms),
                  &decision);
    limpet_field field;
    limpet_commit(policy_, endpoints_, &decision, decision.endpoint,
                  static_cast<uint64_t>(now_ms), buffer_.data(), buffer_.size(),
                  &field);
    return {field.value.data, field.value.size};
  }

  uint64_t Kept() const;

 private:
  limpet_endpoint_set* endpoints_ = nullptr;
  limpet_policy* policy_ = nullptr;
  std::vector<char> buffer_;
};

template <class Api>
class Proxy {
 public:
  explicit Proxy(const ProxyOptions& options, RandomSource* random = nullptr)
      : api_(options, random) {
    for (uint32_t i = 0; i < options.sessions; ++i) {
      const std::string_view field = api_.Request({}, now_);
      std::string_view token = field;
      if (options.cookie) token = field.substr(2, field.find(';') - 2);
      const size_t begin = values_.size();
      // As a browser sends it, with a cookie of the application's.
      if (options.cookie) values_ += "S=";
      values_ += token;
      if (options.cookie) values_ += "; theme=dark";
      if (i == 0) values_.reserve(options.sessions * values_.size());
      if (i == 0) size_ = values_.size();
      Require(!token.empty() && values_.size() == begin + size_,
              "a session did not begin");
    }
  }

  // Requests of the next sessions, a millisecond later than the last ones.
  void Known(uint32_t requests) {
    ++now_;
    for (uint32_t i = 0; i < requests; ++i) {
      const std::string_view value =
          std::string_view(values_).substr(next_, size_);
      next_ = next_ + size_ == values_.size() ? 0 : next_ + size_;
      const std::string_view field = api_.Request({&value, 1}, now_);
      benchmark::DoNotOptimize(field);
      Serialize();
    }
    known_ += requests;
  }

  void New(uint32_t requests) {
    now_ += 10;
    for (uint32_t i = 0; i < requests; ++i) {
      const std::string_view field = api_.Request({}, now_);
      benchmark::DoNotOptimize(field);
      Serialize();
    }
  }

  // REQUIRES: every session that was asked for was there.
  void Verify() const { Require(api_.Kept() == known_, "a session was lost"); }

  Api& api() { return api_; }
  std::string_view values() const { return values_; }
  int64_t now() const { return now_; }

 private:
  int64_t now_ = 1'700'000'000'000;
  Api api_;
  std::string values_;  // of all sessions, one after the other
  size_t size_ = 0;     // of each
  size_t next_ = 0;
  uint64_t known_ = 0;  // requests
};

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_POLICY_BENCH_PROXY_H_
