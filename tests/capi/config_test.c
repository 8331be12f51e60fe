// Configuration through the C ABI: JSON, setters, keys, and how it fails.
#include <string.h>

#include "support.h"

static const uint32_t ready[2] = {LIMPET_ENDPOINT_READY, LIMPET_ENDPOINT_READY};

static limpet_policy *compile(const limpet_config *config) {
  limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
  limpet_policy *policy = NULL;
  limpet_keys *keys = NULL;
  char err[256];
  CHECK_STATUS(limpet_keys_new_random(&keys), LIMPET_OK);
  options.scope = str("default/test/0");
  options.keys = keys;
  CHECK_STATUS(limpet_policy_new(config, &options, &policy, err, sizeof err),
               LIMPET_OK);
  CHECK(err[0] == '\0');
  limpet_keys_free(keys);
  return policy;
}

// The field that a new session gets, NUL-terminated.
static void first_field(const limpet_policy *policy, answer *out) {
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  ask(policy, endpoints, NULL, START, out);
  out->buf[out->field.value.size] = '\0';
  limpet_endpoint_set_free(endpoints);
}

static void setters_make_what_json_makes(void) {
  limpet_config *config = NULL;
  limpet_policy *policy;
  answer first;
  CHECK_STATUS(limpet_config_new(&config), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_type(config, LIMPET_TYPE_COOKIE), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_name(config, "Session-A", 9), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_absolute_timeout_ms(config, 9500), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_idle_timeout_ms(config, 5000), LIMPET_OK);
  CHECK_STATUS(
      limpet_config_set_lifetime_type(config, LIMPET_LIFETIME_PERMANENT),
      LIMPET_OK);
  CHECK_STATUS(limpet_config_set_path(config, "/app", 4), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_domain(config, "example.org", 11), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_secure(config, 1), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_http_only(config, 0), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_partitioned(config, 1), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_same_site(config, LIMPET_SAME_SITE_NONE),
               LIMPET_OK);
  CHECK_STATUS(limpet_config_set_store(config, LIMPET_STORE_SESSION_MAP, 1000),
               LIMPET_OK);
  CHECK_STATUS(limpet_config_set_when_full(config, LIMPET_WHEN_FULL_EVICT),
               LIMPET_OK);
  CHECK_STATUS(limpet_config_set_failover(config, LIMPET_FAILOVER_STRICT, 500),
               LIMPET_OK);
  CHECK_STATUS(
      limpet_config_set_balancer(config, LIMPET_BALANCER_LEAST_REQUEST),
      LIMPET_OK);
  CHECK_STATUS(
      limpet_config_set_splitting(config, LIMPET_SPLITTING_WEIGHTS_FIRST),
      LIMPET_OK);
  CHECK_STATUS(limpet_config_set_strip_token(config, 1), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_rebalance(config, 100, 4999), LIMPET_OK);
  CHECK_STATUS(limpet_config_validate(config, NULL, 0), LIMPET_OK);
  policy = compile(config);
  limpet_config_free(config);  // the policy has its own copy

  CHECK(limpet_policy_strips_token(policy) == 1);
  first_field(policy, &first);
  CHECK(contains(first.buf, "Session-A="));
  CHECK(contains(first.buf, "Max-Age=10"));  // 9.5 s, rounded up
  CHECK(contains(first.buf, "Path=/app"));
  CHECK(contains(first.buf, "Domain=example.org"));
  CHECK(contains(first.buf, "Secure"));
  CHECK(!contains(first.buf, "HttpOnly"));
  CHECK(contains(first.buf, "SameSite=None"));
  CHECK(contains(first.buf, "Partitioned"));
  limpet_policy_free(policy);
}

static void the_defaults_are_those_of_the_gateway_api(void) {
  limpet_config *config = NULL;
  limpet_policy *policy;
  answer first;
  CHECK_STATUS(limpet_config_new(&config), LIMPET_OK);
  policy = compile(config);
  first_field(policy, &first);
  CHECK(contains(first.buf, "Path=/"));
  CHECK(contains(first.buf, "Secure"));
  CHECK(contains(first.buf, "HttpOnly"));
  CHECK(contains(first.buf, "SameSite=Strict"));
  CHECK(!contains(first.buf, "Max-Age"));
  CHECK(!contains(first.buf, "Domain"));
  CHECK(!contains(first.buf, "Partitioned"));
  limpet_policy_free(policy);
  limpet_config_free(config);
}

static void each_timeout_ends_a_session(void) {
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  limpet_config *config = NULL;
  limpet_policy *policy;
  answer first, renewed, next;
  CHECK_STATUS(limpet_config_new(&config), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_type(config, LIMPET_TYPE_HEADER), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_idle_timeout_ms(config, 2000), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_absolute_timeout_ms(config, 3000), LIMPET_OK);
  policy = compile(config);
  ask(policy, endpoints, NULL, START, &first);
  ask(policy, endpoints, first.token, START + 1900, &renewed);
  CHECK_OUTCOME(renewed.field.outcome, LIMPET_OUTCOME_KEPT);
  CHECK(renewed.token[0] != '\0');  // written anew
  ask(policy, endpoints, first.token, START + 2000, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_EXPIRED);
  ask(policy, endpoints, renewed.token, START + 2999, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_KEPT);
  ask(policy, endpoints, renewed.token, START + 3000, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_EXPIRED);
  limpet_policy_free(policy);
  limpet_config_free(config);
  limpet_endpoint_set_free(endpoints);
}

static void a_balancer_takes_its_options_from_json(void) {
  static const char options[] =
      "{\"balancer\": {\"choices\": 3, \"activeRequestBias\": 0.5,"
      " \"slowStart\": {\"window\": \"30s\", \"minWeightPercent\": 5,"
      " \"aggression\": 2}}}";
  static const char too_few[] = "{\"balancer\": {\"choices\": 1}}";
  char err[256];
  limpet_config *config = NULL;
  CHECK_STATUS(limpet_config_new(&config), LIMPET_OK);
  CHECK_STATUS(
      limpet_config_set_balancer(config, LIMPET_BALANCER_LEAST_SESSIONS),
      LIMPET_OK);
  CHECK_STATUS(
      limpet_config_extend(config, options, sizeof options - 1, NULL, 0),
      LIMPET_OK);
  CHECK_STATUS(limpet_config_extend(config, too_few, sizeof too_few - 1, err,
                                    sizeof err),
               LIMPET_ERR_CONFIG);
  CHECK(contains(err, "balancer.choices: must be 2 to 16"));
  CHECK_STATUS(limpet_config_validate(config, err, sizeof err),
               LIMPET_ERR_CONFIG);
  CHECK(contains(err, "balancer.type"));
  CHECK_STATUS(limpet_config_set_store(config, LIMPET_STORE_SESSION_MAP, 0),
               LIMPET_OK);
  CHECK_STATUS(limpet_config_validate(config, NULL, 0), LIMPET_OK);
  limpet_config_free(config);
}

static void setters_refuse_what_no_number_means(void) {
  limpet_config *config = NULL;
  CHECK_STATUS(limpet_config_new(&config), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_type(config, 3), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_lifetime_type(config, 2), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_secure(config, 2), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_http_only(config, 2), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_partitioned(config, 2), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_strip_token(config, 2), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_same_site(config, 3), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_balancer(config, 14), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_splitting(config, 2), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_store(config, 3, 0), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_store(config, LIMPET_STORE_SEALED_TOKEN, 7),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_store(config, LIMPET_STORE_SESSION_MAP,
                                       (UINT64_C(1) << 31) + 1),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_when_full(config, 2), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_failover(config, 4, 0), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(
      limpet_config_set_failover(config, LIMPET_FAILOVER_REBIND_AFTER, 503),
      LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_failover_after_ms(config, UINT64_C(1) << 48),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_rebalance(config, 101, 0),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_rebalance(config, 1, UINT64_C(1) << 48),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_rebalance(NULL, 1, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_config_set_failover(config, LIMPET_FAILOVER_REBIND, 503),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_failover(config, LIMPET_FAILOVER_STRICT, 399),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_failover(config, LIMPET_FAILOVER_STRICT, 600),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_absolute_timeout_ms(config, UINT64_MAX),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_set_idle_timeout_ms(config, UINT64_C(1) << 48),
               LIMPET_ERR_ARGUMENT);
  // None of them changed anything.
  CHECK_STATUS(limpet_config_validate(config, NULL, 0), LIMPET_OK);
  limpet_config_free(config);
}

static void a_time_to_wait_is_set_in_any_order(void) {
  limpet_config *config = NULL;
  char err[512];
  CHECK_STATUS(limpet_config_new(&config), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_failover_after_ms(config, 30000), LIMPET_OK);
  CHECK_STATUS(limpet_config_validate(config, err, sizeof err),
               LIMPET_ERR_CONFIG);
  CHECK(contains(err, "failover.after: "));
  CHECK_STATUS(
      limpet_config_set_failover(config, LIMPET_FAILOVER_REBIND_AFTER, 0),
      LIMPET_OK);
  CHECK_STATUS(limpet_config_validate(config, err, sizeof err), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_failover_after_ms(config, 0), LIMPET_OK);
  CHECK_STATUS(limpet_config_validate(config, err, sizeof err),
               LIMPET_ERR_CONFIG);
  CHECK(contains(err, "failover.after: "));
  limpet_config_free(config);
}

static void validation_names_every_field_that_is_wrong(void) {
  limpet_config *config = NULL;
  char err[512];
  char small[8];
  CHECK_STATUS(limpet_config_new(&config), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_name(config, "a\r\nb", 4), LIMPET_OK);
  CHECK_STATUS(limpet_config_set_path(config, "no-slash", 8), LIMPET_OK);
  CHECK_STATUS(limpet_config_validate(config, err, sizeof err),
               LIMPET_ERR_CONFIG);
  CHECK(contains(err, "cookie.name: "));
  CHECK(contains(err, "; "));
  CHECK(contains(err, "cookie.path: "));
  memset(small, '#', sizeof small);
  CHECK_STATUS(limpet_config_validate(config, small, sizeof small),
               LIMPET_ERR_CONFIG);
  CHECK(strlen(small) == sizeof small - 1);
  CHECK(strncmp(small, err, sizeof small - 1) == 0);
  CHECK_STATUS(limpet_config_validate(config, NULL, 0), LIMPET_ERR_CONFIG);
  limpet_config_free(config);
}

static void json_is_judged_by_the_stated_release(void) {
  static const char shape_b[] =
      "{\"type\": \"Header\", \"header\": {\"name\": \"Session-A\"}}";
  static const char unknown[] = "{\"sessionNam\": \"Session-A\"}";
  limpet_config_options options = LIMPET_CONFIG_OPTIONS_INIT;
  limpet_config *config = NULL;
  char err[512];
  CHECK_STATUS(limpet_config_new_json(shape_b, strlen(shape_b), &options,
                                      &config, err, sizeof err),
               LIMPET_OK);
  limpet_config_free(config);
  options.release = LIMPET_RELEASE_1_7;
  options.attachment = LIMPET_ATTACHMENT_BACKEND;
  CHECK_STATUS(limpet_config_new_json(shape_b, strlen(shape_b), &options,
                                      &config, err, sizeof err),
               LIMPET_OK);
  limpet_config_free(config);
  options.release = LIMPET_RELEASE_1_3;
  options.attachment = LIMPET_ATTACHMENT_ROUTE_RULE;
  config = (limpet_config *)&options;
  CHECK_STATUS(limpet_config_new_json(shape_b, strlen(shape_b), &options,
                                      &config, err, sizeof err),
               LIMPET_ERR_CONFIG);
  CHECK(config == NULL);
  CHECK(contains(err, "header: "));
  options.release = 99;
  CHECK_STATUS(limpet_config_new_json(shape_b, strlen(shape_b), &options,
                                      &config, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "options.release: "));
  options.release = 0;
  options.attachment = 2;
  CHECK_STATUS(limpet_config_new_json(shape_b, strlen(shape_b), &options,
                                      &config, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_config_new_json(unknown, strlen(unknown), NULL, &config,
                                      err, sizeof err),
               LIMPET_ERR_CONFIG);
  CHECK(contains(err, "sessionNam: "));
  CHECK_STATUS(limpet_config_new_json("{", 1, NULL, &config, err, sizeof err),
               LIMPET_ERR_SYNTAX);
  CHECK(contains(err, ": "));
  CHECK_STATUS(limpet_config_new_json("", 0, NULL, &config, err, sizeof err),
               LIMPET_ERR_SYNTAX);
}

static void extensions_are_read_from_an_object_of_their_own(void) {
  static const char good[] =
      "{\"store\": {\"type\": \"SessionMap\", \"capacity\": 5,"
      " \"whenFull\": \"Evict\"},"
      " \"stripToken\": true}";
  static const char bad[] =
      "{\"stripToken\": true,"
      " \"store\": {\"type\": 5, \"whenFull\": \"Drop\"}}";
  limpet_config *config = NULL;
  limpet_policy *policy;
  char err[512];
  CHECK_STATUS(limpet_config_new_json("{}", 2, NULL, &config, err, sizeof err),
               LIMPET_OK);
  CHECK_STATUS(limpet_config_extend(config, bad, strlen(bad), err, sizeof err),
               LIMPET_ERR_CONFIG);
  CHECK(contains(err, "store.type: "));
  CHECK(contains(err, "store.whenFull: "));
  policy = compile(config);
  CHECK(limpet_policy_strips_token(policy) == 0);
  limpet_policy_free(policy);
  CHECK_STATUS(
      limpet_config_extend(config, good, strlen(good), err, sizeof err),
      LIMPET_OK);
  CHECK(err[0] == '\0');
  policy = compile(config);
  CHECK(limpet_policy_strips_token(policy) == 1);
  limpet_policy_free(policy);
  limpet_config_free(config);
}

static void a_policy_needs_a_scope_and_its_keys(void) {
  limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
  limpet_policy *policy = NULL;
  char err[256];
  options.scope = str("default/test/0");
  CHECK_STATUS(
      limpet_policy_new_json("{}", 2, &options, &policy, err, sizeof err),
      LIMPET_ERR_CONFIG);
  CHECK(contains(err, "keys: "));
  options.scope = str("");
  CHECK_STATUS(
      limpet_policy_new_json("{}", 2, &options, &policy, err, sizeof err),
      LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "scope: "));
  CHECK(policy == NULL);
}

static void keys_open_what_the_same_keys_sealed(void) {
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  limpet_policy *policies[3] = {NULL, NULL, NULL};
  char text[256], err[256];
  size_t size = 0;
  answer first, next;
  int i;
  CHECK_STATUS(limpet_keys_random_text(NULL, 0, &size), LIMPET_ERR_BUFFER);
  CHECK(size > 64 && size <= sizeof text);
  CHECK_STATUS(limpet_keys_random_text(text, size - 1, &size),
               LIMPET_ERR_BUFFER);
  CHECK_STATUS(limpet_keys_random_text(text, sizeof text, &size), LIMPET_OK);
  for (i = 0; i < 3; ++i) {
    limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
    limpet_keys *keys = NULL;
    if (i < 2) {
      CHECK_STATUS(limpet_keys_new(text, size, &keys, err, sizeof err),
                   LIMPET_OK);
    } else {
      CHECK_STATUS(limpet_keys_new_random(&keys), LIMPET_OK);
    }
    options.scope = str("default/test/0");
    options.keys = keys;
    CHECK_STATUS(limpet_policy_new_json("{\"type\": \"Header\"}", 18, &options,
                                        &policies[i], err, sizeof err),
                 LIMPET_OK);
    limpet_keys_free(keys);
  }
  ask(policies[0], endpoints, NULL, START, &first);
  ask(policies[1], endpoints, first.token, START, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_KEPT);
  ask(policies[2], endpoints, first.token, START, &next);
  CHECK(next.field.outcome == LIMPET_OUTCOME_INVALID ||
        next.field.outcome == LIMPET_OUTCOME_FOREIGN);
  CHECK(next.token[0] != '\0');
  for (i = 0; i < 3; ++i) limpet_policy_free(policies[i]);
  limpet_endpoint_set_free(endpoints);
}

static void a_bad_key_is_told_by_its_line_and_never_quoted(void) {
  limpet_keys *keys = NULL;
  char err[256];
  static const char text[] = "# keys\n1 c0ffee seal\n";
  CHECK_STATUS(limpet_keys_new(text, strlen(text), &keys, err, sizeof err),
               LIMPET_ERR_SYNTAX);
  CHECK(contains(err, "line 2: "));
  CHECK(!contains(err, "c0ffee"));
  CHECK(keys == NULL);
}

int main(void) {
  static const test tests[] = {
      {"setters make what JSON makes", setters_make_what_json_makes},
      {"the defaults are those of the Gateway API",
       the_defaults_are_those_of_the_gateway_api},
      {"each timeout ends a session", each_timeout_ends_a_session},
      {"a balancer takes its options from JSON",
       a_balancer_takes_its_options_from_json},
      {"setters refuse what no number means",
       setters_refuse_what_no_number_means},
      {"a time to wait is set in any order",
       a_time_to_wait_is_set_in_any_order},
      {"validation names every field that is wrong",
       validation_names_every_field_that_is_wrong},
      {"JSON is judged by the stated release",
       json_is_judged_by_the_stated_release},
      {"extensions are read from an object of their own",
       extensions_are_read_from_an_object_of_their_own},
      {"a policy needs a scope and its keys",
       a_policy_needs_a_scope_and_its_keys},
      {"keys open what the same keys sealed",
       keys_open_what_the_same_keys_sealed},
      {"a bad key is told by its line and never quoted",
       a_bad_key_is_told_by_its_line_and_never_quoted},
  };
  return run_tests(tests, sizeof tests / sizeof tests[0]);
}
