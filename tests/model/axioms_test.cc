#include "axioms.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "explorer.h"
#include "model_atomic.h"

namespace limpet::model {
namespace {

constexpr size_t kLocations = 2;

std::vector<Event> RandomProgram(std::mt19937_64& random) {
  using std::memory_order_acq_rel;
  using std::memory_order_acquire;
  using std::memory_order_relaxed;
  using std::memory_order_release;
  const auto pick = [&](const auto& from) {
    return from[random() % from.size()];
  };
  std::vector<Event> events;
  const size_t threads = 2 + random() % 2;
  const bool alike = random() % 2 == 0;  // different messages of one value
  for (size_t thread = 0; thread < threads; ++thread) {
    const size_t steps = 1 + random() % (threads == 2 ? 4 : 3);
    for (size_t i = 0; i < steps; ++i) {
      Event event{
          .thread = thread,
          .kind = pick(std::array{Event::Kind::kLoad, Event::Kind::kLoad,
                                  Event::Kind::kStore, Event::Kind::kStore,
                                  Event::Kind::kExchange}),
          .location = random() % kLocations,
          .order = memory_order_relaxed};
      switch (event.kind) {
        case Event::Kind::kLoad:
          event.order =
              pick(std::array{memory_order_relaxed, memory_order_acquire});
          break;
        case Event::Kind::kStore:
          event.order =
              pick(std::array{memory_order_relaxed, memory_order_release});
          break;
        case Event::Kind::kExchange:
          event.order =
              pick(std::array{memory_order_relaxed, memory_order_acquire,
                              memory_order_release, memory_order_acq_rel});
          break;
      }
      if (event.writes()) {
        event.value = alike ? 1 + random() % 2 : events.size() + 1;
      }
      events.push_back(event);
    }
  }
  return events;
}

Result ExploreEvents(const std::vector<Event>& events) {
  std::array<Atomic<uint64_t>, kLocations> locations;
  const auto run = [&](size_t thread) {
    for (const Event& event : events) {
      if (event.thread != thread) continue;
      Atomic<uint64_t>& location = locations[event.location];
      switch (event.kind) {
        case Event::Kind::kLoad:
          Record(location.load(event.order));
          break;
        case Event::Kind::kStore:
          location.store(event.value, event.order);
          break;
        case Event::Kind::kExchange:
          Record(location.exchange(event.value, event.order));
          break;
      }
    }
  };
  std::vector<std::function<void()>> threads;
  for (size_t i = 0; i <= events.back().thread; ++i) {
    threads.emplace_back([&run, i] { run(i); });
  }
  return Explore({.begin =
                      [&] {
                        for (auto& location : locations) location.store(0);
                      },
                  .threads = std::move(threads)});
}

std::string Text(const std::vector<Event>& events) {
  std::ostringstream text;
  for (const Event& event : events) {
    text << "thread " << event.thread << ": "
         << std::array{"load", "store",
                       "exchange"}[static_cast<size_t>(event.kind)]
         << " location " << event.location << " order "
         << static_cast<int>(event.order) << " value " << event.value << "\n";
  }
  return text.str();
}

TEST(Axioms, AllowExactlyWhatTheExplorationFinds) {
  constexpr uint64_t kSeed = 1;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 3'000; ++i) {
    const std::vector<Event> events = RandomProgram(random);
    const Result result = ExploreEvents(events);
    ASSERT_EQ(result.verdict, Verdict::kHolds) << result.report;
    ASSERT_EQ(result.outcomes, ConsistentOutcomes(events, kLocations))
        << Text(events);
  }
}

}  // namespace
}  // namespace limpet::model
