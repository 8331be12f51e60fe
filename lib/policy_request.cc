// What a Policy does for every request: Select and Commit. How it is made is in
// policy.cc.
#include <algorithm>
#include <array>
#include <cassert>

#include "failover.h"
#include "policy_parts.h"
#include "rebalance.h"
#include "substitute.h"
#include "token_outcome.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint16_t kServiceUnavailable = 503;

// The token that came, or none, is still right.
bool Stays(Outcome outcome) {
  return outcome == Outcome::kKept || outcome == Outcome::kSubstituted ||
         outcome == Outcome::kBalanced;
}

bool CanServe(const EndpointSet& endpoints, const SelectOptions& options,
              uint32_t index, Timestamp now) {
  return ServesItsSessions(endpoints, index, now) &&
         std::find(options.tried.begin(), options.tried.end(), index) ==
             options.tried.end();
}

// Of the policy's map, where they count; null: nobody has counted them yet.
SessionCounts* SessionCountsOf(const PolicyParts& policy,
                               const EndpointSet& endpoints) {
  if (!policy.CountsSessionsOf(endpoints)) return nullptr;
  return static_cast<SessionCounts*>(
      endpoints.shelf().Find(policy.session_counts_key));
}

Choice ChoiceOf(const PolicyParts& policy, const EndpointSet& endpoints,
                const SelectOptions& options, Timestamp now) {
  return {.endpoints = endpoints,
          .tried = options.tried,
          .active = options.active,
          .hash_key = options.hash_key,
          .hash = options.hash,
          .sessions = SessionCountsOf(policy, endpoints),
          .now = now,
          .bound_percent = policy.config.balancer.bounded_load_percent};
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

// Is a session served elsewhere than by its own endpoint, which is known?
bool IsElsewhere(Outcome outcome) {
  return outcome == Outcome::kMoved || outcome == Outcome::kSubstituted;
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
uint32_t ChooseAnother(const Balancer& balancer, const Choice& choice,
                       uint32_t group, uint32_t own, const Decision& decision) {
  if (IsWithoutItsEndpoint(decision)) {
    return FindSubstitute(choice, decision.session.id, group, own);
  }
  if (group == kNoGroup && own != kNoGroup && IsElsewhere(decision.outcome)) {
    const EndpointSet::Group& home = choice.endpoints.groups()[own];
    if (home.backend.weight > 0 && choice.CanServe(home)) group = own;
  }
  if (group == kNoGroup) group = balancer.ChooseGroup(choice);
  return group == kNoGroup ? kNoEndpoint : balancer.Choose(choice, group);
}

// The same, over the bound rather than nobody.
uint32_t Balance(const Balancer& balancer, const Choice& choice, uint32_t group,
                 uint32_t own, const Decision& decision) {
  const uint32_t chosen = ChooseAnother(balancer, choice, group, own, decision);
  if (chosen != kNoEndpoint || choice.bound_percent == 0) return chosen;
  Choice unbound = choice;
  unbound.bound_percent = 0;
  return ChooseAnother(balancer, unbound, group, own, decision);
}

// Takes a session that could be served by `pinned` to a newer endpoint, if it
// is one that moves now. A request that was tried elsewhere is none to begin
// with.
[[gnu::noinline]] void MoveToNewer(const PolicyParts& policy,
                                   const EndpointSet& endpoints,
                                   const SelectOptions& options,
                                   uint32_t pinned, Timestamp now,
                                   Decision* decision) {
  if (!options.tried.empty()) return;
  const uint32_t newer = FindNewer(policy.config.rebalance, endpoints,
                                   decision->session, pinned, now);
  if (newer == kNoEndpoint) return;
  const Choice choice = ChoiceOf(policy, endpoints, options, now);
  if (choice.Refuses(newer)) return;
  if (choice.sessions != nullptr) choice.sessions->Began(newer);
  decision->endpoint = newer;
  decision->handle = endpoints.handle(newer);
  decision->outcome = Outcome::kRebalanced;
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

// A session whose own endpoint could serve it, `decision->endpoint`, but is
// full or over the bound, is served by its second choice this once.
void SpareTheFull(const PolicyParts& policy, const Choice& choice,
                  uint32_t group, Decision* decision) {
  const uint32_t own = decision->endpoint;
  const bool is_full = choice.HasMaxRequests(own);
  if (!is_full && !choice.IsOverBound(own)) return;
  if (policy.config.failover.type == FailoverType::kStrict) {
    if (is_full) {
      Refuse(policy, Outcome::kRejected, policy.config.failover.status,
             decision);
    }
    return;
  }
  decision->outcome = Outcome::kSubstituted;
  Choice this_once = choice;
  this_once.sessions = nullptr;  // none begins
  const uint32_t other = ChooseAnother(*policy.balancer, this_once, group,
                                       choice.endpoints.group(own), *decision);
  // Envoy's and HAProxy's kinds have bounds of their own, which it may be
  // below.
  if (other != kNoEndpoint && other != own) {
    decision->endpoint = other;
    decision->handle = choice.endpoints.handle(other);
  } else if (is_full) {
    Refuse(policy, Outcome::kUnavailable, kServiceUnavailable, decision);
  } else {
    decision->outcome = Outcome::kKept;
  }
}

// What becomes of the request's session on the endpoint that served it.
Outcome Settle(const PolicyParts& policy, const Decision& decision,
               EndpointHandle handle) {
  switch (decision.outcome) {
    case Outcome::kKept:
    case Outcome::kMoved:
    case Outcome::kSubstituted:
      break;
    case Outcome::kRebalanced:
      if (handle == decision.handle) return Outcome::kRebalanced;
      break;
    default:
      return decision.outcome;
  }
  if (handle == decision.session.endpoint) return Outcome::kKept;
  return OutcomeElsewhere(policy.config.failover, decision.outcome);
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
    size = store.Reissue(session, served, handle, now, token);
  } else {
    size = session.endpoint != kNoHandle
               ? store.Move(session, served, handle, now, token)
               : store.Begin(served, handle, now, token);
    if (size == 0) *outcome = Outcome::kUnpinned;
  }
  if (size == 0) return std::nullopt;
  if (!policy.sessions) {
    policy.stamps.Wrote(stays ? session.endpoint : handle, now, !stays);
  }

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
      group = policy.balancer->ChooseGroup(
          ChoiceOf(policy, endpoints, options, now));
    }
    now = policy.clock.Read(now);
    const uint32_t pinned =
        FindSession(policy, values, endpoints, group, now, &decision);
    if (pinned != kNoEndpoint) {
      own = endpoints.group(pinned);
      if (CanServe(endpoints, options, pinned, now)) {
        decision.endpoint = pinned;
        decision.handle = decision.session.endpoint;
        if (endpoints.capped() ||
            policy.config.balancer.bounded_load_percent != 0) {
          SpareTheFull(policy, ChoiceOf(policy, endpoints, options, now), group,
                       &decision);
        }
        if (decision.endpoint == pinned &&
            policy.config.rebalance.percent_per_minute != 0) [[unlikely]] {
          MoveToNewer(policy, endpoints, options, pinned, now, &decision);
        }
        return decision;
      }
      decision.outcome = OutcomeWithoutEndpoint(policy.config.failover,
                                                endpoints, pinned, now);
      if (decision.outcome == Outcome::kRejected) {
        Refuse(policy, Outcome::kRejected, policy.config.failover.status,
               &decision);
        return decision;
      }
    }
  }
  Choice choice = ChoiceOf(policy, endpoints, options, now);
  // Where no session begins none is counted.
  if (decision.outcome == Outcome::kSubstituted) choice.sessions = nullptr;
  decision.endpoint = Balance(*policy.balancer, choice, group, own, decision);
  if (choice.sessions != nullptr && decision.endpoint != kNoEndpoint) {
    choice.sessions->Began(decision.endpoint);
  }
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
