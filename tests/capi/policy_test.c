// A session's whole life through the C ABI, in C.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

static const uint32_t ready[4] = {LIMPET_ENDPOINT_READY, LIMPET_ENDPOINT_READY,
                                  LIMPET_ENDPOINT_READY, LIMPET_ENDPOINT_READY};
static const char header_json[] =
    "{\"sessionName\": \"Session-A\", \"type\": \"Header\","
    " \"absoluteTimeout\": \"10s\"}";

static int equals(limpet_str text, const char *expected) {
  return text.size == strlen(expected) && text.size != 0 &&
         memcmp(text.data, expected, text.size) == 0;
}

static void a_session_sticks_until_its_timeout(void) {
  limpet_policy *policy = new_policy(header_json);
  limpet_endpoint_set *endpoints = new_endpoints(ready, 4);
  answer first, again;
  char with_cr[4100];

  ask(policy, endpoints, NULL, START, &first);
  CHECK_OUTCOME(first.decision.outcome, LIMPET_OUTCOME_NEW);
  CHECK_OUTCOME(first.field.outcome, LIMPET_OUTCOME_NEW);
  CHECK(first.decision.status == 0);
  CHECK(first.decision.handle ==
        limpet_endpoint_set_handle(endpoints, first.decision.endpoint));
  CHECK(equals(first.field.name, "Session-A"));
  CHECK(first.field.value.size <= limpet_policy_max_field_size(policy));

  // The workshop's own script sends the CR of the response line along.
  snprintf(with_cr, sizeof with_cr, "%s\r", first.token);
  ask(policy, endpoints, with_cr, START + 9999, &again);
  CHECK_OUTCOME(again.field.outcome, LIMPET_OUTCOME_KEPT);
  CHECK(again.decision.endpoint == first.decision.endpoint);
  CHECK(again.field.value.size == 0);
  CHECK(again.field.name.size == 0);

  ask(policy, endpoints, first.token, START + 10000, &again);
  CHECK_OUTCOME(again.field.outcome, LIMPET_OUTCOME_EXPIRED);
  CHECK(again.field.value.size != 0);

  ask(policy, endpoints, "garbage", START, &again);
  CHECK_OUTCOME(again.field.outcome, LIMPET_OUTCOME_INVALID);

  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

static void a_decision_may_be_copied_as_bytes(void) {
  limpet_policy *policy = new_policy(header_json);
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  unsigned char bytes[sizeof(limpet_decision)];
  limpet_decision copy;
  limpet_field field;
  char buf[1024];
  answer first;
  ask(policy, endpoints, NULL, START, &first);
  memcpy(bytes, &first.decision, sizeof bytes);
  memset(&first.decision, 0xa5, sizeof first.decision);
  memcpy(&copy, bytes, sizeof copy);
  CHECK_STATUS(limpet_commit(policy, endpoints, &copy, copy.endpoint, START,
                             buf, sizeof buf, &field),
               LIMPET_OK);
  CHECK_OUTCOME(field.outcome, LIMPET_OUTCOME_NEW);
  CHECK(field.value.size != 0);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

static void a_draining_endpoint_keeps_its_sessions_alone(void) {
  static const uint32_t drained[2] = {LIMPET_ENDPOINT_DRAINING,
                                      LIMPET_ENDPOINT_READY};
  static const uint32_t down[2] = {LIMPET_ENDPOINT_UNAVAILABLE,
                                   LIMPET_ENDPOINT_READY};
  static const uint32_t not_a[1] = {1};
  limpet_policy *policy = new_policy(header_json);
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  answer first, next;
  int i;
  ask_with(policy, endpoints, NULL, not_a, 1, CHOSEN, START, &first);
  CHECK(first.decision.endpoint == 0);
  limpet_endpoint_set_free(endpoints);

  endpoints = new_endpoints(drained, 2);
  ask(policy, endpoints, first.token, START + 1, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_KEPT);
  CHECK(next.decision.endpoint == 0);
  for (i = 0; i < 8; ++i) {
    ask(policy, endpoints, NULL, START + 1, &next);
    CHECK(next.decision.endpoint == 1);
  }
  limpet_endpoint_set_free(endpoints);

  endpoints = new_endpoints(down, 2);
  ask(policy, endpoints, first.token, START + 2, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_MOVED);
  CHECK(next.decision.endpoint == 1);
  CHECK(next.field.value.size != 0);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

static void a_strict_policy_refuses_with_its_status(void) {
  static const uint32_t tried[1] = {0};
  static const uint32_t both[2] = {0, 1};
  limpet_policy *policy = new_policy(
      "{\"sessionName\": \"Session-A\", \"type\": \"Header\","
      " \"failover\": {\"type\": \"Strict\", \"status\": 502}}");
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  answer first, next;
  ask_with(policy, endpoints, NULL, both + 1, 1, CHOSEN, START, &first);
  CHECK(first.decision.endpoint == 0);
  ask_with(policy, endpoints, first.token, tried, 1, CHOSEN, START + 1, &next);
  CHECK_OUTCOME(next.decision.outcome, LIMPET_OUTCOME_REJECTED);
  CHECK(next.decision.endpoint == LIMPET_NO_ENDPOINT);
  CHECK(next.decision.status == 502);
  CHECK(next.decision.handle == 0);
  ask_with(policy, endpoints, NULL, both, 2, CHOSEN, START + 1, &next);
  CHECK_OUTCOME(next.decision.outcome, LIMPET_OUTCOME_UNAVAILABLE);
  CHECK(next.decision.status == 503);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

static void who_served_gets_the_session_and_nobody_gets_none(void) {
  limpet_policy *policy = new_policy(header_json);
  limpet_endpoint_set *endpoints = new_endpoints(ready, 3);
  answer first, next;
  uint32_t served;
  ask_with(policy, endpoints, NULL, NULL, 0, LIMPET_NO_ENDPOINT, START, &first);
  CHECK_OUTCOME(first.field.outcome, LIMPET_OUTCOME_UNSERVED);
  CHECK(first.field.value.size == 0);

  ask(policy, endpoints, NULL, START, &first);
  served = (first.decision.endpoint + 1) % 3;
  ask_with(policy, endpoints, first.token, NULL, 0, served, START + 1, &next);
  CHECK_OUTCOME(next.decision.outcome, LIMPET_OUTCOME_KEPT);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_MOVED);
  ask(policy, endpoints, next.token, START + 2, &first);
  CHECK(first.decision.endpoint == served);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

static void a_newer_endpoint_set_may_be_committed_to(void) {
  static const uint32_t not_a[1] = {1};
  limpet_policy *policy = new_policy(header_json);
  limpet_endpoint_set *old = new_endpoints(ready, 2);
  limpet_endpoint_set *newer = new_endpoints(ready, 1);
  limpet_request request = LIMPET_REQUEST_INIT;
  limpet_decision decision;
  limpet_field field;
  char buf[1024];
  request.tried = not_a;
  request.tried_count = 1;
  CHECK_STATUS(limpet_select(policy, old, &request, START, &decision),
               LIMPET_OK);
  CHECK_STATUS(limpet_commit(policy, newer, &decision,
                             limpet_endpoint_set_find(newer, decision.handle),
                             START, buf, sizeof buf, &field),
               LIMPET_OK);
  CHECK_OUTCOME(field.outcome, LIMPET_OUTCOME_NEW);
  limpet_endpoint_set_free(newer);
  limpet_endpoint_set_free(old);
  limpet_policy_free(policy);
}

static void every_request_is_counted_once(void) {
  limpet_policy *policy = new_policy(header_json);
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  uint64_t counters[LIMPET_OUTCOME_COUNT + 2];
  uint64_t sum = 0;
  answer first, next;
  size_t i;
  ask(policy, endpoints, NULL, START, &first);
  ask(policy, endpoints, first.token, START, &next);
  ask(policy, endpoints, first.token, START, &next);
  ask(policy, endpoints, "garbage", START, &next);
  ask_with(policy, endpoints, NULL, NULL, 0, LIMPET_NO_ENDPOINT, START, &next);
  memset(counters, 0xff, sizeof counters);
  CHECK_STATUS(
      limpet_policy_counters(policy, counters, LIMPET_OUTCOME_COUNT + 2),
      LIMPET_OK);
  for (i = 0; i < LIMPET_OUTCOME_COUNT + 2; ++i) sum += counters[i];
  CHECK(sum == 5);
  CHECK(counters[LIMPET_OUTCOME_NEW] == 1);
  CHECK(counters[LIMPET_OUTCOME_KEPT] == 2);
  CHECK(counters[LIMPET_OUTCOME_INVALID] == 1);
  CHECK(counters[LIMPET_OUTCOME_UNSERVED] == 1);

  // A program that knows fewer outcomes.
  memset(counters, 0xff, sizeof counters);
  CHECK_STATUS(limpet_policy_counters(policy, counters, 2), LIMPET_OK);
  CHECK(counters[LIMPET_OUTCOME_KEPT] == 2);
  CHECK(counters[2] == UINT64_MAX);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

static void a_small_buffer_changes_nothing(void) {
  limpet_policy *policy = new_policy(header_json);
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  uint64_t before[LIMPET_OUTCOME_COUNT], after[LIMPET_OUTCOME_COUNT];
  limpet_decision decision;
  limpet_field field;
  char buf[1024];
  const size_t size = limpet_policy_max_field_size(policy);
  CHECK(size > 0 && size < sizeof buf);
  CHECK_STATUS(limpet_select(policy, endpoints, NULL, START, &decision),
               LIMPET_OK);
  limpet_policy_counters(policy, before, LIMPET_OUTCOME_COUNT);
  memset(buf, '#', sizeof buf);
  CHECK_STATUS(limpet_commit(policy, endpoints, &decision, decision.endpoint,
                             START, buf, size - 1, &field),
               LIMPET_ERR_BUFFER);
  CHECK(field.value.size == 0 && field.name.size == 0);
  CHECK(buf[0] == '#');
  limpet_policy_counters(policy, after, LIMPET_OUTCOME_COUNT);
  CHECK(memcmp(before, after, sizeof before) == 0);

  CHECK_STATUS(limpet_commit(policy, endpoints, &decision, decision.endpoint,
                             START, buf, size, &field),
               LIMPET_OK);
  CHECK(field.value.size != 0);
  CHECK(buf[size] == '#');

  // Nobody served: nothing can be sent, so no buffer is needed.
  CHECK_STATUS(limpet_select(policy, endpoints, NULL, START, &decision),
               LIMPET_OK);
  CHECK_STATUS(limpet_commit(policy, endpoints, &decision, LIMPET_NO_ENDPOINT,
                             START, NULL, 0, &field),
               LIMPET_OK);
  CHECK_OUTCOME(field.outcome, LIMPET_OUTCOME_UNSERVED);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

static void any_time_is_a_time(void) {
  limpet_policy *policy = new_policy(header_json);
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  answer first, next;
  ask(policy, endpoints, NULL, UINT64_MAX, &first);
  ask(policy, endpoints, first.token, 0, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_KEPT);
  ask(policy, endpoints, first.token, UINT64_MAX - 1, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_KEPT);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

static void the_token_is_found_in_any_of_many_fields(void) {
  enum { kFields = 40 };  // more than limpet_select keeps on its stack
  limpet_policy *policy = new_policy("{\"sessionName\": \"S\"}");
  limpet_endpoint_set *endpoints = new_endpoints(ready, 4);
  limpet_request request = LIMPET_REQUEST_INIT;
  limpet_str values[kFields];
  limpet_decision decision;
  char last[4200];
  answer first;
  int i;
  ask(policy, endpoints, NULL, START, &first);
  snprintf(last, sizeof last, "S=%s", first.token);
  for (i = 0; i < kFields; ++i) values[i] = str("theme=dark");
  values[0].data = NULL;
  values[0].size = 0;
  values[kFields - 1] = str(last);
  request.values = values;
  request.value_count = kFields;
  CHECK_STATUS(limpet_select(policy, endpoints, &request, START, &decision),
               LIMPET_OK);
  CHECK_OUTCOME(decision.outcome, LIMPET_OUTCOME_KEPT);
  CHECK(decision.endpoint == first.decision.endpoint);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

typedef struct load {
  uint32_t active[2];
  int calls;
  int wrong;
} load;

static uint32_t count_active(const void *user, uint32_t endpoint) {
  // The test's own counters, which the host may well change.
  load *l = (load *)(uintptr_t)user;
  ++l->calls;
  if (endpoint >= 2) {
    ++l->wrong;
    return 0;
  }
  return l->active[endpoint];
}

static void least_request_asks_the_host(void) {
  limpet_policy *policy = new_policy(
      "{\"sessionName\": \"Session-A\", \"type\": \"Header\","
      " \"balancer\": {\"type\": \"LeastRequest\"}}");
  limpet_endpoint_set *endpoints = new_endpoints(ready, 2);
  limpet_request request = LIMPET_REQUEST_INIT;
  load l = {{1000, 0}, 0, 0};
  int idle = 0;
  int i;
  request.active.count = count_active;
  request.active.user = &l;
  for (i = 0; i < 400; ++i) {
    limpet_decision decision;
    CHECK_STATUS(limpet_select(policy, endpoints, &request, START, &decision),
                 LIMPET_OK);
    if (decision.endpoint == 1) ++idle;
  }
  CHECK(l.calls > 0);
  CHECK(l.wrong == 0);
  // Two draws miss the idle one a quarter of the time: 300 of 400, sigma 9.
  CHECK(idle > 240);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
}

static void the_token_is_stripped_for_the_endpoint(void) {
  limpet_policy *policy = new_policy(
      "{\"sessionName\": \"S\", \"type\": \"Cookie\", \"stripToken\": true}");
  limpet_policy *header = new_policy(
      "{\"sessionName\": \"S\", \"type\": \"Header\", \"stripToken\": true}");
  static const char value[] = "a=1; S=token; b=2";
  char buf[64];
  size_t size = 99;
  CHECK(limpet_policy_strips_token(policy) == 1);
  CHECK_STATUS(
      limpet_strip_token(policy, value, strlen(value), buf, sizeof buf, &size),
      LIMPET_OK);
  CHECK(size == strlen("a=1; b=2") && memcmp(buf, "a=1; b=2", size) == 0);
  CHECK_STATUS(limpet_strip_token(policy, "S=token", 7, buf, 7, &size),
               LIMPET_OK);
  CHECK(size == 0);
  CHECK_STATUS(limpet_strip_token(policy, value, strlen(value), buf,
                                  strlen(value) - 1, &size),
               LIMPET_ERR_BUFFER);
  CHECK(size == 0);
  CHECK_STATUS(limpet_strip_token(header, "token", 5, buf, 5, &size),
               LIMPET_OK);
  CHECK(size == 0);
  limpet_policy_free(header);
  limpet_policy_free(policy);
}

static void a_policy_tells_what_it_is(void) {
  limpet_policy *header = new_policy(header_json);
  limpet_policy *cookie = new_policy("{}");
  limpet_policy *none = new_policy("null");
  CHECK(equals(limpet_policy_request_field(header), "Session-A"));
  CHECK(equals(limpet_policy_response_field(header), "Session-A"));
  CHECK(equals(limpet_policy_name(header), "Session-A"));
  CHECK(equals(limpet_policy_scope(header), "default/test/0"));
  CHECK(limpet_policy_type(header) == LIMPET_TYPE_HEADER);
  CHECK(limpet_policy_strips_token(header) == 0);

  CHECK(equals(limpet_policy_request_field(cookie), "Cookie"));
  CHECK(equals(limpet_policy_response_field(cookie), "Set-Cookie"));
  CHECK(limpet_policy_name(cookie).size > 0);  // generated
  CHECK(limpet_policy_type(cookie) == LIMPET_TYPE_COOKIE);

  CHECK(limpet_policy_request_field(none).size == 0);
  CHECK(limpet_policy_response_field(none).size == 0);
  CHECK(limpet_policy_type(none) == LIMPET_TYPE_NONE);
  CHECK(limpet_policy_max_field_size(none) == 0);
  limpet_policy_free(none);
  limpet_policy_free(cookie);
  limpet_policy_free(header);
}

int main(void) {
  static const test tests[] = {
      {"a session sticks until its timeout",
       a_session_sticks_until_its_timeout},
      {"a decision may be copied as bytes", a_decision_may_be_copied_as_bytes},
      {"a draining endpoint keeps its sessions alone",
       a_draining_endpoint_keeps_its_sessions_alone},
      {"a strict policy refuses with its status",
       a_strict_policy_refuses_with_its_status},
      {"who served gets the session and nobody gets none",
       who_served_gets_the_session_and_nobody_gets_none},
      {"a newer endpoint set may be committed to",
       a_newer_endpoint_set_may_be_committed_to},
      {"every request is counted once", every_request_is_counted_once},
      {"a small buffer changes nothing", a_small_buffer_changes_nothing},
      {"any time is a time", any_time_is_a_time},
      {"the token is found in any of many fields",
       the_token_is_found_in_any_of_many_fields},
      {"least request asks the host", least_request_asks_the_host},
      {"the token is stripped for the endpoint",
       the_token_is_stripped_for_the_endpoint},
      {"a policy tells what it is", a_policy_tells_what_it_is},
  };
  return run_tests(tests, sizeof tests / sizeof tests[0]);
}
