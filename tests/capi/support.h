// A few lines of test framework in C, and the objects that most tests need.
#ifndef LIMPET_TESTS_CAPI_SUPPORT_H_
#define LIMPET_TESTS_CAPI_SUPPORT_H_

#include <limpet.h>
#include <stddef.h>
#include <stdint.h>

// The story's beginning, in Unix milliseconds.
#define START UINT64_C(1800000000000)

#define CHECK(condition) \
  check((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_STATUS(call, expected) \
  check_status((call), (expected), #call, __FILE__, __LINE__)
#define CHECK_OUTCOME(actual, expected) \
  check_outcome((actual), (expected), __FILE__, __LINE__)

void check(int holds, const char *condition, const char *file, int line);
void check_status(limpet_status actual, limpet_status expected,
                  const char *call, const char *file, int line);
void check_outcome(uint32_t actual, uint32_t expected, const char *file,
                   int line);

typedef struct test {
  const char *name;  // a sentence
  void (*run)(void);
} test;

// Runs the tests, prints what failed, and returns the program's exit status.
int run_tests(const test *tests, size_t count);

limpet_str str(const char *text);

// A text is there.
int contains(const char *text, const char *part);

// Endpoints "pod-a", "pod-b", ... in these states.
limpet_endpoint_set *new_endpoints(const uint32_t *states, size_t count);

// Fixed keys, the scope "default/test/0". Ends the program if it fails.
limpet_policy *new_policy(const char *json);
limpet_policy *new_policy_of(const char *json, const char *scope,
                             const limpet_session_map *sessions);

// What became of one request.
typedef struct answer {
  limpet_decision decision;
  limpet_field field;
  char buf[4096];
  char token[4096];  // NUL-terminated: the value of the header or cookie
} answer;

// Served by the endpoint that was chosen; `value` may be NULL.
void ask(const limpet_policy *policy, const limpet_endpoint_set *endpoints,
         const char *value, uint64_t now_ms, answer *out);

// Served by `served`, the endpoints of `tried` were asked in vain.
void ask_with(const limpet_policy *policy, const limpet_endpoint_set *endpoints,
              const char *value, const uint32_t *tried, size_t tried_count,
              uint32_t served, uint64_t now_ms, answer *out);

// For ask_with: the endpoint that was chosen.
#define CHOSEN (LIMPET_NO_ENDPOINT - 1)

#endif  // LIMPET_TESTS_CAPI_SUPPORT_H_
