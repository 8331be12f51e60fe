// The filter `own`: limpet decides.
//
// Where a load balancer of limpet's tells this worker the cluster's hosts, or
// where a book keeps them, limpet selects among them. Otherwise the token holds
// the address of the endpoint, and Envoy knows whether it still is one.
#include <array>
#include <utility>

#include "filter.h"
#include "lb_policy.h"
#include "packed_address.h"

namespace limpet_envoy {
namespace {

class OwnFilter final : public Filter {
 public:
  explicit OwnFilter(const FilterConfig& config)
      : Filter(config, FilterKind::kOwn) {}

 private:
  bool Request(const Stream& stream) override {
    // The hosts that the worker's balancer of the cluster sees, or null.
    if (LbPolicyIsUsed()) hosts_ = HostsHere(Cluster(stream));
    if (!hosts_ && rule().book) hosts_ = rule().book->hosts();
    const FieldLines lines =
        stream.Lines(LIMPET_ENVOY_REQUEST_HEADERS, rule().field);
    if (hosts_ && !Select(stream, lines)) return false;
    if (!hosts_) Open(stream, lines);
    if (rule().strips_token && lines.size() > 0) Strip(stream, lines);
    return true;
  }

  void Response(const Stream& stream, std::string_view served) override {
    limpet_field field{};
    const Buffer buffer = FieldBuffer();
    if (hosts_) {
      Commit(stream, served, buffer, &field);
    } else {
      Seal(served, buffer, &field);
    }
    if (served.empty() && is_strictly_pinned_ && is_unavailable()) {
      field.outcome = LIMPET_OUTCOME_REJECTED;
      SetStatus(stream);
    }
    Finish(stream, field);
  }

  // ---- Among hosts that are known ----

  bool Select(const Stream& stream, const FieldLines& lines) {
    std::array<uint32_t, 16> tried;
    limpet_request request = LIMPET_REQUEST_INIT;
    request.values = lines.data();
    request.value_count = lines.size();
    request.tried = tried.data();
    do {
      limpet_select(rule().policy.get(), hosts_->set(), &request, now_ms(),
                    &decision_);
    } while (HasFailed() && Exclude(&request, tried.data(), tried.size()));
    if (decision_.outcome == LIMPET_OUTCOME_REJECTED) {
      FinishWith(stream, decision_.outcome);
      stream.Answer(decision_.status, "limpet_rejected");
      return false;
    }
    if (HasSession()) {
      PinTo(stream, decision_.endpoint,
            rule().is_strict && decision_.outcome == LIMPET_OUTCOME_KEPT);
    } else {
      TakeOver(stream, request);
    }
    return true;
  }

  // Was it decided who serves the session? Of others Envoy decides.
  bool HasSession() const {
    switch (decision_.outcome) {
      case LIMPET_OUTCOME_KEPT:
      case LIMPET_OUTCOME_MOVED:
      case LIMPET_OUTCOME_SUBSTITUTED:
      case LIMPET_OUTCOME_REBALANCED:
        return decision_.endpoint != LIMPET_NO_ENDPOINT;
      default:
        return false;
    }
  }

  bool HasFailed() const {
    return rules().failed().some(now_ms()) && !rule().is_strict &&
           HasSession() &&
           rules().failed().Has((*hosts_)[decision_.endpoint].address,
                                now_ms());
  }
  bool Exclude(limpet_request* request, uint32_t* tried, size_t most) const {
    if (request->tried_count == most) return false;
    tried[request->tried_count++] = decision_.endpoint;
    return true;
  }

  // A token of the other store that is accepted, too: pinned as it says, and
  // answered by a token of this one.
  void TakeOver(const Stream& stream, const limpet_request& request) {
    if (!rule().also || request.value_count == 0) return;
    limpet_decision decision;
    limpet_select(rule().also.get(), hosts_->set(), &request, now_ms(),
                  &decision);
    if (decision.outcome == LIMPET_OUTCOME_KEPT) {
      PinTo(stream, decision.endpoint, false);
    }
  }

  void Commit(const Stream& stream, std::string_view served,
              const Buffer& buffer, limpet_field* field) {
    const limpet_policy* policy = rule().policy.get();
    // Nearly always the one it was pinned to.
    uint32_t index = pinned_;
    if (index == LIMPET_NO_ENDPOINT || (*hosts_)[index].address != served) {
      index = served.empty() ? LIMPET_NO_ENDPOINT : hosts_->Find(served);
    }
    if (index == LIMPET_NO_ENDPOINT && !served.empty()) {
      // One that has come since the request, or that nobody had heard of.
      std::shared_ptr<const Hosts> now = rule().book
                                             ? rule().book->Learn(served)
                                             : HostsHere(stream.ClusterName());
      if (now) {
        hosts_ = std::move(now);
        index = hosts_->Find(served);
      }
    }
    if (decision_.endpoint == LIMPET_NO_ENDPOINT) {
      // limpet knew nobody who could serve, and counted that; Envoy did.
      field->outcome = decision_.outcome;
      if (index == LIMPET_NO_ENDPOINT) return;
      limpet_select(policy, hosts_->set(), nullptr, now_ms(), &decision_);
    }
    limpet_commit(policy, hosts_->set(), &decision_, index, now_ms(),
                  buffer.data, buffer.size, field);
  }

  // ---- By the address in the token ----

  void Open(const Stream& stream, const FieldLines& lines) {
    limpet_open(rule().policy.get(), lines.data(), lines.size(), now_ms(),
                value_.data(), value_.size(), &opened_);
    address_ = Unpack(View(opened_.value), &text_);
    if (address_.empty() && rule().also && lines.size() > 0) {
      limpet_opened other;
      limpet_open(rule().also.get(), lines.data(), lines.size(), now_ms(),
                  value_.data(), value_.size(), &other);
      address_ = Unpack(View(other.value), &text_);
    }
    if (address_.empty()) return;
    const bool strict = opened_.value.size != 0 && rule().is_strict;
    if (strict || !rules().failed().Has(address_, now_ms())) {
      is_strictly_pinned_ = stream.Pin(address_, strict) && strict;
    }
  }

  void Seal(std::string_view served, const Buffer& buffer,
            limpet_field* field) {
    limpet_str value{nullptr, 0};
    std::array<char, 19> packed;
    if (!served.empty() && served == address_ && opened_.value.size != 0) {
      value = opened_.value;  // nearly always
    } else if (!served.empty()) {
      value = Str(rule().packs_addresses ? Pack(served, &packed) : served);
    }
    limpet_seal(rule().policy.get(), &opened_, value, now_ms(), buffer.data,
                buffer.size, field);
  }

  // ---- Both ----

  void PinTo(const Stream& stream, uint32_t index, bool strict) {
    pinned_ = index;
    is_strictly_pinned_ =
        stream.Pin((*hosts_)[index].address, strict) && strict;
  }

  // The status of a strict session whose endpoint cannot serve. Envoy's own is
  // 503, or that of an answer to gRPC.
  void SetStatus(const Stream& stream) const {
    const FieldLines status =
        stream.Lines(LIMPET_ENVOY_RESPONSE_HEADERS, ":status");
    if (status.size() == 1 && status[0] == "503") {
      stream.Replace(LIMPET_ENVOY_RESPONSE_HEADERS, ":status",
                     std::to_string(settings().strict_status));
    }
  }

  void Strip(const Stream& stream, const FieldLines& lines) const {
    std::vector<std::string> kept;
    for (size_t i = 0; i < lines.size(); ++i) {
      std::string line(lines[i].size(), '\0');
      size_t size = 0;
      limpet_strip_token(rule().policy.get(), lines[i].data(), lines[i].size(),
                         line.data(), line.size(), &size);
      line.resize(size);
      if (size != 0) kept.push_back(std::move(line));
    }
    stream.Remove(LIMPET_ENVOY_REQUEST_HEADERS, rule().field);
    for (const std::string& line : kept) {
      stream.Append(LIMPET_ENVOY_REQUEST_HEADERS, rule().field, line);
    }
  }

  std::shared_ptr<const Hosts> hosts_;    // null: the token holds the address
  uint32_t pinned_ = LIMPET_NO_ENDPOINT;  // of hosts_
  std::string_view address_;              // in the token
  bool is_strictly_pinned_ = false;
  union {
    limpet_decision decision_;
    limpet_opened opened_{};
  };
  std::array<char, kMaxAddress> text_;
  std::array<char, LIMPET_MAX_VALUE_SIZE> value_;
};

}  // namespace

std::unique_ptr<Filter> MakeOwnFilter(const FilterConfig& config) {
  return std::make_unique<OwnFilter>(config);
}

}  // namespace limpet_envoy
