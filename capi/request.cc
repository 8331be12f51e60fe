// limpet_select, limpet_commit, limpet_strip_token: what a host calls for every
// request. No allocation, but for a request of very many values.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "entry.h"
#include "handles.h"

using limpet::Decision;
using limpet::capi::Guard;
using limpet::capi::ToTimestamp;
using limpet::capi::View;

namespace {

// Places of limpet_decision::state. Hosts may keep decisions of one library
// and pass them to another that was loaded since: places are never reused.
enum StatePlace : size_t {
  kIdHigh = 0,
  kIdLow = 1,
  kEndpoint = 2,
  kCreated = 3,    // Unix milliseconds
  kRefreshed = 4,  // likewise
  kFlags = 5,      // bit 0: reissue
};
constexpr uint64_t kReissue = 1;

limpet_decision ToC(const Decision &decision) {
  limpet_decision out = {};
  out.endpoint = decision.endpoint;
  out.outcome = static_cast<uint32_t>(decision.outcome);
  out.status = decision.status;
  out.handle = decision.handle;
  const limpet::Session &session = decision.session;
  out.state[kIdHigh] = session.id.high;
  out.state[kIdLow] = session.id.low;
  out.state[kEndpoint] = session.endpoint;
  out.state[kCreated] =
      static_cast<uint64_t>(limpet::ToMillis(session.created));
  out.state[kRefreshed] =
      static_cast<uint64_t>(limpet::ToMillis(session.refreshed));
  out.state[kFlags] = session.reissue ? kReissue : 0;
  return out;
}

// The host kept the bytes: they are checked, not trusted.
std::optional<Decision> FromC(const limpet_decision &in) {
  if (in.outcome >= LIMPET_OUTCOME_COUNT || in.status > 599) {
    return std::nullopt;
  }
  Decision decision;
  decision.endpoint = in.endpoint;
  decision.outcome = static_cast<limpet::Outcome>(in.outcome);
  decision.status = static_cast<uint16_t>(in.status);
  decision.handle = in.handle;
  decision.session.id = {in.state[kIdHigh], in.state[kIdLow]};
  decision.session.endpoint = in.state[kEndpoint];
  decision.session.created = ToTimestamp(in.state[kCreated]);
  decision.session.refreshed = ToTimestamp(in.state[kRefreshed]);
  decision.session.reissue = (in.state[kFlags] & kReissue) != 0;
  return decision;
}

limpet_decision NoDecision() {
  limpet_decision decision = {};
  decision.endpoint = LIMPET_NO_ENDPOINT;
  decision.outcome = LIMPET_OUTCOME_UNAVAILABLE;
  decision.status = 503;
  return decision;
}

limpet_status ReadRequest(const limpet_request *in,
                          const limpet::EndpointSet &endpoints,
                          limpet_request *request) {
  if (in == nullptr) return LIMPET_OK;
  const limpet_status status = limpet::capi::ReadStruct(in, request);
  if (status != LIMPET_OK) return status;
  if (request->reserved != 0) return LIMPET_ERR_UNSUPPORTED;
  if ((request->values == nullptr && request->value_count != 0) ||
      (request->tried == nullptr && request->tried_count != 0)) {
    return LIMPET_ERR_NULL;
  }
  const std::span values(request->values, request->value_count);
  if (!std::all_of(values.begin(), values.end(), limpet::capi::IsValid)) {
    return LIMPET_ERR_NULL;
  }
  const std::span tried(request->tried, request->tried_count);
  if (!std::all_of(tried.begin(), tried.end(),
                   [&](uint32_t index) { return index < endpoints.size(); })) {
    return LIMPET_ERR_ARGUMENT;
  }
  return LIMPET_OK;
}

}  // namespace

limpet_status limpet_request_init(limpet_request *request, size_t size) {
  return limpet::capi::InitStruct(request, size, LIMPET_REQUEST_INIT);
}

limpet_status limpet_select(const limpet_policy *policy,
                            const limpet_endpoint_set *endpoints,
                            const limpet_request *request, uint64_t now_ms,
                            limpet_decision *decision) {
  if (decision == nullptr) return LIMPET_ERR_NULL;
  *decision = NoDecision();
  if (policy == nullptr || endpoints == nullptr) return LIMPET_ERR_NULL;
  return Guard([&]() -> limpet_status {
    limpet_request in = LIMPET_REQUEST_INIT;
    const limpet_status status = ReadRequest(request, *endpoints->set, &in);
    if (status != LIMPET_OK) return status;

    std::array<std::string_view, 16> few;
    std::vector<std::string_view> many;
    if (in.value_count > few.size()) many.resize(in.value_count);
    const std::span<std::string_view> values =
        many.empty() ? std::span(few).first(in.value_count) : std::span(many);
    for (size_t i = 0; i < values.size(); ++i) values[i] = View(in.values[i]);

    limpet::SelectOptions options;
    options.tried = {in.tried, in.tried_count};
    options.active = {in.active.count, in.active.user};
    *decision = ToC(policy->policy->Select(values, *endpoints->set,
                                           ToTimestamp(now_ms), options));
    return LIMPET_OK;
  });
}

limpet_status limpet_commit(const limpet_policy *policy,
                            const limpet_endpoint_set *endpoints,
                            const limpet_decision *decision, uint32_t served,
                            uint64_t now_ms, char *buf, size_t buf_size,
                            limpet_field *field) {
  if (field == nullptr) return LIMPET_ERR_NULL;
  *field = {};
  if (policy == nullptr || endpoints == nullptr || decision == nullptr ||
      (buf == nullptr && buf_size != 0)) {
    return LIMPET_ERR_NULL;
  }
  const limpet::EndpointSet &set = *endpoints->set;
  if (served != LIMPET_NO_ENDPOINT && served >= set.size()) {
    return LIMPET_ERR_ARGUMENT;
  }
  const std::optional<Decision> in = FromC(*decision);
  if (!in) return LIMPET_ERR_ARGUMENT;
  return Guard([&]() -> limpet_status {
    if (served != LIMPET_NO_ENDPOINT &&
        buf_size < policy->policy->MaxFieldSize()) {
      return LIMPET_ERR_BUFFER;
    }
    limpet::Outcome outcome = in->outcome;
    const std::optional<limpet::ResponseField> sent = policy->policy->Commit(
        *in, served == LIMPET_NO_ENDPOINT ? nullptr : &set[served],
        ToTimestamp(now_ms), {buf, buf_size}, &outcome);
    if (sent) {
      field->name = limpet::capi::ToStr(sent->name);
      field->value = limpet::capi::ToStr(sent->value);
    }
    field->outcome = static_cast<uint32_t>(outcome);
    return LIMPET_OK;
  });
}

limpet_status limpet_strip_token(const limpet_policy *policy, const char *value,
                                 size_t value_size, char *buf, size_t buf_size,
                                 size_t *size) {
  if (size == nullptr) return LIMPET_ERR_NULL;
  *size = 0;
  if (policy == nullptr || (value == nullptr && value_size != 0) ||
      (buf == nullptr && buf_size != 0)) {
    return LIMPET_ERR_NULL;
  }
  if (buf_size < value_size) return LIMPET_ERR_BUFFER;
  return Guard([&] {
    *size =
        policy->policy->StripToken(View(value, value_size), {buf, buf_size});
    return LIMPET_OK;
  });
}
