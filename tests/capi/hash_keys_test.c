// Hash balancers, prepared sets, caps and localities through the C ABI.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

static const char maglev[] =
    "{\"type\": \"Header\", \"sessionName\": \"s\","
    " \"balancer\": {\"type\": \"Maglev\"}}";
static const char envoy[] =
    "{\"type\": \"Header\", \"sessionName\": \"s\","
    " \"balancer\": {\"type\": \"EnvoyMaglev\"}}";

// pod-0, pod-1, ... at 10.0.0.1:80, ...
static limpet_endpoint_set *pods(const char *locality, uint32_t max_requests) {
  static const char *const ids[] = {"pod-0", "pod-1", "pod-2", "pod-3"};
  static const char *const addresses[] = {"10.0.0.1:80", "10.0.0.2:80",
                                          "10.0.0.3:80", "10.0.0.4:80"};
  limpet_endpoint endpoints[4];
  limpet_endpoint_set *set = NULL;
  size_t i;
  for (i = 0; i < 4; ++i) {
    limpet_endpoint_init(&endpoints[i], sizeof endpoints[i]);
    endpoints[i].id = str(ids[i]);
    endpoints[i].address = str(addresses[i]);
    endpoints[i].locality = str(i == 3 ? "eu/a" : "us/a");
    endpoints[i].max_requests = max_requests;
  }
  CHECK_STATUS(
      limpet_endpoint_set_new_near(locality, strlen(locality), endpoints, 4,
                                   NULL, 0, &set, NULL, 0),
      LIMPET_OK);
  return set;
}

static uint32_t place(const limpet_policy *policy,
                      const limpet_endpoint_set *set, limpet_request *request) {
  limpet_decision decision;
  CHECK_STATUS(limpet_select(policy, set, request, START, &decision),
               LIMPET_OK);
  return decision.endpoint;
}

static void a_key_has_one_endpoint(void) {
  limpet_policy *policy = new_policy(maglev);
  limpet_policy *other = new_policy(maglev);
  limpet_endpoint_set *set = pods("", 0);
  limpet_request request = LIMPET_REQUEST_INIT;
  uint32_t seen[4] = {0, 0, 0, 0};
  char key[16];
  int i;
  CHECK_STATUS(limpet_policy_prepare(policy, set, START), LIMPET_OK);
  CHECK_STATUS(limpet_policy_prepare(NULL, set, START), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_policy_prepare(policy, NULL, START), LIMPET_ERR_NULL);
  for (i = 0; i < 400; ++i) {
    uint32_t index;
    snprintf(key, sizeof key, "key-%d", i);
    request.hash_key = str(key);
    index = place(policy, set, &request);
    CHECK(index < 4);
    CHECK(place(policy, set, &request) == index);
    CHECK(place(other, set, &request) == index);  // of the same keys
    ++seen[index];
  }
  for (i = 0; i < 4; ++i) CHECK(seen[i] > 50);
  request.hash_key.data = NULL;
  request.hash_key.size = 1;
  {
    limpet_decision decision;
    CHECK_STATUS(limpet_select(policy, set, &request, START, &decision),
                 LIMPET_ERR_NULL);
  }
  limpet_endpoint_set_free(set);
  limpet_policy_free(other);
  limpet_policy_free(policy);
}

static void envoys_hash_policies_add_up(void) {
  limpet_policy *policy = new_policy(envoy);
  limpet_endpoint_set *set = pods("", 0);
  limpet_request request = LIMPET_REQUEST_INIT;
  limpet_envoy_hash sum = {0, 0, 0};
  limpet_str values[2] = {{"b", 1}, {"a", 1}};
  limpet_str cookie = {"x=1; session=abc", 16};
  uint64_t first;

  CHECK_STATUS(limpet_envoy_hash_header(&sum, values, 0, 1), LIMPET_OK);
  CHECK(sum.has_hash == 0 && sum.done == 0);  // no value: the next one
  CHECK_STATUS(limpet_envoy_hash_header(&sum, values, 2, 0), LIMPET_OK);
  CHECK(sum.has_hash == 1 && sum.done == 0);
  CHECK(values[0].data[0] == 'b');
  first = sum.hash;
  CHECK_STATUS(limpet_envoy_hash_cookie(&sum, &cookie, 1, "session", 7, 1),
               LIMPET_OK);
  CHECK(sum.hash != first && sum.done == 1);
  first = sum.hash;
  CHECK_STATUS(limpet_envoy_hash_query(&sum, "/?q=1", 5, "q", 1, 0), LIMPET_OK);
  CHECK_STATUS(limpet_envoy_hash_source(&sum, "10.0.0.1", 8, 0), LIMPET_OK);
  CHECK(sum.hash == first);  // the list has ended

  // The hash of one header value is that of its bytes.
  memset(&sum, 0, sizeof sum);
  CHECK_STATUS(limpet_envoy_hash_header(&sum, values, 1, 1), LIMPET_OK);
  request.hash = sum.hash;
  request.flags = LIMPET_REQUEST_HAS_HASH;
  first = place(policy, set, &request);
  request.flags = 0;
  request.hash_key = values[0];
  CHECK(place(policy, set, &request) == first);

  CHECK_STATUS(limpet_envoy_hash_header(NULL, values, 1, 1), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_envoy_hash_header(&sum, NULL, 1, 1), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_envoy_hash_header(&sum, values, 1, 2),
               LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_envoy_hash_cookie(&sum, &cookie, 1, NULL, 7, 1),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_envoy_hash_query(&sum, NULL, 5, "q", 1, 0),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_envoy_hash_source(&sum, NULL, 8, 0), LIMPET_ERR_NULL);
  values[0].data = NULL;
  CHECK_STATUS(limpet_envoy_hash_header(&sum, values, 1, 1), LIMPET_ERR_NULL);
  limpet_endpoint_set_free(set);
  limpet_policy_free(policy);
}

static void an_address_is_a_key(void) {
  char key[16];
  size_t size = 0;
  CHECK_STATUS(limpet_address_key("203.0.113.7", 11, 24, 64, key, &size),
               LIMPET_OK);
  CHECK(size == 4);
  CHECK(memcmp(key, "\xcb\x00\x71\x00", 4) == 0);
  CHECK_STATUS(limpet_address_key("2001:db8::1", 11, 24, 64, key, &size),
               LIMPET_OK);
  CHECK(size == 16);
  CHECK(key[15] == 0);
  CHECK_STATUS(limpet_address_key("host", 4, 32, 128, key, &size), LIMPET_OK);
  CHECK(size == 0);
  CHECK_STATUS(limpet_address_key(NULL, 4, 32, 128, key, &size),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_address_key("host", 4, 32, 128, NULL, &size),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_address_key("host", 4, 32, 128, key, NULL),
               LIMPET_ERR_NULL);
}

static uint32_t active[4];
static uint32_t count(const void *user, uint32_t endpoint) {
  return ((const uint32_t *)user)[endpoint];
}
static uint64_t count_all(const void *user, uint32_t backend) {
  const uint32_t *all = (const uint32_t *)user;
  CHECK(backend == 0);
  return (uint64_t)all[0] + all[1] + all[2] + all[3];
}

static void full_endpoints_get_no_more(void) {
  limpet_policy *policy = new_policy(
      "{\"type\": \"Header\", \"sessionName\": \"s\", \"balancer\":"
      " {\"type\": \"Maglev\", \"boundedLoadPercent\": 150}}");
  limpet_endpoint_set *set = pods("", 3);
  limpet_request request = LIMPET_REQUEST_INIT;
  int i;
  request.hash_key = str("always the same");
  request.active.count = count;
  request.active.user = active;
  request.active_in_backend.count = count_all;
  request.active_in_backend.user = active;
  for (i = 0; i < 12; ++i) {
    const uint32_t index = place(policy, set, &request);
    CHECK(index < 4);
    ++active[index];
    // ceil(1.5 * mean)
    CHECK(active[index] <= ((uint32_t)(i + 1) * 150 + 399) / 400);
    CHECK(active[index] <= 3);
  }
  CHECK(place(policy, set, &request) == LIMPET_NO_ENDPOINT);
  limpet_endpoint_set_free(set);
  limpet_policy_free(policy);
}

static void the_nearest_come_first(void) {
  limpet_policy *policy = new_policy(maglev);
  limpet_endpoint_set *set = pods("eu/b", 0);
  limpet_request request = LIMPET_REQUEST_INIT;
  char err[64];
  limpet_endpoint_set *none = NULL;
  request.hash_key = str("key");
  CHECK(place(policy, set, &request) == 3);
  CHECK_STATUS(limpet_endpoint_set_new_near(NULL, 1, NULL, 0, NULL, 0, &none,
                                            err, sizeof err),
               LIMPET_ERR_NULL);
  CHECK(strncmp(err, "locality: ", 10) == 0);
  limpet_endpoint_set_free(set);
  limpet_policy_free(policy);
}

static void random_keys_can_place(void) {
  limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
  limpet_policy *policy = NULL;
  limpet_keys *keys = NULL;
  char err[128];
  CHECK_STATUS(limpet_keys_new_random(&keys), LIMPET_OK);
  options.scope = str("s");
  options.keys = keys;
  CHECK_STATUS(limpet_policy_new_json(maglev, strlen(maglev), &options, &policy,
                                      err, sizeof err),
               LIMPET_OK);
  limpet_policy_free(policy);
  limpet_keys_free(keys);
}

int main(void) {
  static const test tests[] = {
      {"a key has one endpoint", a_key_has_one_endpoint},
      {"Envoy's hash policies add up", envoys_hash_policies_add_up},
      {"an address is a key", an_address_is_a_key},
      {"full endpoints get no more", full_endpoints_get_no_more},
      {"the nearest come first", the_nearest_come_first},
      {"random keys can place", random_keys_can_place},
  };
  return run_tests(tests, sizeof tests / sizeof tests[0]);
}
