// What a Policy does for every request: Select and Commit. How it is made is in
// policy.cc.
#include <algorithm>
#include <array>
#include <cassert>

#include "policy_parts.h"
#include "substitute.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint16_t kServiceUnavailable = 503;

// Of a token that is not live.
Outcome OutcomeOf(OpenResult result) {
  switch (result) {
    case OpenResult::kExpired:
      return Outcome::kExpired;
    case OpenResult::kForeign:
      return Outcome::kForeign;
    case OpenResult::kUnknownEndpoint:
      return Outcome::kUnknownEndpoint;
    default:
      return Outcome::kInvalid;
  }
}

// Of several tokens that are of no use, the one that tells most is counted.
int Telling(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOtherBackend:
      return 5;
    case Outcome::kExpired:
      return 4;
    case Outcome::kUnknownEndpoint:
      return 3;
    case Outcome::kForeign:
      return 2;
    case Outcome::kInvalid:
      return 1;
    default:
      return 0;
  }
}

// The token that came, or none, is still right.
bool Stays(Outcome outcome) {
  return outcome == Outcome::kKept || outcome == Outcome::kSubstituted ||
         outcome == Outcome::kBalanced;
}

bool CanServe(const EndpointSet& endpoints, const SelectOptions& options,
              uint32_t index) {
  return endpoints.state(index) != EndpointState::kUnavailable &&
         std::find(options.tried.begin(), options.tried.end(), index) ==
             options.tried.end();
}

Choice ChoiceOf(const EndpointSet& endpoints, const SelectOptions& options) {
  return {endpoints, options.tried, options.active};
}

// What came with the request, into `decision`: a session of this set and,
// unless it is kNoGroup, of this group, whose endpoint is returned (kKept); or
// why there is none.
uint32_t FindSession(const PolicyParts& policy,
                     std::span<const std::string_view> values,
                     const EndpointSet& endpoints, uint32_t group,
                     Timestamp now, Decision* decision) {
  decision->outcome = Outcome::kNew;
  std::optional<Session> other;  // live, but of no use here: it is moved
  // Opened in place: a copy would wait for what was just written.
  const Candidates candidates = policy.carrier->Read(values);
  for (size_t i = 0; i < candidates.size; ++i) {
    const OpenResult result = policy.store->Open(
        candidates.tokens[i], endpoints, now, &decision->session);
    Outcome outcome = Outcome::kKept;
    if (result == OpenResult::kLive) {
      const uint32_t index = endpoints.Find(decision->session.endpoint);
      if (index == kNoEndpoint) {
        outcome = Outcome::kUnknownEndpoint;
      } else if (group != kNoGroup && endpoints.group(index) != group) {
        outcome = Outcome::kOtherBackend;
      } else {
        decision->outcome = outcome;
        return index;
      }
    } else {
      outcome = OutcomeOf(result);
      if (result == OpenResult::kExpired) policy.clock.Ended(now);
    }
    if (Telling(outcome) > Telling(decision->outcome)) {
      decision->outcome = outcome;
      other.reset();
      if (result == OpenResult::kLive) other = decision->session;
    }
  }
  decision->session = other.value_or(Session{});
  return kNoEndpoint;
}

// Does a live session look for another endpoint, with a key to find it by?
// Envoy's tokens have none: all sessions of an endpoint would go to one other.
bool IsWithoutItsEndpoint(const Decision& decision) {
  switch (decision.outcome) {
    case Outcome::kMoved:
    case Outcome::kSubstituted:
    case Outcome::kUnknownEndpoint:
      return decision.session.id != SessionId{};
    default:
      return false;
  }
}

// An endpoint for a request without a session, or whose session cannot be
// served by its own, or kNoEndpoint. `group` is the backend that the weights
// have chosen already, `own` that of the session's endpoint; or kNoGroup.
uint32_t Balance(const Balancer& balancer, const Choice& choice, uint32_t group,
                 uint32_t own, const Decision& decision) {
  if (IsWithoutItsEndpoint(decision)) {
    return FindSubstitute(choice, decision.session.id, group, own);
  }
  if (group == kNoGroup) group = balancer.ChooseGroup(choice);
  return group == kNoGroup ? kNoEndpoint : balancer.Choose(choice, group);
}

// Counts a request that nobody serves.
void Refuse(const PolicyParts& policy, Outcome outcome, uint16_t status,
            Decision* decision) {
  decision->endpoint = kNoEndpoint;
  decision->handle = kNoHandle;
  decision->outcome = outcome;
  decision->status = status;
  policy.counters.Add(outcome);
}

// What becomes of the request's session on the endpoint that served it.
Outcome Settle(const PolicyParts& policy, const Decision& decision,
               EndpointHandle handle) {
  switch (decision.outcome) {
    case Outcome::kKept:
    case Outcome::kMoved:
    case Outcome::kSubstituted:
      break;
    default:
      return decision.outcome;
  }
  if (handle == decision.session.endpoint) return Outcome::kKept;
  return policy.config.failover.type == FailoverType::kRebind
             ? Outcome::kMoved
             : Outcome::kSubstituted;
}

// The field that tells the client, and whether its session could be kept: the
// rare part of Commit.
std::optional<ResponseField> WriteField(const PolicyParts& policy,
                                        const Decision& decision,
                                        const Endpoint& served,
                                        EndpointHandle handle, Timestamp now,
                                        std::span<char> buffer,
                                        Outcome* outcome) {
  const Session& session = decision.session;
  const Store& store = *policy.store;
  const bool stays = Stays(*outcome);
  std::array<char, kMaxTokenSize> token;
  size_t size = 0;
  if (stays) {
    size = store.Reissue(session, now, token);
  } else {
    size = session.endpoint != kNoHandle
               ? store.Move(session, served, handle, now, token)
               : store.Begin(served, handle, now, token);
    if (size == 0) *outcome = Outcome::kUnpinned;
  }
  if (size == 0) return std::nullopt;

  std::optional<Duration> lifetime;
  if (policy.config.absolute_timeout > Duration(0)) {
    lifetime = policy.config.absolute_timeout -
               (stays ? Elapsed(session.created, now) : Duration(0));
  }
  const size_t written =
      policy.carrier->Write({token.data(), size}, lifetime, buffer);
  return ResponseField{.name = policy.carrier->ResponseField(),
                       .value = {buffer.data(), written}};
}

// `handle` is that of the endpoint that served; null: nobody did.
std::optional<ResponseField> CommitTo(const PolicyParts& policy,
                                      const Decision& decision,
                                      const Endpoint* served,
                                      EndpointHandle handle, Timestamp now,
                                      std::span<char> buffer,
                                      Outcome* outcome) {
  *outcome = decision.outcome;
  if (decision.endpoint == kNoEndpoint) return std::nullopt;  // counted already
  const bool fits = buffer.size() >= policy.max_field_size;
  assert(served == nullptr || fits);
  std::optional<ResponseField> field;
  if (served == nullptr) {
    *outcome = Outcome::kUnserved;
  } else if (policy.carrier && fits) {
    *outcome = Settle(policy, decision, handle);
    if (!Stays(*outcome) || decision.session.reissue) {
      field = WriteField(policy, decision, *served, handle,
                         policy.clock.Read(now), buffer, outcome);
    }
  }
  policy.counters.Add(*outcome);
  return field;
}

}  // namespace

Decision Policy::Select(std::span<const std::string_view> values,
                        const EndpointSet& endpoints, Timestamp now,
                        const SelectOptions& options) const noexcept {
  const PolicyParts& policy = *rep_;
  Decision decision;
  uint32_t group = kNoGroup;
  uint32_t own = kNoGroup;
  if (policy.carrier) {
    if (policy.config.splitting == Splitting::kWeightsFirst) {
      group = policy.balancer->ChooseGroup(ChoiceOf(endpoints, options));
    }
    const uint32_t pinned = FindSession(policy, values, endpoints, group,
                                        policy.clock.Read(now), &decision);
    if (pinned != kNoEndpoint) {
      own = endpoints.group(pinned);
      if (CanServe(endpoints, options, pinned)) {
        decision.endpoint = pinned;
        decision.handle = decision.session.endpoint;
        return decision;
      }
      switch (policy.config.failover.type) {
        case FailoverType::kRebind:
          decision.outcome = Outcome::kMoved;
          break;
        case FailoverType::kTemporary:
          decision.outcome = Outcome::kSubstituted;
          break;
        case FailoverType::kStrict:
          Refuse(policy, Outcome::kRejected, policy.config.failover.status,
                 &decision);
          return decision;
      }
    }
  }
  decision.endpoint = Balance(*policy.balancer, ChoiceOf(endpoints, options),
                              group, own, decision);
  if (decision.endpoint == kNoEndpoint) {
    Refuse(policy, Outcome::kUnavailable, kServiceUnavailable, &decision);
  } else {
    decision.handle = endpoints.handle(decision.endpoint);
  }
  return decision;
}

std::optional<ResponseField> Policy::Commit(const Decision& decision,
                                            const Endpoint* served,
                                            Timestamp now,
                                            std::span<char> buffer,
                                            Outcome* outcome) const noexcept {
  const EndpointHandle handle =
      served == nullptr ? kNoHandle : HashEndpointId(served->id);
  return CommitTo(*rep_, decision, served, handle, now, buffer, outcome);
}

std::optional<ResponseField> Policy::Commit(const Decision& decision,
                                            const EndpointSet& endpoints,
                                            uint32_t served, Timestamp now,
                                            std::span<char> buffer,
                                            Outcome* outcome) const noexcept {
  if (served == kNoEndpoint) {
    return CommitTo(*rep_, decision, nullptr, kNoHandle, now, buffer, outcome);
  }
  return CommitTo(*rep_, decision, &endpoints[served], endpoints.handle(served),
                  now, buffer, outcome);
}

}  // namespace v0
}  // namespace limpet
