// How session_map_bench measures: blocks of operations that were prepared
// before the clock starts; the median block counts, which preemption and
// neighbours hardly move. Hit rates are verified.
#ifndef LIMPET_BENCHMARKS_SESSION_MAP_BENCH_MEASURE_H_
#define LIMPET_BENCHMARKS_SESSION_MAP_BENCH_MEASURE_H_

#include <sched.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "session_map_bench_keys.h"

namespace limpet::bench {

// Milliseconds since the program began; never 0.
inline uint32_t Tick() {
  using std::chrono::steady_clock;
  static const steady_clock::time_point start = steady_clock::now();
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(
      steady_clock::now() - start);
  return static_cast<uint32_t>(passed.count()) + 1;
}

// REQUIRES: values is not empty, 0 <= q <= 1.
template <class Number>
Number Quantile(std::vector<Number> values, double q) {
  const auto at = values.begin() +
                  static_cast<std::ptrdiff_t>(q * (values.size() - 1) + 0.5);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

inline double Median(std::vector<double> values) {
  return Quantile(std::move(values), 0.5);
}

// Does a block and says how many of its operations succeeded.
template <class Key>
using RunBlock =
    std::function<uint32_t(const Block<Key>& block, uint32_t tick)>;

// This thread, to one of the processors that it may use: two threads on one
// would not meet.
inline void PinTo(uint32_t index) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || index-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof(one), &one);
    return;
  }
}

struct Round {
  uint32_t blocks;
  uint32_t threads;
  uint64_t seed;
  const char* who;     // for the message if an operation goes wrong
  bool verify = true;  // that all went as they should
};

template <class Key>
class Measurement {
 public:
  Measurement(const Workload& workload, const Zipf& zipf, Sessions* sessions,
              const Round& round)
      : workload_(workload), zipf_(zipf), sessions_(sessions), round_(round) {}

  // Nanoseconds per operation: a thread's median block, the median thread (of
  // two the slower).
  double PerOperation(const RunBlock<Key>& run) {
    std::vector<double> medians(round_.threads);
    OnThreads([&](uint32_t thread) {
      std::vector<double> blocks;
      blocks.reserve(round_.blocks);
      ForBlocks(thread, [&](const Block<Key>& block) {
        const uint32_t tick = Tick();
        const Clock::time_point start = Clock::now();
        const uint32_t succeeded = run(block, tick);
        const std::chrono::duration<double, std::nano> took =
            Clock::now() - start;
        blocks.push_back(took.count() / Block<Key>::kSize);
        return succeeded;
      });
      medians[thread] = Median(std::move(blocks));
    });
    return Median(std::move(medians));
  }

  // Of each operation by itself, the clock included; of one thread.
  std::vector<uint32_t> Latencies(
      const std::function<uint32_t(const Block<Key>& block, uint32_t tick,
                                   uint32_t* nanoseconds)>& run) {
    std::vector<uint32_t> all;
    all.reserve(size_t{round_.blocks} * Block<Key>::kSize);
    ForBlocks(0, [&](const Block<Key>& block) {
      uint32_t took[Block<Key>::kSize];
      const uint32_t succeeded = run(block, Tick(), took);
      all.insert(all.end(), std::begin(took), std::end(took));
      return succeeded;
    });
    return all;
  }

 private:
  using Clock = std::chrono::steady_clock;

  // `measure(thread)` on each of them, at one time.
  template <class Function>
  void OnThreads(const Function& measure) {
    if (round_.threads == 1) return measure(0);
    std::barrier start(round_.threads);
    std::vector<std::jthread> threads;
    for (uint32_t thread = 0; thread < round_.threads; ++thread) {
      threads.emplace_back([&, thread] {
        PinTo(thread);
        start.arrive_and_wait();
        measure(thread);
      });
    }
  }

  template <class Timed>
  void ForBlocks(uint32_t thread, const Timed& timed) {
    const auto block = std::make_unique<Block<Key>>();
    Random random(round_.seed * Sessions::kLanes + thread);
    uint64_t succeeded = 0;
    for (uint32_t i = 0; i < round_.blocks; ++i) {
      if (i == 0 || !workload_.hot) {
        FillBlock(workload_, zipf_, thread, round_.threads, sessions_, &random,
                  block.get());
      }
      succeeded += timed(*block);
    }
    const uint64_t expected =
        workload_.miss ? 0 : uint64_t{round_.blocks} * Block<Key>::kSize;
    if (round_.verify && succeeded != expected) {
      std::fprintf(stderr, "%s: %llu operations succeeded where %llu should\n",
                   round_.who, static_cast<unsigned long long>(succeeded),
                   static_cast<unsigned long long>(expected));
      std::abort();
    }
  }

  Workload workload_;
  const Zipf& zipf_;
  Sessions* sessions_;
  Round round_;
};

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_SESSION_MAP_BENCH_MEASURE_H_
