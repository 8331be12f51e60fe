// The rows of session_map_bench, registered as benchmarks: what is done, by
// whom. A group is measured in turns: round by round, and the other way round
// in every second one.
#ifndef LIMPET_BENCHMARKS_SESSION_MAP_BENCH_ROWS_H_
#define LIMPET_BENCHMARKS_SESSION_MAP_BENCH_ROWS_H_

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "session_map_bench_measure.h"
#include "session_map_bench_results.h"
#include "session_map_bench_world.h"

namespace limpet::bench {

struct Plan {
  uint32_t small = 100'000;
  uint32_t large = 10'000'000;
  uint32_t rounds = 15;
  uint32_t blocks = 300;  // a round
  std::vector<uint32_t> threads;
  bool zipf = true;
};

template <class Key>
struct Cell {
  std::string row;
  std::string column;
  std::function<std::vector<double>(World<Key>& world, uint64_t seed)> measure;
  // Appended to `row`, one for each value.
  std::vector<std::string> values = {""};
};

// "10M/text/hit/uniform/2"
inline std::string RowName(uint32_t n, const char* key, const char* what,
                           bool zipf, uint32_t threads) {
  return Size(n) + "/" + key + "/" + what + (zipf ? "/zipf/" : "/uniform/") +
         std::to_string(threads);
}

template <class Key>
class Registry {
 public:
  Registry(const Plan& plan, uint32_t n, Stage* stage, Results* results)
      : plan_(plan), n_(n), stage_(stage), results_(results) {}

  // Every side, every workload; what only text keys tell; then what ends the
  // world.
  void Register() {
    static constexpr const char* kHit = "hit";
    constexpr struct {
      const char* name;
      Workload workload;
    } kWorkloads[] = {{kHit, {}},
                      {"95-5", {.write_permille = 50}},
                      {"50-50", {.write_permille = 500}},
                      {"miss", {.miss = true}}};
    for (const auto& [name, workload] : kWorkloads) {
      for (const bool zipf : {false, true}) {
        if (zipf && (!plan_.zipf || workload.miss)) continue;
        for (const uint32_t threads : plan_.threads) {
          Workload drawn = workload;
          drawn.zipf = zipf;
          Group group;
          AddSides(name, drawn, threads, &group);
          if (name == kHit && !zipf && threads == 1) AddPrepared(&group);
          Add(group);
        }
      }
    }
    AddLatencies();
    AddHot();
    AddBytesAndSweeps();
  }

 private:
  using Group = std::vector<Cell<Key>>;
  static constexpr bool kText = std::is_same_v<Key, TextKey>;

  std::string Row(const char* what, bool zipf, uint32_t threads) const {
    return RowName(n_, Key::kName, what, zipf, threads);
  }

  template <class Function>
  static void ForSides(const Function& function) {
    for (size_t side = 0; side < std::size(kSideNames); ++side) {
      if (std::string(kSideNames[side]) == "boost" && !HasBoost()) continue;
      function(side);
    }
  }

  void AddSides(const char* what, const Workload& workload, uint32_t threads,
                Group* group) const {
    // Hits on one session are so fast that threads would not meet in less.
    const uint32_t blocks = workload.hot ? 20 * plan_.blocks : plan_.blocks;
    ForSides([&](size_t side) {
      group->push_back(
          {Row(what, workload.zipf, threads), kSideNames[side],
           [=](World<Key>& world, uint64_t seed) {
             Side<Key>& map = world.side(side);
             Measurement<Key> measurement(
                 workload, world.zipf(), world.sessions(side),
                 {blocks, threads, seed, kSideNames[side], map.keeps_keys()});
             return std::vector<double>{measurement.PerOperation(
                 [&](const Block<Key>& block, uint32_t tick) {
                   return map.Run(block, tick);
                 })};
           }});
    });
  }

  // One thread's hits in ways that only limpet has, in turns with the usual.
  void AddPrepared(Group* group) const {
    if constexpr (kText) {
      const auto measure = [blocks = plan_.blocks](World<Key>& world,
                                                   uint64_t seed,
                                                   const RunBlock<Key>& run) {
        return Measurement<Key>({}, world.zipf(), world.sessions(0),
                                {blocks, 1, seed, kSideNames[0]})
            .PerOperation(run);
      };
      group->push_back(
          {Row("prepared", false, 1),
           kSideNames[0],
           [measure](World<Key>& world, uint64_t seed) {
             static const Work work;
             const double all = measure(
                 world, seed, [&](const Block<Key>& block, uint32_t tick) {
                   return RunPrepared(&world.limpet(), work, block, tick);
                 });
             const double work_alone =
                 measure(world, seed, [&](const Block<Key>& block, uint32_t) {
                   return RunWork(work, block);
                 });
             return std::vector<double>{all - work_alone, work_alone};
           },
           {"", "/work"}});
      group->push_back(
          {Row("batch-16", false, 1), kSideNames[0],
           [measure](World<Key>& world, uint64_t seed) {
             return std::vector<double>{measure(
                 world, seed, [&](const Block<Key>& block, uint32_t tick) {
                   return RunBatches(&world.limpet(), block, tick);
                 })};
           }});
    }
  }

  void AddLatencies() {
    Group group;
    ForSides([&](size_t side) {
      group.push_back(
          {Row("95-5", false, 1),
           kSideNames[side],
           [=, blocks = plan_.blocks](World<Key>& world, uint64_t seed) {
             Side<Key>& map = world.side(side);
             const Workload workload{.write_permille = 50};
             Measurement<Key> measurement(
                 workload, world.zipf(), world.sessions(side),
                 {blocks, 1, seed, kSideNames[side], map.keeps_keys()});
             const auto took = measurement.Latencies(
                 [&](const Block<Key>& block, uint32_t tick,
                     uint32_t* nanoseconds) {
                   return map.RunTimed(block, tick, nanoseconds);
                 });
             std::vector<double> quantiles;
             for (const double q : {0.5, 0.99, 0.999}) {
               quantiles.push_back(Quantile(took, q));
             }
             return quantiles;
           },
           {"/p50", "/p99", "/p99.9"}});
    });
    Add(group);
  }

  // All threads on one session; one and two of them in turns.
  void AddHot() {
    Group group;
    AddSides("hot", {.hot = true}, 1, &group);
    AddSides("hot", {.hot = true}, 2, &group);
    Add(group);
  }

  void AddBytesAndSweeps() {
    Group bytes;
    ForSides([&](size_t side) {
      bytes.push_back({Size(n_) + "/" + Key::kName + "/bytes-per-session",
                       kSideNames[side], [=](World<Key>& world, uint64_t) {
                         return std::vector<double>{
                             static_cast<double>(world.side(side).bytes()) /
                             world.n()};
                       }});
    });
    Add(bytes, 1);
    const auto sweep = [&](const char* name, const Timeouts& timeouts) {
      return Group{{Size(n_) + "/" + Key::kName + "/" + name, kSideNames[0],
                    [timeouts](World<Key>& world, uint64_t) {
                      return std::vector<double>{NanosecondsPerSwept(
                          &world.limpet(), timeouts, Tick())};
                    }}};
    };
    Add(sweep("sweep", kTimeouts));
    Add(sweep("sweep-all-over", {.absolute = Duration(1)}), 1);
  }

  void Add(const Group& group) { Add(group, plan_.rounds); }

  void Add(const Group& group, uint32_t rounds) {
    ++groups_;
    for (uint32_t round = 0; round < rounds; ++round) {
      for (size_t i = 0; i < group.size(); ++i) {
        const Cell<Key>& cell =
            group[round % 2 == 0 ? i : group.size() - 1 - i];
        benchmark::RegisterBenchmark(
            (cell.row + "/" + cell.column + "/" + std::to_string(round))
                .c_str(),
            [n = n_, stage = stage_, results = results_, cell,
             seed = groups_ << 32 | round](benchmark::State& state) {
              World<Key>& world = stage->template Use<Key>(n);
              std::vector<double> values;
              for (auto _ : state) {
                values = cell.measure(world, seed);
                state.SetIterationTime(values[0] * 1e-9);
              }
              for (size_t v = 0; v < values.size(); ++v) {
                results->Add(cell.row + cell.values[v], cell.column, values[v]);
              }
            })
            ->Iterations(1)
            ->UseManualTime();
      }
    }
  }

  const Plan& plan_;
  uint32_t n_;
  Stage* stage_;
  Results* results_;
  uint64_t groups_ = 0;
};

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_SESSION_MAP_BENCH_ROWS_H_
