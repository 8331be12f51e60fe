// What a host can do wrong: NULL everywhere, indexes outside of the set,
// decisions of garbage. Nothing crashes, nothing is counted.
#include <stddef.h>
#include <string.h>

#include "support.h"

static const uint32_t ready[2] = {LIMPET_ENDPOINT_READY, LIMPET_ENDPOINT_READY};
static const char header_json[] =
    "{\"sessionName\": \"Session-A\", \"type\": \"Header\","
    " \"absoluteTimeout\": \"10s\", \"idleTimeout\": \"6s\"}";
static const char cookie_json[] =
    "{\"sessionName\": \"Session-A\", \"absoluteTimeout\": \"10s\","
    " \"cookieConfig\": {\"lifetimeType\": \"Permanent\"}}";
static const char map_json[] =
    "{\"sessionName\": \"Session-A\", \"type\": \"Header\","
    " \"store\": {\"type\": \"SessionMap\"}}";
static const char envoy_json[] =
    "{\"sessionName\": \"Session-A\", \"type\": \"Cookie\","
    " \"store\": {\"type\": \"EnvoyToken\"}}";

static void null_is_an_error_in_configuration(void) {
  limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
  limpet_endpoint endpoint = LIMPET_ENDPOINT_INIT;
  limpet_endpoint_set *set = NULL;
  limpet_config *config = NULL;
  limpet_policy *policy = NULL;
  limpet_keys *keys = NULL;
  size_t size;
  char err[128];
  CHECK_STATUS(limpet_config_new(NULL), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_new_json(NULL, 1, NULL, &config, NULL, 0),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_new_json("{}", 2, NULL, NULL, err, sizeof err),
               LIMPET_ERR_NULL);
  CHECK(strcmp(err, "out: must not be NULL") == 0);
  CHECK_STATUS(limpet_config_extend(NULL, "{}", 2, NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_validate(NULL, NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_type(NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_name(NULL, "a", 1), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_absolute_timeout_ms(NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_idle_timeout_ms(NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_lifetime_type(NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_path(NULL, "/", 1), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_domain(NULL, NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_secure(NULL, 1), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_http_only(NULL, 1), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_partitioned(NULL, 1), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_same_site(NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_store(NULL, 0, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_when_full(NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_failover(NULL, 0, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_balancer(NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_splitting(NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_strip_token(NULL, 0), LIMPET_ERR_NULL);

  CHECK_STATUS(limpet_config_new(&config), LIMPET_OK);
  CHECK_STATUS(limpet_config_extend(config, NULL, 0, NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_name(config, NULL, 1), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_name(config, NULL, 0), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_path(config, NULL, 1), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_domain(config, NULL, 1), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_new(NULL, &options, &policy, NULL, 0),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_new(config, NULL, &policy, NULL, 0),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_new(config, &options, NULL, NULL, 0),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_new_json(NULL, 0, &options, &policy, NULL, 0),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_new_json("{}", 2, NULL, &policy, NULL, 0),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_new_json("{}", 2, &options, NULL, NULL, 0),
               LIMPET_ERR_NULL);
  options.scope.size = 4;
  CHECK_STATUS(limpet_policy_new_json("{}", 2, &options, &policy, NULL, 0),
               LIMPET_ERR_NULL);
  limpet_config_free(config);

  CHECK_STATUS(limpet_keys_new(NULL, 0, &keys, NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_keys_new("", 0, NULL, NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_keys_new_random(NULL), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_keys_random_text(err, sizeof err, NULL), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_keys_random_text(NULL, 1, &size), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_endpoint_set_new(NULL, 1, NULL, 0, &set, NULL, 0),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_endpoint_set_new(NULL, 0, NULL, 1, &set, NULL, 0),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_endpoint_set_new(NULL, 0, NULL, 0, NULL, NULL, 0),
               LIMPET_ERR_NULL);
  endpoint.id.size = 1;
  CHECK_STATUS(limpet_endpoint_set_new(&endpoint, 1, NULL, 0, &set, NULL, 0),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_options_init(NULL, 16), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_options_init(NULL, 16), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_endpoint_init(NULL, 16), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_backend_init(NULL, 16), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_request_init(NULL, 16), LIMPET_ERR_NULL);
}

static void null_is_an_error_in_requests(void) {
  limpet_policy *policy = new_policy(header_json);
  limpet_endpoint_set *set = new_endpoints(ready, 2);
  limpet_request request = LIMPET_REQUEST_INIT;
  uint64_t counters[LIMPET_OUTCOME_COUNT];
  limpet_decision decision;
  limpet_str value;
  limpet_field field;
  char buf[512];
  size_t size, i;
  uint64_t live[2];
  limpet_session_map *map = NULL;
  CHECK_STATUS(limpet_select(NULL, set, NULL, START, &decision),
               LIMPET_ERR_NULL);
  CHECK(decision.endpoint == LIMPET_NO_ENDPOINT);
  CHECK_STATUS(limpet_select(policy, NULL, NULL, START, &decision),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_select(policy, set, NULL, START, NULL), LIMPET_ERR_NULL);
  request.value_count = 1;
  CHECK_STATUS(limpet_select(policy, set, &request, START, &decision),
               LIMPET_ERR_NULL);
  value.data = NULL;
  value.size = 1;
  request.values = &value;
  CHECK_STATUS(limpet_select(policy, set, &request, START, &decision),
               LIMPET_ERR_NULL);
  request.value_count = 0;
  request.tried_count = 1;
  CHECK_STATUS(limpet_select(policy, set, &request, START, &decision),
               LIMPET_ERR_NULL);
  CHECK(decision.endpoint == LIMPET_NO_ENDPOINT);

  CHECK_STATUS(limpet_select(policy, set, NULL, START, &decision), LIMPET_OK);
  CHECK_STATUS(
      limpet_commit(NULL, set, &decision, 0, START, buf, sizeof buf, &field),
      LIMPET_ERR_NULL);
  CHECK_STATUS(
      limpet_commit(policy, NULL, &decision, 0, START, buf, sizeof buf, &field),
      LIMPET_ERR_NULL);
  CHECK_STATUS(
      limpet_commit(policy, set, NULL, 0, START, buf, sizeof buf, &field),
      LIMPET_ERR_NULL);
  CHECK_STATUS(
      limpet_commit(policy, set, &decision, 0, START, NULL, sizeof buf, &field),
      LIMPET_ERR_NULL);
  CHECK_STATUS(
      limpet_commit(policy, set, &decision, 0, START, buf, sizeof buf, NULL),
      LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_strip_token(NULL, "a", 1, buf, sizeof buf, &size),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_strip_token(policy, NULL, 1, buf, sizeof buf, &size),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_strip_token(policy, "a", 1, NULL, sizeof buf, &size),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_strip_token(policy, "a", 1, buf, sizeof buf, NULL),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_sessions(NULL, &map), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_sessions(policy, NULL), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_sweep(NULL, START, 1, &size), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_live_sessions(NULL, set, START, live, 2, NULL),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_live_sessions(policy, NULL, START, live, 2, NULL),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_live_sessions(policy, set, START, NULL, 2, NULL),
               LIMPET_ERR_NULL);
  limpet_drain_progress progress = LIMPET_DRAIN_PROGRESS_INIT;
  CHECK_STATUS(limpet_policy_poll_drain(NULL, set, 0, START, &progress),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_poll_drain(policy, NULL, 0, START, &progress),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_poll_drain(policy, set, 0, START, NULL),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_poll_drain(policy, set, 2, START, &progress),
               LIMPET_ERR_ARGUMENT);
  progress.state = 3;
  CHECK_STATUS(limpet_policy_poll_drain(policy, set, 0, START, &progress),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_policy_counters(NULL, counters, 1), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_counters(policy, NULL, 1), LIMPET_ERR_NULL);

  CHECK_STATUS(limpet_policy_counters(policy, counters, LIMPET_OUTCOME_COUNT),
               LIMPET_OK);
  for (i = 0; i < LIMPET_OUTCOME_COUNT; ++i) CHECK(counters[i] == 0);
  limpet_endpoint_set_free(set);
  limpet_policy_free(policy);
}

static void getters_of_nothing_say_nothing(void) {
  CHECK(limpet_policy_request_field(NULL).size == 0);
  CHECK(limpet_policy_response_field(NULL).size == 0);
  CHECK(limpet_policy_name(NULL).size == 0);
  CHECK(limpet_policy_scope(NULL).size == 0);
  CHECK(limpet_policy_type(NULL) == 0);
  CHECK(limpet_policy_strips_token(NULL) == 0);
  CHECK(limpet_policy_max_field_size(NULL) == 0);
  CHECK(limpet_endpoint_set_size(NULL) == 0);
  CHECK(limpet_endpoint_set_find(NULL, 1) == LIMPET_NO_ENDPOINT);
  CHECK(limpet_endpoint_set_handle(NULL, 0) == 0);
  CHECK(limpet_endpoint_set_ref(NULL) == NULL);
  CHECK(limpet_endpoint_handle(NULL, 1) == 0);
  CHECK(limpet_session_map_size(NULL) == 0);
  CHECK(limpet_session_map_capacity(NULL) == 0);
  CHECK(limpet_session_map_longest_timeout_ms(NULL) == 0);
  CHECK(limpet_session_map_notices_death(NULL) == 0);
  limpet_config_free(NULL);
  limpet_keys_free(NULL);
  limpet_endpoint_set_free(NULL);
  limpet_session_map_free(NULL);
  limpet_policy_free(NULL);
}

static void an_index_outside_of_the_set_is_refused(void) {
  static const uint32_t outside[2] = {0, 2};
  limpet_policy *policy = new_policy(header_json);
  limpet_endpoint_set *set = new_endpoints(ready, 2);
  limpet_request request = LIMPET_REQUEST_INIT;
  limpet_decision decision;
  limpet_field field;
  char buf[512];
  request.tried = outside;
  request.tried_count = 2;
  CHECK_STATUS(limpet_select(policy, set, &request, START, &decision),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_select(policy, set, NULL, START, &decision), LIMPET_OK);
  CHECK_STATUS(
      limpet_commit(policy, set, &decision, 2, START, buf, sizeof buf, &field),
      LIMPET_ERR_ARGUMENT);
  CHECK(field.value.size == 0);
  limpet_endpoint_set_free(set);
  limpet_policy_free(policy);
}

// splitmix64: fixed numbers, the same in every run.
static uint64_t next_number(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static void commit_all_garbage(const char *json) {
  limpet_policy *policy = new_policy(json);
  limpet_endpoint_set *set = new_endpoints(ready, 2);
  char buf[4096];
  uint64_t state = 1;
  int i;
  for (i = 0; i < 20000; ++i) {
    limpet_decision decision;
    limpet_field field;
    limpet_status status;
    unsigned char *bytes = (unsigned char *)&decision;
    size_t j;
    for (j = 0; j < sizeof decision; ++j) {
      bytes[j] = (unsigned char)next_number(&state);
    }
    // Half of them with numbers that pass for a decision's.
    if (i % 2 == 0) {
      decision.outcome %= LIMPET_OUTCOME_COUNT;
      decision.status %= 600;
    }
    status = limpet_commit(policy, set, &decision,
                           (uint32_t)(next_number(&state) % 2), START, buf,
                           sizeof buf, &field);
    if (i % 2 == 0) {
      CHECK_STATUS(status, LIMPET_OK);
    } else {
      CHECK(status == LIMPET_OK || status == LIMPET_ERR_ARGUMENT);
    }
    CHECK(field.value.size <= limpet_policy_max_field_size(policy));
    CHECK(field.outcome < LIMPET_OUTCOME_COUNT);
  }
  limpet_endpoint_set_free(set);
  limpet_policy_free(policy);
}

static void a_decision_of_garbage_does_no_harm(void) {
  commit_all_garbage(header_json);
  commit_all_garbage(cookie_json);
  commit_all_garbage(map_json);
  commit_all_garbage(envoy_json);
  commit_all_garbage("null");
}

static void versions_and_names_are_told(void) {
  CHECK(limpet_version() == LIMPET_VERSION);
  CHECK(strcmp(limpet_version_string(), "0.1.0") == 0);
  CHECK(limpet_abi() == LIMPET_ABI);
  CHECK(limpet_abi_min() == LIMPET_ABI_MIN);
  CHECK(strcmp(limpet_status_name(LIMPET_OK), "ok") == 0);
  CHECK(strcmp(limpet_status_name(LIMPET_ERR_CONFIG), "invalid config") == 0);
  CHECK(strcmp(limpet_status_name(-5), "unknown status") == 0);
  CHECK(strcmp(limpet_outcome_name(LIMPET_OUTCOME_NEW), "new") == 0);
  CHECK(strcmp(limpet_outcome_name(LIMPET_OUTCOME_UNKNOWN_ENDPOINT),
               "unknown_endpoint") == 0);
  CHECK(strcmp(limpet_outcome_name(LIMPET_OUTCOME_BALANCED), "balanced") == 0);
  CHECK(strcmp(limpet_outcome_name(LIMPET_OUTCOME_COUNT), "unknown") == 0);
}

int main(void) {
  static const test tests[] = {
      {"NULL is an error in configuration", null_is_an_error_in_configuration},
      {"NULL is an error in requests", null_is_an_error_in_requests},
      {"getters of nothing say nothing", getters_of_nothing_say_nothing},
      {"an index outside of the set is refused",
       an_index_outside_of_the_set_is_refused},
      {"a decision of garbage does no harm",
       a_decision_of_garbage_does_no_harm},
      {"versions and names are told", versions_and_names_are_told},
  };
  return run_tests(tests, sizeof tests / sizeof tests[0]);
}
