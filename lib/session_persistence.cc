#include "limpet/session_persistence.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

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

}  // namespace

std::string_view NewestNameField(SessionType type) {
  return type == SessionType::kHeader ? "header.name" : "cookie.name";
}

void CheckTogether(const SessionPersistence& config,
                   std::string_view name_field, Problems& problems) {
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
  if (config.failover.type == FailoverType::kStrict &&
      (config.failover.status < kMinStrictStatus ||
       config.failover.status > kMaxStrictStatus)) {
    problems.AddFirst("failover.status",
                      "must be " + std::to_string(kMinStrictStatus) + " to " +
                          std::to_string(kMaxStrictStatus));
  }
}

}  // namespace internal

Status SessionPersistence::Validate() const {
  internal::Problems problems;
  internal::CheckTogether(*this, internal::NewestNameField(type), problems);
  return std::move(problems).ToStatus();
}

}  // namespace v0
}  // namespace limpet
