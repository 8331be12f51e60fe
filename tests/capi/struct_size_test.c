// Structs of older and newer releases. Each is allocated at exactly its size,
// so that a sanitizer sees any read or write beyond it.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

static const uint32_t ready[2] = {LIMPET_ENDPOINT_READY, LIMPET_ENDPOINT_READY};
static const char json[] =
    "{\"sessionName\": \"Session-A\", \"type\": \"Header\"}";

// A copy of the first `size` bytes (zeros beyond the struct) that says so.
static void *resized(const void *in, size_t in_size, size_t size) {
  const uint32_t struct_size = (uint32_t)size;
  void *out = calloc(1, size);
  if (out == NULL) abort();
  memcpy(out, in, in_size < size ? in_size : size);
  memcpy(out, &struct_size,
         size < sizeof struct_size ? size : sizeof struct_size);
  return out;
}

// Runs `use` on one struct in all the sizes that matter. `old_size` is that of
// an imagined older release.
static void try_sizes(const void *in, size_t in_size, size_t old_size,
                      limpet_status (*use)(const void *x)) {
  static const uint32_t bad[] = {0, 4, 12, 20, 5000, UINT32_MAX};
  size_t i;
  unsigned char *x;

  x = (unsigned char *)resized(in, in_size, in_size);
  CHECK_STATUS(use(x), LIMPET_OK);
  for (i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    memcpy(x, &bad[i], sizeof bad[i]);
    CHECK_STATUS(use(x), LIMPET_ERR_STRUCT_SIZE);
  }
  free(x);

  x = (unsigned char *)resized(in, in_size, old_size);
  CHECK_STATUS(use(x), LIMPET_OK);
  free(x);

  x = (unsigned char *)resized(in, in_size, in_size + 16);
  CHECK_STATUS(use(x), LIMPET_OK);
  x[in_size + 15] = 1;
  CHECK_STATUS(use(x), LIMPET_ERR_UNSUPPORTED);
  x[in_size + 15] = 0;
  x[in_size] = 1;
  CHECK_STATUS(use(x), LIMPET_ERR_UNSUPPORTED);
  free(x);
}

static limpet_status use_config_options(const void *x) {
  limpet_config *config = NULL;
  const limpet_status status = limpet_config_new_json(
      "{}", 2, (const limpet_config_options *)x, &config, NULL, 0);
  limpet_config_free(config);
  return status;
}

static limpet_status use_policy_options(const void *x) {
  limpet_policy *policy = NULL;
  const limpet_status status = limpet_policy_new_json(
      json, strlen(json), (const limpet_policy_options *)x, &policy, NULL, 0);
  limpet_policy_free(policy);
  return status;
}

static limpet_status use_map_options(const void *x) {
  limpet_session_map *map = NULL;
  const limpet_status status = limpet_session_map_new(
      (const limpet_session_map_options *)x, NULL, &map, NULL, 0);
  CHECK((map != NULL) == (status == LIMPET_OK));
  limpet_session_map_free(map);
  return status;
}

static limpet_status use_map_use(const void *x) {
  limpet_session_map *map = NULL;
  const limpet_status status = limpet_session_map_new(
      NULL, (const limpet_session_map_use *)x, &map, NULL, 0);
  CHECK((map != NULL) == (status == LIMPET_OK));
  limpet_session_map_free(map);
  return status;
}

static limpet_status use_endpoint(const void *x) {
  limpet_endpoint_set *set = NULL;
  const limpet_status status = limpet_endpoint_set_new(
      (const limpet_endpoint *)x, 1, NULL, 0, &set, NULL, 0);
  limpet_endpoint_set_free(set);
  return status;
}

static limpet_status use_backend(const void *x) {
  limpet_endpoint endpoint = LIMPET_ENDPOINT_INIT;
  limpet_endpoint_set *set = NULL;
  limpet_status status;
  endpoint.id = str("pod-a");
  status = limpet_endpoint_set_new(&endpoint, 1, (const limpet_backend *)x, 1,
                                   &set, NULL, 0);
  limpet_endpoint_set_free(set);
  return status;
}

static limpet_policy *request_policy;
static limpet_endpoint_set *request_endpoints;

static limpet_status use_request(const void *x) {
  limpet_decision decision;
  const limpet_status status =
      limpet_select(request_policy, request_endpoints,
                    (const limpet_request *)x, START, &decision);
  CHECK((decision.endpoint == LIMPET_NO_ENDPOINT) == (status != LIMPET_OK));
  return status;
}

// In and out: what was not filled in is asked for anew.
static limpet_status use_drain_progress(const void *x) {
  return limpet_policy_poll_drain(request_policy, request_endpoints, 0, START,
                                  (limpet_drain_progress *)(uintptr_t)x);
}

static void structs_are_read_as_far_as_they_go(void) {
  limpet_config_options config_options = LIMPET_CONFIG_OPTIONS_INIT;
  limpet_policy_options policy_options = LIMPET_POLICY_OPTIONS_INIT;
  limpet_endpoint endpoint = LIMPET_ENDPOINT_INIT;
  limpet_backend backend = LIMPET_BACKEND_INIT;
  limpet_request request = LIMPET_REQUEST_INIT;
  limpet_session_map_options map_options = LIMPET_SESSION_MAP_OPTIONS_INIT;
  limpet_session_map_use map_use = LIMPET_SESSION_MAP_USE_INIT;
  limpet_drain_progress drain_progress = LIMPET_DRAIN_PROGRESS_INIT;
  limpet_keys *keys = NULL;
  limpet_str value = {"garbage", 7};

  try_sizes(&config_options, sizeof config_options,
            offsetof(limpet_config_options, attachment), use_config_options);

  CHECK_STATUS(limpet_keys_new_random(&keys), LIMPET_OK);
  policy_options.scope = str("default/test/0");
  policy_options.keys = keys;
  try_sizes(&policy_options, sizeof policy_options,
            // On 32 bits the two pointers make 8 bytes together.
            sizeof(void *) == 8 ? offsetof(limpet_policy_options, sessions)
                                : sizeof policy_options,
            use_policy_options);
  limpet_keys_free(keys);

  try_sizes(&map_options, sizeof map_options,
            offsetof(limpet_session_map_options, endpoints), use_map_options);
  // No descriptor where there is no field for one.
  try_sizes(&map_use, sizeof map_use, offsetof(limpet_session_map_use, alone),
            use_map_use);

  endpoint.id = str("pod-a");
  try_sizes(&endpoint, sizeof endpoint, offsetof(limpet_endpoint, address),
            use_endpoint);
  try_sizes(&backend, sizeof backend, offsetof(limpet_backend, name),
            use_backend);

  request_policy = new_policy(json);
  request_endpoints = new_endpoints(ready, 2);
  request.values = &value;
  request.value_count = 1;
  try_sizes(&request, sizeof request, offsetof(limpet_request, tried),
            use_request);
  try_sizes(&drain_progress, sizeof drain_progress,
            offsetof(limpet_drain_progress, endpoint), use_drain_progress);
  limpet_endpoint_set_free(request_endpoints);
  limpet_policy_free(request_policy);
}

static void missing_fields_take_their_defaults(void) {
  const size_t old_size = offsetof(limpet_endpoint, address);
  limpet_policy *policy = new_policy(json);
  limpet_endpoint_set *set = NULL;
  unsigned char *array = (unsigned char *)malloc(2 * old_size);
  limpet_endpoint endpoint;
  answer next;
  int i;
  if (array == NULL) abort();
  for (i = 0; i < 2; ++i) {
    memset(&endpoint, 0xff, sizeof endpoint);
    CHECK_STATUS(limpet_endpoint_init(&endpoint, old_size), LIMPET_OK);
    CHECK(endpoint.struct_size == old_size);
    CHECK(endpoint.weight == 1);
    CHECK(endpoint.priority == UINT32_MAX);  // beyond the size: untouched
    endpoint.id = str(i == 0 ? "pod-a" : "pod-b");
    memcpy(array + (size_t)i * old_size, &endpoint, old_size);
  }
  // The array's stride is that of the program that made it.
  CHECK_STATUS(limpet_endpoint_set_new((const limpet_endpoint *)(void *)array,
                                       2, NULL, 0, &set, NULL, 0),
               LIMPET_OK);
  free(array);
  CHECK(limpet_endpoint_set_size(set) == 2);
  CHECK(limpet_endpoint_set_find(set, limpet_endpoint_handle("pod-b", 5)) == 1);
  ask(policy, set, NULL, START, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_NEW);
  limpet_endpoint_set_free(set);
  limpet_policy_free(policy);
}

static void the_elements_of_an_array_have_one_size(void) {
  limpet_endpoint endpoints[2] = {LIMPET_ENDPOINT_INIT, LIMPET_ENDPOINT_INIT};
  limpet_endpoint_set *set = NULL;
  char err[128];
  endpoints[0].id = str("pod-a");
  endpoints[1].id = str("pod-b");
  endpoints[1].struct_size -= 8;
  CHECK_STATUS(
      limpet_endpoint_set_new(endpoints, 2, NULL, 0, &set, err, sizeof err),
      LIMPET_ERR_STRUCT_SIZE);
  CHECK(contains(err, "endpoints[1]: "));
}

static void reserved_fields_must_be_zero(void) {
  limpet_config_options config_options = LIMPET_CONFIG_OPTIONS_INIT;
  limpet_policy_options policy_options = LIMPET_POLICY_OPTIONS_INIT;
  limpet_request request = LIMPET_REQUEST_INIT;
  config_options.reserved = 1;
  CHECK_STATUS(use_config_options(&config_options), LIMPET_ERR_UNSUPPORTED);
  policy_options.reserved = 1;
  CHECK_STATUS(use_policy_options(&policy_options), LIMPET_ERR_UNSUPPORTED);
  request.flags = 2;
  request_policy = new_policy(json);
  request_endpoints = new_endpoints(ready, 2);
  CHECK_STATUS(use_request(&request), LIMPET_ERR_UNSUPPORTED);
  limpet_endpoint_set_free(request_endpoints);
  limpet_policy_free(request_policy);
}

static void what_is_handed_out_is_filled_as_far_as_it_goes(void) {
  const size_t old_size = offsetof(limpet_session_counts, expired);
  const size_t new_size = sizeof(limpet_session_counts) + 16;
  const limpet_timeouts timeouts = {1, 1};
  const limpet_session_id id = {1, 2};
  limpet_session_counts counts = LIMPET_SESSION_COUNTS_INIT;
  limpet_session_map *map = NULL;
  limpet_session session;
  uint32_t result;
  unsigned char *x;
  CHECK_STATUS(limpet_session_map_new(NULL, NULL, &map, NULL, 0), LIMPET_OK);
  CHECK_STATUS(limpet_session_map_insert_or_get(map, id, 1, &timeouts, START,
                                                &session, &result),
               LIMPET_OK);

  x = (unsigned char *)resized(&counts, sizeof counts, old_size);
  CHECK_STATUS(
      limpet_session_map_counts(map, (limpet_session_counts *)(void *)x),
      LIMPET_OK);
  memcpy(&counts, x, old_size);
  CHECK(counts.struct_size == old_size && counts.inserted == 1);
  free(x);

  x = (unsigned char *)resized(&counts, sizeof counts, new_size);
  x[new_size - 1] = 0xff;
  CHECK_STATUS(
      limpet_session_map_counts(map, (limpet_session_counts *)(void *)x),
      LIMPET_OK);
  memcpy(&counts, x, sizeof counts);
  CHECK(counts.struct_size == new_size && counts.inserted == 1);
  CHECK(x[new_size - 1] == 0);
  free(x);

  counts.struct_size = 12;
  counts.inserted = 99;
  CHECK_STATUS(limpet_session_map_counts(map, &counts), LIMPET_ERR_STRUCT_SIZE);
  CHECK(counts.inserted == 99);
  limpet_session_map_free(map);
}

static void init_functions_fill_in_what_the_macros_do(void) {
  limpet_config_options config_options = LIMPET_CONFIG_OPTIONS_INIT, a;
  limpet_policy_options policy_options = LIMPET_POLICY_OPTIONS_INIT, b;
  limpet_endpoint endpoint = LIMPET_ENDPOINT_INIT, c;
  limpet_backend backend = LIMPET_BACKEND_INIT, d;
  limpet_request request = LIMPET_REQUEST_INIT, e;
  limpet_session_map_options map_options = LIMPET_SESSION_MAP_OPTIONS_INIT, f;
  limpet_session_map_use map_use = LIMPET_SESSION_MAP_USE_INIT, g;
  limpet_session_counts counts = LIMPET_SESSION_COUNTS_INIT, h;
  limpet_drain_progress progress = LIMPET_DRAIN_PROGRESS_INIT, k;
  unsigned char newer[sizeof(limpet_backend) + 8];
  CHECK_STATUS(limpet_config_options_init(&a, sizeof a), LIMPET_OK);
  CHECK(memcmp(&a, &config_options, sizeof a) == 0);
  CHECK_STATUS(limpet_policy_options_init(&b, sizeof b), LIMPET_OK);
  CHECK(memcmp(&b, &policy_options, sizeof b) == 0);
  CHECK_STATUS(limpet_endpoint_init(&c, sizeof c), LIMPET_OK);
  CHECK(memcmp(&c, &endpoint, sizeof c) == 0);
  CHECK_STATUS(limpet_backend_init(&d, sizeof d), LIMPET_OK);
  CHECK(memcmp(&d, &backend, sizeof d) == 0);
  CHECK_STATUS(limpet_request_init(&e, sizeof e), LIMPET_OK);
  CHECK(memcmp(&e, &request, sizeof e) == 0);
  CHECK_STATUS(limpet_session_map_options_init(&f, sizeof f), LIMPET_OK);
  CHECK(memcmp(&f, &map_options, sizeof f) == 0);
  CHECK_STATUS(limpet_session_map_use_init(&g, sizeof g), LIMPET_OK);
  CHECK(memcmp(&g, &map_use, sizeof g) == 0);
  CHECK_STATUS(limpet_session_counts_init(&h, sizeof h), LIMPET_OK);
  CHECK(memcmp(&h, &counts, sizeof h) == 0);
  CHECK_STATUS(limpet_drain_progress_init(&k, sizeof k), LIMPET_OK);
  CHECK(memcmp(&k, &progress, sizeof k) == 0);
  CHECK_STATUS(limpet_backend_init(&d, 0), LIMPET_ERR_STRUCT_SIZE);
  CHECK_STATUS(limpet_backend_init(&d, 12), LIMPET_ERR_STRUCT_SIZE);

  memset(newer, 0xff, sizeof newer);
  CHECK_STATUS(
      limpet_backend_init((limpet_backend *)(void *)newer, sizeof newer),
      LIMPET_OK);
  CHECK(newer[sizeof newer - 1] == 0);
  memcpy(&d, newer, sizeof d);
  CHECK(d.struct_size == sizeof newer);
  CHECK(d.weight == 1);
}

int main(void) {
  static const test tests[] = {
      {"structs are read as far as they go",
       structs_are_read_as_far_as_they_go},
      {"missing fields take their defaults",
       missing_fields_take_their_defaults},
      {"the elements of an array have one size",
       the_elements_of_an_array_have_one_size},
      {"reserved fields must be zero", reserved_fields_must_be_zero},
      {"what is handed out is filled as far as it goes",
       what_is_handed_out_is_filled_as_far_as_it_goes},
      {"init functions fill in what the macros do",
       init_functions_fill_in_what_the_macros_do},
  };
  return run_tests(tests, sizeof tests / sizeof tests[0]);
}
