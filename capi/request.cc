// limpet_select, limpet_commit, limpet_strip_token: what a host calls for every
// request. No allocation, but for a request of very many values.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>

#include "entry.h"
#include "handles.h"
#include "values.h"

using limpet::Decision;
using limpet::capi::Guard;
using limpet::capi::ToTimestamp;
using limpet::capi::Values;
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
  kPlaces
};
constexpr uint64_t kReissue = 1;

void ToC(const Decision &decision, limpet_decision *out) {
  out->endpoint = decision.endpoint;
  out->outcome = static_cast<uint32_t>(decision.outcome);
  out->status = decision.status;
  out->reserved = 0;
  out->handle = decision.handle;
  const limpet::Session &session = decision.session;
  out->state[kIdHigh] = session.id.high;
  out->state[kIdLow] = session.id.low;
  out->state[kEndpoint] = session.endpoint;
  out->state[kCreated] =
      static_cast<uint64_t>(limpet::ToMillis(session.created));
  out->state[kRefreshed] =
      static_cast<uint64_t>(limpet::ToMillis(session.refreshed));
  out->state[kFlags] = session.reissue ? kReissue : 0;
  std::fill(out->state + kPlaces, std::end(out->state), uint64_t{0});
}

// The host kept the bytes: they are checked, not trusted.
bool IsValid(const limpet_decision &in) {
  return in.outcome < LIMPET_OUTCOME_COUNT && in.status <= 599;
}

Decision FromC(const limpet_decision &in) {
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

// Both of the host's functions as one ActiveRequests.
struct ActiveHost {
  limpet_active_requests requests;
  limpet_active_in_backend in_backend;

  limpet::ActiveRequests Counts() const {
    return {[](const void *self, uint32_t endpoint) {
              const auto *host = static_cast<const ActiveHost *>(self);
              return host->requests.count(host->requests.user, endpoint);
            },
            this, in_backend.count == nullptr ? nullptr : &CountInGroup};
  }

 private:
  static uint64_t CountInGroup(const void *self, uint32_t group) {
    const auto *host = static_cast<const ActiveHost *>(self);
    return host->in_backend.count(host->in_backend.user, group);
  }
};

// What the host asks, as this library knows it: in *request, the host's own
// struct where both know the same, else in *copy.
limpet_status ReadRequest(const limpet_request *in,
                          const limpet::EndpointSet &endpoints,
                          limpet_request *copy,
                          const limpet_request **request) {
  if (in == nullptr) {
    *copy = LIMPET_REQUEST_INIT;
    *request = copy;
    return LIMPET_OK;
  }
  if (in->struct_size == sizeof(limpet_request)) {
    *request = in;
  } else {
    *copy = LIMPET_REQUEST_INIT;
    const limpet_status status = limpet::capi::ReadStruct(in, copy);
    if (status != LIMPET_OK) return status;
    *request = copy;
  }
  const limpet_request &known = **request;
  if ((known.flags & ~uint32_t{LIMPET_REQUEST_HAS_HASH}) != 0) {
    return LIMPET_ERR_UNSUPPORTED;
  }
  if (!limpet::capi::IsValid(known.hash_key) ||
      (known.values == nullptr && known.value_count != 0) ||
      (known.tried == nullptr && known.tried_count != 0)) {
    return LIMPET_ERR_NULL;
  }
  const std::span values(known.values, known.value_count);
  if (!std::all_of(values.begin(), values.end(), limpet::capi::IsValid)) {
    return LIMPET_ERR_NULL;
  }
  const std::span tried(known.tried, known.tried_count);
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
  limpet_status status = LIMPET_ERR_NULL;
  if (policy != nullptr && endpoints != nullptr) {
    status = Guard([&]() -> limpet_status {
      limpet_request copy;
      const limpet_request *in;
      const limpet_status read =
          ReadRequest(request, *endpoints->set, &copy, &in);
      if (read != LIMPET_OK) return read;
      const Values values(in->values, in->value_count);
      limpet::SelectOptions options;
      options.tried = {in->tried, in->tried_count};
      const ActiveHost active{in->active, in->active_in_backend};
      if (in->active.count != nullptr) options.active = active.Counts();
      if (in->hash_key.data != nullptr) options.hash_key = View(in->hash_key);
      if (in->flags & LIMPET_REQUEST_HAS_HASH) options.hash = in->hash;
      ToC(policy->policy->Select(values.views(), *endpoints->set,
                                 ToTimestamp(now_ms), options),
          decision);
      return LIMPET_OK;
    });
  }
  if (status != LIMPET_OK) *decision = NoDecision();
  return status;
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
  if (!IsValid(*decision)) return LIMPET_ERR_ARGUMENT;
  return Guard([&]() -> limpet_status {
    if (served != LIMPET_NO_ENDPOINT &&
        buf_size < policy->policy->MaxFieldSize()) {
      return LIMPET_ERR_BUFFER;
    }
    limpet::Outcome outcome;
    const std::optional<limpet::ResponseField> sent =
        policy->policy->Commit(FromC(*decision), set, served,
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
