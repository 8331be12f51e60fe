// SessionPersistence: what a policy is compiled from. One normal form for every
// shape that Gateway API's sessionPersistence has had from 1.1 to 1.7, and for
// what the API has no field for.
//
// Thread rule: a plain value, like std::string.
//
//   auto config = SessionPersistence::FromJson(
//       R"({"sessionName": "Session-A", "type": "Header",
//           "absoluteTimeout": "10s"})");
//   if (config.ok()) config->failover = {FailoverType::kStrict, 503};
//   Status status = config->Validate();
//
// Sources: GEP-1619, GEP-2257, GEP-4894 and the CRDs of their releases.
#ifndef LIMPET_SESSION_PERSISTENCE_H_
#define LIMPET_SESSION_PERSISTENCE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "limpet/balancing.h"
#include "limpet/cookie.h"
#include "limpet/status.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

// Releases of the Gateway API, whose rules differ.
enum class Release : uint16_t {
  kNewestThatFits = 0,  // shape B if "cookie" or "header" is there, else A
  k1_1 = 101,           // 1.1.0, with its broken rule
  k1_2 = 102,           // 1.1.1 and 1.2
  k1_3 = 103,
  k1_4 = 104,
  k1_5 = 105,
  k1_6 = 106,
  k1_7 = 107,
};

// Where the field stands; decides the default of `splitting`.
enum class Attachment : uint8_t {
  kRouteRule,  // HTTPRoute or GRPCRoute rule, or a policy on a Service
  kBackend,    // XBackend, shape B only
};

enum class SessionType : uint8_t { kNone, kCookie, kHeader };
enum class LifetimeType : uint8_t { kSession, kPermanent };
enum class StoreType : uint8_t { kSealedToken, kSessionMap, kEnvoyToken };
enum class FailoverType : uint8_t {
  kRebind,
  kTemporary,
  kStrict,
  kRebindAfter
};

// What a new session gets when the session map is full of live ones.
enum class WhenFull : uint8_t {
  kRefuse,  // nothing: its client is served unpinned
  kEvict,   // the place of one that was idle for long
};

enum class Splitting : uint8_t {
  kSessionFirst,  // a session wins over weights, weight 0 included (to 1.6)
  kWeightsFirst,  // the weights choose the backend each time (from 1.7)
};

// What happens to a session whose endpoint cannot serve: it is unavailable,
// draining past its deadline, or was tried in vain for this request. Another
// one that serves it is the same at every proxy that sees the same endpoints
// (from the same locality), in the backend that the weights chose where they
// come first (EnvoyToken: the balancer's choice).
//   kRebind       the session moves there
//   kTemporary    it is served there until its own endpoint can serve again
//   kStrict       it is refused
//   kRebindAfter  it waits for an endpoint that flaps: kTemporary while that
//                 one has been unavailable (Endpoint::since) or past its
//                 deadline for less than `after`, then kRebind. One that was
//                 just tried in vain is waited for, one without `since` is not.
// An endpoint that is not in the set has no sessions: they begin anew, with any
// of these.
struct Failover {
  FailoverType type = FailoverType::kRebind;
  uint16_t status = 503;  // kStrict: the HTTP status to refuse with, 400-599
  Duration after{0};      // kRebindAfter: more than 0; others: 0

  bool operator==(const Failover&) const = default;
};

// Gives endpoints that came after a session began (Endpoint::since) their share
// of the sessions that are there: those that the weighted rendezvous of session
// ids over the ready endpoints of their own backend gives them, and no others.
// They move when they make a request, as Outcome::kRebalanced and with a clock
// of their own, each minute another slice of `percent_per_minute` of all
// sessions by their ids: at every proxy the same ones, counted by nobody.
// Within 100 / percent_per_minute minutes all have had their turn.
//
// An endpoint that recovers came anew if its `since` says so. A session does
// not move off an endpoint that is not ready, nor by a request that was tried
// elsewhere. Where the new endpoint does not answer and another one does, the
// session stays where it was.
struct Rebalance {
  uint32_t percent_per_minute = 0;  // 0: off; to 100
  Duration idle_at_least{0};        // kSessionMap: since its last request

  bool operator==(const Rebalance&) const = default;
};

struct SessionPersistence {
  SessionType type = SessionType::kCookie;  // kNone: balance, no sessions
  std::string name{};            // "": generated from the policy's scope
  Duration absolute_timeout{0};  // since the session began; 0: none
  Duration idle_timeout{0};      // since its last request; 0: none
  LifetimeType lifetime_type = LifetimeType::kSession;

  // Cookies only. The defaults are GEP-1619's.
  std::string path = "/";
  std::string domain{};  // "": host-only
  bool secure = true;
  bool http_only = true;
  SameSite same_site = SameSite::kStrict;
  bool partitioned = false;

  StoreType store = StoreType::kSealedToken;
  size_t capacity = 100'000;  // kSessionMap: live sessions it holds at least
  WhenFull when_full = WhenFull::kRefuse;  // kSessionMap
  Failover failover{};
  Balancing balancer{};
  Splitting splitting = Splitting::kSessionFirst;
  bool strip_token = false;  // keep the token from the endpoint
  Rebalance rebalance{};     // not with kEnvoyToken, nor without sessions

  bool operator==(const SessionPersistence&) const = default;

  struct JsonOptions {
    Release release = Release::kNewestThatFits;
    Attachment attachment = Attachment::kRouteRule;
  };

  // Reads a sessionPersistence value. With a stated release it accepts what an
  // API server with that release's CRDs accepts, less what would break HTTP
  // (names that are no token, paths that are no path-value). Without one it
  // also accepts idleTimeout and the fields of Extend(). Problems carry the
  // rules' own messages; an unknown field is a problem. `null` is kNone.
  static Result<SessionPersistence> FromJson(std::string_view json,
                                             const JsonOptions& options);
  static Result<SessionPersistence> FromJson(std::string_view json);

  // Reads what the API has no field for, from a JSON object of its own:
  //   idleTimeout       duration
  //   cookieAttributes  {secure, httpOnly, partitioned: bool,
  //                      sameSite: Strict|Lax|None, domain: string}
  //   store             {type: SealedToken|SessionMap|EnvoyToken,
  //                      capacity: 1..2^31, whenFull: Refuse|Evict}
  //   failover          {type: Rebind|Temporary|Strict|RebindAfter,
  //                      status: 400..599, after: duration}
  //   balancer          {type: RoundRobin|Random|LeastRequest|LeastSessions|
  //                      RingHash|Maglev|Rendezvous|
  //                      EnvoyRingHash|EnvoyMaglev|
  //                      NginxHash|NginxConsistentHash|NginxIpHash|
  //                      HaproxyConsistentHash|HaproxyMapHash,
  //                      choices: 2..16, activeRequestBias: 0..100,
  //                      slowStart: {window: duration,
  //                                  minWeightPercent: 1..100,
  //                                  aggression: 0.01..100},
  //                      boundedLoadPercent, tableSize, pointsPerWeight,
  //                      minimumRingSize, maximumRingSize,
  //                      hostSelectionAttempts: number,
  //                      hashFunction: XX_HASH|MURMUR_HASH_2|
  //                      sdbm|djb2|wt6|crc32|none,
  //                      avalanche, hashAddress: bool, haproxyHashKey:
  //                      id|hashed-id|id32|addr|addr-port|guid}; see Balancing
  //   splitting         SessionFirst|WeightsFirst
  //   stripToken        bool
  //   rebalance         {percentPerMinute: 0..100, idleAtLeast: duration}
  // Fields that are absent keep their value; on an error all do.
  Status Extend(std::string_view json);

  // Checks all fields together; for a value that was filled in by hand.
  Status Validate() const;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_SESSION_PERSISTENCE_H_
