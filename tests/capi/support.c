#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;
static const char *test_name = "";

void check(int holds, const char *condition, const char *file, int line) {
  if (holds) return;
  ++failures;
  fprintf(stderr, "%s:%d: %s: failed: %s\n", file, line, test_name, condition);
}

void check_status(limpet_status actual, limpet_status expected,
                  const char *call, const char *file, int line) {
  if (actual == expected) return;
  ++failures;
  fprintf(stderr, "%s:%d: %s: %s is %d (%s), not %d (%s)\n", file, line,
          test_name, call, (int)actual, limpet_status_name(actual),
          (int)expected, limpet_status_name(expected));
}

void check_outcome(uint32_t actual, uint32_t expected, const char *file,
                   int line) {
  if (actual == expected) return;
  ++failures;
  fprintf(stderr, "%s:%d: %s: the outcome is %s, not %s\n", file, line,
          test_name, limpet_outcome_name(actual),
          limpet_outcome_name(expected));
}

int run_tests(const test *tests, size_t count) {
  size_t i;
  for (i = 0; i < count; ++i) {
    test_name = tests[i].name;
    tests[i].run();
  }
  printf("%lu tests, %d failures\n", (unsigned long)count, failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

limpet_str str(const char *text) {
  limpet_str out;
  out.data = text;
  out.size = strlen(text);
  return out;
}

int contains(const char *text, const char *part) {
  return strstr(text, part) != NULL;
}

static void must(limpet_status status, const char *text) {
  if (status == LIMPET_OK) return;
  fprintf(stderr, "%s: %s: %s\n", test_name, limpet_status_name(status), text);
  exit(EXIT_FAILURE);  // NOLINT(concurrency-mt-unsafe): one thread
}

limpet_endpoint_set *new_endpoints(const uint32_t *states, size_t count) {
  static const char *const ids[] = {"pod-a", "pod-b", "pod-c", "pod-d"};
  limpet_endpoint list[4];
  limpet_endpoint_set *out = NULL;
  char err[256];
  size_t i;
  for (i = 0; i < count; ++i) {
    must(limpet_endpoint_init(&list[i], sizeof list[i]), "");
    list[i].id = str(ids[i]);
    list[i].state = states[i];
  }
  must(limpet_endpoint_set_new(list, count, NULL, 0, &out, err, sizeof err),
       err);
  return out;
}

limpet_policy *new_policy_of(const char *json, const char *scope,
                             const limpet_session_map *sessions) {
  static const char text[] =
      "1 000102030405060708090a0b0c0d0e0f"
      "101112131415161718191a1b1c1d1e1f seal\n"
      "2 202122232425262728292a2b2c2d2e2f"
      "303132333435363738393a3b3c3d3e3f place\n";
  limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
  limpet_policy *out = NULL;
  limpet_keys *keys = NULL;
  char err[256];
  must(limpet_keys_new(text, strlen(text), &keys, err, sizeof err), err);
  options.scope = str(scope);
  options.keys = keys;
  options.sessions = sessions;
  must(limpet_policy_new_json(json, strlen(json), &options, &out, err,
                              sizeof err),
       err);
  limpet_keys_free(keys);  // the policy goes on using them
  return out;
}

limpet_policy *new_policy(const char *json) {
  return new_policy_of(json, "default/test/0", NULL);
}

static void keep_token(answer *out) {
  const char *begin = out->field.value.data;
  size_t size = out->field.value.size;
  const char *end;
  out->token[0] = '\0';
  if (size == 0) return;
  if (out->field.name.size == strlen("Set-Cookie") &&
      memcmp(out->field.name.data, "Set-Cookie", out->field.name.size) == 0) {
    const char *equals = (const char *)memchr(begin, '=', size);
    CHECK(equals != NULL);
    if (equals == NULL) return;
    size -= (size_t)(equals + 1 - begin);
    begin = equals + 1;
    end = (const char *)memchr(begin, ';', size);
    if (end != NULL) size = (size_t)(end - begin);
  }
  memcpy(out->token, begin, size);
  out->token[size] = '\0';
}

void ask_with(const limpet_policy *policy, const limpet_endpoint_set *endpoints,
              const char *value, const uint32_t *tried, size_t tried_count,
              uint32_t served, uint64_t now_ms, answer *out) {
  limpet_request request = LIMPET_REQUEST_INIT;
  limpet_str values[1];
  memset(out, 0, sizeof *out);
  if (value != NULL) {
    values[0] = str(value);
    request.values = values;
    request.value_count = 1;
  }
  request.tried = tried;
  request.tried_count = tried_count;
  CHECK_STATUS(
      limpet_select(policy, endpoints, &request, now_ms, &out->decision),
      LIMPET_OK);
  out->field.outcome = out->decision.outcome;
  if (out->decision.endpoint == LIMPET_NO_ENDPOINT) return;
  CHECK_STATUS(
      limpet_commit(policy, endpoints, &out->decision,
                    served == CHOSEN ? out->decision.endpoint : served, now_ms,
                    out->buf, sizeof out->buf - 1, &out->field),
      LIMPET_OK);
  keep_token(out);
}

void ask(const limpet_policy *policy, const limpet_endpoint_set *endpoints,
         const char *value, uint64_t now_ms, answer *out) {
  ask_with(policy, endpoints, value, NULL, 0, CHOSEN, now_ms, out);
}
