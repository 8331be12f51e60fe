// Loads the shared library by its path, as a proxy's plugin loader does, and
// serves a request with nothing but what dlsym finds.
#include <dlfcn.h>
#include <limpet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One thread: dlerror and exit are safe.
// NOLINTBEGIN(concurrency-mt-unsafe)

// ISO C has no cast from an object's pointer to a function's.
static void find(void *library, const char *name, void *function_pointer) {
  void *symbol = dlsym(library, name);
  if (symbol == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(EXIT_FAILURE);
  }
  memcpy(function_pointer, &symbol, sizeof symbol);
}

int main(int argc, char **argv) {
  uint32_t (*abi)(void);
  limpet_status (*keys_new_random)(limpet_keys **);
  limpet_status (*endpoint_set_new)(const limpet_endpoint *, size_t,
                                    const limpet_backend *, size_t,
                                    limpet_endpoint_set **, char *, size_t);
  limpet_status (*policy_new_json)(const char *, size_t,
                                   const limpet_policy_options *,
                                   limpet_policy **, char *, size_t);
  limpet_status (*select_endpoint)(
      const limpet_policy *, const limpet_endpoint_set *,
      const limpet_request *, uint64_t, limpet_decision *);
  limpet_status (*commit)(const limpet_policy *, const limpet_endpoint_set *,
                          const limpet_decision *, uint32_t, uint64_t, char *,
                          size_t, limpet_field *);
  void (*keys_free)(limpet_keys *);
  void (*endpoint_set_free)(limpet_endpoint_set *);
  void (*policy_free)(limpet_policy *);
  limpet_policy_options options = LIMPET_POLICY_OPTIONS_INIT;
  limpet_endpoint endpoint = LIMPET_ENDPOINT_INIT;
  limpet_endpoint_set *endpoints = NULL;
  limpet_policy *policy = NULL;
  limpet_keys *keys = NULL;
  limpet_decision decision;
  limpet_field field;
  char buf[1024], err[256] = "";
  void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  if (library == NULL) {
    fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: dlopen_test PATH");
    return EXIT_FAILURE;
  }
  find(library, "limpet_abi", &abi);
  find(library, "limpet_keys_new_random", &keys_new_random);
  find(library, "limpet_endpoint_set_new", &endpoint_set_new);
  find(library, "limpet_policy_new_json", &policy_new_json);
  find(library, "limpet_select", &select_endpoint);
  find(library, "limpet_commit", &commit);
  find(library, "limpet_keys_free", &keys_free);
  find(library, "limpet_endpoint_set_free", &endpoint_set_free);
  find(library, "limpet_policy_free", &policy_free);

  endpoint.id.data = "pod-a";
  endpoint.id.size = 5;
  options.scope.data = "default/test/0";
  options.scope.size = 14;
  if (abi() != LIMPET_ABI || keys_new_random(&keys) != LIMPET_OK) {
    return EXIT_FAILURE;
  }
  options.keys = keys;
  // An error first: what is thrown inside is caught inside.
  if (policy_new_json("{", 1, &options, &policy, err, sizeof err) !=
          LIMPET_ERR_SYNTAX ||
      policy_new_json("{}", 2, &options, &policy, err, sizeof err) !=
          LIMPET_OK ||
      endpoint_set_new(&endpoint, 1, NULL, 0, &endpoints, err, sizeof err) !=
          LIMPET_OK ||
      select_endpoint(policy, endpoints, NULL, 1, &decision) != LIMPET_OK ||
      commit(policy, endpoints, &decision, 0, 1, buf, sizeof buf, &field) !=
          LIMPET_OK ||
      field.value.size == 0) {
    fprintf(stderr, "the library does not serve: %s\n", err);
    return EXIT_FAILURE;
  }
  policy_free(policy);
  endpoint_set_free(endpoints);
  keys_free(keys);
  return dlclose(library) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

// NOLINTEND(concurrency-mt-unsafe)
