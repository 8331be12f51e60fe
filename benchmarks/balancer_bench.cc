// What a choice costs, beside how other proxies choose.
//
//   balancer_bench [--quick]
//
// Nanoseconds per choice among 100 and 10,000 endpoints, of equal weights and
// of weights from 1 to 100, which have up to 15 requests in hand; one after the
// other, as Google Benchmark measures, and alone: nothing else begins before it
// has ended, which is what it takes at most. The table has the medians of the
// rounds, the bars look at the quietest round, one after the other. The exit
// status says whether all bars were held. Rows:
//   a balancer      its Choose(), through the interface that policies use;
//   where
//                   it goes by a hash, of a key of 16 bytes
//   Policy::Select  a request of a policy without sessions, from end to end
//   peers           one thread's, without the locks that they take
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "balancer_bench_peers.h"
#include "balancer_bench_places.h"
#include "balancer_bench_world.h"
#include "bars.h"
#include "limpet/policy.h"
#include "policy_bench_table.h"

namespace limpet::bench {
namespace {

constexpr uint32_t kBlock = 1000;
constexpr uint32_t kBarEndpoints = 100;
constexpr Timestamp kNow = TimestampFromMillis(1'700'000'000'000);

struct Plan {
  uint32_t rounds = 31;
  std::vector<uint32_t> endpoints = {kBarEndpoints, 10'000};
};

// One line each.
struct Kind {
  const char* name;
  BalancerType type;
  double bar_equal;  // ns among 100 endpoints; NaN: none
  double bar_weighted;
};

const Kind kKinds[] = {
    {"RoundRobin", BalancerType::kRoundRobin, 15, 15},
    {"Random", BalancerType::kRandom, 15, 15},
    {"LeastRequest", BalancerType::kLeastRequest, 15, 15},
    {"LeastSessions", BalancerType::kLeastSessions, NAN, NAN},
    {"RingHash", BalancerType::kRingHash, 60, 60},
    {"Maglev", BalancerType::kMaglev, 15, 15},
    {"Rendezvous", BalancerType::kRendezvous, 150, 600},
    {"EnvoyRingHash", BalancerType::kEnvoyRingHash, NAN, NAN},
    {"EnvoyMaglev", BalancerType::kEnvoyMaglev, NAN, NAN},
    {"NginxConsistentHash", BalancerType::kNginxConsistentHash, NAN, NAN},
    {"HaproxyConsistentHash", BalancerType::kHaproxyConsistentHash, NAN, NAN},
};

// A row: endpoints of equal or unequal weights. A column: how many, and how
// they are asked for.
std::string RowName(std::string name, bool weighted) {
  return std::move(name) + (weighted ? ", weighted" : ", equal");
}

std::string ColumnName(size_t endpoints, bool alone) {
  return std::to_string(endpoints) + (alone ? " alone" : "");
}

using Worlds = std::vector<std::shared_ptr<World>>;

// `make(world)` returns what does `choices` of them: run(choices, alone).
template <class Make>
void AddRow(const std::string& row, const Worlds& worlds, uint32_t most,
            Table* table, const Make& make) {
  for (const bool alone : {false, true}) {
    for (const auto& world : worlds) {
      const auto endpoints = static_cast<uint32_t>(world->endpoints().size());
      const uint32_t choices = std::min(kBlock, most / endpoints);
      table->Add(
          row, ColumnName(endpoints, alone),
          {.requests = choices,
           .run = [run = make(world), choices, alone] { run(choices, alone); },
           .fenced = alone});
    }
  }
}

void AddKind(const Kind& kind, bool weighted, const Worlds& worlds,
             Table* table) {
  AddRow(RowName(kind.name, weighted), worlds, UINT32_MAX, table,
         [&](const std::shared_ptr<World>& world) {
           const auto chooser = std::make_shared<Chooser>(
               world, MakeBalancer({.type = kind.type}, world->keys(),
                                   world->random()));
           return [chooser](uint32_t choices, bool alone) {
             chooser->Run(choices, alone);
           };
         });
}

void AddPolicy(const char* name, BalancerType type, bool weighted,
               const Worlds& worlds, Table* table) {
  SessionPersistence config;
  config.type = SessionType::kNone;
  config.balancer.type = type;
  AddRow(
      RowName(name, weighted), worlds, UINT32_MAX, table,
      [&](const std::shared_ptr<World>& world) {
        const std::shared_ptr<const Policy> policy =
            Policy::Make(config, {.scope = "bench", .random = &world->random()})
                .value();
        return [policy, world](uint32_t choices, bool alone) {
          const SelectOptions options{.tried = {}, .active = world->Active()};
          Repeat(choices, alone, [&] {
            return policy->Select({}, world->endpoints(), kNow, options)
                .endpoint;
          });
        };
      });
}

template <class Make>
void AddPeer(const char* name, bool weighted, const Worlds& worlds,
             Table* table, const Make& make) {
  AddRow(RowName(name, weighted), worlds, 100'000, table,
         [&](const std::shared_ptr<World>& world) {
           return [world, peer = make(*world)](uint32_t choices, bool alone) {
             Repeat(choices, alone, [&] { return peer->Next(); });
           };
         });
}

void AddRows(bool weighted, const Plan& plan, Table* table) {
  Worlds worlds;
  for (const uint32_t endpoints : plan.endpoints) {
    worlds.push_back(std::make_shared<World>(endpoints, weighted));
  }
  for (const Kind& kind : kKinds) AddKind(kind, weighted, worlds, table);
  AddPolicy("Policy::Select, RoundRobin", BalancerType::kRoundRobin, weighted,
            worlds, table);
  AddPolicy("Policy::Select, LeastRequest", BalancerType::kLeastRequest,
            weighted, worlds, table);
  AddPeer("linear scan, smooth round robin (nginx)", weighted, worlds, table,
          [](const World& world) {
            return std::make_shared<SmoothScan>(world.weights());
          });
  AddPeer("linear scan, fewest requests (nginx)", weighted, worlds, table,
          [](const World& world) {
            return std::make_shared<LeastScan>(world.weights(), world.active());
          });
  AddPeer("ordered tree, round robin (HAProxy, Envoy)", weighted, worlds, table,
          [](const World& world) {
            return std::make_shared<Schedule>(world.weights());
          });
}

void AddBars(const Table& table, Bars* bars) {
  const std::string column = ColumnName(kBarEndpoints, false);
  for (const Kind& kind : kKinds) {
    for (const bool weighted : {false, true}) {
      const std::string row = RowName(kind.name, weighted);
      const std::string what = row + ", " + column + " endpoints";
      const double bar = weighted ? kind.bar_weighted : kind.bar_equal;
      if (std::isnan(bar)) {
        bars->Note(what, table.LeastNs(row, column), "ns");
      } else {
        bars->AtMost(what, table.LeastNs(row, column), bar, "ns");
      }
    }
  }
}

int Main(int argc, char** argv) {
  Plan plan;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      plan.rounds = 7;
    } else {
      std::fprintf(stderr, "what is %s?\n", argv[i]);
      return 2;
    }
  }
  Table table;
  for (const bool weighted : {false, true}) AddRows(weighted, plan, &table);
  table.Measure(plan.rounds);

  std::vector<std::string> columns;
  for (const bool alone : {false, true}) {
    for (const uint32_t endpoints : plan.endpoints) {
      columns.push_back(ColumnName(endpoints, alone));
    }
  }
  std::printf(
      "ns per choice, the median of %u rounds, by endpoints (where alone, the "
      "loop and its fence, %.1f ns, taken off)\n",
      plan.rounds, table.Loop());
  table.Print(columns);
  Bars bars;
  AddBars(table, &bars);
  MeasurePlaces(plan.rounds == 7, &bars);
  return bars.Finish();
}

}  // namespace
}  // namespace limpet::bench

int main(int argc, char** argv) { return limpet::bench::Main(argc, argv); }
