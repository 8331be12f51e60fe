#include "limpet/policy.h"

#include <sodium.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "key_ring_keys.h"
#include "policy_parts.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr size_t kMaxScopeSize = 512;
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

// A session map keeps times for as long as it was made for.
Status CheckTimeouts(const SessionPersistence& config, Duration longest) {
  std::vector<Problem> problems;
  const auto check = [&](const char* field, Duration timeout) {
    if (timeout <= longest) return;
    const Result<std::string> text = FormatDuration(longest);
    problems.push_back(
        {field,
         "must be at most " +
             (text.ok() ? *text : std::to_string(longest.count()) + "ms") +
             ", the longest timeout of the session map that was given"});
  };
  check("absoluteTimeout", config.absolute_timeout);
  check("idleTimeout", config.idle_timeout);
  if (problems.empty()) return {};
  return Status(StatusCode::kInvalidConfig, std::move(problems));
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

std::unique_ptr<ValueStore> MakeValueStore(const StoreOptions& options) {
  switch (options.config.store) {
    case StoreType::kSealedToken:
      return MakeSealedValue(options);
    case StoreType::kSessionMap:
      return nullptr;
    case StoreType::kEnvoyToken:
      return MakeEnvoyValue(options);
  }
  return nullptr;
}

}  // namespace

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
  if (NeedsPlaceKey(rep->config.balancer.type) &&
      (!options.keys || !options.keys->keys().placing)) {
    return Status(StatusCode::kInvalidConfig, "keys",
                  "this balancer needs a key of the role place");
  }
  rep->balancer = MakeBalancer(rep->config.balancer, options.keys, random);
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
      SessionMap::Options map_options{.capacity = rep->config.capacity};
      if (rep->config.when_full == WhenFull::kEvict) {
        map_options.when_full = SessionMap::WhenFull::kEvict;
      }
      map_options.longest_timeout =
          std::max({map_options.longest_timeout, rep->config.absolute_timeout,
                    rep->config.idle_timeout});
      auto map = SessionMap::Make(map_options, {.random = &random});
      if (!map.ok()) return map.status();
      rep->sessions = *std::move(map);
    }
    const Status status =
        CheckTimeouts(rep->config, rep->sessions->longest_timeout());
    if (!status.ok()) return status;
  }
  if (rep->sessions) {
    // Of the map by its secrets, not by its address, which another may get.
    rep->session_counts_key = HashEndpointId(
        "sessions " + std::to_string(rep->sessions->Tag({}, 0)) + " " +
        std::to_string(rep->config.absolute_timeout.count()) + " " +
        std::to_string(rep->config.idle_timeout.count()));
  }
  rep->carrier = MakeCarrier(rep->config);
  StoreOptions store_options{.config = rep->config,
                             .scope = rep->scope,
                             .keys = std::move(options.keys),
                             .remember_tokens = options.remember_tokens,
                             .sessions = rep->sessions,
                             .random = &random};
  const auto longest_field = [&](size_t token_size) {
    return rep->carrier->Write(std::string(token_size, 'x'), kLongestLifetime,
                               {});
  };
  rep->values = MakeValueStore(store_options);
  if (rep->values) {
    rep->max_sealed_field_size = longest_field(rep->values->MaxSize());
  }
  rep->store = MakeStore(std::move(store_options));
  rep->max_field_size = longest_field(rep->store->MaxSize());
  return std::unique_ptr<Policy>(new Policy(std::move(rep)));
}

void Policy::Prepare(const EndpointSet& endpoints, Timestamp now) const noexcept
    try {
  rep_->balancer->Prepare(endpoints);
  if (!rep_->CountsSessionsOf(endpoints)) return;
  auto& counts = static_cast<SessionCounts&>(endpoints.shelf().FindOrMake(
      rep_->session_counts_key,
      [&] { return std::make_unique<SessionCounts>(endpoints.size()); }));
  std::vector<uint32_t> live(endpoints.size(), 0);
  rep_->sessions->CountLive(timeouts(), rep_->clock.Read(now),
                            [&](EndpointHandle handle, size_t sessions) {
                              const uint32_t index = endpoints.Find(handle);
                              if (index == kNoEndpoint) return;
                              live[index] = static_cast<uint32_t>(sessions);
                            });
  for (uint32_t i = 0; i < live.size(); ++i) counts.Set(i, live[i]);
} catch (...) {
  // No memory: the first request tries again to make a table; what was not
  // counted has no limit.
}

const SessionPersistence& Policy::config() const { return rep_->config; }
const std::string& Policy::scope() const { return rep_->scope; }

std::string_view Policy::RequestField() const {
  return rep_->carrier ? rep_->carrier->RequestField() : std::string_view();
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
