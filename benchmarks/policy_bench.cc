// Select and Commit beside what peers do for a request.
//
//   policy_bench [--quick]
//
// Nanoseconds per request, one request at a time (each has ended before the
// next begins): every store and carrier, of sessions that are known and new
// ones, 10 to 10,000 endpoints, through C++ and through the C ABI. The exit
// status says whether all bars were held. Rows:
//   known      100,000 sessions (EnvoyToken: 1,000), the next one each time
//   lately     SealedToken: 16 tokens that this thread has opened lately
//   cold       SealedToken: 8,192 tokens, more than a thread remembers
//   new        no token; a SessionMap holds about 100,000 sessions of a second
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bars.h"
#include "policy_bench_peers.h"
#include "policy_bench_proxy.h"
#include "policy_bench_table.h"

namespace limpet::bench {
namespace {

constexpr uint32_t kBlock = 1000;

// That nothing was lost: after all was measured.
using Checks = std::vector<std::function<void()>>;

struct Plan {
  uint32_t rounds = 15;
  std::vector<uint32_t> endpoints = {10, 100, 1'000, 10'000};
};

// One row of the issue: a store, a carrier, what comes with the request.
struct Kind {
  const char* name;
  const char* store;    // JSON; "" for SealedToken, the default
  const char* timeout;  // JSON
  uint32_t known;       // sessions that are known; 0: requests are new
};

constexpr char kTimeout[] = R"("absoluteTimeout": "1h")";
constexpr char kSecond[] = R"("absoluteTimeout": "1s")";
constexpr char kMap[] = R"("store": {"type": "SessionMap"},)";
constexpr char kLargerMap[] =
    R"("store": {"type": "SessionMap", "capacity": 200000},)";
constexpr char kEnvoy[] = R"("store": {"type": "EnvoyToken"},)";

const Kind kKinds[] = {
    {"SealedToken, known lately", "", kTimeout, 16},
    {"SealedToken, known, cold", "", kTimeout, 8192},
    {"SealedToken, new", "", kTimeout, 0},
    {"SessionMap, known", kMap, kTimeout, 100'000},
    {"SessionMap, new", kLargerMap, kSecond, 0},
    {"EnvoyToken, known", kEnvoy, "", 1000},
    {"EnvoyToken, new", kEnvoy, "", 0},
};

std::string Config(const Kind& kind, bool cookie) {
  std::string json = R"({"sessionName": "S", "balancer": {"type": "Random"},)";
  json += kind.store;
  json += cookie ? R"("type": "Cookie")" : R"("type": "Header")";
  // Envoy's header carries no time.
  if (*kind.timeout != '\0') json += std::string(",") + kind.timeout;
  return json + "}";
}

std::string RowName(const Kind& kind, bool cookie, const char* api) {
  return std::string(api) + " " + (cookie ? "cookie" : "header") + " " +
         kind.name;
}

template <class Api>
void AddRow(const Kind& kind, bool cookie, const char* api, const Plan& plan,
            Table* table, Checks* checks) {
  for (const uint32_t endpoints : plan.endpoints) {
    const auto proxy =
        std::make_shared<Proxy<Api>>(ProxyOptions{.json = Config(kind, cookie),
                                                  .endpoints = endpoints,
                                                  .sessions = kind.known,
                                                  .cookie = cookie});
    Cell cell{.requests = kBlock};
    if (kind.known > 0) {
      cell.run = [proxy] { proxy->Known(kBlock); };
      // Each session once: as it is where they all go on being used.
      cell.warm_up = kind.known / kBlock + 1;
    } else {
      cell.run = [proxy] { proxy->New(kBlock); };
    }
    checks->push_back([proxy] { proxy->Verify(); });
    table->Add(RowName(kind, cookie, api), std::to_string(endpoints),
               std::move(cell));
  }
}

template <class Peer>
void AddPeer(const std::string& row, uint32_t requests, const Plan& plan,
             Table* table) {
  for (const uint32_t endpoints : plan.endpoints) {
    const auto peer = std::make_shared<Peer>(endpoints);
    const auto values = std::make_shared<std::vector<std::string>>();
    Random random(endpoints);
    for (uint32_t i = 0; i < requests; ++i) {
      values->push_back(peer->ValueOf(random.Below(endpoints)));
    }
    table->Add(row, std::to_string(endpoints),
               {.requests = requests, .blocks = 3, .run = [peer, values] {
                  for (const std::string& value : *values) {
                    uint32_t endpoint = peer->Find(value);
                    benchmark::DoNotOptimize(endpoint);
                    Serialize();
                  }
                }});
  }
}

// Ten million sessions, and the map alone asked for the same ids.
class Large {
 public:
  static constexpr uint32_t kSessions = 10'000'000;

  Large()
      : proxy_({.json = R"({"sessionName": "S", "type": "Header",
                         "absoluteTimeout": "24h", "idleTimeout": "12h",
                         "balancer": {"type": "Random"},
                         "store": {"type": "SessionMap",
                                   "capacity": 10000000}})",
                .endpoints = 100,
                .sessions = kSessions},
               &random_) {
    const std::string_view values = proxy_.values();
    const size_t size = values.size() / kSessions;
    for (size_t i = 0; i < values.size(); i += size) {
      std::array<uint8_t, 24> raw;
      Require(sodium_base642bin(raw.data(), raw.size(), values.data() + i, size,
                                nullptr, nullptr, nullptr,
                                sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0,
              "a token is no base64");
      SessionId id;
      for (size_t j = 0; j < 8; ++j) {
        id.high = id.high << 8 | raw[j];
        id.low = id.low << 8 | raw[j + 8];
      }
      ids_.push_back(id);
    }
    now_ = proxy_.now();
    next_ = kSessions / 2;  // never where the requests have just been
  }

  void Requests() { proxy_.Known(kBlock); }

  void FindTouch() {
    const Timestamp now = TimestampFromMillis(++now_);
    SessionMap& map = proxy_.api().sessions();
    for (uint32_t i = 0; i < kBlock; ++i) {
      SessionMap::Entry entry;
      const SessionMap::FindResult result =
          map.FindTouch(ids_[next_], timeouts_, now, &entry);
      if (result != SessionMap::FindResult::kLive) ++lost_;
      if (++next_ == ids_.size()) next_ = 0;
      benchmark::DoNotOptimize(entry);
      Serialize();
    }
  }

  void Verify() const {
    proxy_.Verify();
    Require(lost_ == 0, "a session was lost");
  }

 private:
  QuickRandom random_;
  Proxy<CppApi> proxy_;
  Timeouts timeouts_ = proxy_.api().timeouts();
  std::vector<SessionId> ids_;
  int64_t now_ = 0;
  size_t next_ = 0;
  uint64_t lost_ = 0;
};

void AddBars(const Plan& plan, const Table& table, const Table& large,
             Bars* bars) {
  const std::string few = std::to_string(plan.endpoints.front());
  const std::string many = std::to_string(plan.endpoints.back());
  const auto ratio = [](double a, double b) { return a / b; };
  const auto difference = [](double a, double b) { return a - b; };
  const auto row = [](const Kind& kind, const char* api) {
    return RowName(kind, false, api);
  };
  const Kind& lately = kKinds[0];
  const Kind& cold = kKinds[1];
  const Kind& map = kKinds[3];
  const Kind& envoy = kKinds[5];

  bars->AtMost("known session, id token, 100k sessions",
               table.Ns(row(map, "C++"), few), 100, "ns");
  bars->AtMost(
      "known session, id token, 10M sessions vs the bare map",
      large.Compare("Select + Commit", "10M", "find_touch", "10M", ratio), 1.3);
  bars->AtMost("sealed token, cold", table.Ns(row(cold, "C++"), few), 700,
               "ns");
  bars->AtMost("sealed token, verified lately by this thread",
               table.Ns(row(lately, "C++"), few), 120, "ns");
  for (const Kind& kind : {lately, cold, map, envoy}) {
    bars->AtMost(
        std::string("the C ABI adds, ") + kind.name,
        table.Compare(row(kind, "C"), few, row(kind, "C++"), few, difference),
        5, "ns");
  }
  for (const Kind& kind : {lately, cold, map, envoy}) {
    bars->AtMost(
        std::string(kind.name) + ", " + many + " endpoints vs " + few,
        table.Compare(row(kind, "C++"), many, row(kind, "C++"), few, ratio),
        1.25);
  }
}

int Main(int argc, char** argv) {
  Plan plan;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      plan = {.rounds = 5, .endpoints = {10, 10'000}};
    } else {
      std::fprintf(stderr, "what is %s?\n", argv[i]);
      return 2;
    }
  }
  Table large;
  {
    const auto sessions = std::make_shared<Large>();
    large.Add("find_touch", "10M",
              {.run = [sessions] { sessions->FindTouch(); }});
    large.Add("Select + Commit", "10M",
              {.run = [sessions] { sessions->Requests(); }});
    large.Measure(plan.rounds * 9);
    sessions->Verify();
  }

  Table table;
  Checks checks;
  for (const bool cookie : {false, true}) {
    for (const Kind& kind : kKinds) {
      AddRow<CppApi>(kind, cookie, "C++", plan, &table, &checks);
      AddRow<CApi>(kind, cookie, "C", plan, &table, &checks);
    }
  }
  AddPeer<HmacPerEndpoint>("one HMAC per endpoint (Caddy)", 10, plan, &table);
  AddPeer<Base64Protobuf>("base64 + protobuf (Envoy)", kBlock, plan, &table);
  AddPeer<LinearScan>("linear scan (nginx, HAProxy, YARP)", 100, plan, &table);
  table.Measure(plan.rounds);
  for (const auto& check : checks) check();

  std::vector<std::string> columns;
  for (const uint32_t endpoints : plan.endpoints) {
    columns.push_back(std::to_string(endpoints));
  }
  std::printf(
      "ns per request, the median of %u rounds, by endpoints (the loop and its "
      "fence, %.1f ns, taken off)\n",
      plan.rounds, table.Loop());
  table.Print(columns);
  std::printf("\n");
  large.Print({"10M"});
  Bars bars;
  AddBars(plan, table, large, &bars);
  return bars.Finish();
}

}  // namespace
}  // namespace limpet::bench

int main(int argc, char** argv) { return limpet::bench::Main(argc, argv); }
