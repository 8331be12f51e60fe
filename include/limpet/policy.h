// Policy: a compiled sessionPersistence. Select says who should serve a
// request, Commit what the response has to carry.
//
// Thread rule: all members may be called by many threads. Select and Commit do
// not allocate (but a thread's first sealed token: see remember_tokens; and a
// hash balancer's table: see Prepare), lock (but a SessionMap's shard, to begin
// or move a session), log, throw or read a clock.
// Processes that fork after a policy was made go on choosing alike and have a
// SessionMap each: make policies in the workers. Tokens are safe either way.
//
//   auto policy = Policy::FromJson(json, {.scope = "a/b/0", .keys = keys});
//   Decision decision = (*policy)->Select(values, endpoints, now);
//   ... the host proxies to endpoints[decision.endpoint] ...
//   if (auto field = (*policy)->Commit(decision, &served, now, buffer))
//     response.Append(field->name, field->value);
#ifndef LIMPET_POLICY_H_
#define LIMPET_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "limpet/drain.h"
#include "limpet/endpoint.h"
#include "limpet/key_ring.h"
#include "limpet/outcome.h"
#include "limpet/session.h"
#include "limpet/session_map.h"
#include "limpet/session_persistence.h"
#include "limpet/status.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

struct PolicyOptions {
  // What sessions belong to: "namespace/route/rule", or the backend where
  // persistence is attached there. A token of one scope is foreign to others.
  // Not empty, at most 512 bytes.
  std::string scope{};
  // SealedToken: required.
  std::shared_ptr<const KeyRing> keys{};
  // SealedToken: every thread remembers what the last tokens said that it
  // opened (up to 512 of all its policies, in 84 KiB; as many of values, in 136
  // KiB), so that a client that comes back costs no decryption. Timeouts,
  // endpoints and keys count as without. Off: this policy's are decrypted each
  // time.
  bool remember_tokens = true;
  // SessionMap: null makes a map of the configured capacity. A policy that
  // replaces another of the same scope takes over its map and loses nobody.
  std::shared_ptr<SessionMap> sessions{};
  // Null: SystemRandom(). Must outlive the policy and be thread-safe.
  RandomSource* random = nullptr;
};

struct SelectOptions {
  // Endpoints that this request was sent to already, in vain: their indexes in
  // the set. They are not chosen again.
  std::span<const uint32_t> tried{};
  ActiveRequests active{};
  // What a hash balancer goes by: any bytes, such as a field's value, a cookie,
  // a client's address (limpet/client_address.h). Nothing: it goes by weight.
  std::optional<std::string_view> hash_key{};
  // Envoy's kinds: the hash of several hash policies, which the host has worked
  // out (limpet/envoy_hash_policy.h). Goes before hash_key.
  std::optional<uint64_t> hash{};
};

// A plain value of fixed size: keep it with the request, copy it, forget it.
struct Decision {
  uint32_t endpoint = kNoEndpoint;  // index in the set given to Select
  uint16_t status = 0;              // where there is no endpoint: HTTP status
  Outcome outcome = Outcome::kBalanced;
  EndpointHandle handle = kNoHandle;  // of the endpoint

  Session session{};  // that came with it, for Commit
};
static_assert(std::is_trivially_copyable_v<Decision>);
static_assert(std::is_trivially_destructible_v<Decision>);

// A field for the response to the client. Append it; never replace others of
// its name. Such a response must not enter a shared cache.
struct ResponseField {
  std::string_view name;   // "Set-Cookie", or the configured header
  std::string_view value;  // in the buffer given to Commit
};

// What Policy::OpenValue found, a plain value; for SealValue.
struct OpenedValue {
  Outcome outcome = Outcome::kNew;  // kKept: a session is live
  std::string_view value{};         // of a live one, in the host's buffer
  Session session{};                // of a live one; it has no endpoint
};

class Policy {
 public:
  static Result<std::unique_ptr<Policy>> FromJson(std::string_view json,
                                                  PolicyOptions options);
  static Result<std::unique_ptr<Policy>> Make(SessionPersistence config,
                                              PolicyOptions options);
  ~Policy();
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;

  // The normal form; a generated name is filled in.
  const SessionPersistence& config() const;
  const std::string& scope() const;

  // The request field whose values Select needs: "Cookie", the configured
  // header, or "" for none. Compare without case.
  std::string_view RequestField() const;

  // Works out what the policy needs of a set: the table of a hash balancer, how
  // many sessions the endpoints have (LeastSessions, max_sessions). Call it
  // before a set is published, so that the first request does not have to wait
  // for the table, and every second or so where sessions are counted: it scans
  // the whole map. Sets that it was not called for count none: LeastSessions
  // then is Random, and max_sessions no limit.
  void Prepare(const EndpointSet& endpoints, Timestamp now) const noexcept;

  // `values`: all values of that field, in order, as they came in. A `now`
  // before an earlier one counts as "no time has passed": a session that was
  // found to be over stays over, and time goes on from that instant.
  Decision Select(std::span<const std::string_view> values,
                  const EndpointSet& endpoints, Timestamp now,
                  const SelectOptions& options = {}) const noexcept;

  // Call it once for every request whose decision named an endpoint, when the
  // response begins or when it is clear that there will be none. `served` is
  // the endpoint that answered, which retries may have changed; null: nobody.
  // Counts the request and tells the outcome that was counted: that of the
  // decision, unless another endpoint than the chosen one served.
  // REQUIRES: buffer.size() >= MaxFieldSize().
  std::optional<ResponseField> Commit(const Decision& decision,
                                      const Endpoint* served, Timestamp now,
                                      std::span<char> buffer,
                                      Outcome* outcome) const noexcept;
  std::optional<ResponseField> Commit(const Decision& decision,
                                      const Endpoint* served, Timestamp now,
                                      std::span<char> buffer) const noexcept {
    Outcome outcome;
    return Commit(decision, served, now, buffer, &outcome);
  }

  // The same by index in a set, of Select's or a newer one; kNoEndpoint:
  // nobody. The quicker way: the set knows the endpoint's handle already.
  std::optional<ResponseField> Commit(const Decision& decision,
                                      const EndpointSet& endpoints,
                                      uint32_t served, Timestamp now,
                                      std::span<char> buffer,
                                      Outcome* outcome) const noexcept;
  std::optional<ResponseField> Commit(const Decision& decision,
                                      const EndpointSet& endpoints,
                                      uint32_t served, Timestamp now,
                                      std::span<char> buffer) const noexcept {
    Outcome outcome;
    return Commit(decision, endpoints, served, now, buffer, &outcome);
  }

  // The longest value that Commit can write, in bytes.
  size_t MaxFieldSize() const;

  // A policy's tokens alone, for a host that has a stickiness of its own and
  // goes on choosing, or that has no list of endpoints: they hold a value of
  // the host's, such as its own token or an address, and not an endpoint. The
  // same carrier, keys, timeouts and outcomes. Of the four parts of the policy
  // the balancer is not asked, and of the failovers kTemporary and kStrict
  // count; PollDrain does not know these sessions. Not for
  // StoreType::kSessionMap, nor without sessions: OpenValue finds none then,
  // and SealValue writes nothing.
  bool HoldsValues() const;

  // The value of the first live token in `values` (as for Select).
  OpenedValue OpenValue(std::span<const std::string_view> values, Timestamp now,
                        std::span<char, kMaxValueSize> buffer) const noexcept;

  // `served`: the value of who answered; that of the opened token if the
  // session is kept. nullopt: nobody answered. The rest as with Commit.
  // REQUIRES: buffer.size() >= MaxSealedFieldSize().
  std::optional<ResponseField> SealValue(const OpenedValue& opened,
                                         std::optional<std::string_view> served,
                                         Timestamp now, std::span<char> buffer,
                                         Outcome* outcome) const noexcept;

  // The longest field value that SealValue can write, in bytes.
  size_t MaxSealedFieldSize() const;

  // With config().strip_token: what one value of RequestField() becomes on its
  // way to the endpoint. Writes it and returns its size; 0: drop that field.
  // REQUIRES: out.size() >= value.size().
  size_t StripToken(std::string_view value, std::span<char> out) const;

  Counters counters() const;

  // How far an endpoint is with its drain: call it now and then with the same
  // `progress`, which a drain begins with a new one of. Any index: kNoEndpoint
  // is one that is gone. Scans a session map; other stores cost nothing.
  DrainState PollDrain(const EndpointSet& endpoints, uint32_t index,
                       Timestamp now, DrainProgress* progress) const noexcept;

  // The SessionMap of the policy, to look into, to sweep or to hand on; null
  // for other stores.
  const std::shared_ptr<SessionMap>& sessions() const;
  Timeouts timeouts() const;

 private:
  struct Rep;
  explicit Policy(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_POLICY_H_
