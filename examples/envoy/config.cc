#include "config.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "hosts.h"

namespace limpet_envoy {
namespace {

using Json = nlohmann::json;

// "sessionPersistence.absoluteTimeout: ...; sessionPersistence...": the errors
// of a part, with its place before each field.
std::string Within(std::string_view place, std::string_view errors) {
  std::string text;
  while (!errors.empty()) {
    const size_t end = errors.find("; ");
    if (!text.empty()) text += "; ";
    text += std::string(place) + "." + std::string(errors.substr(0, end));
    errors.remove_prefix(end == std::string_view::npos ? errors.size()
                                                       : end + 2);
  }
  return text;
}

class ErrorBuffer {
 public:
  char* data() { return buffer_.data(); }
  size_t size() const { return buffer_.size(); }
  std::string_view text() const { return buffer_.data(); }

 private:
  std::array<char, 2048> buffer_{};
};

Json Parse(std::string_view json) {
  Json value = Json::parse(json, nullptr, false);
  if (value.is_discarded()) {
    throw ConfigError("configuration", "is no JSON");
  }
  if (!value.is_object()) {
    throw ConfigError("configuration", "must be a JSON object");
  }
  return value;
}

// The members of an object, taken out one by one; the rest is unknown.
class Members {
 public:
  explicit Members(Json object) : rest_(std::move(object)) {}

  // Null: there is no such member.
  Json Take(const char* name) {
    const auto found = rest_.find(name);
    if (found == rest_.end()) return nullptr;
    Json value = std::move(*found);
    rest_.erase(found);
    return value;
  }

  std::string TakeText(const char* name, std::string_view otherwise,
                       std::string_view allowed) {
    const Json value = Take(name);
    if (value.is_null()) return std::string(otherwise);
    if (!value.is_string()) throw ConfigError(name, allowed);
    return value.get<std::string>();
  }

  // One of `names`, of which the first is the default.
  size_t TakeOneOf(const char* name, std::vector<std::string_view> names) {
    std::string allowed = "must be ";
    for (size_t i = 0; i < names.size(); ++i) {
      if (i > 0) allowed += " or ";
      allowed += names[i];
    }
    const std::string text = TakeText(name, names[0], allowed);
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == text) return i;
    }
    throw ConfigError(name, allowed);
  }

  void RefuseRest(std::string_view known) const {
    if (!rest_.empty()) {
      throw ConfigError(rest_.begin().key(),
                        "is not known; there are " + std::string(known));
    }
  }

 private:
  Json rest_;
};

// A Gateway API duration, read by limpet: as the idle timeout of a policy.
uint64_t ReadDuration(const char* name, const Json& value, uint64_t otherwise) {
  if (value.is_null()) return otherwise;
  constexpr char kAllowed[] = "must be a duration from 0s to 1h, such as 5s";
  if (!value.is_string()) throw ConfigError(name, kAllowed);
  // Digits and units of GEP-2257.
  const std::string text = value.get<std::string>();
  uint64_t total = 0;
  size_t at = 0;
  while (at < text.size()) {
    uint64_t number = 0;
    const size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' &&
           at - begin < 7) {
      number = number * 10 + static_cast<uint64_t>(text[at++] - '0');
    }
    const size_t digits = at;
    while (at < text.size() && text[at] >= 'a' && text[at] <= 'z') ++at;
    const std::string_view unit =
        std::string_view(text).substr(digits, at - digits);
    const uint64_t ms = unit == "ms"  ? 1
                        : unit == "s" ? 1000
                        : unit == "m" ? 60'000
                        : unit == "h" ? 3'600'000
                                      : 0;
    if (digits == begin || ms == 0) throw ConfigError(name, kAllowed);
    total += number * ms;
  }
  if (text.empty() || total > 3'600'000) throw ConfigError(name, kAllowed);
  return total;
}

std::vector<ConfiguredEndpoint> ReadEndpoints(const Json& value) {
  constexpr char kAllowed[] =
      "must be a list of {\"id\": text, \"address\": \"ip:port\"}";
  std::vector<ConfiguredEndpoint> endpoints;
  HostFilter filter;
  if (value.is_null()) return endpoints;
  if (!value.is_array()) throw ConfigError("endpoints", kAllowed);
  for (size_t i = 0; i < value.size(); ++i) {
    const std::string place = "endpoints[" + std::to_string(i) + "]";
    if (!value[i].is_object() || value[i].size() != 2 ||
        !value[i].contains("id") || !value[i]["id"].is_string() ||
        !value[i].contains("address") || !value[i]["address"].is_string()) {
      throw ConfigError(place, kAllowed);
    }
    endpoints.push_back({value[i]["id"], value[i]["address"]});
    if (!filter.Takes(
            {.id = endpoints.back().id, .address = endpoints.back().address})) {
      throw ConfigError(place,
                        "must have an id and an address of 255 bytes at most "
                        "that no other one has");
    }
  }
  return endpoints;
}

// A member of a member; null where either is not there.
Json Find(const Json& object, const char* name, const char* inner) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_object()) return nullptr;
  const auto value = found->find(inner);
  return value == found->end() ? Json(nullptr) : *value;
}

template <typename T>
void Take(const Json& value, T* to) {
  if (!value.is_null()) *to = value.get<T>();
}

// What the module itself has to know of what limpet has read and checked. To
// limpet null is as good as nothing.
void Recall(const Json& sessions, Config* config) {
  Take(Find(sessions, "store", "type"), &config->store);
  Take(Find(sessions, "store", "capacity"), &config->capacity);
  config->evicts = Find(sessions, "store", "whenFull") == "Evict";
  Take(Find(sessions, "failover", "type"), &config->failover);
  Take(Find(sessions, "failover", "status"), &config->strict_status);
  config->has_name = sessions.value("sessionName", Json()).is_string() ||
                     Find(sessions, "header", "name").is_string() ||
                     Find(sessions, "cookie", "name").is_string();
}

// The same sessions in another store.
Json InStore(Json sessions, std::string_view store) {
  sessions["store"] = {{"type", store}};
  sessions.erase("rebalance");
  if (store == "EnvoyToken") {
    sessions.erase("idleTimeout");
    // Envoy's header has no date.
    if (!sessions.value("header", Json()).is_null() ||
        sessions.value("type", Json()) == "Header") {
      sessions.erase("absoluteTimeout");
    }
  }
  return sessions;
}

}  // namespace

OwnedConfig Compile(const std::string& json) {
  limpet_config* made = nullptr;
  ErrorBuffer error;
  if (limpet_config_new_json(json.data(), json.size(), nullptr, &made,
                             error.data(), error.size()) != LIMPET_OK) {
    throw ConfigError(Within("sessionPersistence", error.text()));
  }
  OwnedConfig config(made);
  if (limpet_config_validate(made, error.data(), error.size()) != LIMPET_OK) {
    throw ConfigError(Within("sessionPersistence", error.text()));
  }
  return config;
}

Config ReadConfig(FilterKind kind, std::string_view json,
                  bool* passes_through) {
  *passes_through = false;
  Members members(Parse(json));
  *passes_through =
      members.TakeOneOf("onConfigError", {"Refuse", "PassThrough"}) == 1;

  Config config;
  config.kind = kind;
  const Json sessions = members.Take("sessionPersistence");
  if (!sessions.is_object()) {
    throw ConfigError("sessionPersistence",
                      "must be there: a sessionPersistence value of the "
                      "Gateway API");
  }
  config.sessions_json = sessions.dump();
  config.sessions = Compile(config.sessions_json);
  Recall(sessions, &config);
  if (kind == FilterKind::kSeal && config.store != "SealedToken") {
    throw ConfigError("sessionPersistence.store.type",
                      "must be SealedToken, or left out, in the filter seal");
  }

  const size_t also =
      members.TakeOneOf("alsoAccept", {"None", "EnvoyToken", "SealedToken"});
  if (also != 0) {
    config.also_accepted_json =
        InStore(sessions, also == 1 ? "EnvoyToken" : "SealedToken").dump();
    config.also_accepted = Compile(config.also_accepted_json);
  }
  config.scope_from = members.TakeOneOf("scopeFrom", {"Cluster", "Route"}) == 1
                          ? ScopeFrom::kRoute
                          : ScopeFrom::kCluster;
  constexpr char kScope[] = "must be a text of 512 bytes at most";
  config.scope = members.TakeText("scope", "", kScope);
  if (config.scope.size() > 512) throw ConfigError("scope", kScope);
  if (!config.scope.empty()) config.scope_from = ScopeFrom::kText;
  if (kind == FilterKind::kSeal && !config.has_name &&
      config.scope_from != ScopeFrom::kCluster) {
    throw ConfigError("sessionPersistence.sessionName",
                      "must be there, unless sessions belong to the cluster: "
                      "it is that of stateful_session");
  }
  config.keys_file =
      members.TakeText("keysFile", "", "must be the path of a file");
  config.outcome_metadata = members.TakeText(
      "outcomeMetadata", "", "must be a namespace of dynamic metadata");
  config.unavailable_for_ms =
      ReadDuration("unavailableFor", members.Take("unavailableFor"),
                   config.unavailable_for_ms);
  config.endpoints = ReadEndpoints(members.Take("endpoints"));
  if (kind == FilterKind::kSeal && !config.endpoints.empty()) {
    throw ConfigError("endpoints", "must be left out in the filter seal");
  }
  members.RefuseRest(
      "sessionPersistence, scope, scopeFrom, keysFile, endpoints, alsoAccept, "
      "unavailableFor, outcomeMetadata and onConfigError");
  return config;
}

LbConfig ReadLbConfig(std::string_view json) {
  Members members(Parse(json.empty() ? "{}" : json));
  LbConfig config;
  config.keys_file =
      members.TakeText("keysFile", "", "must be the path of a file");
  Json balancer = members.Take("balancer");
  const Json weigh = members.Take("weighLocalities");
  if (!weigh.is_null() && !weigh.is_boolean()) {
    throw ConfigError("weighLocalities", "must be true or false");
  }
  config.weighs_localities = weigh == true;
  members.RefuseRest("balancer, keysFile and weighLocalities");

  limpet_config* made = nullptr;
  if (limpet_config_new(&made) != LIMPET_OK) {
    throw ConfigError("configuration", "no memory");
  }
  config.balancer.reset(made);
  limpet_config_set_type(made, LIMPET_TYPE_NONE);
  if (!balancer.is_null()) {
    const std::string text = Json{{"balancer", std::move(balancer)}}.dump();
    ErrorBuffer error;
    if (limpet_config_extend(made, text.data(), text.size(), error.data(),
                             error.size()) != LIMPET_OK) {
      throw ConfigError(std::string(error.text()));
    }
  }
  return config;
}

}  // namespace limpet_envoy
