// The layout of every public struct, without a byte of hidden padding. It is
// the ABI: no number here changes, new fields go to the end.
#include <limpet.h>
#include <stddef.h>

#define P sizeof(void *)
// The size of a pointer is what is meant.
// NOLINTBEGIN(bugprone-sizeof-expression)
#define END(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))

// `field` begins where `before` ends.
#define FOLLOWS(type, before, field)                         \
  _Static_assert(END(type, before) == offsetof(type, field), \
                 #type ": padding before " #field)
#define FIRST_AND_LAST(type, first, last, size)                          \
  _Static_assert(offsetof(type, first) == 0, #type " begins with it");   \
  _Static_assert(END(type, last) == sizeof(type), #type " ends padded"); \
  _Static_assert(sizeof(type) == (size), #type " has its size");         \
  _Static_assert(sizeof(type) % 8 == 0, #type " is a multiple of 8")

_Static_assert(sizeof(size_t) == P, "sizes are as wide as pointers");
_Static_assert(sizeof(limpet_status) == 4, "statuses are 32 bits");

FIRST_AND_LAST(limpet_str, data, size, 2 * P);
FOLLOWS(limpet_str, data, size);

FIRST_AND_LAST(limpet_config_options, struct_size, reserved, 16);
FOLLOWS(limpet_config_options, struct_size, release);
FOLLOWS(limpet_config_options, release, attachment);
FOLLOWS(limpet_config_options, attachment, reserved);

FIRST_AND_LAST(limpet_session_map_options, struct_size, longest_timeout_ms, 32);
FOLLOWS(limpet_session_map_options, struct_size, when_full);
FOLLOWS(limpet_session_map_options, when_full, capacity);
FOLLOWS(limpet_session_map_options, capacity, endpoints);
FOLLOWS(limpet_session_map_options, endpoints, longest_timeout_ms);

FIRST_AND_LAST(limpet_session_map_use, struct_size, lock_budget_us, 24);
FOLLOWS(limpet_session_map_use, struct_size, read_only);
FOLLOWS(limpet_session_map_use, read_only, alone);
FOLLOWS(limpet_session_map_use, alone, file);
FOLLOWS(limpet_session_map_use, file, lock_budget_us);

FIRST_AND_LAST(limpet_session_counts, struct_size, repaired, 64);
FOLLOWS(limpet_session_counts, struct_size, reserved);
FOLLOWS(limpet_session_counts, reserved, inserted);
FOLLOWS(limpet_session_counts, inserted, expired);
FOLLOWS(limpet_session_counts, expired, evicted);
FOLLOWS(limpet_session_counts, evicted, erased);
FOLLOWS(limpet_session_counts, erased, erased_endpoint);
FOLLOWS(limpet_session_counts, erased_endpoint, refused);
FOLLOWS(limpet_session_counts, refused, repaired);

FIRST_AND_LAST(limpet_session_id, high, low, 16);
FOLLOWS(limpet_session_id, high, low);

FIRST_AND_LAST(limpet_timeouts, absolute_ms, idle_ms, 16);
FOLLOWS(limpet_timeouts, absolute_ms, idle_ms);

FIRST_AND_LAST(limpet_session, endpoint, last_used_ms, 24);
FOLLOWS(limpet_session, endpoint, created_ms);
FOLLOWS(limpet_session, created_ms, last_used_ms);

FIRST_AND_LAST(limpet_endpoint_sessions, endpoint, sessions, 16);
FOLLOWS(limpet_endpoint_sessions, endpoint, sessions);

FIRST_AND_LAST(limpet_policy_options, struct_size, sessions, 8 + 4 * P);
FOLLOWS(limpet_policy_options, struct_size, reserved);
FOLLOWS(limpet_policy_options, reserved, scope);
FOLLOWS(limpet_policy_options, scope, keys);
FOLLOWS(limpet_policy_options, keys, sessions);

FIRST_AND_LAST(limpet_endpoint, struct_size, hash_key, 40 + 10 * P);
FOLLOWS(limpet_endpoint, struct_size, weight);
FOLLOWS(limpet_endpoint, weight, id);
FOLLOWS(limpet_endpoint, id, address);
FOLLOWS(limpet_endpoint, address, backend);
FOLLOWS(limpet_endpoint, backend, state);
FOLLOWS(limpet_endpoint, state, priority);
FOLLOWS(limpet_endpoint, priority, since_ms);
FOLLOWS(limpet_endpoint, since_ms, drain_deadline_ms);
FOLLOWS(limpet_endpoint, drain_deadline_ms, max_requests);
FOLLOWS(limpet_endpoint, max_requests, max_sessions);
FOLLOWS(limpet_endpoint, max_sessions, locality);
FOLLOWS(limpet_endpoint, locality, hash_key);

FIRST_AND_LAST(limpet_drain_progress, struct_size, since_ms, 56);
FOLLOWS(limpet_drain_progress, struct_size, state);
FOLLOWS(limpet_drain_progress, state, done);
FOLLOWS(limpet_drain_progress, done, live_sessions);
FOLLOWS(limpet_drain_progress, live_sessions, first_sessions);
FOLLOWS(limpet_drain_progress, first_sessions, done_by_ms);
FOLLOWS(limpet_drain_progress, done_by_ms, endpoint);
FOLLOWS(limpet_drain_progress, endpoint, since_ms);

FIRST_AND_LAST(limpet_backend, struct_size, name, 8 + 2 * P);
FOLLOWS(limpet_backend, struct_size, weight);
FOLLOWS(limpet_backend, weight, name);

FIRST_AND_LAST(limpet_active_requests, count, user, 2 * P);
FOLLOWS(limpet_active_requests, count, user);

FIRST_AND_LAST(limpet_active_in_backend, count, user, 2 * P);
FOLLOWS(limpet_active_in_backend, count, user);

FIRST_AND_LAST(limpet_envoy_hash, hash, done, 16);
FOLLOWS(limpet_envoy_hash, hash, has_hash);
FOLLOWS(limpet_envoy_hash, has_hash, done);

FIRST_AND_LAST(limpet_request, struct_size, active_in_backend, 16 + 10 * P);
FOLLOWS(limpet_request, struct_size, flags);
FOLLOWS(limpet_request, flags, values);
FOLLOWS(limpet_request, values, value_count);
FOLLOWS(limpet_request, value_count, tried);
FOLLOWS(limpet_request, tried, tried_count);
FOLLOWS(limpet_request, tried_count, active);
FOLLOWS(limpet_request, active, hash_key);
FOLLOWS(limpet_request, hash_key, hash);
FOLLOWS(limpet_request, hash, active_in_backend);

FIRST_AND_LAST(limpet_decision, endpoint, state, 88);
FOLLOWS(limpet_decision, endpoint, outcome);
FOLLOWS(limpet_decision, outcome, status);
FOLLOWS(limpet_decision, status, reserved);
FOLLOWS(limpet_decision, reserved, handle);
FOLLOWS(limpet_decision, handle, state);

FIRST_AND_LAST(limpet_opened, value, state, 72 + 2 * P);
FOLLOWS(limpet_opened, value, outcome);
FOLLOWS(limpet_opened, outcome, reserved);
FOLLOWS(limpet_opened, reserved, state);

FIRST_AND_LAST(limpet_field, name, reserved, 8 + 4 * P);
FOLLOWS(limpet_field, name, value);
FOLLOWS(limpet_field, value, outcome);
FOLLOWS(limpet_field, outcome, reserved);

// NOLINTEND(bugprone-sizeof-expression)

int main(void) { return 0; }
