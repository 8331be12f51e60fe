#include "storm.h"

#include <gtest/gtest.h>

#include <iostream>

namespace limpet::testing {
namespace {

// Prints how long a survivor's operations take: no times are asserted, as they
// are those of the machine's scheduler.
void Weather(const Storm::Options& options, size_t kills) {
  std::cout << "seed " << options.seed << "\n";
  Storm storm(options);
  Storm::Waits calm = storm.Calm(kills);
  Storm::Waits rage = storm.Rage(kills);
  storm.RageWithin(kills);
  EXPECT_EQ(storm.End(), "");
  EXPECT_GT(storm.repaired(), 0U);
  std::cout << 2 * kills << " kills, " << storm.repaired() << " repairs, "
            << storm.operations() << " operations\n"
            << "lookups without kills, " << Storm::Waits::Summary(&calm.lookups)
            << "\n"
            << "lookups beside kills,  " << Storm::Waits::Summary(&rage.lookups)
            << "\n"
            << "writes without kills,  " << Storm::Waits::Summary(&calm.writes)
            << "\n"
            << "writes beside kills,   " << Storm::Waits::Summary(&rage.writes)
            << "\n";
}

TEST(Storm, InAShardLosesNothing) {
  Weather({.capacity = 600, .wild = 800, .kept = 64, .seed = 20261130}, 500);
}

TEST(Storm, InManyShardsLosesNothing) {
  Weather({.capacity = 30'000, .wild = 40'000, .kept = 64, .seed = 20261131},
          100);
}

}  // namespace
}  // namespace limpet::testing
