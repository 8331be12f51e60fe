#include "rules.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "hash_text.h"

namespace limpet_envoy {
namespace {

constexpr uint64_t kHourMs = 3'600'000;
constexpr uint64_t kKeptHours = 24;
constexpr char kNoScope[] = "configuration";  // of no request

// What this worker has found of one Rules.
struct Found {
  uint64_t generation = 0;
  std::weak_ptr<const Rules> owner;
  std::unordered_map<std::string, std::shared_ptr<const Rule>, HashText,
                     std::equal_to<>>
      rules;
};
thread_local std::unordered_map<uint64_t, Found> found_here;

// The last that was found of all, which often is what the next request asks
// for.
struct Last {
  uint64_t number = 0;
  uint64_t generation = 0;
  std::string scope;
  std::shared_ptr<const Rule> rule;
};
thread_local Last last_here;

uint64_t NextNumber() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

std::string InLowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool NeedsHosts(const Config& config) {
  return config.kind == FilterKind::kOwn &&
         (config.store == "SessionMap" || !config.endpoints.empty());
}

OwnedMap MakeMap(const Config& config) {
  if (config.store != "SessionMap") return nullptr;
  limpet_session_map_options options = LIMPET_SESSION_MAP_OPTIONS_INIT;
  options.capacity = config.capacity;
  options.when_full =
      config.evicts ? LIMPET_WHEN_FULL_EVICT : LIMPET_WHEN_FULL_REFUSE;
  limpet_session_map* map = nullptr;
  char error[512];
  if (limpet_session_map_new(&options, nullptr, &map, error, sizeof error) !=
      LIMPET_OK) {
    throw ConfigError(std::string("sessionPersistence.store.") + error);
  }
  return OwnedMap(map);
}

// A policy's scope has 512 bytes at most. Of a longer name the end counts as
// its hash.
std::string ToScope(std::string_view name) {
  constexpr size_t kMost = 512;
  constexpr size_t kDigits = 16;
  if (name.size() <= kMost) return std::string(name);
  std::string scope(name.substr(0, kMost - kDigits));
  const uint64_t hash = limpet_endpoint_handle(name.data(), name.size());
  for (size_t shift = 4 * kDigits; shift > 0; shift -= 4) {
    scope += "0123456789abcdef"[(hash >> (shift - 4)) & 15];
  }
  return scope;
}

// The name that Envoy Gateway gives the sessions of a rule that names none.
std::string NameOfRule(std::string_view scope) {
  std::string name(scope);
  std::replace(name.begin(), name.end(), '/', '-');
  return name;
}

OwnedConfig Named(const std::string& sessions, const std::string& name) {
  OwnedConfig config = Compile(sessions);
  limpet_config_set_name(config.get(), name.data(), name.size());
  return config;
}

// What stateful_session writes, whatever the sessions are otherwise.
OwnedConfig PlainConfig(const limpet_policy* sealed) {
  limpet_config* config = nullptr;
  if (limpet_config_new(&config) != LIMPET_OK) throw std::bad_alloc();
  OwnedConfig plain(config);
  const limpet_str name = limpet_policy_name(sealed);
  limpet_config_set_name(config, name.data, name.size);
  limpet_config_set_type(config, limpet_policy_type(sealed));
  limpet_config_set_store(config, LIMPET_STORE_ENVOY_TOKEN, 0);
  return plain;
}

}  // namespace

Rules::Rules(Config config)
    : number_(NextNumber()),
      config_(std::move(config)),
      failed_(config_.unavailable_for_ms),
      keys_file_(config_.keys_file),
      map_(MakeMap(config_)),
      // What only a policy finds out is wrong is found out now.
      any_(Make(kNoScope, keys_file_.keys())) {}

Rules::~Rules() = default;

std::shared_ptr<Rules> Rules::Of(FilterKind kind, std::string_view json,
                                 bool* passes_through) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<Rules>> all;
  const std::string key =
      (kind == FilterKind::kOwn ? "own " : "seal ") + std::string(json);
  const std::lock_guard lock(mutex);
  std::erase_if(all, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<Rules>& place = all[key];
  std::shared_ptr<Rules> rules = place.lock();
  if (!rules) {
    rules = std::make_shared<Rules>(ReadConfig(kind, json, passes_through));
    place = rules;
  }
  return rules;
}

OwnedPolicy Rules::MakePolicy(const limpet_config* config,
                              const std::string& scope, const limpet_keys* keys,
                              const limpet_session_map* sessions) const {
  limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
  options.scope = {scope.data(), scope.size()};
  options.keys = keys;
  options.sessions = sessions;
  limpet_policy* policy = nullptr;
  char error[512];
  if (limpet_policy_new(config, &options, &policy, error, sizeof error) !=
      LIMPET_OK) {
    throw ConfigError(std::string("sessionPersistence.") + error);
  }
  return OwnedPolicy(policy);
}

std::shared_ptr<Rule> Rules::Make(const std::string& scope,
                                  const limpet_keys* keys) {
  auto rule = std::make_shared<Rule>();
  OwnedConfig named;
  const limpet_config* sessions = config_.sessions.get();
  OwnedConfig named_also;
  const limpet_config* also = config_.also_accepted.get();
  if (config_.kind == FilterKind::kSeal && !config_.has_name) {
    const std::string name = NameOfRule(scope);
    named = Named(config_.sessions_json, name);
    sessions = named.get();
    if (also != nullptr) {
      named_also = Named(config_.also_accepted_json, name);
      also = named_also.get();
    }
  }
  rule->policy = MakePolicy(sessions, scope, keys, map_.get());
  if (also != nullptr) rule->also = MakePolicy(also, scope, keys, nullptr);
  const limpet_policy* policy = rule->policy.get();
  if (config_.kind == FilterKind::kSeal) {
    const OwnedConfig plain = PlainConfig(policy);
    rule->plain = MakePolicy(plain.get(), scope, nullptr, nullptr);
  }
  const auto text = [](limpet_str t) { return std::string(t.data, t.size); };
  rule->field = InLowerCase(text(limpet_policy_request_field(policy)));
  rule->sends = InLowerCase(text(limpet_policy_response_field(policy)));
  rule->is_cookie = limpet_policy_type(policy) == LIMPET_TYPE_COOKIE;
  if (rule->is_cookie) rule->cookie_name = text(limpet_policy_name(policy));
  rule->packs_addresses = config_.store == "SealedToken";
  rule->is_strict = config_.failover == "Strict";
  rule->strips_token = limpet_policy_strips_token(policy) != 0;
  rule->max_field_size = std::max(limpet_policy_max_field_size(policy),
                                  limpet_policy_max_sealed_field_size(policy));
  return rule;
}

std::shared_ptr<const Rule> Rules::Find(std::string_view scope,
                                        uint64_t now_ms) {
  const uint64_t generation = generation_.load(std::memory_order_acquire);
  Last& last = last_here;
  if (last.number != number_ || last.generation != generation ||
      last.scope != scope) {
    last.number = 0;
    last.rule = FindHere(scope, generation, now_ms);
    last.scope = scope;
    last.generation = generation;
    last.number = number_;
  }
  const uint64_t hour = now_ms / kHourMs;
  if (last.rule &&
      last.rule->used_hour.load(std::memory_order_relaxed) != hour) {
    last.rule->used_hour.store(hour, std::memory_order_relaxed);
  }
  return last.rule;
}

std::shared_ptr<const Rule> Rules::FindHere(std::string_view scope,
                                            uint64_t generation,
                                            uint64_t now_ms) {
  auto here = found_here.find(number_);
  if (here != found_here.end() && here->second.generation == generation) {
    const auto rule = here->second.rules.find(scope);
    if (rule != here->second.rules.end()) return rule->second;
  } else {
    // What is gone is forgotten by those who meet something new.
    std::erase_if(found_here, [&](const auto& entry) {
      return entry.first == number_ || entry.second.owner.expired();
    });
    here = found_here.try_emplace(number_).first;
    here->second.generation = generation;
    here->second.owner = weak_from_this();
  }
  const std::lock_guard lock(mutex_);
  auto rule = rules_.find(scope);
  if (rule == rules_.end()) {
    rule = rules_.emplace(scope, MakeUsed(scope, now_ms)).first;
  }
  // Counted here, so that workers do not write to one count at each request.
  const std::shared_ptr<const Rule> mine(
      rule->second.get(), [shared = rule->second](const Rule*) {});
  here->second.rules.emplace(scope, mine);
  return mine;
}

Rules::Second Rules::Tick(uint64_t now_ms) {
  Second second;
  uint64_t due = next_second_ms_.load(std::memory_order_relaxed);
  // A clock that went back by more than it could have gone on starts anew.
  if ((now_ms < due && due - now_ms <= 1000) ||
      !next_second_ms_.compare_exchange_strong(due, now_ms + 1000,
                                               std::memory_order_relaxed)) {
    return second;
  }
  second.is_new = true;
  const std::lock_guard lock(mutex_);
  try {
    const bool is_new = keys_file_.Refresh(
        [this](const limpet_keys* keys) { Make(kNoScope, keys); });
    if (is_new) {
      rules_.clear();
      generation_.fetch_add(1, std::memory_order_release);
    }
  } catch (const ConfigError& error) {
    second.keys_failed = true;
    second.error = error.what();
  }
  ForgetOld(now_ms);
  if (map_) {
    // A map of 100000 sessions is looked through in two minutes.
    constexpr size_t kPlacesASecond = 1024;
    if (!rules_.empty()) {
      limpet_policy_sweep(rules_.begin()->second->policy.get(), now_ms,
                          kPlacesASecond, nullptr);
    }
    second.has_sessions = true;
    second.sessions = limpet_session_map_size(map_.get());
  }
  return second;
}

std::shared_ptr<const Rule> Rules::MakeUsed(std::string_view scope,
                                            uint64_t now_ms) {
  std::shared_ptr<Rule> rule;
  try {
    rule = Make(ToScope(scope), keys_file_.keys());
  } catch (const ConfigError&) {
    return nullptr;  // a name of the rule's that cannot be one of a session
  }
  if (NeedsHosts(config_)) {
    std::shared_ptr<HostBook>& book = books_[std::string(scope)];
    if (!book) book = std::make_shared<HostBook>(config_.endpoints);
    rule->book = book;
  }
  rule->used_hour = now_ms / kHourMs;
  return rule;
}

void Rules::ForgetOld(uint64_t now_ms) {
  const uint64_t hour = now_ms / kHourMs;
  if (hour == looked_hour_) return;
  looked_hour_ = hour;
  if (map_ && limpet_session_map_size(map_.get()) != 0) return;
  const size_t forgotten = std::erase_if(rules_, [hour](const auto& entry) {
    const std::shared_ptr<const Rule>& rule = entry.second;
    return !rule ||
           rule->used_hour.load(std::memory_order_relaxed) + kKeptHours < hour;
  });
  // Workers let go of what they have found of them.
  if (forgotten != 0) generation_.fetch_add(1, std::memory_order_release);
  std::erase_if(books_, [this](const auto& entry) {
    const auto rule = rules_.find(entry.first);
    return rule == rules_.end() || !rule->second;
  });
}

std::string_view ScopeOfCluster(std::string_view cluster) {
  constexpr std::string_view kBackend = "/backend/";
  const size_t at = cluster.rfind(kBackend);
  if (at == std::string_view::npos) return cluster;
  const std::string_view number = cluster.substr(at + kBackend.size());
  const bool is_number =
      !number.empty() &&
      number.find_first_not_of("0123456789") == std::string_view::npos;
  return is_number ? cluster.substr(0, at) : cluster;
}

}  // namespace limpet_envoy
