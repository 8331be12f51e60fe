// limpet: session persistence ("sticky sessions") for HTTP proxies; the C ABI.
//
// A proxy asks two questions per request: which endpoint should serve it
// (limpet_select), and what must the response carry so that the client comes
// back to that endpoint (limpet_commit). limpet does no I/O, starts no thread,
// reads no clock, logs nothing and never aborts because of its input.
//
// Conventions
//
//  1. Ownership. limpet_x_new makes an object and limpet_x_free frees it; NULL
//     may be freed. Where making fails, *out is NULL. limpet never frees what
//     the host allocated, nor the reverse. An object that is given to another
//     (keys to a policy) is shared: the host may free its handle at once.
//  2. Bytes are a pointer and a size, never NUL-terminated by contract; the
//     pointer may be NULL if and only if the size is 0. Text is UTF-8 or ASCII.
//  3. Borrowing. Inputs have to live for the call alone. Outputs go to buffers
//     of the caller. The few functions that return a limpet_str say how long
//     it stays valid. Names (`const char *`) are static and NUL-terminated.
//  4. Errors. What can fail returns a limpet_status: 0 is success, negative an
//     error; there is no errno and no last error. A pointer that must not be
//     NULL and is gives LIMPET_ERR_NULL; getters give 0 or an empty string.
//     On any error nothing has changed and nothing was counted.
//  5. Error texts. Functions that read configuration take `char *err, size_t
//     err_cap` (NULL, 0: not wanted) and write "field: message", several
//     joined by "; ", cut to err_cap and always NUL-terminated; on success "".
//     The part before the first ": " is the path of the field: "cookie.path".
//  6. Threads. A `const` object may be used by many threads at once; where it
//     is not const, the caller sees to it that nobody else uses it.
//  7. Structs that the caller fills begin with struct_size. Initialise them by
//     LIMPET_X_INIT or, from other languages, limpet_x_init(&x, sizeof x).
//     Later releases append fields, for which 0 is the default. A struct of an
//     older release is read as far as it goes; one of a newer release is
//     accepted while what this library does not know is zero. Otherwise, and
//     where a reserved field is not zero: LIMPET_ERR_UNSUPPORTED. In an array
//     all elements have the struct_size of the first.
//  8. Time is a parameter: Unix milliseconds (UTC), so that tokens mean the
//     same in every process. A clock that goes back is "no time has passed".
//  9. Numbers of statuses, outcomes and other constants never change.
//
// Does not support
//
//   * random generators and allocators of the host;
//   * publishing endpoint sets to threads: swap your own pointer to one, with
//     limpet_endpoint_set_ref and limpet_endpoint_set_free;
//   * reading or changing the host's header map: it passes the values of the
//     one field that the policy asks for, and appends the field it is given;
//   * C++ exceptions or longjmp out of limpet_active_requests.
//
// Example
//
//   limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
//   limpet_policy *policy = NULL;
//   options.scope = scope;  // "namespace/route/rule"
//   options.keys = keys;
//   rc = limpet_policy_new_json(json, json_size, &options, &policy, err,
//                               sizeof err);
//
//   limpet_request request = LIMPET_REQUEST_INIT;  // per request
//   limpet_decision decision;
//   request.values = values;  // of limpet_policy_request_field(policy)
//   request.value_count = value_count;
//   rc = limpet_select(policy, endpoints, &request, now_ms, &decision);
//
//   limpet_field field;  // per response
//   rc = limpet_commit(policy, endpoints, &decision, served, now_ms, buf,
//                      sizeof buf, &field);
//   if (rc == LIMPET_OK && field.value.size != 0) {
//     ... append field.name and field.value to the response ...
//   }
#ifndef LIMPET_H_
#define LIMPET_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Versions ---------------------------------------------------------------

#define LIMPET_VERSION_MAJOR 0
#define LIMPET_VERSION_MINOR 1
#define LIMPET_VERSION_PATCH 0

// major * 10000 + minor * 100 + patch, of this header.
#define LIMPET_VERSION                                         \
  (LIMPET_VERSION_MAJOR * 10000 + LIMPET_VERSION_MINOR * 100 + \
   LIMPET_VERSION_PATCH)

// The ABI of this header, and the oldest whose programs still run with it. A
// program runs with a library where
// limpet_abi_min() <= LIMPET_ABI <= limpet_abi().
#define LIMPET_ABI 0
#define LIMPET_ABI_MIN 0

// The same numbers, of the library that is loaded.
uint32_t limpet_version(void);
const char *limpet_version_string(void);  // "major.minor.patch"
uint32_t limpet_abi(void);
uint32_t limpet_abi_min(void);

// ---- Statuses ---------------------------------------------------------------

typedef int32_t limpet_status;

enum limpet_status_code {
  LIMPET_OK = 0,

  // Arguments.
  LIMPET_ERR_ARGUMENT = -101,     // a value outside what is allowed
  LIMPET_ERR_NULL = -102,         // NULL where an object or bytes must be
  LIMPET_ERR_STRUCT_SIZE = -103,  // struct_size is 0 or no multiple of 8
  LIMPET_ERR_UNSUPPORTED = -104,  // a field that this library does not know
  LIMPET_ERR_BUFFER = -105,       // the buffer is too small

  // Reading.
  LIMPET_ERR_SYNTAX = -201,  // not JSON, not a key file
  LIMPET_ERR_CONFIG = -202,  // well-formed, but not allowed by its rules

  // State.
  LIMPET_ERR_DUPLICATE = -301,  // two endpoints, keys or backends of one name
  LIMPET_ERR_NO_MAP = -302,     // the policy's store is no session map
  LIMPET_ERR_NO_VALUES = -303,  // the policy's tokens hold no values

  // The system.
  LIMPET_ERR_UNAVAILABLE = -901,  // it gave no randomness, memory or lock
  LIMPET_ERR_NO_MEMORY = -902,
  LIMPET_ERR_INTERNAL = -903  // a defect of limpet; please report it
};

// "ok", "invalid argument", ...; "unknown status" for other numbers.
const char *limpet_status_name(limpet_status status);

// ---- Bytes ------------------------------------------------------------------

typedef struct limpet_str {
  const char *data;
  size_t size;
} limpet_str;

// ---- Configuration ----------------------------------------------------------

// What a policy is made from: the Gateway API's sessionPersistence and what the
// API has no field for.
typedef struct limpet_config limpet_config;

// Releases of the Gateway API, whose rules differ.
enum limpet_release {
  LIMPET_RELEASE_NEWEST_THAT_FITS = 0,
  LIMPET_RELEASE_1_1 = 101,
  LIMPET_RELEASE_1_2 = 102,
  LIMPET_RELEASE_1_3 = 103,
  LIMPET_RELEASE_1_4 = 104,
  LIMPET_RELEASE_1_5 = 105,
  LIMPET_RELEASE_1_6 = 106,
  LIMPET_RELEASE_1_7 = 107
};

// Where the field stands; decides the default of the splitting.
enum limpet_attachment {
  LIMPET_ATTACHMENT_ROUTE_RULE = 0,  // a route's rule, a policy on a Service
  LIMPET_ATTACHMENT_BACKEND = 1      // an XBackend
};

typedef struct limpet_config_options {
  uint32_t struct_size;
  uint32_t release;     // LIMPET_RELEASE_...
  uint32_t attachment;  // LIMPET_ATTACHMENT_...
  uint32_t reserved;
} limpet_config_options;

#define LIMPET_CONFIG_OPTIONS_INIT \
  { sizeof(limpet_config_options), 0, 0, 0 }

limpet_status limpet_config_options_init(limpet_config_options *options,
                                         size_t size);

// The defaults: a cookie of a generated name, sealed tokens, no timeout.
limpet_status limpet_config_new(limpet_config **out);

// Reads a sessionPersistence value. With a stated release it accepts what an
// API server of that release accepts, less what would break HTTP. Without one
// (or with options NULL) it accepts idleTimeout and the fields of
// limpet_config_extend too. An unknown field is an error.
limpet_status limpet_config_new_json(const char *json, size_t json_size,
                                     const limpet_config_options *options,
                                     limpet_config **out, char *err,
                                     size_t err_cap);

void limpet_config_free(limpet_config *config);

// Reads what the API has no field for, from a JSON object of its own:
// idleTimeout, cookieAttributes {secure, httpOnly, partitioned, sameSite,
// domain}, store {type, capacity, whenFull}, failover {type, status, after},
// balancer {type, and how: see limpet_config_set_balancer}, splitting,
// stripToken, rebalance {percentPerMinute, idleAtLeast}. Absent fields keep
// their value.
limpet_status limpet_config_extend(limpet_config *config, const char *json,
                                   size_t json_size, char *err, size_t err_cap);

// Checks all fields together, but for what needs the policy's options.
limpet_status limpet_config_validate(const limpet_config *config, char *err,
                                     size_t err_cap);

// Setters check their own value alone (LIMPET_ERR_ARGUMENT); what fields may
// stand together is checked by limpet_config_validate and limpet_policy_new.

enum limpet_type {
  LIMPET_TYPE_NONE = 0,  // balance, no sessions
  LIMPET_TYPE_COOKIE = 1,
  LIMPET_TYPE_HEADER = 2
};
limpet_status limpet_config_set_type(limpet_config *config, uint32_t type);

// Of the cookie or header; "": generated from the policy's scope.
limpet_status limpet_config_set_name(limpet_config *config, const char *name,
                                     size_t name_size);

// Since the session began, and since its last request; 0: no such timeout.
// A session is over when either has elapsed. At most 2^48 - 1.
limpet_status limpet_config_set_absolute_timeout_ms(limpet_config *config,
                                                    uint64_t timeout_ms);
limpet_status limpet_config_set_idle_timeout_ms(limpet_config *config,
                                                uint64_t timeout_ms);

enum limpet_lifetime {
  LIMPET_LIFETIME_SESSION = 0,   // the cookie ends with the user agent
  LIMPET_LIFETIME_PERMANENT = 1  // it ends with the absolute timeout
};
limpet_status limpet_config_set_lifetime_type(limpet_config *config,
                                              uint32_t lifetime_type);

// Cookie attributes. "/" unless set.
limpet_status limpet_config_set_path(limpet_config *config, const char *path,
                                     size_t path_size);
// "": for the host that sent it alone.
limpet_status limpet_config_set_domain(limpet_config *config,
                                       const char *domain, size_t domain_size);
// 1 or 0; on unless set. Off: the token is readable on the wire.
limpet_status limpet_config_set_secure(limpet_config *config, uint32_t on);
// 1 or 0; on unless set. Off: the token is readable by scripts.
limpet_status limpet_config_set_http_only(limpet_config *config, uint32_t on);
// 1 or 0; off unless set. Needs secure.
limpet_status limpet_config_set_partitioned(limpet_config *config, uint32_t on);

enum limpet_same_site {
  LIMPET_SAME_SITE_STRICT = 0,
  LIMPET_SAME_SITE_LAX = 1,
  LIMPET_SAME_SITE_NONE = 2  // sent with requests of other sites; needs secure
};
limpet_status limpet_config_set_same_site(limpet_config *config,
                                          uint32_t same_site);

enum limpet_store {
  LIMPET_STORE_SEALED_TOKEN = 0,  // in the token: encrypted, authenticated
  LIMPET_STORE_SESSION_MAP = 1,   // in this process; the token is a random id
  LIMPET_STORE_ENVOY_TOKEN = 2    // Envoy's plain formats: readable, forgeable
};
// capacity: live sessions that a session map holds at least, 1..2^31; 0: the
// default of 100000. Other stores have none: 0.
limpet_status limpet_config_set_store(limpet_config *config, uint32_t store,
                                      uint64_t capacity);

// What a new session gets when a session map is full of live ones.
enum limpet_when_full {
  LIMPET_WHEN_FULL_REFUSE = 0,  // nothing: a flood pushes no live one out
  // The place of the session that was idle longest among those where the new
  // one could live (42 places, or all of a smaller map).
  LIMPET_WHEN_FULL_EVICT = 1
};
// Of LIMPET_STORE_SESSION_MAP; others do not look at it.
limpet_status limpet_config_set_when_full(limpet_config *config,
                                          uint32_t when_full);

enum limpet_failover {
  LIMPET_FAILOVER_REBIND = 0,     // the session moves to another endpoint
  LIMPET_FAILOVER_TEMPORARY = 1,  // served elsewhere until its own recovers
  LIMPET_FAILOVER_STRICT = 2,     // refused with an HTTP status
  // Like TEMPORARY while its endpoint has been unavailable (its since_ms), or
  // draining past its deadline, for less than a time, then like REBIND. An
  // endpoint that was just tried in vain is waited for, one that is unavailable
  // since 0 is not.
  LIMPET_FAILOVER_REBIND_AFTER = 3
};
// status: 400..599 for LIMPET_FAILOVER_STRICT, 0: the default of 503. Others
// have none: 0.
limpet_status limpet_config_set_failover(limpet_config *config,
                                         uint32_t failover, uint32_t status);

// How long LIMPET_FAILOVER_REBIND_AFTER waits: more than 0, at most 2^48 - 1.
// Others do not wait: 0.
limpet_status limpet_config_set_failover_after_ms(limpet_config *config,
                                                  uint64_t after_ms);

enum limpet_balancer {
  LIMPET_BALANCER_ROUND_ROBIN = 0,
  LIMPET_BALANCER_RANDOM = 1,
  LIMPET_BALANCER_LEAST_REQUEST = 2,
  LIMPET_BALANCER_LEAST_SESSIONS = 3,  // with LIMPET_STORE_SESSION_MAP

  // By a hash of limpet_request::hash_key under the keys' one of the role
  // `place`: nobody outside can choose or predict the endpoint. Requests
  // without a hash key go by weight, at random.
  LIMPET_BALANCER_RING_HASH = 4,
  LIMPET_BALANCER_MAGLEV = 5,
  LIMPET_BALANCER_RENDEZVOUS = 6,

  // Every key where Envoy, nginx or HAProxy would place it.
  LIMPET_BALANCER_ENVOY_RING_HASH = 7,
  LIMPET_BALANCER_ENVOY_MAGLEV = 8,
  LIMPET_BALANCER_NGINX_HASH = 9,
  LIMPET_BALANCER_NGINX_CONSISTENT_HASH = 10,
  LIMPET_BALANCER_NGINX_IP_HASH = 11,  // hash_key: the address, 4 or 16 bytes
  LIMPET_BALANCER_HAPROXY_CONSISTENT_HASH = 12,
  LIMPET_BALANCER_HAPROXY_MAP_HASH = 13
};
// What else a balancer is told keeps its value. It is set by the `balancer` of
// limpet_config_extend: choices, activeRequestBias, slowStart {window,
// minWeightPercent, aggression}, boundedLoadPercent, tableSize,
// pointsPerWeight, minimumRingSize, maximumRingSize, hostSelectionAttempts,
// hashFunction, avalanche, hashAddress, haproxyHashKey.
limpet_status limpet_config_set_balancer(limpet_config *config,
                                         uint32_t balancer);

enum limpet_splitting {
  LIMPET_SPLITTING_SESSION_FIRST = 0,  // a session wins over weights, 0 too
  LIMPET_SPLITTING_WEIGHTS_FIRST = 1   // the weights choose the backend
};
limpet_status limpet_config_set_splitting(limpet_config *config,
                                          uint32_t splitting);

// 1 or 0; off unless set. The host keeps the token from the endpoint, with
// limpet_strip_token.
limpet_status limpet_config_set_strip_token(limpet_config *config, uint32_t on);

// Gives endpoints that came after a session began (their since_ms) their share
// of the sessions that are there, each minute from another percent_per_minute
// of all sessions: the same ones at every proxy. A session moves by a request
// of its own, counted as LIMPET_OUTCOME_REBALANCED. percent_per_minute: 0 (off,
// unless set) to 100; not with LIMPET_STORE_ENVOY_TOKEN. idle_at_least_ms: only
// sessions that made no request for so long; 0: all. More than 0 with
// LIMPET_STORE_SESSION_MAP alone.
limpet_status limpet_config_set_rebalance(limpet_config *config,
                                          uint32_t percent_per_minute,
                                          uint64_t idle_at_least_ms);

// ---- Keys -------------------------------------------------------------------

// The keys of sealed tokens. One seals, all open, so that keys rotate and no
// session is lost. And the key that hash balancers place by, which stays:
// another one places every key anew. Immutable.
typedef struct limpet_keys limpet_keys;

// Reads lines of "<id> <key> <role>": id 0-255, key 64 hexadecimal digits, role
// "seal" (exactly one), "open" or "place" (one at most). Empty lines and lines
// that begin with '#' are skipped. The error text never quotes a key.
limpet_status limpet_keys_new(const char *text, size_t text_size,
                              limpet_keys **out, char *err, size_t err_cap);

// A random key to seal and another to place by: sessions end with the process.
limpet_status limpet_keys_new_random(limpet_keys **out);

void limpet_keys_free(limpet_keys *keys);

// Writes the same in the form that limpet_keys_new reads, to be kept in a file.
// *text_size is the size of the text, which on LIMPET_ERR_BUFFER the buffer is
// smaller than. 256 bytes are always enough.
limpet_status limpet_keys_random_text(char *buf, size_t buf_size,
                                      size_t *text_size);

// ---- Endpoints --------------------------------------------------------------

// "No endpoint", where an index of an endpoint set is asked for.
#define LIMPET_NO_ENDPOINT UINT32_MAX

enum limpet_endpoint_state {
  LIMPET_ENDPOINT_READY = 0,       // serves everybody
  LIMPET_ENDPOINT_DRAINING = 1,    // keeps its sessions, gets no new ones
  LIMPET_ENDPOINT_UNAVAILABLE = 2  // serves nobody
};

// One server instance.
typedef struct limpet_endpoint {
  uint32_t struct_size;
  uint32_t weight;     // within its backend, 0..1000000; 0: no new sessions
  limpet_str id;       // stable and unique: a pod's name or uid; not empty
  limpet_str address;  // how the host reaches it; the Envoy token's content
  limpet_str backend;  // the backend it belongs to; "" where there is but one
  uint32_t state;      // LIMPET_ENDPOINT_READY, ...
  // Within its backend: those of the lowest number serve, and others as far as
  // less than 71 % of the weight of those is ready.
  uint32_t priority;
  uint64_t since_ms;  // when it came into its state; 0: long ago
  // LIMPET_ENDPOINT_DRAINING: from then on it serves nobody; 0: none.
  uint64_t drain_deadline_ms;
  // Most requests at one time, counted by limpet_request::active; 0: any
  // number. A session whose endpoint is full is served elsewhere this once.
  uint32_t max_requests;
  // Most live sessions of a session map, counted by limpet_policy_prepare; 0:
  // any number. What is full gets no new ones and keeps its own.
  uint32_t max_sessions;
  // Where it runs: "region/zone", or "". See limpet_endpoint_set_new_near.
  limpet_str locality;
  // How the proxy knows it whose placement is to be matched. "": its address
  // (Envoy, nginx), its place in the list from 1 on (HAProxy: the server's id).
  limpet_str hash_key;
} limpet_endpoint;

#define LIMPET_ENDPOINT_INIT                                                 \
  {                                                                          \
    sizeof(limpet_endpoint), 1, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0, 0, 0, \
        0, 0, {NULL, 0}, {                                                   \
      NULL, 0                                                                \
    }                                                                        \
  }

limpet_status limpet_endpoint_init(limpet_endpoint *endpoint, size_t size);

// A weighted group of endpoints: a Gateway API backendRef.
typedef struct limpet_backend {
  uint32_t struct_size;
  uint32_t weight;  // 0..1000000; 0 gets no new sessions and keeps its old ones
  limpet_str name;
} limpet_backend;

#define LIMPET_BACKEND_INIT                \
  {                                        \
    sizeof(limpet_backend), 1, { NULL, 0 } \
  }

limpet_status limpet_backend_init(limpet_backend *backend, size_t size);

// An immutable snapshot of who can serve. Counted references, atomically.
typedef struct limpet_endpoint_set limpet_endpoint_set;

// Copies what it is given. An endpoint's index is its place in the array. No
// backends: one of weight 1 for every name that the endpoints use.
limpet_status limpet_endpoint_set_new(const limpet_endpoint *endpoints,
                                      size_t endpoint_count,
                                      const limpet_backend *backends,
                                      size_t backend_count,
                                      limpet_endpoint_set **out, char *err,
                                      size_t err_cap);

// The same for a proxy that runs in `locality`, "region/zone": of the endpoints
// of a priority the nearest come first. "": all are equally near.
limpet_status limpet_endpoint_set_new_near(
    const char *locality, size_t locality_size,
    const limpet_endpoint *endpoints, size_t endpoint_count,
    const limpet_backend *backends, size_t backend_count,
    limpet_endpoint_set **out, char *err, size_t err_cap);

// One more reference, to be freed by limpet_endpoint_set_free; NULL for NULL.
limpet_endpoint_set *limpet_endpoint_set_ref(
    const limpet_endpoint_set *endpoints);

// Gives up one reference; the last one frees the set.
void limpet_endpoint_set_free(limpet_endpoint_set *endpoints);

uint32_t limpet_endpoint_set_size(const limpet_endpoint_set *endpoints);

// The index of a handle, in O(1), or LIMPET_NO_ENDPOINT.
uint32_t limpet_endpoint_set_find(const limpet_endpoint_set *endpoints,
                                  uint64_t handle);

// The handle of an index; 0 if it is outside of the set.
uint64_t limpet_endpoint_set_handle(const limpet_endpoint_set *endpoints,
                                    uint32_t index);

// The handle of an id: a fixed hash, the same in every process, release and
// language, never 0. 0 for NULL with a size.
uint64_t limpet_endpoint_handle(const char *id, size_t id_size);

// ---- Session maps -----------------------------------------------------------

// Session -> endpoint, when it began, when it was last used. In this process's
// memory, or in memory that processes share and may die in. Fixed memory, no
// thread, no timer. Every function may be called by many threads, and by many
// processes that have attached the same memory; who reads never waits, not even
// for a writer that is stopped or dead. A policy whose store is
// LIMPET_STORE_SESSION_MAP makes one of its own unless it is given one: the
// policy that replaces another of the same scope takes over its map and loses
// nobody.
typedef struct limpet_session_map limpet_session_map;

// Of the memory; fixed when it is made. 0 in a field: its default.
typedef struct limpet_session_map_options {
  uint32_t struct_size;
  uint32_t when_full;  // LIMPET_WHEN_FULL_...
  // Live sessions that it holds at least, 1..2^31. Default: 100000.
  uint64_t capacity;
  // Most endpoints that can have sessions at one time, 1..2^24. Default: one
  // for every 8 sessions and 4096 at least (2 a session in small maps), 65536
  // at most.
  uint64_t endpoints;
  // The longest timeout that will be asked for, up to 100 years. Default: 37
  // days. Times are kept to a millisecond up to 37 days, to 1/3000000000 of it
  // beyond: a session never ends early, and late by two such steps at most.
  uint64_t longest_timeout_ms;
} limpet_session_map_options;

#define LIMPET_SESSION_MAP_OPTIONS_INIT \
  { sizeof(limpet_session_map_options), 0, 0, 0, 0 }

limpet_status limpet_session_map_options_init(
    limpet_session_map_options *options, size_t size);

// How one process uses a map.
typedef struct limpet_session_map_use {
  uint32_t struct_size;
  // 1: only look. The memory may be mapped read-only, nothing is stamped, every
  // write is ..._BUSY.
  uint32_t read_only;
  // 1: the caller vouches that nobody else uses the memory. Whatever lock was
  // held when it was copied, or when the machine went down, is made anew.
  uint32_t alone;
  // An open descriptor of the file that the memory maps; -1: none, as 0 is a
  // descriptor. With it the map sees for itself whether the file is a copy and
  // whether it is alone (a shared flock, kept while attached). Not closed.
  int32_t file;
  // How long a write waits for another before it is ..._BUSY: 0 to a minute.
  uint64_t lock_budget_us;
} limpet_session_map_use;

#define LIMPET_SESSION_MAP_USE_INIT \
  { sizeof(limpet_session_map_use), 0, 0, -1, 2000 }

limpet_status limpet_session_map_use_init(limpet_session_map_use *use,
                                          size_t size);

// In these, `options` and `use` may be NULL: the defaults.

// The size of the memory that limpet_session_map_create needs, in bytes.
limpet_status limpet_session_map_memory_size(
    const limpet_session_map_options *options, size_t *size, char *err,
    size_t err_cap);

// Makes a map in memory of its own, in this process alone; `use` may neither be
// read_only nor name a file.
limpet_status limpet_session_map_new(const limpet_session_map_options *options,
                                     const limpet_session_map_use *use,
                                     limpet_session_map **out, char *err,
                                     size_t err_cap);

// Makes a map in the caller's memory: aligned to 128 bytes, zeroed (as mmap and
// ftruncate give it), and there until the last handle and the last policy that
// use the map are freed. What is in it is for processes of one machine and one
// user: it holds the keys of tokens.
limpet_status limpet_session_map_create(
    void *memory, size_t memory_size, const limpet_session_map_options *options,
    const limpet_session_map_use *use, limpet_session_map **out, char *err,
    size_t err_cap);

// A map that limpet_session_map_create made there, in this process or another
// one, at any address. Refused with a reason: what is not a map, is of another
// version, machine kind or C library, is used from another PID namespace, or
// was made before the last boot, unless the caller is alone.
limpet_status limpet_session_map_attach(void *memory, size_t memory_size,
                                        const limpet_session_map_use *use,
                                        limpet_session_map **out, char *err,
                                        size_t err_cap);

// Gives up the handle; policies go on using the map.
void limpet_session_map_free(limpet_session_map *sessions);

// Mends at once what a dead process left: otherwise the next write to the same
// place does it. alone: 1 or 0; 1 vouches that nobody else uses the map at this
// moment. LIMPET_ERR_UNAVAILABLE: a lock is held by an owner who is not known
// to be dead; LIMPET_ERR_ARGUMENT: the map is read_only.
limpet_status limpet_session_map_recover(const limpet_session_map *sessions,
                                         uint32_t alone);

// 1: a process that dies in a write frees its lock by itself. 0: its lock stays
// and writes beside it are ..._BUSY until limpet_session_map_recover is called
// with alone. Found out when the memory was created.
uint32_t limpet_session_map_notices_death(const limpet_session_map *sessions);

// Sessions held, those over and not yet gone included.
uint64_t limpet_session_map_size(const limpet_session_map *sessions);
uint64_t limpet_session_map_capacity(const limpet_session_map *sessions);
uint64_t limpet_session_map_longest_timeout_ms(
    const limpet_session_map *sessions);

// Since the map was made. Exact, but that a process killed within a write may
// leave any of the sums one short.
typedef struct limpet_session_counts {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t inserted;
  uint64_t expired;  // found over and taken away
  uint64_t evicted;
  uint64_t erased;           // by limpet_session_map_erase
  uint64_t erased_endpoint;  // by limpet_session_map_erase_endpoint
  uint64_t refused;          // ..._FULL
  uint64_t repaired;         // locks whose owner had died
} limpet_session_counts;

#define LIMPET_SESSION_COUNTS_INIT \
  { sizeof(limpet_session_counts), 0, 0, 0, 0, 0, 0, 0, 0 }

limpet_status limpet_session_counts_init(limpet_session_counts *counts,
                                         size_t size);

// Fills *counts as far as it goes; what this library does not know is 0.
limpet_status limpet_session_map_counts(const limpet_session_map *sessions,
                                        limpet_session_counts *counts);

// ---- Sessions of a map ------------------------------------------------------

// What a policy with LIMPET_STORE_SESSION_MAP does for its host, for a host
// that has keys of its own. Whoever uses a map passes the same timeouts: a
// session that is over by those of one caller gives its place up to any other.

// 128 random bits, or the hash of a key. A plain value. Never grows.
typedef struct limpet_session_id {
  uint64_t high;
  uint64_t low;
} limpet_session_id;

// A new id, of the system's generator.
limpet_status limpet_session_map_new_id(const limpet_session_map *sessions,
                                        limpet_session_id *id);

// The id of a key that an application or a client chose: any bytes, any length.
// A keyed hash: who does not know the map's secret can neither make two keys
// meet nor tell where one lands.
limpet_status limpet_session_map_id_of(const limpet_session_map *sessions,
                                       const char *key, size_t key_size,
                                       limpet_session_id *id);

// A session is over when either has elapsed; 0 is none. At most the map's
// longest timeout (LIMPET_ERR_ARGUMENT). Never grows.
typedef struct limpet_timeouts {
  uint64_t absolute_ms;  // since it was created
  uint64_t idle_ms;      // since it was last used
} limpet_timeouts;

// Never grows.
typedef struct limpet_session {
  uint64_t endpoint;  // its handle; 0: there is no session
  uint64_t created_ms;
  uint64_t last_used_ms;
} limpet_session;

enum limpet_find_result {
  LIMPET_FIND_LIVE = 0,
  LIMPET_FIND_EXPIRED = 1,  // it is here and is over (it goes now)
  LIMPET_FIND_ABSENT = 2    // it never was here, or it is gone already
};

enum limpet_insert_result {
  LIMPET_INSERT_INSERTED = 0,
  LIMPET_INSERT_EXISTS = 1,  // another was first
  LIMPET_INSERT_FULL = 2,    // of live sessions, or of endpoints
  LIMPET_INSERT_BUSY = 3     // another write did not end within the budget
};

enum limpet_rebind_result {
  LIMPET_REBIND_MOVED = 0,
  LIMPET_REBIND_ELSEWHERE = 1,  // not on `from` any more
  LIMPET_REBIND_ABSENT = 2,
  LIMPET_REBIND_FULL = 3,  // of endpoints
  LIMPET_REBIND_BUSY = 4
};

enum limpet_erase_result {
  LIMPET_ERASE_ERASED = 0,
  LIMPET_ERASE_ABSENT = 1,
  LIMPET_ERASE_BUSY = 2
};

// Each writes one of its results to *result, and to *session what is there
// afterwards (LIVE, INSERTED, EXISTS, MOVED, ELSEWHERE) or zeros. On an error
// *result is ABSENT or BUSY. None allocates.

// The live session of an id, stamped as used at `now_ms`. No lock, no wait.
limpet_status limpet_session_map_find_touch(const limpet_session_map *sessions,
                                            limpet_session_id id,
                                            const limpet_timeouts *timeouts,
                                            uint64_t now_ms,
                                            limpet_session *session,
                                            uint32_t *result);

// The same without the stamp.
limpet_status limpet_session_map_find(const limpet_session_map *sessions,
                                      limpet_session_id id,
                                      const limpet_timeouts *timeouts,
                                      uint64_t now_ms, limpet_session *session,
                                      uint32_t *result);

// Starts the memory fetch for an id that will be looked for: call it when the
// field is parsed, and limpet_session_map_find_touch when the answer is wanted.
void limpet_session_map_prepare(const limpet_session_map *sessions,
                                limpet_session_id id);

// limpet_session_map_find_touch for each of `ids`, their fetches side by side.
// `found` and `results` have `count` places.
limpet_status limpet_session_map_find_touch_batch(
    const limpet_session_map *sessions, const limpet_session_id *ids,
    size_t count, const limpet_timeouts *timeouts, uint64_t now_ms,
    limpet_session *found, uint32_t *results);

// Begins a session on an endpoint (its handle, not 0) at `now_ms`, if there is
// none: of several that try at once one inserts, the others get its session.
limpet_status limpet_session_map_insert_or_get(
    const limpet_session_map *sessions, limpet_session_id id, uint64_t endpoint,
    const limpet_timeouts *timeouts, uint64_t now_ms, limpet_session *session,
    uint32_t *result);

// Moves a session to another endpoint (not 0) and starts its clock anew, if it
// is still on `from`. Of two requests that see the same dead endpoint one moves
// it and the other learns where it is now.
limpet_status limpet_session_map_rebind(
    const limpet_session_map *sessions, limpet_session_id id, uint64_t from,
    uint64_t to, const limpet_timeouts *timeouts, uint64_t now_ms,
    limpet_session *session, uint32_t *result);

limpet_status limpet_session_map_erase(const limpet_session_map *sessions,
                                       limpet_session_id id, uint32_t *result);

// These two write how many places they freed to *freed, and to *complete 1, or
// 0 where some were busy and left out. Both may be NULL.

// Ends all sessions of an endpoint. Scans the whole map.
limpet_status limpet_session_map_erase_endpoint(
    const limpet_session_map *sessions, uint64_t endpoint, size_t *freed,
    uint32_t *complete);

// Looks at up to `budget` places, goes on where the last call stopped, and
// frees those of sessions that are over. Not needed for room: a new session
// takes their places by itself.
limpet_status limpet_session_map_sweep(const limpet_session_map *sessions,
                                       const limpet_timeouts *timeouts,
                                       uint64_t now_ms, size_t budget,
                                       size_t *freed, uint32_t *complete);

// Never grows.
typedef struct limpet_endpoint_sessions {
  uint64_t endpoint;  // its handle
  uint64_t sessions;  // how many live ones it has
} limpet_endpoint_sessions;

// Writes every endpoint that has live sessions to `live`, in no order, and to
// *count how many there are. LIMPET_ERR_BUFFER: more than the live_count places
// of `live`, which then hold some of them. Scans the whole map: for metrics,
// not for requests.
limpet_status limpet_session_map_count_live(const limpet_session_map *sessions,
                                            const limpet_timeouts *timeouts,
                                            uint64_t now_ms,
                                            limpet_endpoint_sessions *live,
                                            size_t live_count, size_t *count);

// ---- Policies ---------------------------------------------------------------

// A compiled configuration. Immutable but for what locks inside: every function
// may be called by many threads.
typedef struct limpet_policy limpet_policy;

typedef struct limpet_policy_options {
  uint32_t struct_size;
  uint32_t reserved;
  // What sessions belong to: "namespace/route/rule", or the backend where
  // persistence is attached there. A token of one scope is foreign to others.
  // 1..512 bytes.
  limpet_str scope;
  const limpet_keys *keys;             // LIMPET_STORE_SEALED_TOKEN: required
  const limpet_session_map *sessions;  // NULL: a new one where one is needed
} limpet_policy_options;

#define LIMPET_POLICY_OPTIONS_INIT \
  { sizeof(limpet_policy_options), 0, {NULL, 0}, NULL, NULL }

limpet_status limpet_policy_options_init(limpet_policy_options *options,
                                         size_t size);

limpet_status limpet_policy_new(const limpet_config *config,
                                const limpet_policy_options *options,
                                limpet_policy **out, char *err, size_t err_cap);

// limpet_config_new_json without a release and limpet_policy_new in one.
limpet_status limpet_policy_new_json(const char *json, size_t json_size,
                                     const limpet_policy_options *options,
                                     limpet_policy **out, char *err,
                                     size_t err_cap);

void limpet_policy_free(limpet_policy *policy);

// The strings that these return are valid until the policy is freed.

// The request field whose values limpet_select needs: "Cookie", the configured
// header, or "" for none. Compare without case.
limpet_str limpet_policy_request_field(const limpet_policy *policy);

// The response field that limpet_commit may ask for: "Set-Cookie", the
// configured header, or "" for none.
limpet_str limpet_policy_response_field(const limpet_policy *policy);

// Of the cookie or header, configured or generated.
limpet_str limpet_policy_name(const limpet_policy *policy);
limpet_str limpet_policy_scope(const limpet_policy *policy);

// LIMPET_TYPE_...
uint32_t limpet_policy_type(const limpet_policy *policy);

// 1: call limpet_strip_token for every value of the request field.
uint32_t limpet_policy_strips_token(const limpet_policy *policy);

// The longest value that limpet_commit can write, in bytes.
size_t limpet_policy_max_field_size(const limpet_policy *policy);

// A handle of the policy's session map, to look into or to hand on; free it.
// LIMPET_ERR_NO_MAP for other stores.
limpet_status limpet_policy_sessions(const limpet_policy *policy,
                                     limpet_session_map **out);

// Works out what the policy needs of a set: the table of a hash balancer, how
// many sessions the endpoints have (max_sessions). Call it before a set is
// published, so that the first limpet_select does not have to wait for the
// table, and every second or so where sessions are counted: it scans the whole
// map. Sets that it was not called for count none:
// LIMPET_BALANCER_LEAST_SESSIONS then goes at random, and max_sessions is no
// limit.
limpet_status limpet_policy_prepare(const limpet_policy *policy,
                                    const limpet_endpoint_set *endpoints,
                                    uint64_t now_ms);

// Looks at up to `budget` places of the session map, goes on where the last
// call stopped, and frees those of sessions that are over. Call it now and then
// (a full map does it by itself). *freed: how many; `freed` may be NULL.
limpet_status limpet_policy_sweep(const limpet_policy *policy, uint64_t now_ms,
                                  size_t budget, size_t *freed);

// Writes the number of live sessions of each endpoint to live[its index], which
// has live_count >= limpet_endpoint_set_size(endpoints) places. *elsewhere:
// sessions of endpoints that are not in the set; may be NULL. Scans the whole
// map: for metrics, not for requests.
limpet_status limpet_policy_live_sessions(const limpet_policy *policy,
                                          const limpet_endpoint_set *endpoints,
                                          uint64_t now_ms, uint64_t *live,
                                          size_t live_count,
                                          uint64_t *elsewhere);

// ---- Drains -----------------------------------------------------------------

enum limpet_drain_state {
  LIMPET_DRAIN_SERVING = 0,   // ready: nobody drains it
  LIMPET_DRAIN_DRAINING = 1,  // it may still have sessions
  // It serves no session any more: none is live, the deadline has come, it is
  // unavailable or gone from the set. What requests it is serving the host
  // knows; one that was under way when the last session of a map ended may
  // still begin another, and it drains again.
  LIMPET_DRAIN_DRAINED = 2
};

// "Not known", or "never", where a number of sessions or a time is told.
#define LIMPET_UNKNOWN UINT64_MAX

// What the last poll found; the host keeps one for each drain. A policy keeps
// no list of the tokens that clients hold: of them it knows by when the last
// one is over. No session begins on a draining endpoint but by a request that
// was under way, with an older set, when the drain began; the policy remembers
// when it last wrote a token for an endpoint, so that those count. What it
// wrote, that is: where several policies or proxies serve an endpoint with the
// same keys, poll all and take the latest of their bounds. What may have been
// used before a policy's first poll (by one that it replaced, say) counts as
// used then.
//
// LIMPET_STORE_ENVOY_TOKEN: of the cookies that were written with the same
// absolute timeout; without one, and in headers, sessions end with the deadline
// alone.
typedef struct limpet_drain_progress {
  uint32_t struct_size;
  uint32_t state;  // LIMPET_DRAIN_...
  // 0 to 1: of the sessions, where they are counted, else of the time. It goes
  // back where sessions are used and so last longer.
  double done;
  // Live sessions, exactly; LIMPET_UNKNOWN: the store is no session map.
  uint64_t live_sessions;
  // The same when the drain was first polled, or later if there were more then.
  uint64_t first_sessions;
  // From then on no session of it is live, if none is used again until then;
  // LIMPET_UNKNOWN: no timeout and no deadline ends them.
  uint64_t done_by_ms;
  // Which drain it is, for the next poll: the endpoint's handle, and since
  // when.
  uint64_t endpoint;
  uint64_t since_ms;
} limpet_drain_progress;

#define LIMPET_DRAIN_PROGRESS_INIT \
  { sizeof(limpet_drain_progress), 0, 0, 0, 0, 0, 0, 0 }

limpet_status limpet_drain_progress_init(limpet_drain_progress *progress,
                                         size_t size);

// How far the endpoint of an index is with its drain: call it now and then with
// the same *progress, which a drain begins with a new one of.
// LIMPET_NO_ENDPOINT: one that is gone from the set. Scans a session map; with
// other stores it costs nothing.
limpet_status limpet_policy_poll_drain(const limpet_policy *policy,
                                       const limpet_endpoint_set *endpoints,
                                       uint32_t endpoint, uint64_t now_ms,
                                       limpet_drain_progress *progress);

// ---- Outcomes ---------------------------------------------------------------

// How a request ended, as far as its session goes.
enum limpet_outcome {
  LIMPET_OUTCOME_NEW = 0,               // no token; a session begins
  LIMPET_OUTCOME_KEPT = 1,              // served by the session's endpoint
  LIMPET_OUTCOME_MOVED = 2,             // its endpoint cannot serve: it moved
  LIMPET_OUTCOME_SUBSTITUTED = 3,       // ... served elsewhere this once
  LIMPET_OUTCOME_EXPIRED = 4,           // a timeout has elapsed
  LIMPET_OUTCOME_INVALID = 5,           // no token of ours: garbled, forged
  LIMPET_OUTCOME_FOREIGN = 6,           // a token of another scope
  LIMPET_OUTCOME_UNKNOWN_ENDPOINT = 7,  // its endpoint is not in the set
  LIMPET_OUTCOME_OTHER_BACKEND = 8,     // the weights chose another backend
  LIMPET_OUTCOME_UNPINNED = 9,          // served, but the session map is full
  LIMPET_OUTCOME_REJECTED = 10,         // its endpoint cannot serve (strict)
  LIMPET_OUTCOME_UNAVAILABLE = 11,      // no endpoint can serve
  LIMPET_OUTCOME_UNSERVED = 12,         // nobody answered
  LIMPET_OUTCOME_BALANCED = 13,         // the policy has no sessions
  LIMPET_OUTCOME_REBALANCED = 14        // moved to a newer endpoint
};
#define LIMPET_OUTCOME_COUNT 15

// "new", "kept", ..., "unknown_endpoint"; "unknown" for other numbers.
const char *limpet_outcome_name(uint32_t outcome);

// Writes the requests counted under each outcome to values[outcome]. Places
// beyond the outcomes that the library knows are set to 0; outcomes beyond
// value_count are left out.
limpet_status limpet_policy_counters(const limpet_policy *policy,
                                     uint64_t *values, size_t value_count);

// ---- Requests ---------------------------------------------------------------

// How many requests an endpoint is serving, for LIMPET_BALANCER_LEAST_REQUEST,
// bounded load and max_requests. It is called inside limpet_select and must not
// block, call limpet, throw or longjmp; it cannot fail, so it returns the
// number itself.
typedef struct limpet_active_requests {
  uint32_t (*count)(const void *user, uint32_t endpoint);  // NULL: unknown
  const void *user;
} limpet_active_requests;

// The same of all endpoints of a backend, which is its place in the array of
// backends or, where there was none, among the names in the order of their
// first use. NULL: they are added up, one by one.
typedef struct limpet_active_in_backend {
  uint64_t (*count)(const void *user, uint32_t backend);
  const void *user;
} limpet_active_in_backend;

enum limpet_request_flags {
  LIMPET_REQUEST_HAS_HASH = 1  // limpet_request::hash is set
};

typedef struct limpet_request {
  uint32_t struct_size;
  uint32_t flags;  // LIMPET_REQUEST_HAS_...
  // All values of limpet_policy_request_field, in order, as they came in.
  const limpet_str *values;
  size_t value_count;
  // Indexes of endpoints that this request was sent to already, in vain. They
  // are not chosen again.
  const uint32_t *tried;
  size_t tried_count;
  limpet_active_requests active;
  // What a hash balancer goes by: any bytes, such as a field's value, a cookie,
  // a client's address (limpet_address_key). data NULL: it goes by weight.
  limpet_str hash_key;
  // Envoy's kinds: the hash of several hash policies (limpet_envoy_hash), with
  // LIMPET_REQUEST_HAS_HASH. Goes before hash_key.
  uint64_t hash;
  limpet_active_in_backend active_in_backend;
} limpet_request;

#define LIMPET_REQUEST_INIT                                                    \
  {                                                                            \
    sizeof(limpet_request), 0, NULL, 0, NULL, 0, {NULL, NULL}, {NULL, 0}, 0, { \
      NULL, NULL                                                               \
    }                                                                          \
  }

limpet_status limpet_request_init(limpet_request *request, size_t size);

// A plain value: keep it with the request, copy it, forget it. Never grows.
typedef struct limpet_decision {
  uint32_t endpoint;  // index in the set, or LIMPET_NO_ENDPOINT
  uint32_t outcome;   // LIMPET_OUTCOME_...
  uint32_t status;    // the HTTP status to answer with if there is no endpoint
  uint32_t reserved;
  uint64_t handle;    // of the endpoint; 0: none
  uint64_t state[8];  // the session, for limpet_commit
} limpet_decision;

// Who should serve the request? `request` may be NULL: no values, nothing
// tried. Bad tokens are outcomes, never errors. Does not allocate (but for more
// than 16 values of the field). On an error *decision names no endpoint.
limpet_status limpet_select(const limpet_policy *policy,
                            const limpet_endpoint_set *endpoints,
                            const limpet_request *request, uint64_t now_ms,
                            limpet_decision *decision);

// A field for the response to the client. Append it; never replace others of
// its name. Such a response must not enter a shared cache. Never grows.
typedef struct limpet_field {
  limpet_str name;   // valid until the policy is freed
  limpet_str value;  // in `buf`; size 0: nothing is to be sent
  uint32_t outcome;  // as counted: the decision's, unless another one served
  uint32_t reserved;
} limpet_field;

// What must the response carry? Call it once for every request whose decision
// named an endpoint, when the response begins or when it is clear that there
// will be none; it counts the request. `served` is the index in `endpoints` of
// the endpoint that answered, which retries may have changed, or
// LIMPET_NO_ENDPOINT: nobody. `endpoints` may be a newer set than limpet_select
// had, if `served` is an index of it. `buf` has at least
// limpet_policy_max_field_size bytes; for nobody it may be NULL, 0. Does not
// allocate. On an error *field is empty.
limpet_status limpet_commit(const limpet_policy *policy,
                            const limpet_endpoint_set *endpoints,
                            const limpet_decision *decision, uint32_t served,
                            uint64_t now_ms, char *buf, size_t buf_size,
                            limpet_field *field);

// ---- Values -----------------------------------------------------------------

// A policy's tokens alone, for a proxy that has a stickiness of its own and
// goes on choosing, or that has no list of endpoints: they hold a value of the
// proxy's, such as its own plain token or an address, and not an endpoint. The
// same carrier, keys, timeouts, scope and outcomes; LIMPET_FAILOVER_TEMPORARY
// keeps a session that another one served, LIMPET_FAILOVER_STRICT counts it as
// rejected if nobody did. LIMPET_ERR_NO_VALUES: the policy has no sessions, or
// a session map.

#define LIMPET_MAX_VALUE_SIZE 1008

// What came with a request: a plain value, to be kept with it together with the
// buffer. Never grows.
typedef struct limpet_opened {
  limpet_str value;  // in `buf`; size 0: there is no live session
  uint32_t outcome;  // LIMPET_OUTCOME_KEPT: there is; else why there is none
  uint32_t reserved;
  uint64_t state[8];  // the session, for limpet_seal
} limpet_opened;

// The value of the first live token in `values`: all values of
// limpet_policy_request_field, in order, as they came in. `buf` has
// LIMPET_MAX_VALUE_SIZE bytes at least. Bad tokens are outcomes, never errors.
// Does not allocate (but for more than 16 values of the field).
limpet_status limpet_open(const limpet_policy *policy, const limpet_str *values,
                          size_t value_count, uint64_t now_ms, char *buf,
                          size_t buf_size, limpet_opened *opened);

// What must the response carry? Call it once for every request that limpet_open
// was called for; it counts the request. `served`: the value of who answered,
// which is opened->value if the session is kept; data NULL: nobody answered.
// `buf` has limpet_policy_max_sealed_field_size bytes at least, and is not that
// of limpet_open. Does not allocate. On an error *field is empty.
limpet_status limpet_seal(const limpet_policy *policy,
                          const limpet_opened *opened, limpet_str served,
                          uint64_t now_ms, char *buf, size_t buf_size,
                          limpet_field *field);

// The longest field value that limpet_seal can write, in bytes; 0: its tokens
// hold no values.
size_t limpet_policy_max_sealed_field_size(const limpet_policy *policy);

// ---- Hash keys and fields ---------------------------------------------------

// A client's address as a hash key: its 4 or 16 bytes in network order, those
// beyond the first ipv4_bits or ipv6_bits zero (more than there are: all
// count), to the 16 bytes of `buf`. *size 0: the text is no address (a port or
// brackets do not belong to one).
limpet_status limpet_address_key(const char *text, size_t text_size,
                                 uint32_t ipv4_bits, uint32_t ipv6_bits,
                                 char *buf, size_t *size);

// Envoy's hash policies, in their order: from a request to the hash that its
// balancers place. Begin with zeros; a policy without a value for the request
// adds nothing, and what comes after a terminal one (terminal: 1) that has is
// left out. Never grows.
typedef struct limpet_envoy_hash {
  uint64_t hash;
  uint32_t has_hash;  // 0: no policy had a value; Envoy takes a random host
  uint32_t done;      // 1: a terminal policy ended the list
} limpet_envoy_hash;

// All values of a header field, in any order.
limpet_status limpet_envoy_hash_header(limpet_envoy_hash *sum,
                                       const limpet_str *values,
                                       size_t value_count, uint32_t terminal);
// The first cookie of that name in all values of Cookie.
limpet_status limpet_envoy_hash_cookie(limpet_envoy_hash *sum,
                                       const limpet_str *values,
                                       size_t value_count, const char *name,
                                       size_t name_size, uint32_t terminal);
// The first parameter of that name in the path's query, as it is written.
limpet_status limpet_envoy_hash_query(limpet_envoy_hash *sum, const char *path,
                                      size_t path_size, const char *name,
                                      size_t name_size, uint32_t terminal);
// The text of the client's address without its port.
limpet_status limpet_envoy_hash_source(limpet_envoy_hash *sum,
                                       const char *address, size_t address_size,
                                       uint32_t terminal);

// What one value of the request field becomes on its way to the endpoint: the
// same without limpet's token. *size 0: drop that field. buf_size >=
// value_size; `buf` and `value` do not overlap.
limpet_status limpet_strip_token(const limpet_policy *policy, const char *value,
                                 size_t value_size, char *buf, size_t buf_size,
                                 size_t *size);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // LIMPET_H_
