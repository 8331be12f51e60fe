// Random operations on tiny maps, so that places are used again all the time,
// side by side with a std::map and a clock that also goes back and far forward.
#include "session_map_model.h"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "scale.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

using std::chrono::seconds;
using WhenFull = SessionMap::WhenFull;

constexpr int kSteps = 20'000;

uint64_t Below(std::mt19937_64& random, uint64_t n) { return random() % n; }

// How a run goes, beside its setup.
struct Pace {
  int64_t clock = 300;  // most that the clock goes on at one step, ms
  int64_t jump = 0;     // most that it jumps, both ways
  uint32_t endpoints = 5;
};

ModelStep RandomStep(std::mt19937_64& random, const ModelSetup& setup,
                     const Pace& pace) {
  // Of 100 steps.
  constexpr std::array<int, ModelStep::kKinds> kShares = {
      15, 4, 14, 4, 5, 3, 3, 2, 26, 8, 5, 1, 2, 1, 1, 0};
  ModelStep step;
  if (Below(random, 2'000) == 0) {
    step.kind = ModelStep::kMove;
  } else {
    int share = static_cast<int>(Below(random, 94));
    unsigned kind = 0;
    while ((share -= kShares.at(kind)) >= 0) ++kind;
    step.kind = static_cast<ModelStep::Kind>(kind);
  }
  step.key = static_cast<uint32_t>(Below(random, setup.keys));
  step.endpoint = static_cast<uint32_t>(Below(random, pace.endpoints));
  step.number = static_cast<uint32_t>(random());
  if (pace.jump != 0 && Below(random, 400) == 0) {
    step.kind = ModelStep::kClock;
    step.time =
        static_cast<int64_t>(Below(random, static_cast<uint64_t>(pace.jump)));
    if (Below(random, 3) == 0) step.time = -step.time;
  } else {
    step.time =
        static_cast<int64_t>(Below(random, static_cast<uint64_t>(pace.clock))) -
        pace.clock / 15;
  }
  return step;
}

// 0: no such timeout.
Duration OneOf(std::mt19937_64& random, std::initializer_list<Duration> all) {
  return all.begin()[Below(random, all.size())];
}

class SessionMapModelTest : public ::testing::Test {
 protected:
  // Runs `runs` seeds: configure(seed, random, &setup, &pace).
  template <class Configure>
  void Run(int runs, const Configure& configure) {
    for (int i = 1; i <= runs; ++i) {
      const auto seed = static_cast<uint64_t>(i);
      std::mt19937_64 random(seed);
      ModelSetup setup{.seed = seed};
      setup.options.when_full =
          i % 2 == 0 ? WhenFull::kRefuse : WhenFull::kEvict;
      Pace pace;
      configure(random, &setup, &pace);
      SessionMapModel model(setup);
      for (int n = 1; n <= kSteps; ++n) {
        const ModelStep step = RandomStep(random, setup, pace);
        std::string problem = model.Do(step);
        if (problem.empty() && n % 500 == 0) problem = model.CheckAll();
        ASSERT_EQ(problem, "")
            << setup.ToString() << "\nstep " << n << ": " << step.ToString();
      }
    }
    std::cout << runs * kSteps << " operations, seeds 1 to " << runs << '\n';
  }
};

// In maps of up to 29 sessions every session may be in every place.
void MakeTiny(std::mt19937_64& random, ModelSetup* setup) {
  setup->options.capacity = 1 + Below(random, 29);
  setup->keys = static_cast<unsigned>(setup->options.capacity * 2 + 3);
  setup->chains_are_whole = true;
}

TEST_F(SessionMapModelTest, TinyMapsDoWhatAStdMapWouldDo) {
  Run(Scaled(6, 35, 140), [](auto& random, ModelSetup* setup, Pace*) {
    MakeTiny(random, setup);
    setup->timeouts = {.absolute = OneOf(random, {seconds(0), seconds(20)}),
                       .idle = OneOf(random, {seconds(0), seconds(5)})};
  });
}

TEST_F(SessionMapModelTest, LongerMapsAndTheirStashDoToo) {
  Run(Scaled(4, 25, 100), [](auto& random, ModelSetup* setup, Pace*) {
    // So many always find room in a chain and the stash.
    setup->one_chain = Below(random, 2) == 0;
    setup->options.capacity = 48 + Below(random, 100);
    setup->keys = setup->one_chain
                      ? 48
                      : static_cast<unsigned>(setup->options.capacity * 3 / 2);
    setup->timeouts = {.absolute = OneOf(random, {seconds(0), seconds(60)}),
                       .idle = OneOf(random, {seconds(0), seconds(20)})};
  });
}

TEST_F(SessionMapModelTest, ClocksThatJumpOverTheWholeWindowMakeNoDifference) {
  Run(Scaled(4, 25, 100), [](auto& random, ModelSetup* setup, Pace* pace) {
    MakeTiny(random, setup);
    setup->timeouts = {
        .absolute =
            OneOf(random, {seconds(0), seconds(20), 20 * kDay, 37 * kDay}),
        .idle = OneOf(random, {seconds(0), seconds(5), 7 * kDay, 37 * kDay})};
    pace->clock = OneOf(random, {seconds(1), kDay / 4}).count();
    pace->jump = OneOf(random, {kDay, 15 * kDay, 60 * kDay}).count();
    setup->clock = Below(random, 4) == 0 ? 0 : 1'700'000'000'000;
  });
}

TEST_F(SessionMapModelTest, TimeoutsOfYearsEndNeverEarlyAndHardlyLate) {
  Run(Scaled(4, 20, 80), [](auto& random, ModelSetup* setup, Pace* pace) {
    MakeTiny(random, setup);
    const Duration longest =
        OneOf(random, {38 * kDay, 365 * kDay, 3650 * kDay, 36525 * kDay});
    setup->options.longest_timeout = longest;
    setup->timeouts = {
        .absolute =
            OneOf(random, {seconds(0), seconds(30), longest / 2, longest}),
        .idle = OneOf(random, {seconds(0), seconds(10), longest / 9, longest})};
    pace->clock = OneOf(random, {seconds(1), longest / 100}).count();
    pace->jump = longest.count() * 2;
  });
}

TEST_F(SessionMapModelTest, EndpointsComeAndGoInASmallDirectory) {
  Run(Scaled(4, 20, 80), [](auto& random, ModelSetup* setup, Pace* pace) {
    MakeTiny(random, setup);
    setup->options.endpoints = 1 + Below(random, 8);
    pace->endpoints = static_cast<uint32_t>(setup->options.endpoints * 3);
    setup->timeouts = {.absolute = OneOf(random, {seconds(0), seconds(4)}),
                       .idle = OneOf(random, {seconds(0), seconds(2)})};
  });
}

}  // namespace
}  // namespace limpet::testing
