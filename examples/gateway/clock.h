// The host's clock, as the library takes it.
#ifndef LIMPET_EXAMPLES_GATEWAY_CLOCK_H_
#define LIMPET_EXAMPLES_GATEWAY_CLOCK_H_

#include <limpet/time.h>

#include <chrono>

namespace gateway {

inline limpet::Timestamp Now() {
  return std::chrono::time_point_cast<limpet::Duration>(
      std::chrono::system_clock::now());
}

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_CLOCK_H_
