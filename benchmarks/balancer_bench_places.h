// Where the hash balancers place keys: how evenly, what moves when an endpoint
// leaves, what a table costs to build; and whether a fleet agrees.
//
// Thread rule: one thread.
#ifndef LIMPET_BENCHMARKS_BALANCER_BENCH_PLACES_H_
#define LIMPET_BENCHMARKS_BALANCER_BENCH_PLACES_H_

#include "bars.h"

namespace limpet::bench {

// Prints a table and a picture, and adds the bars. Quick: a tenth of the keys.
void MeasurePlaces(bool quick, Bars* bars);

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_BALANCER_BENCH_PLACES_H_
