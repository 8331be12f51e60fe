// A program outside the tree that uses the installed C ABI.
#include <limpet.h>
#include <stdio.h>

int main(void) {
  static const char kJson[] =
      "{\"sessionName\": \"s\", \"type\": \"Header\","
      " \"absoluteTimeout\": \"10s\"}";
  const uint64_t now_ms = 1800000000000u;
  char err[256];
  char buf[1024];
  limpet_keys *keys = NULL;
  limpet_policy *policy = NULL;
  limpet_endpoint_set *set = NULL;
  limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
  limpet_endpoint endpoints[2] = {LIMPET_ENDPOINT_INIT, LIMPET_ENDPOINT_INIT};
  limpet_request request = LIMPET_REQUEST_INIT;
  limpet_decision first;
  limpet_decision again;
  limpet_field field;

  if (limpet_keys_new_random(&keys) != LIMPET_OK) return 1;
  options.scope.data = "default/route/0";
  options.scope.size = 15;
  options.keys = keys;
  if (limpet_policy_new_json(kJson, sizeof kJson - 1, &options, &policy, err,
                             sizeof err) != LIMPET_OK) {
    return 1;
  }
  endpoints[0].id.data = "a";
  endpoints[0].id.size = 1;
  endpoints[1].id.data = "b";
  endpoints[1].id.size = 1;
  if (limpet_endpoint_set_new(endpoints, 2, NULL, 0, &set, err, sizeof err) !=
      LIMPET_OK) {
    return 1;
  }

  if (limpet_select(policy, set, &request, now_ms, &first) != LIMPET_OK ||
      limpet_commit(policy, set, &first, first.endpoint, now_ms, buf,
                    sizeof buf, &field) != LIMPET_OK) {
    return 1;
  }
  request.values = &field.value;
  request.value_count = 1;
  if (limpet_select(policy, set, &request, now_ms, &again) != LIMPET_OK) {
    return 1;
  }
  printf("limpet %s: %s\n", limpet_version_string(),
         limpet_outcome_name(again.outcome));

  limpet_policy_free(policy);
  limpet_endpoint_set_free(set);
  limpet_keys_free(keys);
  return again.outcome == LIMPET_OUTCOME_KEPT &&
                 again.endpoint == first.endpoint
             ? 0
             : 1;
}
