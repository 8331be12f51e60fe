#include "balancer_bench_places.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "limpet/policy.h"

namespace limpet::bench {
namespace {

constexpr Timestamp kNow = TimestampFromMillis(1'700'000'000'000);

struct PlaceKind {
  const char* name;
  Balancing balancing;
  double moved_bar;  // of other keys when one of N leaves, %; NaN: none
  double load_bar;   // max/mean; NaN: none
  double build_bar;  // ms, 10,000 endpoints; NaN: none
};

const std::vector<PlaceKind>& Kinds() {
  static const std::vector<PlaceKind> kinds = {
      {"RingHash", {.type = BalancerType::kRingHash}, 0, NAN, 50},
      {"Maglev", {.type = BalancerType::kMaglev}, 1, 1.05, 50},
      {"Rendezvous", {.type = BalancerType::kRendezvous}, 0, 1.05, NAN},
      {"EnvoyRingHash", {.type = BalancerType::kEnvoyRingHash}, NAN, NAN, NAN},
      {"EnvoyMaglev", {.type = BalancerType::kEnvoyMaglev}, NAN, NAN, NAN},
      {"NginxHash", {.type = BalancerType::kNginxHash}, NAN, NAN, NAN},
      {"NginxConsistentHash",
       {.type = BalancerType::kNginxConsistentHash},
       NAN,
       NAN,
       NAN},
      {"HaproxyConsistentHash",
       {.type = BalancerType::kHaproxyConsistentHash},
       NAN,
       NAN,
       NAN},
      {"HaproxyMapHash",
       {.type = BalancerType::kHaproxyMapHash},
       NAN,
       NAN,
       NAN}};
  return kinds;
}

// Keys of one secret, so that every run places alike.
std::shared_ptr<const KeyRing> Keys() {
  static const auto keys =
      KeyRing::FromText("1 " + std::string(64, '1') + " seal\n2 " +
                        std::string(64, '2') + " place\n")
          .value();
  return keys;
}

std::unique_ptr<Policy> MakePolicy(const Balancing& balancing) {
  SessionPersistence config;
  config.type = SessionType::kNone;
  config.balancer = balancing;
  return Policy::Make(config, {.scope = "bench", .keys = Keys()}).value();
}

std::vector<Endpoint> Pods(uint32_t count) {
  std::vector<Endpoint> pods;
  for (uint32_t i = 0; i < count; ++i) {
    pods.push_back({.id = "pod-" + std::to_string(i),
                    .address = "10." + std::to_string(i / 65536) + "." +
                               std::to_string(i / 256 % 256) + "." +
                               std::to_string(i % 256) + ":8080"});
  }
  return pods;
}

std::shared_ptr<const EndpointSet> MakeSet(std::vector<Endpoint> endpoints) {
  return EndpointSet::Make(std::move(endpoints)).value();
}

std::string KeyNumber(uint32_t n) { return "client-" + std::to_string(n); }

uint32_t Place(const Policy& policy, const EndpointSet& set, uint32_t key) {
  const std::string text = KeyNumber(key);
  return policy.Select({}, set, kNow, {.hash_key = text}).endpoint;
}

// Of the keys whose endpoint stays, the share that moves when one leaves, %.
double Moved(const Policy& policy, uint32_t endpoints, uint32_t keys) {
  std::vector<Endpoint> pods = Pods(endpoints);
  const auto before = MakeSet(pods);
  const uint32_t leaver = endpoints / 2;
  pods.erase(pods.begin() + leaver);
  const auto after = MakeSet(pods);
  uint32_t others = 0;
  uint32_t moved = 0;
  for (uint32_t key = 0; key < keys; ++key) {
    const uint32_t from = Place(policy, *before, key);
    if (from == leaver) continue;
    ++others;
    const uint32_t to = Place(policy, *after, key);
    moved += before->handle(from) != after->handle(to);
  }
  return 100.0 * moved / others;
}

// Of 100 equal endpoints, in percent of the mean.
std::vector<double> Loads(const Policy& policy, uint32_t keys) {
  constexpr uint32_t kEndpoints = 100;
  const auto set = MakeSet(Pods(kEndpoints));
  std::vector<double> loads(kEndpoints, 0);
  for (uint32_t key = 0; key < keys; ++key) {
    ++loads[Place(policy, *set, key)];
  }
  for (double& load : loads) load *= 100.0 * kEndpoints / keys;
  std::sort(loads.begin(), loads.end());
  return loads;
}

double BuildMs(const Policy& policy) {
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 5; ++round) {
    const auto set = MakeSet(Pods(10'000));
    const auto begin = std::chrono::steady_clock::now();
    policy.Prepare(*set, kNow);
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - begin;
    least = std::min(least, took.count());
  }
  return least;
}

void MeasureKinds(uint32_t keys, Bars* bars) {
  constexpr uint32_t kSizes[] = {10, 100, 1000};
  std::printf(
      "\nOne of N endpoints leaves: of the keys of the others move, %%; load "
      "of "
      "100 equal\nendpoints, %u keys, in %% of the mean; the table of 10,000 "
      "endpoints, ms to build\n\n%-24s %8s %8s %8s %10s %8s %8s\n",
      keys, "", "N = 10", "100", "1000", "least", "most", "build");
  for (const PlaceKind& kind : Kinds()) {
    const auto policy = MakePolicy(kind.balancing);
    std::printf("%-24s", kind.name);
    double most_moved = 0;
    for (const uint32_t size : kSizes) {
      const double moved = Moved(*policy, size, keys / 10);
      most_moved = std::max(most_moved, moved);
      std::printf(" %8.2f", moved);
    }
    const std::vector<double> loads = Loads(*policy, keys);
    const double build = BuildMs(*policy);
    std::printf(" %10.1f %8.1f %8.1f\n", loads.front(), loads.back(), build);
    const std::string name = kind.name;
    if (!std::isnan(kind.moved_bar)) {
      bars->AtMost(name + ", one of 10, 100, 1000 leaves: others moved",
                   most_moved, kind.moved_bar, "%");
    }
    if (!std::isnan(kind.load_bar)) {
      bars->AtMost(name + ", 100 equal endpoints: max/mean", loads.back() / 100,
                   kind.load_bar);
    }
    if (!std::isnan(kind.build_bar)) {
      bars->AtMost(name + ", table of 10,000 endpoints", build, kind.build_bar,
                   "ms");
    }
  }
  bars->Note(
      "EnvoyRingHash, one of 7 leaves: others moved",
      Moved(*MakePolicy({.type = BalancerType::kEnvoyRingHash}), 7, keys / 10),
      "%");
}

// The picture: a line for each of some endpoints, from the least loaded to the
// most.
void DrawLoads(uint32_t keys) {
  std::printf(
      "\nLoad of every tenth of 100 equal endpoints, least first; | is "
      "the mean\n");
  for (const PlaceKind& kind : Kinds()) {
    const std::vector<double> loads = Loads(*MakePolicy(kind.balancing), keys);
    std::printf("\n%s\n", kind.name);
    for (size_t i = 4; i < loads.size(); i += 10) {
      std::string line(static_cast<size_t>(loads[i] / 2.5), '#');
      line.resize(std::max<size_t>(line.size(), 42), ' ');
      if (line[40] == ' ') line[40] = '|';
      std::printf("  %s %.0f\n", line.c_str(), loads[i]);
    }
  }
}

// The ring that is as even as within 10 %.
void MeasureRingSizes(uint32_t keys, Bars* bars) {
  std::printf("\nRingHash, 100 equal endpoints: max/mean by points of each\n");
  uint32_t enough = 0;
  for (uint32_t points = 10; points <= 40'960 && enough == 0; points *= 2) {
    const auto policy = MakePolicy(
        {.type = BalancerType::kRingHash, .points_per_weight = points});
    const double most = Loads(*policy, keys).back() / 100;
    std::printf("  %6u: %.3f\n", points, most);
    if (most <= 1.1) enough = points;
  }
  const auto small =
      MakePolicy({.type = BalancerType::kRingHash, .points_per_weight = 10});
  bars->Note("RingHash, 1,000 points in all: max/mean",
             Loads(*small, keys).back() / 100);
  bars->Note(
      "RingHash, default of 100 points each: max/mean",
      Loads(*MakePolicy({.type = BalancerType::kRingHash}), keys).back() / 100);
  bars->Note("RingHash, points of each for a max/mean of 1.1", enough);
}

struct Host {
  std::vector<uint32_t> active;
  uint64_t total = 0;

  ActiveRequests Counts() const {
    return {[](const void* self, uint32_t endpoint) {
              return static_cast<const Host*>(self)->active[endpoint];
            },
            this,
            [](const void* self, uint32_t) {
              return static_cast<const Host*>(self)->total;
            }};
  }
};

// Requests of Zipf's keys begin and end; the most that an endpoint had of its
// bound, rounded up as it is, at any instant.
void MeasureBoundedLoad(uint32_t steps, Bars* bars) {
  constexpr uint32_t kEndpoints = 100;
  std::vector<double> weights;
  for (uint32_t n = 1; n <= 10'000; ++n) weights.push_back(std::pow(n, -1.1));
  for (const PlaceKind& kind : Kinds()) {
    if (std::isnan(kind.moved_bar)) continue;  // not ours
    Balancing balancing = kind.balancing;
    balancing.bounded_load_percent = 125;
    const auto policy = MakePolicy(balancing);
    const auto set = MakeSet(Pods(kEndpoints));
    policy->Prepare(*set, kNow);
    Host host{std::vector<uint32_t>(kEndpoints, 0)};
    std::mt19937_64 random(1);
    std::discrete_distribution<uint32_t> zipf(weights.begin(), weights.end());
    std::vector<uint32_t> in_hand;
    double most = 0;
    for (uint32_t step = 0; step < steps; ++step) {
      // 10,000 in hand: begin and end in turns from there on.
      if (in_hand.size() >= 10'000) {
        const size_t i = random() % in_hand.size();
        --host.active[in_hand[i]];
        --host.total;
        in_hand[i] = in_hand.back();
        in_hand.pop_back();
      }
      const std::string key = KeyNumber(zipf(random));
      const uint32_t index =
          policy
              ->Select({}, *set, kNow,
                       {.active = host.Counts(), .hash_key = key})
              .endpoint;
      ++host.active[index];
      ++host.total;
      in_hand.push_back(index);
      // A bound is a whole number of requests: as if the mean were so large.
      const double bound =
          std::ceil(1.25 * static_cast<double>(host.total) / kEndpoints);
      most = std::max(most, 1.25 * host.active[index] / bound);
    }
    bars->AtMost(std::string(kind.name) + ", c = 1.25, Zipf 1.1: max/mean ever",
                 most, 1.25);
    bars->Note(std::string(kind.name) + ", the same with 10,000 in hand",
               *std::max_element(host.active.begin(), host.active.end()) *
                   double{kEndpoints} / static_cast<double>(host.total));
  }
}

// Sixteen proxies that share keys and nothing else: one endpoint of ten dies.
void MeasureFleet(uint32_t sessions, Bars* bars) {
  SessionPersistence config;
  config.type = SessionType::kHeader;
  config.name = "s";
  std::vector<std::unique_ptr<Policy>> fleet;
  for (int i = 0; i < 16; ++i) {
    fleet.push_back(
        Policy::Make(config, {.scope = "bench", .keys = Keys()}).value());
  }
  std::vector<Endpoint> pods = Pods(10);
  const auto before = MakeSet(pods);
  pods[3].state = EndpointState::kUnavailable;
  const auto after = MakeSet(pods);
  std::vector<char> buffer(fleet[0]->MaxFieldSize());
  uint32_t dead = 0;
  uint32_t differ = 0;
  for (uint32_t i = 0; i < sessions; ++i) {
    const Policy& first = *fleet[i % fleet.size()];
    const Decision begun = first.Select({}, *before, kNow);
    const auto field =
        first.Commit(begun, *before, begun.endpoint, kNow, buffer);
    if (begun.endpoint != 3) continue;
    ++dead;
    const std::string_view values[] = {field->value};
    const uint32_t substitute = fleet[0]->Select(values, *after, kNow).endpoint;
    differ += std::any_of(fleet.begin(), fleet.end(), [&](const auto& policy) {
      return policy->Select(values, *after, kNow).endpoint != substitute;
    });
  }
  bars->AtMost("16 proxies: sessions of a dead endpoint that part",
               100.0 * differ / dead, 0, "%");
}

}  // namespace

void MeasurePlaces(bool quick, Bars* bars) {
  const uint32_t keys = quick ? 100'000 : 1'000'000;
  MeasureKinds(1'000'000, bars);
  DrawLoads(keys);
  MeasureRingSizes(keys, bars);
  MeasureBoundedLoad(keys, bars);
  MeasureFleet(quick ? 10'000 : 100'000, bars);
}

}  // namespace limpet::bench
