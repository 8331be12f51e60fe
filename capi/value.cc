// limpet_open and limpet_seal: tokens that hold a value of the host's.
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

using limpet::OpenedValue;
using limpet::capi::Guard;
using limpet::capi::ToTimestamp;
using limpet::capi::Values;
using limpet::capi::View;

static_assert(LIMPET_MAX_VALUE_SIZE == limpet::kMaxValueSize);

namespace {

// Places of limpet_opened::state. Never reused, as those of limpet_decision.
enum StatePlace : size_t {
  kId = 0,
  kCreated = 1,    // Unix milliseconds
  kRefreshed = 2,  // likewise
  kFlags = 3,      // bit 0: reissue
  kPlaces
};
constexpr uint64_t kReissue = 1;

void ToC(const OpenedValue &opened, limpet_opened *out) {
  out->value = limpet::capi::ToStr(opened.value);
  out->outcome = static_cast<uint32_t>(opened.outcome);
  out->reserved = 0;
  const limpet::Session &session = opened.session;
  out->state[kId] = session.id.low;
  out->state[kCreated] =
      static_cast<uint64_t>(limpet::ToMillis(session.created));
  out->state[kRefreshed] =
      static_cast<uint64_t>(limpet::ToMillis(session.refreshed));
  out->state[kFlags] = session.reissue ? kReissue : 0;
  std::fill(out->state + kPlaces, std::end(out->state), uint64_t{0});
}

OpenedValue FromC(const limpet_opened &in) {
  OpenedValue opened;
  opened.outcome = static_cast<limpet::Outcome>(in.outcome);
  opened.value = View(in.value);
  opened.session.id.low = in.state[kId];
  opened.session.created = ToTimestamp(in.state[kCreated]);
  opened.session.refreshed = ToTimestamp(in.state[kRefreshed]);
  opened.session.reissue = (in.state[kFlags] & kReissue) != 0;
  return opened;
}

// The host kept the bytes: they are checked, not trusted.
bool IsValid(const limpet_opened &in) {
  return in.outcome < LIMPET_OUTCOME_COUNT &&
         in.value.size <= LIMPET_MAX_VALUE_SIZE &&
         (in.value.size != 0) == (in.outcome == LIMPET_OUTCOME_KEPT);
}

}  // namespace

limpet_status limpet_open(const limpet_policy *policy, const limpet_str *values,
                          size_t value_count, uint64_t now_ms, char *buf,
                          size_t buf_size, limpet_opened *opened) {
  if (opened == nullptr) return LIMPET_ERR_NULL;
  *opened = {};
  if (policy == nullptr || buf == nullptr ||
      (values == nullptr && value_count != 0) ||
      !std::all_of(values, values + value_count, limpet::capi::IsValid)) {
    return LIMPET_ERR_NULL;
  }
  if (buf_size < LIMPET_MAX_VALUE_SIZE) return LIMPET_ERR_BUFFER;
  if (!policy->policy->HoldsValues()) return LIMPET_ERR_NO_VALUES;
  return Guard([&] {
    const Values views(values, value_count);
    ToC(policy->policy->OpenValue(
            views.views(), ToTimestamp(now_ms),
            std::span<char, LIMPET_MAX_VALUE_SIZE>(buf, LIMPET_MAX_VALUE_SIZE)),
        opened);
    return LIMPET_OK;
  });
}

limpet_status limpet_seal(const limpet_policy *policy,
                          const limpet_opened *opened, limpet_str served,
                          uint64_t now_ms, char *buf, size_t buf_size,
                          limpet_field *field) {
  if (field == nullptr) return LIMPET_ERR_NULL;
  *field = {};
  if (policy == nullptr || opened == nullptr ||
      !limpet::capi::IsValid(served) || !limpet::capi::IsValid(opened->value) ||
      (buf == nullptr && buf_size != 0)) {
    return LIMPET_ERR_NULL;
  }
  if (!IsValid(*opened) || served.size > LIMPET_MAX_VALUE_SIZE ||
      (served.data != nullptr && served.size == 0)) {
    return LIMPET_ERR_ARGUMENT;
  }
  if (!policy->policy->HoldsValues()) return LIMPET_ERR_NO_VALUES;
  if (served.data != nullptr &&
      buf_size < policy->policy->MaxSealedFieldSize()) {
    return LIMPET_ERR_BUFFER;
  }
  return Guard([&] {
    std::optional<std::string_view> value;
    if (served.data != nullptr) value = View(served);
    limpet::Outcome outcome;
    const std::optional<limpet::ResponseField> sent = policy->policy->SealValue(
        FromC(*opened), value, ToTimestamp(now_ms), {buf, buf_size}, &outcome);
    if (sent) {
      field->name = limpet::capi::ToStr(sent->name);
      field->value = limpet::capi::ToStr(sent->value);
    }
    field->outcome = static_cast<uint32_t>(outcome);
    return LIMPET_OK;
  });
}

size_t limpet_policy_max_sealed_field_size(const limpet_policy *policy) {
  return policy == nullptr ? 0 : policy->policy->MaxSealedFieldSize();
}
