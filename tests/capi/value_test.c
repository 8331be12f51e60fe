// Tokens that hold a value of the host's, through the C ABI.
#include <stdio.h>
#include <string.h>

#include "support.h"

static const char header_json[] =
    "{\"sessionName\": \"Session-A\", \"type\": \"Header\","
    " \"absoluteTimeout\": \"10s\"}";

static int is(limpet_str text, const char *expected) {
  return text.size == strlen(expected) &&
         (text.size == 0 || memcmp(text.data, expected, text.size) == 0);
}

// One request with this field value, or none; served by `served`, or nobody.
typedef struct exchange {
  limpet_opened opened;
  limpet_field field;
  char value[LIMPET_MAX_VALUE_SIZE];
  char buf[4096];
  char token[4096];
} exchange;

static void serve(const limpet_policy *policy, const char *value,
                  const char *served, uint64_t now_ms, exchange *out) {
  limpet_str values[1];
  limpet_str answer = {NULL, 0};
  values[0] = str(value == NULL ? "" : value);
  if (served != NULL) answer = str(served);
  CHECK_STATUS(limpet_open(policy, values, value == NULL ? 0 : 1, now_ms,
                           out->value, sizeof out->value, &out->opened),
               LIMPET_OK);
  CHECK_STATUS(limpet_seal(policy, &out->opened, answer, now_ms, out->buf,
                           sizeof out->buf, &out->field),
               LIMPET_OK);
  if (out->field.value.size != 0) {
    memcpy(out->token, out->field.value.data, out->field.value.size);
  }
  out->token[out->field.value.size] = '\0';
}

static void a_value_comes_back_until_its_timeout(void) {
  limpet_policy *policy = new_policy(header_json);
  exchange first, again;
  serve(policy, NULL, "10.0.0.1:80", START, &first);
  CHECK_OUTCOME(first.opened.outcome, LIMPET_OUTCOME_NEW);
  CHECK_OUTCOME(first.field.outcome, LIMPET_OUTCOME_NEW);
  CHECK(first.opened.value.size == 0);
  CHECK(is(first.field.name, "Session-A"));
  CHECK(first.field.value.size <= limpet_policy_max_sealed_field_size(policy));

  serve(policy, first.token, "10.0.0.1:80", START + 9999, &again);
  CHECK_OUTCOME(again.field.outcome, LIMPET_OUTCOME_KEPT);
  CHECK(is(again.opened.value, "10.0.0.1:80"));
  CHECK(again.field.value.size == 0);

  serve(policy, first.token, "10.0.0.2:80", START + 9999, &again);
  CHECK_OUTCOME(again.field.outcome, LIMPET_OUTCOME_MOVED);
  CHECK(again.field.value.size != 0);

  serve(policy, first.token, NULL, START + 9999, &again);
  CHECK_OUTCOME(again.field.outcome, LIMPET_OUTCOME_UNSERVED);
  CHECK(again.field.value.size == 0);

  serve(policy, first.token, "10.0.0.2:80", START + 10000, &again);
  CHECK_OUTCOME(again.field.outcome, LIMPET_OUTCOME_EXPIRED);
  CHECK(again.opened.value.size == 0);
  limpet_policy_free(policy);
}

static void what_was_opened_may_be_copied_as_bytes(void) {
  limpet_policy *policy = new_policy(
      "{\"sessionName\": \"S\", \"type\": \"Header\", \"idleTimeout\": "
      "\"10s\"}");
  exchange first, again;
  limpet_str value;
  limpet_opened copy;
  serve(policy, NULL, "a", START, &first);
  value = str(first.token);
  CHECK_STATUS(limpet_open(policy, &value, 1, START + 6000, again.value,
                           sizeof again.value, &again.opened),
               LIMPET_OK);
  memcpy(&copy, &again.opened, sizeof copy);
  memset(&again.opened, 0xa5, sizeof again.opened);
  CHECK_STATUS(limpet_seal(policy, &copy, copy.value, START + 6000, again.buf,
                           sizeof again.buf, &again.field),
               LIMPET_OK);
  CHECK_OUTCOME(again.field.outcome, LIMPET_OUTCOME_KEPT);
  CHECK(again.field.value.size != 0);  // less than half of the time was left
  limpet_policy_free(policy);
}

static void what_holds_no_values_says_so(void) {
  limpet_policy *map = new_policy(
      "{\"sessionName\": \"S\", \"store\": {\"type\": \"SessionMap\"}}");
  limpet_opened opened;
  limpet_field field;
  char value[LIMPET_MAX_VALUE_SIZE], buf[16];
  CHECK(limpet_policy_max_sealed_field_size(map) == 0);
  CHECK(limpet_policy_max_sealed_field_size(NULL) == 0);
  CHECK_STATUS(limpet_open(map, NULL, 0, START, value, sizeof value, &opened),
               LIMPET_ERR_NO_VALUES);
  CHECK_STATUS(
      limpet_seal(map, &opened, str("x"), START, buf, sizeof buf, &field),
      LIMPET_ERR_NO_VALUES);
  limpet_policy_free(map);
}

static void wrong_arguments_are_refused(void) {
  limpet_policy *policy = new_policy(header_json);
  static char value[LIMPET_MAX_VALUE_SIZE], buf[4096];
  static char longer[LIMPET_MAX_VALUE_SIZE + 1];
  const limpet_str null_with_size = {NULL, 1};
  const limpet_str empty = {"", 0};
  limpet_str too_long;
  limpet_opened opened, wrong;
  limpet_field field;
  memset(longer, 'x', sizeof longer);
  too_long.data = longer;
  too_long.size = sizeof longer;

  CHECK_STATUS(limpet_open(NULL, NULL, 0, START, value, sizeof value, &opened),
               LIMPET_ERR_NULL);
  CHECK_STATUS(
      limpet_open(policy, NULL, 1, START, value, sizeof value, &opened),
      LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_open(policy, &null_with_size, 1, START, value,
                           sizeof value, &opened),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_open(policy, NULL, 0, START, NULL, 0, &opened),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_open(policy, NULL, 0, START, value, sizeof value, NULL),
               LIMPET_ERR_NULL);
  CHECK_STATUS(
      limpet_open(policy, NULL, 0, START, value, sizeof value - 1, &opened),
      LIMPET_ERR_BUFFER);
  CHECK_STATUS(
      limpet_open(policy, NULL, 0, START, value, sizeof value, &opened),
      LIMPET_OK);

  CHECK_STATUS(
      limpet_seal(NULL, &opened, str("x"), START, buf, sizeof buf, &field),
      LIMPET_ERR_NULL);
  CHECK_STATUS(
      limpet_seal(policy, NULL, str("x"), START, buf, sizeof buf, &field),
      LIMPET_ERR_NULL);
  CHECK_STATUS(
      limpet_seal(policy, &opened, str("x"), START, buf, sizeof buf, NULL),
      LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_seal(policy, &opened, null_with_size, START, buf,
                           sizeof buf, &field),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_seal(policy, &opened, str("x"), START, buf, 16, &field),
               LIMPET_ERR_BUFFER);
  CHECK_STATUS(
      limpet_seal(policy, &opened, empty, START, buf, sizeof buf, &field),
      LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(
      limpet_seal(policy, &opened, too_long, START, buf, sizeof buf, &field),
      LIMPET_ERR_ARGUMENT);
  wrong = opened;
  wrong.outcome = LIMPET_OUTCOME_COUNT;
  CHECK_STATUS(
      limpet_seal(policy, &wrong, str("x"), START, buf, sizeof buf, &field),
      LIMPET_ERR_ARGUMENT);
  wrong.outcome = LIMPET_OUTCOME_KEPT;  // without a value
  CHECK_STATUS(
      limpet_seal(policy, &wrong, str("x"), START, buf, sizeof buf, &field),
      LIMPET_ERR_ARGUMENT);
  CHECK(field.value.size == 0);
  limpet_policy_free(policy);
}

int main(void) {
  static const test tests[] = {
      {"a value comes back until its timeout",
       a_value_comes_back_until_its_timeout},
      {"what was opened may be copied as bytes",
       what_was_opened_may_be_copied_as_bytes},
      {"what holds no values says so", what_holds_no_values_says_so},
      {"wrong arguments are refused", wrong_arguments_are_refused},
  };
  return run_tests(tests, sizeof tests / sizeof tests[0]);
}
