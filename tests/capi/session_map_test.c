// A policy's session map through the C ABI: handing on, fullness, sweep,
// metrics.
#include <string.h>

#include "support.h"

static const uint32_t ready[2] = {LIMPET_ENDPOINT_READY, LIMPET_ENDPOINT_READY};
static const char json[] =
    "{\"sessionName\": \"Session-A\", \"type\": \"Header\","
    " \"absoluteTimeout\": \"10s\","
    " \"store\": {\"type\": \"SessionMap\", \"capacity\": 2}}";

static void a_policy_that_replaces_another_takes_over_its_map(void) {
  limpet_policy *old = new_policy(json);
  limpet_policy *newer, *stranger;
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  limpet_session_map *map = NULL;
  answer first, next;
  ask(old, endpoints, NULL, START, &first);
  CHECK_OUTCOME(first.field.outcome, LIMPET_OUTCOME_NEW);
  CHECK_STATUS(limpet_policy_sessions(old, &map), LIMPET_OK);
  newer = new_policy_of(json, "default/test/0", map);
  stranger = new_policy_of(json, "default/test/1", map);
  limpet_session_map_free(map);
  limpet_policy_free(old);

  ask(newer, endpoints, first.token, START + 9999, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_KEPT);
  CHECK(next.decision.endpoint == first.decision.endpoint);
  ask(stranger, endpoints, first.token, START + 9999, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_FOREIGN);
  ask(newer, endpoints, first.token, START + 10000, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_EXPIRED);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(stranger);
  limpet_policy_free(newer);
}

static void a_map_of_the_host_is_shared_and_bounded(void) {
  limpet_session_map_options options = LIMPET_SESSION_MAP_OPTIONS_INIT;
  limpet_session_map *map = NULL;
  limpet_policy *policy;
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  answer next;
  uint64_t i;
  options.capacity = 3;
  CHECK_STATUS(limpet_session_map_new(&options, NULL, &map, NULL, 0),
               LIMPET_OK);
  CHECK(limpet_session_map_capacity(map) == 3);
  CHECK(limpet_session_map_size(map) == 0);
  policy = new_policy_of(json, "default/test/0", map);
  for (i = 0; i < 3; ++i) {
    ask(policy, endpoints, NULL, START, &next);
    CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_NEW);
  }
  CHECK(limpet_session_map_size(map) == 3);
  ask(policy, endpoints, NULL, START, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_UNPINNED);
  CHECK(next.field.value.size == 0);
  limpet_session_map_free(map);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

static void a_full_map_evicts_if_it_is_told_to(void) {
  limpet_policy *policy = new_policy(
      "{\"sessionName\": \"Session-A\", \"type\": \"Header\","
      " \"store\": {\"type\": \"SessionMap\", \"capacity\": 2,"
      " \"whenFull\": \"Evict\"}}");
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  answer first, second, third, next;
  ask(policy, endpoints, NULL, START, &first);
  ask(policy, endpoints, NULL, START + 1, &second);
  ask(policy, endpoints, NULL, START + 2, &third);
  CHECK_OUTCOME(third.field.outcome, LIMPET_OUTCOME_NEW);
  ask(policy, endpoints, second.token, START + 3, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_KEPT);
  ask(policy, endpoints, third.token, START + 3, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_KEPT);
  ask(policy, endpoints, first.token, START + 3, &next);
  CHECK(next.field.outcome != LIMPET_OUTCOME_KEPT);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

static void sessions_that_are_over_are_swept(void) {
  limpet_policy *policy = new_policy(json);
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  limpet_session_map *map = NULL;
  size_t freed = 99, total = 0;
  answer next;
  int i;
  ask(policy, endpoints, NULL, START, &next);
  ask(policy, endpoints, NULL, START + 5000, &next);
  CHECK_STATUS(limpet_policy_sessions(policy, &map), LIMPET_OK);
  CHECK_STATUS(limpet_policy_sweep(policy, START + 9999, 1000000, &freed),
               LIMPET_OK);
  CHECK(freed == 0);
  CHECK(limpet_session_map_size(map) == 2);
  for (i = 0; i < 4; ++i) {
    CHECK_STATUS(limpet_policy_sweep(policy, START + 10000, 1000000, &freed),
                 LIMPET_OK);
    total += freed;
  }
  CHECK(total == 1);
  CHECK(limpet_session_map_size(map) == 1);
  CHECK_STATUS(limpet_policy_sweep(policy, START + 15000, 1000000, NULL),
               LIMPET_OK);
  CHECK(limpet_session_map_size(map) == 0);
  limpet_session_map_free(map);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

static void live_sessions_are_told_by_endpoint(void) {
  static const uint32_t not_b[1] = {1};
  static const uint32_t not_a[1] = {0};
  limpet_policy *policy = new_policy(json);
  limpet_endpoint_set *both = new_endpoints(ready, 2);
  limpet_endpoint_set *one = new_endpoints(ready, 1);
  uint64_t live[3] = {9, 9, 9};
  uint64_t elsewhere = 9;
  answer next;
  ask_with(policy, both, NULL, not_b, 1, CHOSEN, START, &next);
  ask_with(policy, both, NULL, not_a, 1, CHOSEN, START + 5000, &next);
  CHECK_STATUS(
      limpet_policy_live_sessions(policy, both, START, live, 3, &elsewhere),
      LIMPET_OK);
  CHECK(live[0] == 1 && live[1] == 1 && live[2] == 0 && elsewhere == 0);
  CHECK_STATUS(
      limpet_policy_live_sessions(policy, one, START, live, 1, &elsewhere),
      LIMPET_OK);
  CHECK(live[0] == 1 && elsewhere == 1);
  CHECK_STATUS(
      limpet_policy_live_sessions(policy, both, START + 10000, live, 2, NULL),
      LIMPET_OK);
  CHECK(live[0] == 0 && live[1] == 1);
  CHECK_STATUS(limpet_policy_live_sessions(policy, both, START, live, 1, NULL),
               LIMPET_ERR_BUFFER);
  limpet_endpoint_set_free(one);
  limpet_endpoint_set_free(both);
  limpet_policy_free(policy);
}

static void other_stores_have_no_map(void) {
  limpet_policy *policy =
      new_policy("{\"sessionName\": \"Session-A\", \"type\": \"Header\"}");
  limpet_endpoint_set *endpoints = new_endpoints(ready, 1);
  limpet_session_map *map = (limpet_session_map *)&policy;
  uint64_t live[1] = {0};
  size_t freed = 9;
  CHECK_STATUS(limpet_policy_sessions(policy, &map), LIMPET_ERR_NO_MAP);
  CHECK(map == NULL);
  CHECK_STATUS(limpet_policy_sweep(policy, START, 1, &freed),
               LIMPET_ERR_NO_MAP);
  CHECK(freed == 0);
  CHECK_STATUS(
      limpet_policy_live_sessions(policy, endpoints, START, live, 1, NULL),
      LIMPET_ERR_NO_MAP);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

int main(void) {
  static const test tests[] = {
      {"a policy that replaces another takes over its map",
       a_policy_that_replaces_another_takes_over_its_map},
      {"a map of the host is shared and bounded",
       a_map_of_the_host_is_shared_and_bounded},
      {"a full map evicts if it is told to",
       a_full_map_evicts_if_it_is_told_to},
      {"sessions that are over are swept", sessions_that_are_over_are_swept},
      {"live sessions are told by endpoint",
       live_sessions_are_told_by_endpoint},
      {"other stores have no map", other_stores_have_no_map},
  };
  return run_tests(tests, sizeof tests / sizeof tests[0]);
}
