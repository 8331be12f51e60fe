// Endpoint sets through the C ABI.
#include <string.h>

#include "support.h"

static void an_endpoint_is_known_by_its_handle(void) {
  static const uint32_t ready[3] = {0, 0, 0};
  limpet_endpoint_set *set = new_endpoints(ready, 3);
  const uint64_t handle = limpet_endpoint_handle("pod-b", 5);
  CHECK(handle != 0);
  CHECK(limpet_endpoint_set_size(set) == 3);
  CHECK(limpet_endpoint_set_find(set, handle) == 1);
  CHECK(limpet_endpoint_set_handle(set, 1) == handle);
  CHECK(limpet_endpoint_set_handle(set, 3) == 0);
  CHECK(limpet_endpoint_set_find(set, 0) == LIMPET_NO_ENDPOINT);
  CHECK(limpet_endpoint_set_find(set, handle + 1) == LIMPET_NO_ENDPOINT);
  limpet_endpoint_set_free(set);
}

// Tokens hold handles, for days: the hash is a format. XXH3, seed 0.
static void a_handle_never_changes(void) {
  CHECK(limpet_endpoint_handle("", 0) == UINT64_C(0x2d06800538d394c2));
  CHECK(limpet_endpoint_handle(NULL, 0) == UINT64_C(0x2d06800538d394c2));
}

static void a_set_lives_as_long_as_its_last_reference(void) {
  static const uint32_t ready[1] = {0};
  limpet_endpoint_set *set = new_endpoints(ready, 1);
  limpet_endpoint_set *same = limpet_endpoint_set_ref(set);
  CHECK(same == set);
  limpet_endpoint_set_free(set);
  CHECK(limpet_endpoint_set_size(same) == 1);
  limpet_endpoint_set_free(same);
}

static void a_set_keeps_nothing_of_the_callers(void) {
  char id[] = "pod-a";
  limpet_endpoint endpoint = LIMPET_ENDPOINT_INIT;
  limpet_endpoint_set *set = NULL;
  endpoint.id.data = id;
  endpoint.id.size = strlen(id);
  CHECK_STATUS(limpet_endpoint_set_new(&endpoint, 1, NULL, 0, &set, NULL, 0),
               LIMPET_OK);
  memset(id, '#', sizeof id - 1);
  memset(&endpoint, 0, sizeof endpoint);
  CHECK(limpet_endpoint_set_find(set, limpet_endpoint_handle("pod-a", 5)) == 0);
  limpet_endpoint_set_free(set);
}

static void backends_and_weights_split_new_sessions(void) {
  static const char json[] =
      "{\"sessionName\": \"Session-A\", \"type\": \"Header\"}";
  limpet_endpoint endpoints[2] = {LIMPET_ENDPOINT_INIT, LIMPET_ENDPOINT_INIT};
  limpet_backend backends[2] = {LIMPET_BACKEND_INIT, LIMPET_BACKEND_INIT};
  limpet_policy *policy = new_policy(json);
  limpet_endpoint_set *set = NULL;
  answer next;
  int i;
  endpoints[0].id = str("blue-1");
  endpoints[0].backend = str("blue");
  endpoints[1].id = str("green-1");
  endpoints[1].backend = str("green");
  backends[0].name = str("blue");
  backends[0].weight = 0;
  backends[1].name = str("green");
  CHECK_STATUS(
      limpet_endpoint_set_new(endpoints, 2, backends, 2, &set, NULL, 0),
      LIMPET_OK);
  for (i = 0; i < 8; ++i) {
    ask(policy, set, NULL, START, &next);
    CHECK(next.decision.endpoint == 1);
  }
  limpet_endpoint_set_free(set);
  limpet_policy_free(policy);
}

static void an_empty_set_serves_nobody(void) {
  limpet_policy *policy = new_policy("{}");
  limpet_endpoint_set *set = NULL;
  answer next;
  CHECK_STATUS(limpet_endpoint_set_new(NULL, 0, NULL, 0, &set, NULL, 0),
               LIMPET_OK);
  CHECK(limpet_endpoint_set_size(set) == 0);
  ask(policy, set, NULL, START, &next);
  CHECK_OUTCOME(next.decision.outcome, LIMPET_OUTCOME_UNAVAILABLE);
  CHECK(next.decision.endpoint == LIMPET_NO_ENDPOINT);
  CHECK(next.decision.status == 503);
  limpet_endpoint_set_free(set);
  limpet_policy_free(policy);
}

static void what_is_wrong_is_told_with_its_place(void) {
  limpet_endpoint endpoints[2] = {LIMPET_ENDPOINT_INIT, LIMPET_ENDPOINT_INIT};
  limpet_backend backend = LIMPET_BACKEND_INIT;
  limpet_endpoint_set *set = NULL;
  char err[256];
  endpoints[0].id = str("pod-a");
  endpoints[1].id = str("pod-a");
  CHECK_STATUS(
      limpet_endpoint_set_new(endpoints, 2, NULL, 0, &set, err, sizeof err),
      LIMPET_ERR_DUPLICATE);
  CHECK(contains(err, "endpoints[1].id: "));
  CHECK(set == NULL);

  endpoints[1].id = str("pod-b");
  endpoints[1].weight = 1000001;
  CHECK(limpet_endpoint_set_new(endpoints, 2, NULL, 0, &set, err, sizeof err) <
        0);
  CHECK(contains(err, "endpoints[1].weight: "));

  endpoints[1].weight = 1;
  endpoints[1].state = 3;
  CHECK_STATUS(
      limpet_endpoint_set_new(endpoints, 2, NULL, 0, &set, err, sizeof err),
      LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "endpoints[1].state: "));

  endpoints[1].state = LIMPET_ENDPOINT_READY;
  backend.name = str("blue");
  endpoints[0].backend = str("blue");
  endpoints[1].backend = str("green");
  CHECK(limpet_endpoint_set_new(endpoints, 2, &backend, 1, &set, err,
                                sizeof err) < 0);
  CHECK(contains(err, "endpoints[1].backend: "));

  endpoints[1].backend.data = NULL;
  CHECK_STATUS(
      limpet_endpoint_set_new(endpoints, 2, &backend, 1, &set, err, sizeof err),
      LIMPET_ERR_NULL);
  CHECK(contains(err, "endpoints[1].backend: "));
  CHECK_STATUS(limpet_endpoint_set_new(endpoints, SIZE_MAX, NULL, 0, &set, err,
                                       sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(set == NULL);
}

int main(void) {
  static const test tests[] = {
      {"an endpoint is known by its handle",
       an_endpoint_is_known_by_its_handle},
      {"a handle never changes", a_handle_never_changes},
      {"a set lives as long as its last reference",
       a_set_lives_as_long_as_its_last_reference},
      {"a set keeps nothing of the caller's",
       a_set_keeps_nothing_of_the_callers},
      {"backends and weights split new sessions",
       backends_and_weights_split_new_sessions},
      {"an empty set serves nobody", an_empty_set_serves_nobody},
      {"what is wrong is told with its place",
       what_is_wrong_is_told_with_its_place},
  };
  return run_tests(tests, sizeof tests / sizeof tests[0]);
}
