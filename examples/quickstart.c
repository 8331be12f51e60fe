// The smallest program that pins a client to an endpoint: limpet from C.
#include <limpet.h>
#include <stdio.h>
#include <string.h>

static limpet_str str(const char *text) {
  const limpet_str out = {text, strlen(text)};
  return out;
}

// Ends the program with what is wrong.
static int failed(const char *err) {
  fprintf(stderr, "quickstart: %s\n", err);
  return 1;
}

int main(void) {
  const char *json =
      "{\"sessionName\": \"Session-A\", \"type\": \"Header\","
      " \"absoluteTimeout\": \"10s\"}";
  const uint64_t start = UINT64_C(1800000000000);  // Unix milliseconds
  const uint64_t now[] = {start, start + 5000, start + 12000};
  char err[256], token[1024] = "";
  int i;

  // Once: who can serve.
  limpet_endpoint list[] = {LIMPET_ENDPOINT_INIT, LIMPET_ENDPOINT_INIT};
  limpet_endpoint_set *endpoints;
  list[0].id = str("pod-a");
  list[1].id = str("pod-b");
  if (limpet_endpoint_set_new(list, 2, NULL, 0, &endpoints, err, sizeof err)) {
    return failed(err);
  }

  // Once per route rule: the Gateway API's own field, compiled.
  limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
  limpet_policy *policy;
  limpet_keys *keys;
  if (limpet_keys_new_random(&keys)) return failed("no keys");
  options.scope = str("default/backend/0");
  options.keys = keys;
  if (limpet_policy_new_json(json, strlen(json), &options, &policy, err,
                             sizeof err)) {
    return failed(err);
  }

  // Three requests of one client, which sends back what it was given.
  for (i = 0; i < 3; ++i) {
    limpet_request request = LIMPET_REQUEST_INIT;
    limpet_str value = str(token);
    limpet_decision decision;
    limpet_field field;
    char buf[1024];
    request.values = &value;
    request.value_count = token[0] != '\0';
    if (limpet_select(policy, endpoints, &request, now[i], &decision)) {
      return failed("select");
    }
    // ... the host proxies to list[decision.endpoint], which answers ...
    if (limpet_commit(policy, endpoints, &decision, decision.endpoint, now[i],
                      buf, sizeof buf, &field)) {
      return failed("commit");
    }
    printf("after %2d s: %s, %s%s\n", (int)((now[i] - start) / 1000),
           list[decision.endpoint].id.data, limpet_outcome_name(field.outcome),
           field.value.size != 0 ? ", sends a token" : "");
    if (field.value.size != 0) {
      memcpy(token, field.value.data, field.value.size);
      token[field.value.size] = '\0';
    }
  }

  limpet_policy_free(policy);
  limpet_keys_free(keys);
  limpet_endpoint_set_free(endpoints);
  return 0;
}
