// What a Policy knows of a drain. Everything else is in policy.cc and
// policy_request.cc.
#include <algorithm>

#include "failover.h"
#include "policy_parts.h"

namespace limpet {
inline namespace v0 {
namespace {

using Bound = std::optional<Timestamp>;

// Envoy's cookies end in whole seconds.
Timestamp WholeSecond(Timestamp time) {
  return std::chrono::ceil<std::chrono::seconds>(time);
}

// When the last token of an endpoint is over that has got no new sessions
// `since`.
Bound EndOfTokens(const PolicyParts& policy, EndpointHandle endpoint,
                  Timestamp since, Timestamp first_poll) {
  const SessionPersistence& config = policy.config;
  const Timestamp begun = std::max(since, policy.stamps.LastBegun(endpoint));
  const Timestamp written =
      std::max({since, first_poll, policy.stamps.LastWritten(endpoint)});
  Bound end =
      EndOf({config.absolute_timeout, config.idle_timeout}, begun, written);
  if (end && config.store == StoreType::kEnvoyToken) end = WholeSecond(*end);
  return end;
}

double DoneOf(const DrainProgress& progress, Timestamp now) {
  if (progress.state == DrainState::kDrained) return 1;
  if (progress.live_sessions && *progress.first_sessions != 0) {
    const uint64_t first = *progress.first_sessions;
    return static_cast<double>(first - *progress.live_sessions) /
           static_cast<double>(first);
  }
  if (!progress.done_by) return 0;
  // Not over yet: now < done_by.
  return static_cast<double>(Elapsed(progress.since, now).count()) /
         static_cast<double>(
             std::max(Elapsed(progress.since, *progress.done_by), Duration(1))
                 .count());
}

void CountLive(const PolicyParts& policy, Timestamp now,
               DrainProgress* progress) {
  const SessionPersistence& config = policy.config;
  const SessionMap::LiveSessions live = policy.sessions->LiveOn(
      progress->endpoint, {config.absolute_timeout, config.idle_timeout}, now);
  progress->live_sessions = live.count;
  progress->first_sessions =
      std::max<uint64_t>(progress->first_sessions.value_or(0), live.count);
  progress->done_by = live.count == 0 ? now : live.over_by;
}

}  // namespace

DrainState Policy::PollDrain(const EndpointSet& endpoints, uint32_t index,
                             Timestamp now,
                             DrainProgress* progress) const noexcept {
  const PolicyParts& policy = *rep_;
  now = policy.clock.Read(now);
  const Timestamp first_poll = policy.stamps.FirstPoll(now);
  const bool gone = index >= endpoints.size();
  if (!gone) {
    const EndpointState state = endpoints.state(index);
    const EndpointHandle handle = endpoints.handle(index);
    const bool goes_on =
        progress->endpoint == handle && progress->state != DrainState::kServing;
    Timestamp since = endpoints.since(index);
    // Where the host does not say when, all that is known is: by now.
    if (since == Timestamp{}) since = goes_on ? progress->since : now;
    if (state == EndpointState::kReady || !goes_on ||
        (state == EndpointState::kDraining && progress->since != since)) {
      *progress = {.endpoint = handle, .since = since};
    }
    if (state == EndpointState::kReady) return progress->state;
    if (policy.sessions) {
      CountLive(policy, now, progress);
    } else if (policy.store) {
      progress->done_by = EndOfTokens(policy, handle, since, first_poll);
    } else {
      progress->done_by = now;  // there are no sessions
    }
    const Timestamp deadline = endpoints.drain_deadline(index);
    if (state == EndpointState::kUnavailable) {
      progress->done_by = std::min(progress->done_by.value_or(now), now);
    } else if (deadline != Timestamp{}) {
      progress->done_by =
          std::min(progress->done_by.value_or(deadline), deadline);
    }
  } else {
    progress->live_sessions.reset();
    progress->done_by = std::min(progress->done_by.value_or(now), now);
  }
  progress->state = progress->done_by && now >= *progress->done_by
                        ? DrainState::kDrained
                        : DrainState::kDraining;
  progress->done = DoneOf(*progress, now);
  return progress->state;
}

}  // namespace v0
}  // namespace limpet
