// What a host can do wrong with a session map. Nothing crashes, nothing is
// counted, and *result says that there is nothing.
#include <string.h>

#include "support.h"

static const limpet_session_id id = {1, 2};
static const limpet_timeouts timeouts = {10000, 2000};

static void a_map_is_made_of_what_is_allowed(void) {
  limpet_session_map_options options = LIMPET_SESSION_MAP_OPTIONS_INIT;
  limpet_session_map *map = (limpet_session_map *)&options;
  size_t size = 9;
  char err[256];
  CHECK_STATUS(limpet_session_map_new(NULL, NULL, NULL, err, sizeof err),
               LIMPET_ERR_NULL);
  CHECK(strcmp(err, "out: must not be NULL") == 0);
  CHECK_STATUS(limpet_session_map_memory_size(NULL, NULL, err, sizeof err),
               LIMPET_ERR_NULL);
  CHECK(strcmp(err, "size: must not be NULL") == 0);

  options.capacity = (UINT64_C(1) << 31) + 1;
  CHECK_STATUS(limpet_session_map_new(&options, NULL, &map, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "capacity: "));
  CHECK(map == NULL);
  CHECK_STATUS(limpet_session_map_memory_size(&options, &size, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "capacity: "));
  CHECK(size == 0);
  options.capacity = 0;
  options.endpoints = UINT64_MAX;
  CHECK_STATUS(limpet_session_map_new(&options, NULL, &map, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "endpoints: "));
  options.endpoints = 0;
  options.longest_timeout_ms = UINT64_MAX;
  CHECK_STATUS(limpet_session_map_new(&options, NULL, &map, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "longest_timeout: "));
  options.longest_timeout_ms = 0;
  options.when_full = 2;
  CHECK_STATUS(limpet_session_map_new(&options, NULL, &map, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "options.when_full: "));
  CHECK(map == NULL);
}

static void the_defaults_are_those_of_a_policys_own_map(void) {
  limpet_session_map *map = NULL;
  char err[256] = "#";
  size_t size = 0;
  CHECK_STATUS(limpet_session_map_new(NULL, NULL, &map, err, sizeof err),
               LIMPET_OK);
  CHECK(err[0] == '\0');
  CHECK(limpet_session_map_capacity(map) == 100000);
  CHECK(limpet_session_map_longest_timeout_ms(map) ==
        UINT64_C(37) * 24 * 3600 * 1000);
  CHECK_STATUS(limpet_session_map_memory_size(NULL, &size, NULL, 0), LIMPET_OK);
  CHECK(size > 100000 * 24 && size % 8 == 0);
  limpet_session_map_free(map);
}

static void a_map_is_used_as_is_allowed(void) {
  limpet_session_map_use use = LIMPET_SESSION_MAP_USE_INIT;
  limpet_session_map *map = NULL;
  char err[256];
  use.read_only = 2;
  CHECK_STATUS(limpet_session_map_new(NULL, &use, &map, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "use.read_only: "));
  use.read_only = 1;
  CHECK_STATUS(limpet_session_map_new(NULL, &use, &map, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "read_only: "));
  use.read_only = 0;
  use.alone = 2;
  CHECK_STATUS(limpet_session_map_new(NULL, &use, &map, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "use.alone: "));
  use.alone = 0;
  use.lock_budget_us = UINT64_MAX;
  CHECK_STATUS(limpet_session_map_new(NULL, &use, &map, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "lock_budget: "));
  // A host that filled it with zeros has named its standard input.
  memset(&use, 0, sizeof use);
  use.struct_size = sizeof use;
  CHECK_STATUS(limpet_session_map_new(NULL, &use, &map, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "use.file: "));
  CHECK(map == NULL);
}

static void null_is_no_memory(void) {
  limpet_session_map *map = (limpet_session_map *)&map;
  unsigned char memory[8];
  char err[256];
  CHECK_STATUS(
      limpet_session_map_create(NULL, 8, NULL, NULL, &map, err, sizeof err),
      LIMPET_ERR_NULL);
  CHECK(strcmp(err, "memory: must not be NULL") == 0);
  CHECK(map == NULL);
  CHECK_STATUS(limpet_session_map_create(memory, sizeof memory, NULL, NULL,
                                         NULL, NULL, 0),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_attach(NULL, 8, NULL, &map, err, sizeof err),
               LIMPET_ERR_NULL);
  CHECK(strcmp(err, "memory: must not be NULL") == 0);
  CHECK_STATUS(
      limpet_session_map_attach(memory, sizeof memory, NULL, NULL, NULL, 0),
      LIMPET_ERR_NULL);
}

// The four calls that find, begin or move a session; their other arguments are
// in order.
typedef limpet_status (*call)(const limpet_session_map *map,
                              const limpet_timeouts *t, limpet_session *session,
                              uint32_t *result);

static limpet_status find(const limpet_session_map *map,
                          const limpet_timeouts *t, limpet_session *session,
                          uint32_t *result) {
  return limpet_session_map_find(map, id, t, START, session, result);
}

static limpet_status find_touch(const limpet_session_map *map,
                                const limpet_timeouts *t,
                                limpet_session *session, uint32_t *result) {
  return limpet_session_map_find_touch(map, id, t, START, session, result);
}

static limpet_status insert_or_get(const limpet_session_map *map,
                                   const limpet_timeouts *t,
                                   limpet_session *session, uint32_t *result) {
  return limpet_session_map_insert_or_get(map, id, 1, t, START, session,
                                          result);
}

static limpet_status rebind(const limpet_session_map *map,
                            const limpet_timeouts *t, limpet_session *session,
                            uint32_t *result) {
  return limpet_session_map_rebind(map, id, 1, 2, t, START, session, result);
}

static void check_call(const limpet_session_map *map, call f,
                       uint32_t nothing) {
  const uint64_t longest = limpet_session_map_longest_timeout_ms(map);
  limpet_timeouts bad[2] = {{0, 0}, {0, 0}};
  limpet_session session;
  uint32_t result = 99;
  int i;
  memset(&session, 0xff, sizeof session);
  CHECK_STATUS(f(NULL, &timeouts, &session, &result), LIMPET_ERR_NULL);
  CHECK(result == nothing && session.endpoint == 0);
  CHECK_STATUS(f(map, NULL, &session, &result), LIMPET_ERR_NULL);
  CHECK_STATUS(f(map, &timeouts, NULL, &result), LIMPET_ERR_NULL);
  CHECK_STATUS(f(map, &timeouts, &session, NULL), LIMPET_ERR_NULL);
  bad[0].absolute_ms = longest + 1;
  bad[1].idle_ms = UINT64_MAX;
  for (i = 0; i < 2; ++i) {
    result = 99;
    CHECK_STATUS(f(map, &bad[i], &session, &result), LIMPET_ERR_ARGUMENT);
    CHECK(result == nothing);
  }
}

static void calls_about_a_session_check_their_arguments(void) {
  limpet_session_map *map = NULL;
  limpet_session session;
  limpet_session_id out;
  uint32_t result = 99;
  CHECK_STATUS(limpet_session_map_new(NULL, NULL, &map, NULL, 0), LIMPET_OK);
  check_call(map, find, LIMPET_FIND_ABSENT);
  check_call(map, find_touch, LIMPET_FIND_ABSENT);
  check_call(map, insert_or_get, LIMPET_INSERT_BUSY);
  check_call(map, rebind, LIMPET_REBIND_BUSY);
  CHECK_STATUS(limpet_session_map_insert_or_get(map, id, 0, &timeouts, START,
                                                &session, &result),
               LIMPET_ERR_ARGUMENT);
  CHECK(result == LIMPET_INSERT_BUSY);
  CHECK_STATUS(limpet_session_map_rebind(map, id, 1, 0, &timeouts, START,
                                         &session, &result),
               LIMPET_ERR_ARGUMENT);
  CHECK(result == LIMPET_REBIND_BUSY);
  CHECK_STATUS(limpet_session_map_erase(NULL, id, &result), LIMPET_ERR_NULL);
  CHECK(result == LIMPET_ERASE_BUSY);
  CHECK_STATUS(limpet_session_map_erase(map, id, NULL), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_new_id(NULL, &out), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_new_id(map, NULL), LIMPET_ERR_NULL);
  memset(&out, 0xff, sizeof out);
  CHECK_STATUS(limpet_session_map_id_of(NULL, "a", 1, &out), LIMPET_ERR_NULL);
  CHECK(out.high == 0 && out.low == 0);
  CHECK_STATUS(limpet_session_map_id_of(map, NULL, 1, &out), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_id_of(map, "a", 1, NULL), LIMPET_ERR_NULL);
  limpet_session_map_prepare(NULL, id);
  CHECK(limpet_session_map_size(map) == 0);
  limpet_session_map_free(map);
}

static void calls_about_all_sessions_check_their_arguments(void) {
  const limpet_timeouts too_long = {UINT64_MAX, 0};
  limpet_session_counts counts = LIMPET_SESSION_COUNTS_INIT;
  limpet_session_map *map = NULL;
  limpet_session found[1];
  limpet_endpoint_sessions live[1];
  uint32_t results[1], complete = 9;
  size_t size = 9;
  CHECK_STATUS(limpet_session_map_new(NULL, NULL, &map, NULL, 0), LIMPET_OK);
  CHECK_STATUS(limpet_session_map_find_touch_batch(NULL, &id, 1, &timeouts,
                                                   START, found, results),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_find_touch_batch(map, NULL, 1, &timeouts,
                                                   START, found, results),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_find_touch_batch(map, &id, 1, NULL, START,
                                                   found, results),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_find_touch_batch(map, &id, 1, &timeouts,
                                                   START, NULL, results),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_find_touch_batch(map, &id, 1, &timeouts,
                                                   START, found, NULL),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_find_touch_batch(map, &id, 1, &too_long,
                                                   START, found, results),
               LIMPET_ERR_ARGUMENT);

  CHECK_STATUS(limpet_session_map_erase_endpoint(NULL, 1, &size, &complete),
               LIMPET_ERR_NULL);
  CHECK(size == 0 && complete == 0);
  size = 9;
  complete = 9;
  CHECK_STATUS(
      limpet_session_map_sweep(NULL, &timeouts, START, 1, &size, &complete),
      LIMPET_ERR_NULL);
  CHECK(size == 0 && complete == 0);
  CHECK_STATUS(limpet_session_map_sweep(map, NULL, START, 1, NULL, NULL),
               LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_sweep(map, &too_long, START, 1, NULL, NULL),
               LIMPET_ERR_ARGUMENT);

  size = 9;
  CHECK_STATUS(
      limpet_session_map_count_live(NULL, &timeouts, START, live, 1, &size),
      LIMPET_ERR_NULL);
  CHECK(size == 0);
  CHECK_STATUS(limpet_session_map_count_live(map, NULL, START, live, 1, &size),
               LIMPET_ERR_NULL);
  CHECK_STATUS(
      limpet_session_map_count_live(map, &timeouts, START, NULL, 1, &size),
      LIMPET_ERR_NULL);
  CHECK_STATUS(
      limpet_session_map_count_live(map, &timeouts, START, live, 1, NULL),
      LIMPET_ERR_NULL);
  CHECK_STATUS(
      limpet_session_map_count_live(map, &too_long, START, live, 1, &size),
      LIMPET_ERR_ARGUMENT);

  CHECK_STATUS(limpet_session_map_counts(NULL, &counts), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_counts(map, NULL), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_recover(NULL, 0), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_recover(map, 2), LIMPET_ERR_ARGUMENT);
  CHECK_STATUS(limpet_session_map_recover(map, 0), LIMPET_OK);
  CHECK_STATUS(limpet_session_map_recover(map, 1), LIMPET_OK);
  CHECK_STATUS(limpet_session_map_options_init(NULL, 16), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_map_use_init(NULL, 16), LIMPET_ERR_NULL);
  CHECK_STATUS(limpet_session_counts_init(NULL, 16), LIMPET_ERR_NULL);
  limpet_session_map_free(map);
}

int main(void) {
  static const test tests[] = {
      {"a map is made of what is allowed", a_map_is_made_of_what_is_allowed},
      {"the defaults are those of a policy's own map",
       the_defaults_are_those_of_a_policys_own_map},
      {"a map is used as is allowed", a_map_is_used_as_is_allowed},
      {"NULL is no memory", null_is_no_memory},
      {"calls about a session check their arguments",
       calls_about_a_session_check_their_arguments},
      {"calls about all sessions check their arguments",
       calls_about_all_sessions_check_their_arguments},
  };
  return run_tests(tests, sizeof tests / sizeof tests[0]);
}
