// A session map in memory that processes share: each attaches it at an address
// of its own and serves from it by a policy of its own.
#define _DEFAULT_SOURCE  // NOLINT: mmap, fork
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static const uint32_t ready[4] = {0, 0, 0, 0};
static const char json[] =
    "{\"sessionName\": \"Session-A\", \"type\": \"Header\","
    " \"absoluteTimeout\": \"10s\", \"store\": {\"type\": \"SessionMap\"}}";
static const limpet_timeouts timeouts = {10000, 0};
static const limpet_session_id id = {1, 2};

// A file that goes when it is closed, and what maps it.
typedef struct shared {
  FILE *file;
  int descriptor;
  size_t size;
} shared;

static void must(int holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(EXIT_FAILURE);  // NOLINT(concurrency-mt-unsafe): one thread
}

static shared new_file(void) {
  limpet_session_map_options options = LIMPET_SESSION_MAP_OPTIONS_INIT;
  shared out;
  options.capacity = 1000;
  out.file = tmpfile();
  must(out.file != NULL, "tmpfile");
  out.descriptor = fileno(out.file);
  CHECK_STATUS(limpet_session_map_memory_size(&options, &out.size, NULL, 0),
               LIMPET_OK);
  must(ftruncate(out.descriptor, (off_t)out.size) == 0, "ftruncate");
  return out;
}

static void *map_file(const shared *file, int protection) {
  void *memory =
      mmap(NULL, file->size, protection, MAP_SHARED, file->descriptor, 0);
  must(memory != MAP_FAILED, "mmap");
  return memory;
}

static limpet_session_map *create(const shared *file, void *memory) {
  limpet_session_map_options options = LIMPET_SESSION_MAP_OPTIONS_INIT;
  limpet_session_map_use use = LIMPET_SESSION_MAP_USE_INIT;
  limpet_session_map *map = NULL;
  char err[256];
  options.capacity = 1000;
  use.file = file->descriptor;
  CHECK_STATUS(limpet_session_map_create(memory, file->size, &options, &use,
                                         &map, err, sizeof err),
               LIMPET_OK);
  CHECK(err[0] == '\0');
  return map;
}

// What another process tells of the requests that it served.
typedef struct report {
  uint32_t attached;
  uint32_t outcome;  // of the parent's token
  uint32_t endpoint;
  uint32_t own_endpoint;  // of a session that it began
  char own_token[256];
} report;

static report serve_in_another_process(const shared *file, const char *token) {
  limpet_session_map_use use = LIMPET_SESSION_MAP_USE_INIT;
  limpet_session_map *map = NULL;
  limpet_endpoint_set *endpoints = new_endpoints(ready, 4);
  limpet_policy *policy;
  answer next;
  report out;
  memset(&out, 0, sizeof out);
  use.file = file->descriptor;
  if (limpet_session_map_attach(map_file(file, PROT_READ | PROT_WRITE),
                                file->size, &use, &map, NULL, 0) != LIMPET_OK) {
    return out;
  }
  out.attached = 1;
  policy = new_policy_of(json, "default/test/0", map);
  ask(policy, endpoints, token, START + 1, &next);
  out.outcome = next.field.outcome;
  out.endpoint = next.decision.endpoint;
  ask(policy, endpoints, NULL, START + 2, &next);
  out.own_endpoint = next.decision.endpoint;
  memcpy(out.own_token, next.token, sizeof out.own_token - 1);
  limpet_policy_free(policy);
  limpet_endpoint_set_free(endpoints);
  limpet_session_map_free(map);
  return out;
}

static void a_token_of_one_process_is_good_in_another(void) {
  const shared file = new_file();
  void *memory = map_file(&file, PROT_READ | PROT_WRITE);
  limpet_session_map *map = create(&file, memory);
  limpet_policy *policy = new_policy_of(json, "default/test/0", map);
  limpet_endpoint_set *endpoints = new_endpoints(ready, 4);
  answer first, next;
  report told;
  int ends[2], status = 0;
  pid_t child;
  ask(policy, endpoints, NULL, START, &first);
  CHECK_OUTCOME(first.field.outcome, LIMPET_OUTCOME_NEW);
  must(pipe(ends) == 0, "pipe");
  child = fork();
  must(child >= 0, "fork");
  if (child == 0) {
    told = serve_in_another_process(&file, first.token);
    _exit(write(ends[1], &told, sizeof told) == sizeof told ? 0 : 1);
  }
  memset(&told, 0, sizeof told);
  CHECK(read(ends[0], &told, sizeof told) == sizeof told);
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  CHECK(told.attached == 1);
  CHECK_OUTCOME(told.outcome, LIMPET_OUTCOME_KEPT);
  CHECK(told.endpoint == first.decision.endpoint);
  CHECK(limpet_session_map_size(map) == 2);
  ask(policy, endpoints, told.own_token, START + 3, &next);
  CHECK_OUTCOME(next.field.outcome, LIMPET_OUTCOME_KEPT);
  CHECK(next.decision.endpoint == told.own_endpoint);

  close(ends[0]);
  close(ends[1]);
  limpet_endpoint_set_free(endpoints);
  limpet_policy_free(policy);
  limpet_session_map_free(map);
  munmap(memory, file.size);
  fclose(file.file);
}

static void a_map_outlives_the_process_that_made_it(void) {
  const shared file = new_file();
  void *memory = map_file(&file, PROT_READ | PROT_WRITE);
  limpet_session_map *map = NULL;
  limpet_session session;
  uint32_t result = 99;
  int status = 0;
  pid_t child = fork();
  must(child >= 0, "fork");
  if (child == 0) {
    map = create(&file, map_file(&file, PROT_READ | PROT_WRITE));
    (void)limpet_session_map_insert_or_get(map, id, 7, &timeouts, START,
                                           &session, &result);
    raise(SIGKILL);
  }
  CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
  CHECK_STATUS(
      limpet_session_map_attach(memory, file.size, NULL, &map, NULL, 0),
      LIMPET_OK);
  CHECK(limpet_session_map_capacity(map) == 1000);
  CHECK_STATUS(
      limpet_session_map_find(map, id, &timeouts, START, &session, &result),
      LIMPET_OK);
  CHECK(result == LIMPET_FIND_LIVE && session.endpoint == 7);
  limpet_session_map_free(map);
  munmap(memory, file.size);
  fclose(file.file);
}

static void who_only_looks_changes_nothing(void) {
  const shared file = new_file();
  void *memory = map_file(&file, PROT_READ | PROT_WRITE);
  void *read_only = map_file(&file, PROT_READ);
  limpet_session_map *map = create(&file, memory);
  limpet_session_map *viewer = NULL;
  limpet_session_map_use use = LIMPET_SESSION_MAP_USE_INIT;
  limpet_endpoint_sessions live[1];
  limpet_session session;
  uint32_t result = 99, complete = 9;
  size_t size = 9;
  CHECK_STATUS(limpet_session_map_insert_or_get(map, id, 7, &timeouts, START,
                                                &session, &result),
               LIMPET_OK);
  use.read_only = 1;
  use.file = file.descriptor;
  CHECK_STATUS(
      limpet_session_map_attach(read_only, file.size, &use, &viewer, NULL, 0),
      LIMPET_OK);
  CHECK(limpet_session_map_size(viewer) == 1);
  CHECK(limpet_session_map_notices_death(viewer) ==
        limpet_session_map_notices_death(map));
  CHECK_STATUS(limpet_session_map_find_touch(viewer, id, &timeouts, START + 5,
                                             &session, &result),
               LIMPET_OK);
  CHECK(result == LIMPET_FIND_LIVE && session.endpoint == 7 &&
        session.last_used_ms == START);
  CHECK_STATUS(limpet_session_map_find_touch(viewer, id, &timeouts,
                                             START + 10000, &session, &result),
               LIMPET_OK);
  CHECK(result == LIMPET_FIND_EXPIRED);
  CHECK_STATUS(
      limpet_session_map_count_live(viewer, &timeouts, START, live, 1, &size),
      LIMPET_OK);
  CHECK(size == 1 && live[0].endpoint == 7 && live[0].sessions == 1);
  CHECK_STATUS(limpet_session_map_insert_or_get(viewer, id, 8, &timeouts, START,
                                                &session, &result),
               LIMPET_OK);
  CHECK(result == LIMPET_INSERT_BUSY);
  CHECK_STATUS(limpet_session_map_rebind(viewer, id, 7, 8, &timeouts, START,
                                         &session, &result),
               LIMPET_OK);
  CHECK(result == LIMPET_REBIND_BUSY);
  CHECK_STATUS(limpet_session_map_erase(viewer, id, &result), LIMPET_OK);
  CHECK(result == LIMPET_ERASE_BUSY);
  CHECK_STATUS(limpet_session_map_erase_endpoint(viewer, 7, &size, &complete),
               LIMPET_OK);
  CHECK(size == 0 && complete == 0);
  CHECK_STATUS(limpet_session_map_recover(viewer, 1), LIMPET_ERR_ARGUMENT);
  complete = 9;
  CHECK_STATUS(limpet_session_map_sweep(viewer, &timeouts, START + 10000, 10000,
                                        &size, &complete),
               LIMPET_OK);
  CHECK(size == 0 && complete == 0);
  CHECK(limpet_session_map_size(map) == 1);
  limpet_session_map_free(viewer);
  limpet_session_map_free(map);
  munmap(read_only, file.size);
  munmap(memory, file.size);
  fclose(file.file);
}

static void memory_that_will_not_do_is_refused_with_a_reason(void) {
  const shared file = new_file();
  unsigned char *memory =
      (unsigned char *)map_file(&file, PROT_READ | PROT_WRITE);
  limpet_session_map_use use = LIMPET_SESSION_MAP_USE_INIT;
  limpet_session_map *map, *other = (limpet_session_map *)&use;
  char err[256];
  CHECK_STATUS(limpet_session_map_attach(memory, file.size, NULL, &other, err,
                                         sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(strcmp(err, "memory: holds no session map") == 0);
  CHECK(other == NULL);
  CHECK_STATUS(limpet_session_map_create(memory, 128, NULL, NULL, &other, err,
                                         sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "memory: must have "));
  CHECK_STATUS(
      limpet_session_map_attach(memory, 128, NULL, &other, err, sizeof err),
      LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "memory: must have "));
  CHECK_STATUS(limpet_session_map_attach(memory + 8, file.size - 8, NULL,
                                         &other, err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "memory: must be aligned to 128 bytes"));

  map = create(&file, memory);
  CHECK_STATUS(limpet_session_map_create(memory, file.size, NULL, NULL, &other,
                                         err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "memory: "));
  CHECK_STATUS(limpet_session_map_attach(memory, file.size - 128, NULL, &other,
                                         err, sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(contains(err, "memory: is cut short"));
  use.alone = 1;
  use.file = file.descriptor;
  CHECK_STATUS(limpet_session_map_attach(memory, file.size, &use, &other, err,
                                         sizeof err),
               LIMPET_ERR_ARGUMENT);
  CHECK(strcmp(err, "alone: must be false: the file is in use") == 0);
  use.file = 1 << 30;
  CHECK_STATUS(limpet_session_map_attach(memory, file.size, &use, &other, err,
                                         sizeof err),
               LIMPET_ERR_UNAVAILABLE);
  CHECK(contains(err, "file: "));
  CHECK(other == NULL);
  limpet_session_map_free(map);
  munmap(memory, file.size);
  fclose(file.file);
}

int main(void) {
  static const test tests[] = {
      {"a token of one process is good in another",
       a_token_of_one_process_is_good_in_another},
      {"a map outlives the process that made it",
       a_map_outlives_the_process_that_made_it},
      {"who only looks changes nothing", who_only_looks_changes_nothing},
      {"memory that will not do is refused with a reason",
       memory_that_will_not_do_is_refused_with_a_reason},
  };
  return run_tests(tests, sizeof tests / sizeof tests[0]);
}
