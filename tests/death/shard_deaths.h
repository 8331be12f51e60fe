// The bucket protocol under every death: in place of a process that is killed,
// a function that is left at one of its stores.
//
// Thread rule: one thread in all.
#ifndef LIMPET_TESTS_DEATH_SHARD_DEATHS_H_
#define LIMPET_TESTS_DEATH_SHARD_DEATHS_H_

#include "tally.h"

namespace limpet::testing {

// Death before every store of every operation, and for each before every store
// of the repair: nobody else's session is lost or changed at any of these
// moments, no count too low, and all are exact after a whole repair.
Tally DeathsInShard();

// A reader that is interrupted before any of its loads, for a death as above,
// a repair (whole or not), and the place being used again: what it tells was
// so at one moment.
Tally DeathsBesideReaders();

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_SHARD_DEATHS_H_
