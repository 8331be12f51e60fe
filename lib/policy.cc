#include "limpet/policy.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "balancer.h"
#include "carrier.h"
#include "counter_stripes.h"
#include "policy_clock.h"
#include "store.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr size_t kMaxScopeSize = 512;
constexpr uint16_t kServiceUnavailable = 503;
// GEP-2257 can say 4 x 99999h at most; its digits bound those of Max-Age.
constexpr Duration kLongestLifetime = std::chrono::hours(400'000);

// "limpet-" and the scope's hash: unique per rule, the same in every replica.
std::string GenerateName(std::string_view scope) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const uint64_t hash = HashEndpointId(scope);
  std::string name = "limpet-";
  for (int shift = 60; shift >= 0; shift -= 4) {
    name += kDigits[(hash >> shift) & 15];
  }
  return name;
}

// The kinds by name: one line each.
std::unique_ptr<Carrier> MakeCarrier(const SessionPersistence& config) {
  switch (config.type) {
    case SessionType::kCookie:
      return MakeCookieCarrier(config);
    case SessionType::kHeader:
      return MakeHeaderCarrier(config);
    case SessionType::kNone:
      break;
  }
  return nullptr;
}

std::unique_ptr<Store> MakeStore(StoreOptions options) {
  switch (options.config.store) {
    case StoreType::kSealedToken:
      return MakeSealedToken(std::move(options));
    case StoreType::kSessionMap:
      return MakeMapToken(std::move(options));
    case StoreType::kEnvoyToken:
      return MakeEnvoyToken(std::move(options));
  }
  return nullptr;
}

std::unique_ptr<Balancer> MakeBalancer(BalancerType type,
                                       RandomSource& random) {
  switch (type) {
    case BalancerType::kRoundRobin:
      return MakeRoundRobin(random);
    case BalancerType::kRandom:
      return MakeRandom(random);
    case BalancerType::kLeastRequest:
      return MakeLeastRequest(random);
  }
  return nullptr;
}

Outcome OutcomeOf(OpenResult result) {
  switch (result) {
    case OpenResult::kLive:
      return Outcome::kKept;
    case OpenResult::kExpired:
      return Outcome::kExpired;
    case OpenResult::kInvalid:
      return Outcome::kInvalid;
    case OpenResult::kForeign:
      return Outcome::kForeign;
    case OpenResult::kUnknownEndpoint:
      return Outcome::kUnknownEndpoint;
  }
  return Outcome::kInvalid;
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

bool CanServe(const Choice& choice, uint32_t index) {
  return choice.endpoints[index].state != EndpointState::kUnavailable &&
         !choice.Tried(index);
}

}  // namespace

struct Policy::Rep {
  SessionPersistence config;
  std::string scope;
  std::shared_ptr<SessionMap> sessions;
  std::unique_ptr<Carrier> carrier;  // null: no sessions
  std::unique_ptr<Store> store;      // null: no sessions
  std::unique_ptr<Balancer> balancer;
  size_t max_field_size = 0;
  mutable CounterStripes counters;
  mutable PolicyClock clock;

  // What came with the request: a session of this set (kKept), or why not.
  struct Found {
    Outcome outcome = Outcome::kNew;
    uint32_t endpoint = kNoEndpoint;  // kKept: the session's
    Session session;
  };
  Found FindSession(std::span<const std::string_view> values,
                    const Choice& choice, uint32_t group,
                    Timestamp now) const noexcept;

  void Balance(const Choice& choice, uint32_t group,
               Decision* decision) const noexcept;
  Decision Refuse(Decision decision, Outcome outcome,
                  uint16_t status) const noexcept;

  size_t WriteToken(const Decision& decision, const Endpoint& served,
                    EndpointHandle handle, Timestamp now, Outcome* outcome,
                    std::span<char, kMaxTokenSize> token) const noexcept;
};

Policy::Policy(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Policy::~Policy() = default;

Result<std::unique_ptr<Policy>> Policy::FromJson(std::string_view json,
                                                 PolicyOptions options) {
  Result<SessionPersistence> config = SessionPersistence::FromJson(json);
  if (!config.ok()) return config.status();
  return Make(*std::move(config), std::move(options));
}

Result<std::unique_ptr<Policy>> Policy::Make(SessionPersistence config,
                                             PolicyOptions options) {
  if (const Status status = config.Validate(); !status.ok()) return status;
  if (options.scope.empty() || options.scope.size() > kMaxScopeSize) {
    return Status(StatusCode::kInvalidArgument, "scope",
                  "must have 1 to 512 bytes, such as namespace/route/rule");
  }
  if (sodium_init() < 0) {
    return Status(StatusCode::kUnavailable, "", "libsodium did not start");
  }
  RandomSource& random = options.random ? *options.random : SystemRandom();

  auto rep = std::make_unique<Rep>();
  rep->scope = std::move(options.scope);
  rep->config = std::move(config);
  rep->balancer = MakeBalancer(rep->config.balancer, random);
  if (rep->config.type == SessionType::kNone) {
    return std::unique_ptr<Policy>(new Policy(std::move(rep)));
  }

  if (rep->config.name.empty()) rep->config.name = GenerateName(rep->scope);
  if (rep->config.store == StoreType::kSealedToken && !options.keys) {
    return Status(StatusCode::kInvalidConfig, "keys",
                  "the store SealedToken needs a key ring");
  }
  if (rep->config.store == StoreType::kSessionMap) {
    rep->sessions = std::move(options.sessions);
    if (!rep->sessions) {
      auto map = SessionMap::Make(
          {.capacity = rep->config.capacity, .random = &random});
      if (!map.ok()) return map.status();
      rep->sessions = *std::move(map);
    }
  }
  rep->carrier = MakeCarrier(rep->config);
  rep->store = MakeStore({.config = rep->config,
                          .scope = rep->scope,
                          .keys = std::move(options.keys),
                          .sessions = rep->sessions,
                          .random = &random});
  const std::string longest(rep->store->MaxSize(), 'x');
  rep->max_field_size = rep->carrier->Write(longest, kLongestLifetime, {});
  return std::unique_ptr<Policy>(new Policy(std::move(rep)));
}

const SessionPersistence& Policy::config() const { return rep_->config; }
const std::string& Policy::scope() const { return rep_->scope; }

std::string_view Policy::RequestField() const {
  return rep_->carrier ? rep_->carrier->RequestField() : std::string_view();
}

Policy::Rep::Found Policy::Rep::FindSession(
    std::span<const std::string_view> values, const Choice& choice,
    uint32_t group, Timestamp now) const noexcept {
  Found found;
  const Candidates candidates = carrier->Read(values);
  for (size_t i = 0; i < candidates.size; ++i) {
    Session session;
    const OpenResult result =
        store->Open(candidates.tokens[i], choice.endpoints, now, &session);
    if (result == OpenResult::kExpired) clock.Ended(now);
    Outcome outcome = OutcomeOf(result);
    if (result == OpenResult::kLive) {
      const uint32_t index = choice.endpoints.Find(session.endpoint);
      if (index == kNoEndpoint) {
        outcome = Outcome::kUnknownEndpoint;
      } else if (group != kNoGroup && choice.endpoints.group(index) != group) {
        outcome = Outcome::kOtherBackend;
      } else {
        return {.outcome = outcome, .endpoint = index, .session = session};
      }
    }
    if (Telling(outcome) > Telling(found.outcome)) {
      found.outcome = outcome;
      // A live session that cannot be used here is moved, not begun anew.
      found.session = result == OpenResult::kLive ? session : Session{};
    }
  }
  return found;
}

// Fills in an endpoint for a request without a session that could serve it.
// `group` is the backend that the weights have chosen already, or kNoGroup.
void Policy::Rep::Balance(const Choice& choice, uint32_t group,
                          Decision* decision) const noexcept {
  if (group == kNoGroup) group = balancer->ChooseGroup(choice);
  if (group == kNoGroup) return;
  decision->endpoint = balancer->Choose(choice, group);
  if (decision->endpoint != kNoEndpoint) {
    decision->handle = choice.endpoints.handle(decision->endpoint);
  }
}

Decision Policy::Rep::Refuse(Decision decision, Outcome outcome,
                             uint16_t status) const noexcept {
  decision.endpoint = kNoEndpoint;
  decision.handle = kNoHandle;
  decision.outcome = outcome;
  decision.status = status;
  counters.Add(outcome);
  return decision;
}

Decision Policy::Select(std::span<const std::string_view> values,
                        const EndpointSet& endpoints, Timestamp now,
                        const SelectOptions& options) const noexcept {
  const Rep& rep = *rep_;
  const Choice choice{endpoints, options.tried, options.active};
  Decision decision;
  uint32_t group = kNoGroup;
  if (rep.carrier) {
    if (rep.config.splitting == Splitting::kWeightsFirst) {
      group = rep.balancer->ChooseGroup(choice);
    }
    const Rep::Found found =
        rep.FindSession(values, choice, group, rep.clock.Read(now));
    decision.outcome = found.outcome;
    decision.session = found.session;
    if (found.endpoint != kNoEndpoint) {
      if (CanServe(choice, found.endpoint)) {
        decision.endpoint = found.endpoint;
        decision.handle = found.session.endpoint;
        return decision;
      }
      switch (rep.config.failover.type) {
        case FailoverType::kRebind:
          decision.outcome = Outcome::kMoved;
          break;
        case FailoverType::kTemporary:
          decision.outcome = Outcome::kSubstituted;
          break;
        case FailoverType::kStrict:
          return rep.Refuse(decision, Outcome::kRejected,
                            rep.config.failover.status);
      }
    }
  }
  rep.Balance(choice, group, &decision);
  if (decision.endpoint == kNoEndpoint) {
    return rep.Refuse(decision, Outcome::kUnavailable, kServiceUnavailable);
  }
  return decision;
}

// Settles what became of the request's session on `served` and writes the
// token that the client needs; 0: it needs none.
size_t Policy::Rep::WriteToken(
    const Decision& decision, const Endpoint& served, EndpointHandle handle,
    Timestamp now, Outcome* outcome,
    std::span<char, kMaxTokenSize> token) const noexcept {
  const Session& session = decision.session;
  if (decision.outcome == Outcome::kBalanced) return 0;

  const bool pinned = decision.outcome == Outcome::kKept ||
                      decision.outcome == Outcome::kMoved ||
                      decision.outcome == Outcome::kSubstituted;
  if (pinned) {
    if (handle == session.endpoint) {
      *outcome = Outcome::kKept;
    } else if (config.failover.type == FailoverType::kRebind) {
      *outcome = Outcome::kMoved;
    } else {
      *outcome = Outcome::kSubstituted;
    }
    if (*outcome != Outcome::kMoved) {
      return session.reissue ? store->Reissue(session, now, token) : 0;
    }
  }
  const size_t size = session.endpoint != kNoHandle
                          ? store->Move(session, served, handle, now, token)
                          : store->Begin(served, handle, now, token);
  if (size == 0) *outcome = Outcome::kUnpinned;
  return size;
}

std::optional<ResponseField> Policy::Commit(const Decision& decision,
                                            const Endpoint* served,
                                            Timestamp now,
                                            std::span<char> buffer,
                                            Outcome* outcome) const noexcept {
  const Rep& rep = *rep_;
  *outcome = decision.outcome;
  if (decision.endpoint == kNoEndpoint) return std::nullopt;  // counted already
  if (served == nullptr) {
    *outcome = Outcome::kUnserved;
    rep.counters.Add(*outcome);
    return std::nullopt;
  }
  assert(buffer.size() >= rep.max_field_size);
  if (!rep.carrier || buffer.size() < rep.max_field_size) {
    rep.counters.Add(*outcome);
    return std::nullopt;
  }
  now = rep.clock.Read(now);
  std::array<char, kMaxTokenSize> token;
  const size_t size = rep.WriteToken(
      decision, *served, HashEndpointId(served->id), now, outcome, token);
  rep.counters.Add(*outcome);
  if (size == 0) return std::nullopt;

  std::optional<Duration> lifetime;
  if (rep.config.absolute_timeout > Duration(0)) {
    const bool began =
        *outcome != Outcome::kKept && *outcome != Outcome::kSubstituted;
    lifetime = rep.config.absolute_timeout -
               (began ? Duration(0) : Elapsed(decision.session.created, now));
  }
  const size_t written =
      rep.carrier->Write({token.data(), size}, lifetime, buffer);
  return ResponseField{.name = rep.carrier->ResponseField(),
                       .value = {buffer.data(), written}};
}

std::optional<ResponseField> Policy::Commit(
    const Decision& decision, const Endpoint* served, Timestamp now,
    std::span<char> buffer) const noexcept {
  Outcome outcome;
  return Commit(decision, served, now, buffer, &outcome);
}

size_t Policy::MaxFieldSize() const { return rep_->max_field_size; }

size_t Policy::StripToken(std::string_view value, std::span<char> out) const {
  if (!rep_->carrier) {
    std::copy(value.begin(), value.end(), out.begin());
    return value.size();
  }
  return rep_->carrier->Strip(value, out);
}

Counters Policy::counters() const { return rep_->counters.Sum(); }

const std::shared_ptr<SessionMap>& Policy::sessions() const {
  return rep_->sessions;
}

Timeouts Policy::timeouts() const {
  return {rep_->config.absolute_timeout, rep_->config.idle_timeout};
}

}  // namespace v0
}  // namespace limpet
