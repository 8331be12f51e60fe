// The sessions of a map through the C ABI: found, begun, moved, ended, counted.
#include <string.h>

#include "support.h"

#define POD_A UINT64_C(11)
#define POD_B UINT64_C(12)

static const limpet_timeouts ten_seconds = {10000, 0};
static const limpet_timeouts idle = {10000, 2000};
static const limpet_timeouts never = {0, 0};

static limpet_session_map *new_map(uint64_t capacity, uint64_t endpoints,
                                   uint32_t when_full) {
  limpet_session_map_options options = LIMPET_SESSION_MAP_OPTIONS_INIT;
  limpet_session_map *map = NULL;
  options.capacity = capacity;
  options.endpoints = endpoints;
  options.when_full = when_full;
  CHECK_STATUS(limpet_session_map_new(&options, NULL, &map, NULL, 0),
               LIMPET_OK);
  return map;
}

static limpet_session_id id_of(const limpet_session_map *map, const char *key) {
  limpet_session_id id;
  CHECK_STATUS(limpet_session_map_id_of(map, key, strlen(key), &id), LIMPET_OK);
  return id;
}

static uint32_t begin_on(const limpet_session_map *map, const char *key,
                         uint64_t endpoint, uint64_t now_ms) {
  limpet_session session;
  uint32_t result;
  CHECK_STATUS(
      limpet_session_map_insert_or_get(map, id_of(map, key), endpoint,
                                       &ten_seconds, now_ms, &session, &result),
      LIMPET_OK);
  return result;
}

static uint32_t found(const limpet_session_map *map, const char *key,
                      const limpet_timeouts *timeouts, uint64_t now_ms) {
  limpet_session session;
  uint32_t result;
  CHECK_STATUS(limpet_session_map_find(map, id_of(map, key), timeouts, now_ms,
                                       &session, &result),
               LIMPET_OK);
  CHECK((session.endpoint != 0) == (result == LIMPET_FIND_LIVE));
  return result;
}

static void the_first_to_begin_a_session_wins(void) {
  limpet_session_map *map = new_map(10, 0, LIMPET_WHEN_FULL_REFUSE);
  const limpet_session_id id = id_of(map, "user-1");
  limpet_session session;
  uint32_t result = 99;
  CHECK_STATUS(limpet_session_map_insert_or_get(map, id, POD_A, &ten_seconds,
                                                START, &session, &result),
               LIMPET_OK);
  CHECK(result == LIMPET_INSERT_INSERTED);
  CHECK(session.endpoint == POD_A && session.created_ms == START &&
        session.last_used_ms == START);
  CHECK_STATUS(limpet_session_map_insert_or_get(map, id, POD_B, &ten_seconds,
                                                START + 5, &session, &result),
               LIMPET_OK);
  CHECK(result == LIMPET_INSERT_EXISTS);
  CHECK(session.endpoint == POD_A && session.created_ms == START);
  CHECK(limpet_session_map_size(map) == 1);
  limpet_session_map_free(map);
}

static void only_a_touch_is_a_use(void) {
  limpet_session_map *map = new_map(10, 0, LIMPET_WHEN_FULL_REFUSE);
  const limpet_session_id id = id_of(map, "user-1");
  limpet_session session;
  uint32_t result;
  begin_on(map, "user-1", POD_A, START);
  CHECK(found(map, "user-1", &idle, START + 1500) == LIMPET_FIND_LIVE);
  CHECK(found(map, "user-1", &idle, START + 2000) == LIMPET_FIND_EXPIRED);
  limpet_session_map_prepare(map, id);
  CHECK_STATUS(limpet_session_map_find_touch(map, id, &idle, START + 1500,
                                             &session, &result),
               LIMPET_OK);
  CHECK(result == LIMPET_FIND_LIVE);
  CHECK(session.endpoint == POD_A && session.created_ms == START &&
        session.last_used_ms == START + 1500);
  CHECK(found(map, "user-1", &idle, START + 3499) == LIMPET_FIND_LIVE);
  CHECK_STATUS(limpet_session_map_find_touch(map, id, &idle, START + 3500,
                                             &session, &result),
               LIMPET_OK);
  CHECK(result == LIMPET_FIND_EXPIRED);
  CHECK(session.endpoint == 0 && session.created_ms == 0 &&
        session.last_used_ms == 0);
  CHECK(found(map, "user-1", &idle, START + 3500) == LIMPET_FIND_ABSENT);
  CHECK(found(map, "user-2", &never, START) == LIMPET_FIND_ABSENT);
  limpet_session_map_free(map);
}

static void a_key_is_all_of_its_bytes(void) {
  limpet_session_map *map = new_map(10, 0, LIMPET_WHEN_FULL_REFUSE);
  limpet_session_map *other = new_map(10, 0, LIMPET_WHEN_FULL_REFUSE);
  limpet_session_id a, b;
  CHECK_STATUS(limpet_session_map_id_of(map, "a\0b", 3, &a), LIMPET_OK);
  CHECK_STATUS(limpet_session_map_id_of(map, "a\0c", 3, &b), LIMPET_OK);
  CHECK(a.high != b.high && a.low != b.low);
  CHECK_STATUS(limpet_session_map_id_of(map, "a\0b", 3, &b), LIMPET_OK);
  CHECK(a.high == b.high && a.low == b.low);
  CHECK_STATUS(limpet_session_map_id_of(other, "a\0b", 3, &b), LIMPET_OK);
  CHECK(a.high != b.high && a.low != b.low);  // each has a secret of its own
  CHECK_STATUS(limpet_session_map_id_of(map, NULL, 0, &a), LIMPET_OK);
  CHECK_STATUS(limpet_session_map_new_id(map, &a), LIMPET_OK);
  CHECK_STATUS(limpet_session_map_new_id(map, &b), LIMPET_OK);
  CHECK(a.high != b.high && a.low != b.low);
  limpet_session_map_free(other);
  limpet_session_map_free(map);
}

static void who_finds_a_session_moved_learns_where(void) {
  limpet_session_map *map = new_map(10, 0, LIMPET_WHEN_FULL_REFUSE);
  const limpet_session_id id = id_of(map, "user-1");
  limpet_session session;
  uint32_t result;
  begin_on(map, "user-1", POD_A, START);
  CHECK_STATUS(limpet_session_map_rebind(map, id, POD_A, POD_B, &ten_seconds,
                                         START + 9000, &session, &result),
               LIMPET_OK);
  CHECK(result == LIMPET_REBIND_MOVED);
  CHECK(session.endpoint == POD_B && session.created_ms == START + 9000);
  CHECK_STATUS(limpet_session_map_rebind(map, id, POD_A, 13, &ten_seconds,
                                         START + 9001, &session, &result),
               LIMPET_OK);
  CHECK(result == LIMPET_REBIND_ELSEWHERE);
  CHECK(session.endpoint == POD_B);
  CHECK_STATUS(
      limpet_session_map_rebind(map, id_of(map, "user-2"), POD_A, POD_B,
                                &ten_seconds, START, &session, &result),
      LIMPET_OK);
  CHECK(result == LIMPET_REBIND_ABSENT);
  CHECK(session.endpoint == 0);
  limpet_session_map_free(map);
}

static void sessions_end_one_by_one_or_by_endpoint(void) {
  limpet_session_map *map = new_map(10, 0, LIMPET_WHEN_FULL_REFUSE);
  uint32_t result, complete = 9;
  size_t freed = 9;
  begin_on(map, "user-1", POD_A, START);
  begin_on(map, "user-2", POD_A, START);
  begin_on(map, "user-3", POD_A, START);
  begin_on(map, "user-4", POD_B, START);
  CHECK_STATUS(limpet_session_map_erase(map, id_of(map, "user-1"), &result),
               LIMPET_OK);
  CHECK(result == LIMPET_ERASE_ERASED);
  CHECK_STATUS(limpet_session_map_erase(map, id_of(map, "user-1"), &result),
               LIMPET_OK);
  CHECK(result == LIMPET_ERASE_ABSENT);
  CHECK_STATUS(limpet_session_map_erase_endpoint(map, POD_A, &freed, &complete),
               LIMPET_OK);
  CHECK(freed == 2 && complete == 1);
  CHECK(found(map, "user-2", &never, START) == LIMPET_FIND_ABSENT);
  CHECK(found(map, "user-4", &never, START) == LIMPET_FIND_LIVE);
  CHECK_STATUS(limpet_session_map_erase_endpoint(map, POD_B, NULL, NULL),
               LIMPET_OK);
  CHECK(limpet_session_map_size(map) == 0);
  limpet_session_map_free(map);
}

static void a_sweep_frees_what_is_over(void) {
  limpet_session_map *map = new_map(10, 0, LIMPET_WHEN_FULL_REFUSE);
  size_t freed = 9;
  uint32_t complete = 9;
  begin_on(map, "user-1", POD_A, START);
  begin_on(map, "user-2", POD_A, START + 5000);
  CHECK_STATUS(limpet_session_map_sweep(map, &ten_seconds, START + 10000, 1000,
                                        &freed, &complete),
               LIMPET_OK);
  CHECK(freed == 1 && complete == 1);
  CHECK(found(map, "user-1", &never, START) == LIMPET_FIND_ABSENT);
  CHECK_STATUS(limpet_session_map_sweep(map, &ten_seconds, START + 15000, 1000,
                                        NULL, NULL),
               LIMPET_OK);
  CHECK(limpet_session_map_size(map) == 0);
  limpet_session_map_free(map);
}

// More than are looked for side by side.
#define MANY 150

static void a_batch_finds_what_single_calls_find(void) {
  limpet_session_map *map = new_map(MANY, 0, LIMPET_WHEN_FULL_REFUSE);
  limpet_session_id ids[MANY];
  limpet_session sessions[MANY];
  uint32_t results[MANY];
  size_t i;
  for (i = 0; i < MANY; ++i) {
    uint32_t result;
    CHECK_STATUS(limpet_session_map_new_id(map, &ids[i]), LIMPET_OK);
    if (i % 3 == LIMPET_FIND_ABSENT) continue;
    CHECK_STATUS(limpet_session_map_insert_or_get(
                     map, ids[i], i + 1, &ten_seconds,
                     i % 3 == LIMPET_FIND_LIVE ? START + 5000 : START,
                     &sessions[0], &result),
                 LIMPET_OK);
  }
  memset(sessions, 0xff, sizeof sessions);
  CHECK_STATUS(
      limpet_session_map_find_touch_batch(map, ids, MANY, &ten_seconds,
                                          START + 10000, sessions, results),
      LIMPET_OK);
  for (i = 0; i < MANY; ++i) {
    const int live = i % 3 == LIMPET_FIND_LIVE;
    CHECK(results[i] == i % 3);
    CHECK(sessions[i].endpoint == (live ? i + 1 : 0));
    CHECK(sessions[i].created_ms == (live ? START + 5000 : 0));
    CHECK(sessions[i].last_used_ms == (live ? START + 10000 : 0));
  }
  CHECK_STATUS(limpet_session_map_find_touch_batch(map, NULL, 0, &ten_seconds,
                                                   START, NULL, NULL),
               LIMPET_OK);
  limpet_session_map_free(map);
}

static void live_sessions_are_counted_by_endpoint(void) {
  limpet_session_map *map = new_map(10, 0, LIMPET_WHEN_FULL_REFUSE);
  limpet_endpoint_sessions live[2];
  size_t count = 9;
  CHECK_STATUS(
      limpet_session_map_count_live(map, &never, START, NULL, 0, &count),
      LIMPET_OK);
  CHECK(count == 0);
  begin_on(map, "user-1", POD_A, START);
  begin_on(map, "user-2", POD_A, START);
  begin_on(map, "user-3", POD_B, START + 5000);
  CHECK_STATUS(limpet_session_map_count_live(map, &ten_seconds, START + 9999,
                                             live, 2, &count),
               LIMPET_OK);
  CHECK(count == 2);
  if (count == 2) {
    const size_t a = live[0].endpoint == POD_A ? 0 : 1;
    CHECK(live[a].endpoint == POD_A && live[a].sessions == 2);
    CHECK(live[1 - a].endpoint == POD_B && live[1 - a].sessions == 1);
  }
  memset(live, 0, sizeof live);
  CHECK_STATUS(limpet_session_map_count_live(map, &ten_seconds, START + 9999,
                                             live, 1, &count),
               LIMPET_ERR_BUFFER);
  CHECK(count == 2 && live[0].sessions != 0 && live[1].sessions == 0);
  CHECK_STATUS(limpet_session_map_count_live(map, &ten_seconds, START + 10000,
                                             live, 1, &count),
               LIMPET_OK);
  CHECK(count == 1 && live[0].endpoint == POD_B);
  limpet_session_map_free(map);
}

static void a_full_map_refuses_or_evicts_as_it_was_made(void) {
  limpet_session_map *refusing = new_map(2, 0, LIMPET_WHEN_FULL_REFUSE);
  limpet_session_map *evicting = new_map(2, 0, LIMPET_WHEN_FULL_EVICT);
  limpet_session_counts counts = LIMPET_SESSION_COUNTS_INIT;
  uint32_t result;
  begin_on(refusing, "user-1", POD_A, START);
  begin_on(refusing, "user-2", POD_A, START + 1);
  CHECK(begin_on(refusing, "user-3", POD_A, START + 2) == LIMPET_INSERT_FULL);
  CHECK(found(refusing, "user-1", &never, START + 2) == LIMPET_FIND_LIVE);
  CHECK_STATUS(limpet_session_map_counts(refusing, &counts), LIMPET_OK);
  CHECK(counts.inserted == 2 && counts.refused == 1 && counts.evicted == 0);
  // What is over is no obstacle.
  CHECK(begin_on(refusing, "user-3", POD_A, START + 10000) ==
        LIMPET_INSERT_INSERTED);
  CHECK_STATUS(
      limpet_session_map_erase(refusing, id_of(refusing, "user-3"), &result),
      LIMPET_OK);
  CHECK_STATUS(limpet_session_map_erase_endpoint(refusing, POD_A, NULL, NULL),
               LIMPET_OK);
  CHECK_STATUS(limpet_session_map_counts(refusing, &counts), LIMPET_OK);
  CHECK(counts.inserted == 3 && counts.expired == 1 && counts.erased == 1 &&
        counts.erased_endpoint == 1 && counts.repaired == 0);

  begin_on(evicting, "user-1", POD_A, START);
  begin_on(evicting, "user-2", POD_A, START + 1);
  CHECK(begin_on(evicting, "user-3", POD_A, START + 2) ==
        LIMPET_INSERT_INSERTED);
  CHECK(found(evicting, "user-1", &never, START + 2) == LIMPET_FIND_ABSENT);
  CHECK(found(evicting, "user-2", &never, START + 2) == LIMPET_FIND_LIVE);
  CHECK_STATUS(limpet_session_map_counts(evicting, &counts), LIMPET_OK);
  CHECK(counts.inserted == 3 && counts.refused == 0 && counts.evicted == 1);
  limpet_session_map_free(evicting);
  limpet_session_map_free(refusing);
}

static void endpoints_have_a_bound_of_their_own(void) {
  limpet_session_map *map = new_map(10, 1, LIMPET_WHEN_FULL_EVICT);
  limpet_session session;
  uint32_t result;
  CHECK(begin_on(map, "user-1", POD_A, START) == LIMPET_INSERT_INSERTED);
  CHECK(begin_on(map, "user-2", POD_B, START) == LIMPET_INSERT_FULL);
  CHECK_STATUS(
      limpet_session_map_rebind(map, id_of(map, "user-1"), POD_A, POD_B, &never,
                                START, &session, &result),
      LIMPET_OK);
  CHECK(result == LIMPET_REBIND_FULL);
  CHECK(session.endpoint == 0);
  limpet_session_map_free(map);
}

int main(void) {
  static const test tests[] = {
      {"the first to begin a session wins", the_first_to_begin_a_session_wins},
      {"only a touch is a use", only_a_touch_is_a_use},
      {"a key is all of its bytes", a_key_is_all_of_its_bytes},
      {"who finds a session moved learns where",
       who_finds_a_session_moved_learns_where},
      {"sessions end one by one or by endpoint",
       sessions_end_one_by_one_or_by_endpoint},
      {"a sweep frees what is over", a_sweep_frees_what_is_over},
      {"a batch finds what single calls find",
       a_batch_finds_what_single_calls_find},
      {"live sessions are counted by endpoint",
       live_sessions_are_counted_by_endpoint},
      {"a full map refuses or evicts as it was made",
       a_full_map_refuses_or_evicts_as_it_was_made},
      {"endpoints have a bound of their own",
       endpoints_have_a_bound_of_their_own},
  };
  return run_tests(tests, sizeof tests / sizeof tests[0]);
}
