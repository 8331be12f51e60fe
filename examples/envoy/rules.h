// Rules: the policies of one filter configuration, one for each scope, made
// when the first request of a scope comes.
//
// Thread rule: many threads use it at once; what a worker has found it finds
// again without a lock.
#ifndef LIMPET_EXAMPLES_ENVOY_RULES_H_
#define LIMPET_EXAMPLES_ENVOY_RULES_H_

#include <limpet.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "config.h"
#include "failed_hosts.h"
#include "hosts.h"
#include "keys_file.h"

namespace limpet_envoy {

// Sessions of one scope, with the keys of one moment.
struct Rule {
  OwnedPolicy policy;
  OwnedPolicy also;         // whose tokens are taken over; may be null
  OwnedPolicy plain;        // seal: reads stateful_session's tokens
  std::string field;        // of requests, in lower case
  std::string sends;        // field of responses, in lower case
  std::string cookie_name;  // of a cookie; else ""
  bool is_cookie = false;
  bool strips_token = false;
  bool is_strict = false;
  bool packs_addresses = false;  // in its tokens, where these hold them
  size_t max_field_size = 0;
  mutable std::atomic<uint64_t> used_hour{0};  // Unix time in hours
  // Where the endpoints have to be known and no load balancer tells them; null
  // where the token holds the address.
  std::shared_ptr<HostBook> book;
};

class Rules : public std::enable_shared_from_this<Rules> {
 public:
  // Those of this configuration. While one like it is in use they are the same,
  // and so are its sessions: Envoy makes filters anew with each change of a
  // listener. Throws ConfigError. *passes_through: as ReadConfig has it.
  static std::shared_ptr<Rules> Of(FilterKind kind, std::string_view json,
                                   bool* passes_through);

  // Throws ConfigError.
  explicit Rules(Config config);
  ~Rules();
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;

  const Config& config() const { return config_; }
  FailedHosts& failed() { return failed_; }

  // The rule of a scope, for this thread as long as it keeps it. Null: there
  // can be none.
  std::shared_ptr<const Rule> Find(std::string_view scope, uint64_t now_ms);
  // One of a scope that no request has.
  const Rule& any() const { return *any_; }

  // What happened since the last second began, for whoever is first to ask in a
  // new one.
  struct Second {
    bool is_new = false;
    bool keys_failed = false;
    std::string error;
    uint64_t sessions = 0;  // that the map holds
    bool has_sessions = false;
  };
  Second Tick(uint64_t now_ms);

 private:
  // What this worker has found already, or finds now.
  std::shared_ptr<const Rule> FindHere(std::string_view scope,
                                       uint64_t generation, uint64_t now_ms);
  std::shared_ptr<Rule> Make(const std::string& scope, const limpet_keys* keys);
  // The same for a request, or null.
  std::shared_ptr<const Rule> MakeUsed(std::string_view scope, uint64_t now_ms);
  // Drops what no request has asked for in a day: routes come and go. Not while
  // sessions live in a map, of endpoints that may be known here only.
  void ForgetOld(uint64_t now_ms);
  OwnedPolicy MakePolicy(const limpet_config* config, const std::string& scope,
                         const limpet_keys* keys,
                         const limpet_session_map* sessions) const;

  const uint64_t number_;  // none has it twice
  const Config config_;
  FailedHosts failed_;
  KeysFile keys_file_;
  OwnedMap map_;  // of all scopes; null for other stores
  const std::shared_ptr<const Rule> any_;
  std::atomic<uint64_t> next_second_ms_{0};
  std::atomic<uint64_t> generation_{0};  // of keys

  std::mutex mutex_;          // of the following, and of keys_file_
  uint64_t looked_hour_ = 0;  // for what is old
  // Null where a scope cannot have one.
  std::map<std::string, std::shared_ptr<const Rule>, std::less<>> rules_;
  std::map<std::string, std::shared_ptr<HostBook>, std::less<>> books_;
};

// The scope of requests to this cluster. Envoy Gateway names the rule there,
// and behind it the backend that the weights have drawn.
std::string_view ScopeOfCluster(std::string_view cluster);

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_RULES_H_
