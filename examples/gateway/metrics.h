// The metrics page, in the Prometheus text format.
#ifndef LIMPET_EXAMPLES_GATEWAY_METRICS_H_
#define LIMPET_EXAMPLES_GATEWAY_METRICS_H_

#include <limpet/limpet.h>

#include <cstdint>
#include <string>

#include "configuration.h"

namespace gateway {

struct ReloadCounters {
  uint64_t ok = 0;
  uint64_t refused = 0;
};

std::string RenderMetrics(const Configuration& configuration,
                          const ReloadCounters& reloads, limpet::Timestamp now);

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_METRICS_H_
