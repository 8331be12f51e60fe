// Slow start: an endpoint that became ready a short while ago has a part of its
// weight only, as in Envoy.
//
// Weights are in tables that are made once, so that the part is taken by
// rejection: who is drawn by full weight is taken with the probability that is
// its part, measured by the greatest part that the tier has. What comes out has
// the distribution of the reduced weights.
//
// Thread rule: immutable.
#ifndef LIMPET_LIB_BALANCERS_SLOW_START_H_
#define LIMPET_LIB_BALANCERS_SLOW_START_H_

#include <algorithm>
#include <cmath>

#include "limpet/balancing.h"
#include "limpet/endpoint.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

class SlowStart {
 public:
  explicit SlowStart(const Balancing& config)
      : window_(config.slow_start),
        least_(config.slow_start_min_percent / 100.0),
        exponent_(1 / config.slow_start_aggression) {}

  // Is one of them young? Once for each choice.
  bool Applies(const EndpointSet::Tier& tier, Timestamp now) const {
    return IsYoung(tier.newest, now);
  }

  // The part of its weight that an endpoint has which is ready since then.
  double PartOf(Timestamp since, Timestamp now) const {
    if (!IsYoung(since, now)) return 1;
    const double age = static_cast<double>(Elapsed(since, now).count()) /
                       static_cast<double>(window_.count());
    return std::max(least_, exponent_ == 1 ? age : std::pow(age, exponent_));
  }

 private:
  bool IsYoung(Timestamp since, Timestamp now) const {
    return window_ > Duration(0) && since != Timestamp() &&
           Elapsed(since, now) < window_;
  }

  Duration window_;
  double least_;
  double exponent_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_BALANCERS_SLOW_START_H_
