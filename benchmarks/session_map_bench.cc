// The session map beside what there is: the floor, and maps that others made.
//
//   session_map_bench [--quick] [--json=FILE] [Google Benchmark's flags]
//
// Prints a table of nanoseconds per operation and one of the bars, writes both
// to session_map.json beside the program. The exit status says whether all
// bars were held. A row is SESSIONS/KEYS/WHAT/DRAWN/THREADS:
//   hit, 95-5, 50-50, miss   lookups that stamp; 5 % or half of the operations
//                            end the oldest session and begin a new one
//   95-5 ... /p99            one operation by itself, the clock included
//   prepared                 prepare, 200 ns of work, finish, less the work
//   hot                      one session alone
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "bars.h"
#include "session_map_bench_results.h"
#include "session_map_bench_rows.h"
#include "session_map_bench_sides.h"

namespace limpet::bench {
namespace {

std::filesystem::path ThisProgram() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

// limpet asks the system for huge pages. So that malloc does it for the peers,
// which gain up to a third by it, its tunable has to be there at the start.
void HugePagesForMalloc(char** argv) {
  if (std::getenv("GLIBC_TUNABLES") != nullptr) return;
  setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 1);
  execv(ThisProgram().c_str(), argv);
  std::perror("execv");
}

// 1, 2, 4 ... and as many as there are processors, 16 at most.
std::vector<uint32_t> ThreadCounts() {
  const uint32_t most =
      std::clamp<uint32_t>(std::thread::hardware_concurrency(), 1, 16);
  std::vector<uint32_t> counts;
  for (uint32_t n = 1; n < most; n *= 2) counts.push_back(n);
  counts.push_back(most);
  return counts;
}

class Quiet : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override {
    PrintBasicContext(&std::cout, context);
    return true;
  }
  void ReportRuns(const std::vector<Run>&) override {}
};

// Of callgrind; NaN where there is none.
double InstructionsPerHit() {
  const std::string command =
      "bash '" LIMPET_BENCH_SOURCE "/map_instructions.sh' '" +
      ThisProgram().replace_filename("map_instructions").string() + "'";
  double instructions = NAN;
  if (FILE* out = popen(command.c_str(), "r")) {
    if (std::fscanf(out, "%lf", &instructions) != 1) instructions = NAN;
    pclose(out);
  }
  return instructions;
}

void AddBars(const Plan& plan, const Results& results, Bars* bars) {
  const std::string large = Size(plan.large);
  const auto row = [&](const char* what, uint32_t threads = 1) {
    return RowName(plan.large, TextKey::kName, what, false, threads);
  };
  const auto versus = [&](const char* what, const std::string& cell,
                          const char* peer, double bar) {
    bars->AtMost(large + " " + what + " vs " + peer,
                 results.Ratio(cell, "limpet", peer), bar);
  };
  versus("hit + touch", row("hit"), "floor", 1.20);
  versus("hit + touch", row("hit"), "libcuckoo", 0.45);
  versus("hit + touch", row("hit"), "absl-spin", 0.35);
  versus("hit + touch", row("hit"), "TBB", 0.25);
  versus("hit + touch", row("hit"), "LRU", 0.25);
  if (HasBoost()) {
    versus("hit + touch", row("hit"), "boost", 0.45);
  } else {
    bars->Note("boost::concurrent_flat_map (needs Boost 1.83)", NAN);
  }
  versus("95/5", row("95-5"), "libcuckoo", 0.45);
  versus("50/50", row("50-50"), "libcuckoo", 0.45);
  versus("miss", row("miss"), "libcuckoo", 0.75);
  versus("95/5 p99", row("95-5") + "/p99", "libcuckoo", 0.60);
  const auto hot = [&](uint32_t threads) {
    return RowName(plan.small, TextKey::kName, "hot", false, threads);
  };
  bars->AtMost("hot session, 2 threads vs 1",
               results.Ratio(hot(2), "limpet", hot(1), "limpet"), 1.15);
  bars->AtMost(large + " prepare ... 200 ns of work ... finish, vs plain",
               results.Ratio(row("prepared"), "limpet", row("hit"), "limpet"),
               0.45);
  bars->Note(large + " batch of 16, per lookup",
             results.Median(row("batch-16"), "limpet"), "ns");
  bars->AtMost(large + " memory per session, all in",
               results.Median(large + "/text/bytes-per-session", "limpet"), 32,
               "B");
  bars->AtMost(large + " full sweep, per session",
               results.Median(large + "/text/sweep", "limpet"), 5, "ns");
  const double instructions = InstructionsPerHit();
  if (std::isnan(instructions)) {
    bars->Note("instructions per hit (needs valgrind)", instructions);
  } else {
    bars->AtMost("instructions per hit", instructions, 180);
  }
  const std::string ids = RowName(plan.large, IdKey::kName, "hit", false, 1);
  bars->AtMost(large + " own 16-byte ids, hit + touch vs libcuckoo",
               results.Ratio(ids, "limpet", "libcuckoo"), 0.80);
}

int Main(int argc, char** argv) {
  HugePagesForMalloc(argv);
  bool quick = false;
  std::string json = ThisProgram().replace_filename("session_map.json");
  benchmark::Initialize(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--quick") {
      quick = true;
    } else if (argument.starts_with("--json=")) {
      json = argument.substr(std::strlen("--json="));
    } else {
      std::fprintf(stderr, "what is %s?\n", argv[i]);
      return 2;
    }
  }

  Plan plan{.threads = ThreadCounts()};
  if (quick) {
    plan = {.large = 1'000'000,
            .rounds = 11,
            .blocks = 200,
            .threads = {1},
            .zipf = false};
    std::printf("quick: 1M sessions where the bars say 10M; one thread\n");
  }
  Stage stage;
  Results results;
  for (const uint32_t n : {plan.small, plan.large}) {
    Registry<IdKey>(plan, n, &stage, &results).Register();
    Registry<TextKey>(plan, n, &stage, &results).Register();
  }
  Quiet quiet;
  if (benchmark::RunSpecifiedBenchmarks(&quiet) == 0) return 2;

  Bars bars;
  AddBars(plan, results, &bars);
  std::printf("\nns per operation, the median of %u rounds\n", plan.rounds);
  std::vector<std::string> sides(std::begin(kSideNames), std::end(kSideNames));
  if (!HasBoost()) std::erase(sides, "boost");
  results.Print(sides);
  if (!results.WriteJson(json, quick, bars)) {
    std::fprintf(stderr, "could not write %s\n", json.c_str());
    return 2;
  }
  std::printf("\n%s\n", json.c_str());
  return bars.Finish();
}

}  // namespace
}  // namespace limpet::bench

int main(int argc, char** argv) { return limpet::bench::Main(argc, argv); }
