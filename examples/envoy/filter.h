// Filter: one stream's way through limpet. Two kinds: own_filter.h,
// seal_filter.h.
//
// Thread rule: for the stream's worker.
#ifndef LIMPET_EXAMPLES_ENVOY_FILTER_H_
#define LIMPET_EXAMPLES_ENVOY_FILTER_H_

#include <limpet.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "counters.h"
#include "rules.h"
#include "stream.h"

namespace limpet_envoy {

// What Envoy holds of a filter's configuration.
struct FilterConfig {
  FilterConfig(limpet_envoy_config* config, FilterKind kind)
      : kind(kind), counters(config) {}

  FilterKind kind;
  Counters counters;
  std::shared_ptr<Rules> rules;  // null: unusable, traffic passes
};

// Of a route's own configuration; null rules as above.
struct RouteConfig {
  FilterKind kind;
  std::shared_ptr<Rules> rules;
};

// How many there are: while there is none, no stream asks for its own.
extern std::atomic<int> route_configs;

void Log(limpet_envoy_log_level level, std::string_view message);

uint64_t NowMs();

class Filter {
 public:
  Filter(const FilterConfig& config, FilterKind kind)
      : config_(config), kind_(kind) {}
  virtual ~Filter() = default;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  limpet_envoy_status OnRequest(const Stream& stream);
  void OnResponse(const Stream& stream);
  // Envoy answers by itself, with this status. `details`: why.
  void OnLocalReply(uint32_t status, std::string_view details);
  // The stream ends, perhaps without a response.
  void OnEnd(const Stream& stream);

 protected:
  // False: the request is answered already.
  virtual bool Request(const Stream& stream) = 0;
  // A request of no rule. `any`: the rule of another scope.
  virtual void RequestWithoutRule(const Stream&, const Rule& /*any*/) {}
  // `served`: the address of who answered; "": nobody.
  virtual void Response(const Stream& stream, std::string_view served) = 0;

  const Rule& rule() const { return *rule_; }
  Rules& rules() const { return *rules_; }
  const Config& settings() const { return rules_->config(); }
  uint64_t now_ms() const { return now_ms_; }
  // Envoy answered that the endpoint does not exist, is not healthy, or took no
  // connection.
  bool is_unavailable() const { return is_unavailable_; }
  // Of the request; asked once. Only in Request, before a header is changed.
  std::string_view Cluster(const Stream& stream) {
    if (cluster_.empty()) cluster_ = stream.ClusterName();
    return cluster_;
  }

  // A buffer for limpet's field, until the next call on this thread.
  struct Buffer {
    char* data;
    size_t size;
  };
  Buffer FieldBuffer() const;

  // Sends limpet's field and counts the request.
  void Finish(const Stream& stream, const limpet_field& field);
  // The same for a field that is sent already.
  void FinishSent(const Stream& stream, uint32_t outcome);
  void FinishWith(const Stream& stream, uint32_t outcome);
  void CountUnsealed(const Stream& stream) {
    config_.counters.CountUnsealed(stream);
  }

 private:
  std::shared_ptr<const Rule> FindRule(const Stream& stream);
  // "": no route, or a cluster that does not exist; Envoy answers.
  std::string_view Scope(const Stream& stream);
  void Tick(const Stream& stream);

  const FilterConfig& config_;
  const FilterKind kind_;
  Rules* rules_ = nullptr;
  std::shared_ptr<Rules> of_route_;   // keeps those of a route
  std::shared_ptr<const Rule> rule_;  // null: the filter does nothing
  std::string_view cluster_;          // while the request's headers are read
  uint64_t now_ms_ = 0;
  bool is_local_reply_ = false;
  bool is_refused_ = false;  // an endpoint took no connection
  bool is_unavailable_ = false;
  bool is_done_ = false;
};

std::unique_ptr<Filter> MakeOwnFilter(const FilterConfig& config);
std::unique_ptr<Filter> MakeSealFilter(const FilterConfig& config);

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_FILTER_H_
