#include "limpet/session_persistence.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "balancing_fields.h"
#include "session_persistence_check.h"

namespace limpet {
inline namespace v0 {
namespace internal {
namespace {

// More than GEP-2257 can say (4 x 99999 h), so that hand-made values stay
// within what every store can add to a Timestamp.
constexpr std::chrono::hours kMaxTimeout(400'000);

// Fields that frame, route or authorise a message. A session token in one of
// them would break the response or the request that carries it back.
constexpr std::string_view kReservedHeaders[] = {
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "location",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
};

bool EqualIgnoringCase(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                    [](char x, char y) {
                      return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y;
                    });
}

void CheckTimeout(std::string_view field, Duration timeout,
                  Problems& problems) {
  if (timeout < Duration(0)) {
    problems.AddFirst(std::string(field), "must not be negative");
  } else if (timeout > kMaxTimeout) {
    problems.AddFirst(std::string(field), "must be at most 400000h");
  }
}

void CheckSize(std::string_view field, std::string_view text, size_t max,
               Problems& problems) {
  if (text.size() <= max) return;
  problems.AddFirst(std::string(field), "Too long: may not be more than " +
                                            std::to_string(max) + " bytes");
}

void CheckCookie(const SessionPersistence& config, std::string_view name_field,
                 Problems& problems) {
  if (config.path.empty()) {
    problems.AddFirst("cookie.path",
                      "must not be empty: leave the field out to get \"/\"");
  }
  if (config.lifetime_type == LifetimeType::kPermanent &&
      config.absolute_timeout == Duration(0)) {
    problems.AddFirst("absoluteTimeout",
                      std::string(kPermanentNeedsTimeout) + "; 0s is none");
  }
  SetCookie line;
  // A generated name is a token without prefix.
  line.name = "generated";
  if (!config.name.empty()) line.name = config.name;
  line.path = config.path;
  line.domain = config.domain;
  line.secure = config.secure;
  line.http_only = config.http_only;
  line.same_site = config.same_site;
  line.partitioned = config.partitioned;
  const Status status = ValidateSetCookie(line);
  for (const Problem& problem : status.problems()) {
    std::string field = "cookieAttributes." + problem.field;
    if (problem.field == "name") field = name_field;
    if (problem.field == "path") field = "cookie.path";
    problems.AddFirst(std::move(field), problem.message);
  }
  CheckSize("cookie.path", config.path, kMaxPathSize, problems);
}

void CheckHeader(const SessionPersistence& config, std::string_view name_field,
                 Problems& problems) {
  if (config.name.empty()) return;  // generated
  if (!IsToken(config.name)) {
    problems.AddFirst(std::string(name_field),
                      "must be a token (RFC 9110): letters, digits and "
                      "!#$%&'*+-.^_`|~");
    return;
  }
  for (std::string_view reserved : kReservedHeaders) {
    if (!EqualIgnoringCase(config.name, reserved)) continue;
    problems.AddFirst(std::string(name_field),
                      "\"" + config.name +
                          "\" is a field of HTTP itself and cannot carry a "
                          "session: choose a name of your own");
  }
}

void CheckStore(const SessionPersistence& config, Problems& problems) {
  if (config.capacity < 1 || config.capacity > kMaxCapacity) {
    problems.AddFirst("store.capacity",
                      "must be 1 to " + std::to_string(kMaxCapacity));
  }
  if (config.store != StoreType::kEnvoyToken) return;
  if (config.idle_timeout != Duration(0)) {
    problems.AddFirst("idleTimeout",
                      "cannot be kept by store EnvoyToken, whose tokens do not "
                      "carry the last use: use SealedToken or SessionMap");
  }
  if (config.type == SessionType::kHeader &&
      config.absolute_timeout != Duration(0)) {
    problems.AddFirst("absoluteTimeout",
                      "cannot be kept by store EnvoyToken in a header, whose "
                      "tokens carry no time: use type Cookie or SealedToken");
  }
}

void CheckFailover(const Failover& failover, Problems& problems) {
  if (failover.type == FailoverType::kStrict &&
      (failover.status < kMinStrictStatus ||
       failover.status > kMaxStrictStatus)) {
    problems.AddFirst("failover.status",
                      "must be " + std::to_string(kMinStrictStatus) + " to " +
                          std::to_string(kMaxStrictStatus));
  }
  if (failover.type == FailoverType::kRebindAfter) {
    if (failover.after == Duration(0)) {
      problems.AddFirst("failover.after",
                        "must be more than 0s with type RebindAfter: how long "
                        "a session waits for its endpoint");
    }
    CheckTimeout("failover.after", failover.after, problems);
  } else if (failover.after != Duration(0)) {
    problems.AddFirst("failover.after", "only type RebindAfter waits");
  }
}

void CheckRebalance(const SessionPersistence& config, Problems& problems) {
  const Rebalance& rebalance = config.rebalance;
  if (rebalance.percent_per_minute > kMaxPercent) {
    problems.AddFirst("rebalance.percentPerMinute",
                      "must be 0 to " + std::to_string(kMaxPercent));
  }
  CheckTimeout("rebalance.idleAtLeast", rebalance.idle_at_least, problems);
  if (rebalance.percent_per_minute == 0) return;
  if (config.type == SessionType::kNone) {
    problems.AddFirst("rebalance.percentPerMinute",
                      "needs sessions: must be 0 without a type");
    return;
  }
  if (config.store == StoreType::kEnvoyToken) {
    problems.AddFirst("rebalance.percentPerMinute",
                      "must be 0 with store EnvoyToken, whose tokens do not "
                      "tell one session from another");
  }
  if (rebalance.idle_at_least == Duration(0)) return;
  if (config.store != StoreType::kSessionMap) {
    problems.AddFirst("rebalance.idleAtLeast",
                      "needs store SessionMap: other tokens do not carry the "
                      "last use");
  } else if (config.idle_timeout > Duration(0) &&
             rebalance.idle_at_least >= config.idle_timeout) {
    problems.AddFirst("rebalance.idleAtLeast",
                      "must be less than idleTimeout, or no session moves");
  }
}

void CheckLeastSessions(const SessionPersistence& config, Problems& problems) {
  if (config.balancer.type == BalancerType::kLeastSessions &&
      (config.type == SessionType::kNone ||
       config.store != StoreType::kSessionMap)) {
    problems.AddFirst("balancer.type",
                      "LeastSessions counts the sessions of a store "
                      "SessionMap: use that store, or LeastRequest");
  }
}

}  // namespace

std::string_view NewestNameField(SessionType type) {
  return type == SessionType::kHeader ? "header.name" : "cookie.name";
}

void CheckTogether(const SessionPersistence& config,
                   std::string_view name_field, Problems& problems) {
  CheckBalancing(config.balancer, problems);
  CheckLeastSessions(config, problems);
  CheckRebalance(config, problems);
  if (config.type == SessionType::kNone) return;
  CheckTimeout("absoluteTimeout", config.absolute_timeout, problems);
  CheckTimeout("idleTimeout", config.idle_timeout, problems);
  if (config.type == SessionType::kCookie) {
    CheckCookie(config, name_field, problems);
  } else {
    CheckHeader(config, name_field, problems);
  }
  CheckSize(name_field, config.name, kMaxNameSize, problems);
  CheckStore(config, problems);
  CheckFailover(config.failover, problems);
}

}  // namespace internal

Status SessionPersistence::Validate() const {
  internal::Problems problems;
  internal::CheckTogether(*this, internal::NewestNameField(type), problems);
  return std::move(problems).ToStatus();
}

}  // namespace v0
}  // namespace limpet
