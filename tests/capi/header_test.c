// limpet.h in a program that includes it twice and uses every initialiser.
// Built as C99, C11, C++11 and C++20 with all warnings as errors; never linked.
#include <limpet.h>

size_t use_the_initialisers(void);

size_t use_the_initialisers(void) {
  const limpet_config_options config_options = LIMPET_CONFIG_OPTIONS_INIT;
  const limpet_policy_options policy_options = LIMPET_POLICY_OPTIONS_INIT;
  const limpet_endpoint endpoint = LIMPET_ENDPOINT_INIT;
  const limpet_backend backend = LIMPET_BACKEND_INIT;
  const limpet_request request = LIMPET_REQUEST_INIT;
  const limpet_session_map_options map_options =
      LIMPET_SESSION_MAP_OPTIONS_INIT;
  const limpet_session_map_use map_use = LIMPET_SESSION_MAP_USE_INIT;
  const limpet_session_counts counts = LIMPET_SESSION_COUNTS_INIT;
  return config_options.struct_size + policy_options.struct_size +
         endpoint.struct_size + backend.struct_size + request.struct_size +
         map_options.struct_size + map_use.struct_size + counts.struct_size;
}
