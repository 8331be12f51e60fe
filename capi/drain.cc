// limpet_policy_poll_drain: a DrainProgress that C can keep.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "entry.h"
#include "handles.h"

using limpet::DrainProgress;
using limpet::Timestamp;
using limpet::capi::Guard;
using limpet::capi::ToTimestamp;

namespace {

uint64_t ToMs(Timestamp time) {
  return static_cast<uint64_t>(std::max<int64_t>(limpet::ToMillis(time), 0));
}

// What the next poll goes on from; all else it finds out anew.
DrainProgress FromC(const limpet_drain_progress &in) {
  DrainProgress progress;
  if (in.state == LIMPET_DRAIN_SERVING) return progress;
  progress.state = static_cast<limpet::DrainState>(in.state);
  if (in.first_sessions != LIMPET_UNKNOWN) {
    progress.first_sessions = in.first_sessions;
  }
  if (in.done_by_ms != LIMPET_UNKNOWN) {
    progress.done_by = ToTimestamp(in.done_by_ms);
  }
  progress.endpoint = in.endpoint;
  progress.since = ToTimestamp(in.since_ms);
  return progress;
}

void ToC(const DrainProgress &progress, limpet_drain_progress *out) {
  out->state = static_cast<uint32_t>(progress.state);
  out->done = progress.done;
  out->live_sessions = progress.live_sessions.value_or(LIMPET_UNKNOWN);
  out->first_sessions = progress.first_sessions.value_or(LIMPET_UNKNOWN);
  out->done_by_ms = progress.done_by ? ToMs(*progress.done_by) : LIMPET_UNKNOWN;
  out->endpoint = progress.endpoint;
  out->since_ms = ToMs(progress.since);
}

}  // namespace

limpet_status limpet_drain_progress_init(limpet_drain_progress *progress,
                                         size_t size) {
  return limpet::capi::InitStruct(progress, size, LIMPET_DRAIN_PROGRESS_INIT);
}

limpet_status limpet_policy_poll_drain(const limpet_policy *policy,
                                       const limpet_endpoint_set *endpoints,
                                       uint32_t endpoint, uint64_t now_ms,
                                       limpet_drain_progress *progress) {
  if (policy == nullptr || endpoints == nullptr || progress == nullptr) {
    return LIMPET_ERR_NULL;
  }
  limpet_drain_progress known = LIMPET_DRAIN_PROGRESS_INIT;
  const limpet_status read = limpet::capi::ReadStruct(progress, &known);
  if (read != LIMPET_OK) return read;
  if (known.state > LIMPET_DRAIN_DRAINED ||
      (endpoint != LIMPET_NO_ENDPOINT && endpoint >= endpoints->set->size())) {
    return LIMPET_ERR_ARGUMENT;
  }
  return Guard([&] {
    DrainProgress value = FromC(known);
    policy->policy->PollDrain(*endpoints->set, endpoint, ToTimestamp(now_ms),
                              &value);
    ToC(value, &known);
    std::memcpy(progress, &known,
                std::min<size_t>(known.struct_size, sizeof known));
    return LIMPET_OK;
  });
}
