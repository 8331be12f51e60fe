// The module's hooks, replayed by a host that is not Envoy: what sanitizers are
// to see. What Envoy makes of them tests/proxies/envoy shows.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "failed_hosts.h"
#include "fake_host.h"
#include "packed_address.h"
#include "rules.h"
#include "stream.h"

namespace limpet_envoy::testing {
namespace {

constexpr char kHeader[] =
    R"({"sessionPersistence": {"sessionName": "S", "type": "Header",
        "absoluteTimeout": "1h"}})";
constexpr char kCookie[] =
    R"({"sessionPersistence": {"sessionName": "S", "absoluteTimeout": "1h"}})";
constexpr char kMap[] =
    R"({"sessionPersistence": {"sessionName": "S", "type": "Header",
        "store": {"type": "SessionMap"}, "absoluteTimeout": "1h"}})";

// A filter's configuration, as Envoy holds it.
class Module {
 public:
  Module(std::string_view kind, std::string_view json)
      : config_(envoy_dynamic_module_on_http_filter_config_new(
            reinterpret_cast<limpet_envoy_config*>(&host), Bytes(kind),
            Bytes(json))) {}
  ~Module() {
    if (config_ != nullptr) {
      envoy_dynamic_module_on_http_filter_config_destroy(config_);
    }
  }

  bool is_made() const { return config_ != nullptr; }

  // Envoy's own answer, and why.
  struct Reply {
    uint32_t status = 503;
    std::string_view details = "no_healthy_upstream";
  };

  // One request, which is answered by `served` or, "", by Envoy. `response`:
  // fields of it.
  void Serve(FakeStream* stream, std::string_view served,
             const Fields& response = {}) const {
    Serve(stream, served, response, Reply{});
  }
  void Serve(FakeStream* stream, std::string_view served,
             const Fields& response, const Reply& reply) const {
    void* filter =
        envoy_dynamic_module_on_http_filter_new(config_, stream->get());
    const limpet_envoy_status status =
        envoy_dynamic_module_on_http_filter_request_headers(stream->get(),
                                                            filter, true);
    if (status == LIMPET_ENVOY_CONTINUE) {
      stream->served = served;
      stream->response = response;
      const uint32_t status_code = served.empty() ? reply.status : 200;
      stream->response.insert(stream->response.begin(),
                              {":status", std::to_string(status_code)});
      if (served.empty()) {
        envoy_dynamic_module_on_http_filter_local_reply(
            stream->get(), filter, status_code, Bytes(reply.details), false);
      }
      envoy_dynamic_module_on_http_filter_response_headers(stream->get(),
                                                           filter, true);
    }
    envoy_dynamic_module_on_http_filter_stream_complete(stream->get(), filter);
    envoy_dynamic_module_on_http_filter_destroy(filter);
  }

  // The token that a request without one is given.
  std::string Begin(std::string_view served) {
    FakeStream stream(&host);
    Serve(&stream, served);
    return Token(stream);
  }

  static std::string Token(const FakeStream& stream) {
    for (const auto& [name, value] : stream.response) {
      if (name == "s") return value;
      if (name == "set-cookie" && value.starts_with("S=")) {
        return value.substr(2, value.find(';') - 2);
      }
    }
    return "";
  }

  FakeConfig host;

 private:
  const void* config_;
};

TEST(EnvoyModule, SaysWhichAbiItIs) {
  EXPECT_STREQ(envoy_dynamic_module_on_program_init(), "v0.1.0");
}

TEST(EnvoyModule, PinsToWhoServed) {
  for (const char* json : {kHeader, kMap}) {
    Module module("own", json);
    const std::string token = module.Begin("10.0.0.1:80");
    ASSERT_NE(token, "");
    FakeStream stream(&module.host);
    stream.request = {{"s", token}};
    module.Serve(&stream, "10.0.0.1:80");
    ASSERT_TRUE(stream.pin);
    EXPECT_EQ(stream.pin->first, "10.0.0.1:80");
    EXPECT_EQ(Module::Token(stream), "");
    EXPECT_EQ(module.host["outcome_kept"], 1U);

    FakeStream moved(&module.host);
    moved.request = {{"s", token}};
    module.Serve(&moved, "10.0.0.2:80");
    EXPECT_EQ(module.host["outcome_moved"], 1U);
    EXPECT_NE(Module::Token(moved), "");
  }
}

TEST(EnvoyModule, GivesNoTokenWhereNobodyAnswered) {
  for (const char* kind : {"own", "seal"}) {
    Module module(kind, kHeader);
    FakeStream stream(&module.host);
    // stateful_session gives one for who was asked in vain.
    module.Serve(&stream, "", {{"s", "MTAuMC4wLjE6ODA="}});
    EXPECT_EQ(module.host["outcome_unserved"], 1U);
    if (std::string_view(kind) == "seal") {
      EXPECT_EQ(Module::Token(stream), "");
    }
  }
}

TEST(EnvoyModule, SealsThePlainTokenAndOpensItAgain) {
  Module module("seal", kCookie);
  FakeStream first(&module.host);
  module.Serve(&first, "1.2.3.4:80",
               {{"set-cookie", "app=1"},
                {"set-cookie", "S=\"CgoxLjIuMy40Ojgw\"; Path=/; HttpOnly"}});
  const std::string token = Module::Token(first);
  EXPECT_EQ(token.size(), 124U);
  EXPECT_EQ(first.response.size(), 3U);

  FakeStream again(&module.host);
  again.request = {{"cookie", "a=b; S=" + token + "; c=d"}, {"cookie", "e=f"}};
  module.Serve(&again, "1.2.3.4:80", {{"set-cookie", "app=1"}});
  ASSERT_EQ(again.request.size(), 1U);
  EXPECT_EQ(again.request[0].second, "a=b; c=d; e=f; S=\"CgoxLjIuMy40Ojgw\"");
  EXPECT_EQ(module.host["outcome_kept"], 1U);

  // One that is not limpet's does not get to stateful_session.
  FakeStream forged(&module.host);
  forged.request = {{"cookie", "S=CgoxLjIuMy40Ojgw"}};
  module.Serve(&forged, "1.2.3.4:80");
  EXPECT_TRUE(forged.request.empty());
  EXPECT_EQ(module.host["unsealed"], 1U);
}

TEST(EnvoyModule, LeavesAnEndpointsOwnFieldAlone) {
  Module module("seal", kHeader);
  FakeStream stream(&module.host);
  module.Serve(&stream, "1.2.3.4:80", {{"s", "the application's"}});
  EXPECT_EQ(Module::Token(stream), "the application's");
}

TEST(EnvoyModule, ReadsAFieldAmongVeryMany) {
  Module module("own", kHeader);
  const std::string token = module.Begin("10.0.0.1:80");
  FakeStream stream(&module.host);
  for (int i = 0; i < 200; ++i) stream.request.emplace_back("x", "y");
  for (int i = 0; i < 20; ++i) stream.request.emplace_back("s", "garbage");
  stream.request.insert(stream.request.begin(), {"s", token});
  module.Serve(&stream, "10.0.0.1:80");
  EXPECT_EQ(module.host["outcome_kept"], 1U);
}

TEST(EnvoyModule, ARouteMayHaveRulesOfItsOwn) {
  Module module("own", kCookie);
  const void* route = envoy_dynamic_module_on_http_filter_per_route_config_new(
      Bytes("own"), Bytes(kHeader));
  ASSERT_NE(route, nullptr);
  FakeStream stream(&module.host);
  stream.route_config = route;
  module.Serve(&stream, "10.0.0.1:80");
  EXPECT_EQ(stream.response.back().first, "s");
  envoy_dynamic_module_on_http_filter_per_route_config_destroy(route);
}

TEST(EnvoyModule, RefusesWhatItCannotUse) {
  TakeLog();
  EXPECT_FALSE(Module("own", "{").is_made());
  EXPECT_FALSE(Module("other", kHeader).is_made());
  EXPECT_EQ(envoy_dynamic_module_on_http_filter_per_route_config_new(
                Bytes("own"), Bytes("{}")),
            nullptr);
  EXPECT_EQ(envoy_dynamic_module_on_lb_config_new(nullptr, Bytes("limpet"),
                                                  Bytes(R"({"balancer": 1})")),
            nullptr);
  EXPECT_EQ(TakeLog().size(), 4U);
  Module passing("own", R"({"onConfigError": "PassThrough"})");
  ASSERT_TRUE(passing.is_made());
  FakeStream stream(&passing.host);
  passing.Serve(&stream, "10.0.0.1:80");
  EXPECT_EQ(Module::Token(stream), "");
  EXPECT_EQ(passing.host["config_error"], 1U);
}

TEST(EnvoyModule, AnswersForAnEndpointThatIsDownWhereItIsStrict) {
  const void* config = envoy_dynamic_module_on_lb_config_new(
      nullptr, Bytes("limpet"), Bytes(""));
  FakeLb lb{.hosts = {{"10.0.0.1:80"}, {"10.0.0.2:80"}}};
  void* policy = envoy_dynamic_module_on_lb_new(config, lb.get());
  {
    Module module(
        "own",
        R"({"sessionPersistence": {"sessionName": "S", "type": "Header",
            "failover": {"type": "Strict", "status": 410}}})");
    const std::string token = module.Begin("10.0.0.1:80");
    EXPECT_EQ(token.size(), 100U);
    lb.hosts[0].health = LIMPET_ENVOY_UNHEALTHY;
    envoy_dynamic_module_on_lb_on_host_membership_update(lb.get(), policy, 0,
                                                         0);
    FakeStream stream(&module.host);
    stream.request = {{"s", token}};
    module.Serve(&stream, "10.0.0.2:80");
    EXPECT_EQ(stream.answered, 410U);
    EXPECT_EQ(module.host["outcome_rejected"], 1U);

    uint32_t priority = 9;
    uint32_t index = 9;
    EXPECT_TRUE(envoy_dynamic_module_on_lb_choose_host(
        lb.get(), policy, nullptr, &priority, &index));
    EXPECT_EQ(priority, 0U);
    EXPECT_EQ(index, 0U);  // of the healthy ones
  }
  envoy_dynamic_module_on_lb_destroy(policy);
  envoy_dynamic_module_on_lb_config_destroy(config);
}

// Of one response field.
std::string ValueOf(const Fields& fields, std::string_view name) {
  for (const auto& field : fields) {
    if (field.first == name) return field.second;
  }
  return "";
}

constexpr std::string_view kRefusal =
    "upstream_reset_before_response_started{remote_connection_failure}";
constexpr std::string_view kTimeout =
    "upstream_reset_before_response_started{connection_timeout}";

TEST(EnvoyModule, StrictAnswersOnlyForAnEndpointThatCannotServe) {
  const std::string strict =
      R"(, "absoluteTimeout": "1h", "failover": {"type": "Strict",
         "status": 410}}})";
  const std::string sessions =
      R"({"sessionPersistence": {"sessionName": "S", "type": "Header")";
  for (const std::string& json :
       {sessions + strict,
        sessions + R"(, "store": {"type": "SessionMap"})" + strict}) {
    Module module("own", json);
    const std::string token = module.Begin("10.0.0.1:80");
    const auto status_after = [&](Module::Reply reply) {
      FakeStream stream(&module.host);
      stream.request = {{"s", token}};
      module.Serve(&stream, "", {}, reply);
      EXPECT_TRUE(stream.pin && stream.pin->second) << "not strictly pinned";
      return ValueOf(stream.response, ":status");
    };
    EXPECT_EQ(status_after({503, "no_healthy_upstream"}), "410");
    EXPECT_EQ(status_after({503, kRefusal}), "410");
    EXPECT_EQ(status_after({503, kTimeout}), "410");
    EXPECT_EQ(module.host["outcome_rejected"], 3U);
    EXPECT_EQ(status_after({429, "local_rate_limited"}), "429");
    EXPECT_EQ(status_after({504, "upstream_response_timeout"}), "504");
    EXPECT_EQ(status_after({503, "filter_abort"}), "503");
    EXPECT_EQ(module.host["outcome_unserved"], 3U);
    EXPECT_EQ(module.host["outcome_rejected"], 3U);
  }
}

TEST(EnvoyModule, BlamesWhoRefusedTheConnection) {
  for (const char* json : {kHeader, kMap}) {
    Module module("own", json);
    const std::string token = module.Begin("10.0.0.1:80");
    const std::string other = module.Begin("10.0.0.2:80");
    // Pinned to 1; a retry asked 2.
    FakeStream stream(&module.host);
    stream.request = {{"s", token}};
    stream.asked = "10.0.0.2:80";
    module.Serve(&stream, "", {}, {503, kRefusal});
    const auto is_pinned = [&](const std::string& to) {
      FakeStream next(&module.host);
      next.request = {{"s", to}};
      module.Serve(&next, "10.0.0.1:80");
      return next.pin && next.pin->first != "10.0.0.2:80";
    };
    EXPECT_TRUE(is_pinned(token));
    FakeStream next(&module.host);
    next.request = {{"s", other}};
    module.Serve(&next, "10.0.0.1:80");
    EXPECT_FALSE(next.pin && next.pin->first == "10.0.0.2:80");
  }
}

TEST(EnvoyModule, LetsNoPlainTokenThroughToStatefulSession) {
  const std::string plain = "S=\"CgoxLjIuMy40Ojgw\"";
  Module module("seal", kCookie);
  // Behind more cookies than limpet reads.
  FakeStream many(&module.host);
  many.request = {{"cookie", "a=" + std::string(70000, 'x') + "; " + plain}};
  module.Serve(&many, "1.2.3.4:80");
  EXPECT_EQ(many.request[0].second.find("S="), std::string::npos);
  // Of no cluster, so of no scope.
  FakeStream none(&module.host);
  none.cluster = "";
  none.request = {{"cookie", "a=b; " + plain}};
  module.Serve(&none, "1.2.3.4:80");
  EXPECT_EQ(none.request[0].second, "a=b");
  Module header("seal", kHeader);
  FakeStream field(&header.host);
  field.cluster = "";
  field.request = {{"s", "MTAuMC4wLjE6ODA="}};
  header.Serve(&field, "10.0.0.1:80");
  EXPECT_TRUE(field.request.empty());
  // What has none stays as it is.
  FakeStream clean(&module.host);
  clean.request = {{"cookie", "a=b"}, {"cookie", "c=d"}};
  module.Serve(&clean, "1.2.3.4:80");
  EXPECT_EQ(clean.request.size(), 2U);
}

TEST(EnvoyModule, SessionsOutliveAListenerThatIsMadeAnew) {
  for (const char* json : {kHeader, kMap}) {
    auto before = std::make_unique<Module>("own", json);
    const std::string token = before->Begin("10.0.0.1:80");
    Module after("own", json);
    before.reset();
    FakeStream stream(&after.host);
    stream.request = {{"s", token}};
    after.Serve(&stream, "10.0.0.1:80");
    EXPECT_EQ(after.host["outcome_kept"], 1U);
  }
}

TEST(EnvoyModule, TakesNullForNothing) {
  Module module("own", R"({"keysFile": null, "sessionPersistence":
      {"sessionName": "S", "type": "Header", "store": null,
       "failover": {"type": null}}})");
  ASSERT_TRUE(module.is_made());
  EXPECT_NE(module.Begin("10.0.0.1:80"), "");
  // Whatever is wrong, traffic passes where it is to pass.
  EXPECT_TRUE(Module("own", R"({"onConfigError": "PassThrough",
                                "sessionPersistence": {"type": 1}})")
                  .is_made());
}

TEST(EnvoyModule, HasARuleForNamesOfAnyLength) {
  Module module("own", kHeader);
  std::vector<std::string> tokens;
  for (const char end : {'a', 'b'}) {
    FakeStream stream(&module.host);
    stream.cluster = std::string(2000, 'c') + end;
    module.Serve(&stream, "10.0.0.1:80");
    tokens.push_back(Module::Token(stream));
  }
  ASSERT_NE(tokens[0], "");
  FakeStream other(&module.host);
  other.cluster = std::string(2000, 'c') + 'b';
  other.request = {{"s", tokens[0]}};
  module.Serve(&other, "10.0.0.1:80");
  EXPECT_EQ(module.host["outcome_foreign"], 1U);
}

TEST(EnvoyModule, SealsUnderTheNameThatEnvoyGatewayMakes) {
  Module module("seal", R"({"sessionPersistence": {"type": "Header",
                                                   "absoluteTimeout": "1h"}})");
  FakeStream stream(&module.host);
  stream.cluster = "httproute/default/header/rule/0";
  module.Serve(&stream, "10.0.0.1:80",
               {{"httproute-default-header-rule-0", "MTAuMC4wLjE6ODA="}});
  const std::string token =
      ValueOf(stream.response, "httproute-default-header-rule-0");
  EXPECT_EQ(token.size(), 124U);
  EXPECT_EQ(module.host["outcome_new"], 1U);
}

TEST(EnvoyModule, CountsWhatCanHaveNoName) {
  Module module("seal", R"({"sessionPersistence": {"type": "Header"}})");
  for (int i = 0; i < 2; ++i) {
    FakeStream stream(&module.host);
    stream.cluster = "shop:8080";  // would be a header's name
    module.Serve(&stream, "10.0.0.1:80");
  }
  EXPECT_EQ(module.host["config_error"], 2U);
  TakeLog();
  EXPECT_FALSE(Module("seal", R"({"scope": "shop",
                                  "sessionPersistence": {"type": "Header"}})")
                   .is_made());
  EXPECT_EQ(TakeLog().size(), 1U);
}

// What new sessions weigh, by a policy of smooth round robin.
std::vector<int> Shares(FakeLb* lb, std::string_view json, int count) {
  const void* config = envoy_dynamic_module_on_lb_config_new(
      nullptr, Bytes("limpet"), Bytes(json));
  void* policy = envoy_dynamic_module_on_lb_new(config, lb->get());
  std::vector<int> shares(lb->hosts.size());
  for (int i = 0; i < count; ++i) {
    uint32_t priority;
    uint32_t index;
    if (envoy_dynamic_module_on_lb_choose_host(lb->get(), policy, nullptr,
                                               &priority, &index)) {
      ++shares[index];
    }
  }
  envoy_dynamic_module_on_lb_destroy(policy);
  envoy_dynamic_module_on_lb_config_destroy(config);
  return shares;
}

// How many of 1000 new sessions go to hosts of each of two priorities.
std::vector<int> SharesOfPriorities(FakeLb* lb, std::string_view json) {
  const void* config = envoy_dynamic_module_on_lb_config_new(
      nullptr, Bytes("limpet"), Bytes(json));
  void* policy = envoy_dynamic_module_on_lb_new(config, lb->get());
  std::vector<int> shares(2);
  for (int i = 0; i < 1000; ++i) {
    uint32_t priority = 0;
    uint32_t index;
    if (envoy_dynamic_module_on_lb_choose_host(lb->get(), policy, nullptr,
                                               &priority, &index)) {
      ++shares[priority];
    }
  }
  envoy_dynamic_module_on_lb_destroy(policy);
  envoy_dynamic_module_on_lb_config_destroy(config);
  return shares;
}

TEST(EnvoyModule, BalancesByWeightsOfAnySize) {
  FakeLb lb{.hosts = {{"10.0.0.1:80", 3'000'000'000}, {"10.0.0.2:80", 1}}};
  const std::vector<int> shares = Shares(&lb, "{}", 1000);
  EXPECT_EQ(shares[0] + shares[1], 1000);
  EXPECT_GE(shares[0], 998);
}

TEST(EnvoyModule, BalancesByTheWeightsOfLocalities) {
  using V = std::vector<int>;
  // 90 to 10, as two backendRefs of Envoy Gateway's: two hosts and four.
  FakeLb lb{.hosts = {{"10.0.0.1:80"},
                      {"10.0.0.2:80"},
                      {"10.0.1.1:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.1.2:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.1.3:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.1.4:80", 1, LIMPET_ENVOY_HEALTHY, 1}},
            .localities = {90, 10}};
  constexpr char kWeighs[] = R"({"weighLocalities": true})";
  EXPECT_EQ(Shares(&lb, kWeighs, 400), (V{180, 180, 10, 10, 10, 10}));
  EXPECT_EQ(Shares(&lb, "{}", 600), (V{100, 100, 100, 100, 100, 100}));
  // One of two healthy: 70 % of the weight. The places are of healthy hosts.
  lb.hosts[1].health = LIMPET_ENVOY_UNHEALTHY;
  EXPECT_EQ(Shares(&lb, kWeighs, 730), (V{630, 25, 25, 25, 25, 0}));
  lb.hosts[0].health = LIMPET_ENVOY_UNHEALTHY;
  EXPECT_EQ(Shares(&lb, kWeighs, 400), (V{100, 100, 100, 100, 0, 0}));
}

TEST(EnvoyModule, WeightsOfLocalitiesDoNotCallTheNextPriority) {
  // Five of seven are healthy: more than 71 %. The next priority is not needed,
  // though the locality that weighs most has but one of three.
  FakeLb lb{.hosts = {{"10.0.0.1:80"},
                      {"10.0.0.2:80", 1, LIMPET_ENVOY_UNHEALTHY},
                      {"10.0.0.3:80", 1, LIMPET_ENVOY_UNHEALTHY},
                      {"10.0.1.1:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.1.2:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.1.3:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.1.4:80", 1, LIMPET_ENVOY_HEALTHY, 1},
                      {"10.0.2.1:80", 1, LIMPET_ENVOY_HEALTHY, 0, 1}},
            .localities = {90, 10},
            .priorities = 2};
  constexpr char kWeighs[] = R"({"weighLocalities": true})";
  EXPECT_EQ(SharesOfPriorities(&lb, kWeighs), (std::vector<int>{1000, 0}));
  lb.hosts[3].health = LIMPET_ENVOY_UNHEALTHY;
  // 1.4 times 4 of 7.
  EXPECT_NEAR(SharesOfPriorities(&lb, kWeighs)[0], 800, 50);
}

TEST(Rules, AreForgottenWhenNoRequestAsksForThem) {
  bool passes_through = false;
  constexpr uint64_t kHour = 3'600'000;
  constexpr uint64_t kNow = 490'000 * kHour;
  const std::shared_ptr<Rules> rules =
      Rules::Of(FilterKind::kOwn, kHeader, &passes_through);
  const std::weak_ptr<const Rule> seldom = rules->Find("seldom", kNow);
  const std::weak_ptr<const Rule> often = rules->Find("often", kNow);
  rules->Find("often", kNow + 25 * kHour);
  EXPECT_FALSE(seldom.expired());
  rules->Tick(kNow + 26 * kHour);
  rules->Find("often", kNow + 26 * kHour);
  EXPECT_TRUE(seldom.expired());
  EXPECT_TRUE(rules->Find("seldom", kNow + 26 * kHour) != nullptr);
}

TEST(Rules, StayWithTheirKeysWhereOthersAreOfNoUse) {
  const std::string path = ::testing::TempDir() + "/limpet_keys_of_rules_" +
                           std::to_string(getpid());
  const auto write = [&](const std::string& text) {
    FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs(text.c_str(), file);
    std::fclose(file);
  };
  const std::string seal = "1 " + std::string(64, '1') + " seal\n";
  write(seal + "2 " + std::string(64, '2') + " place\n");
  bool passes_through = false;
  const std::shared_ptr<Rules> rules = Rules::Of(
      FilterKind::kOwn, R"({"keysFile": ")" + path + R"(", "sessionPersistence":
         {"sessionName": "S", "balancer": {"type": "RingHash"}}})",
      &passes_through);
  constexpr uint64_t kNow = 1'700'000'000'000;
  const std::shared_ptr<const Rule> rule = rules->Find("shop", kNow);
  write(seal);
  const Rules::Second second = rules->Tick(kNow);
  EXPECT_TRUE(second.keys_failed);
  EXPECT_NE(second.error.find("place"), std::string::npos) << second.error;
  EXPECT_EQ(rules->Find("shop", kNow), rule);
  EXPECT_FALSE(rules->Tick(kNow + 1000).keys_failed);
  std::remove(path.c_str());
}

TEST(FailedHosts, AreLeftForAWhile) {
  FailedHosts failed(5000);
  EXPECT_FALSE(failed.some(1000));
  failed.Add("10.0.0.1:80", 1'700'000'000'000);
  EXPECT_TRUE(failed.Has("10.0.0.1:80", 1'700'000'000'000));
  EXPECT_TRUE(failed.Has("10.0.0.1:80", 1'700'000'004'999));
  EXPECT_FALSE(failed.Has("10.0.0.1:80", 1'700'000'005'000));
  EXPECT_FALSE(failed.Has("10.0.0.2:80", 1'700'000'000'000));
  // A clock that was set back an hour.
  EXPECT_FALSE(failed.Has("10.0.0.1:80", 1'699'996'400'000));
  FailedHosts never(0);
  never.Add("10.0.0.1:80", 1'700'000'000'000);
  EXPECT_FALSE(never.some(1'700'000'000'000));
}

// Four workers, each with a balancer of its own, and keys that change
// meanwhile.
TEST(EnvoyModule, ServesSeveralWorkersAtOnce) {
  const std::string path =
      ::testing::TempDir() + "/limpet_keys_" + std::to_string(getpid());
  const auto write = [&](char digit) {
    const std::string text = "1 " + std::string(64, digit) + " seal\n2 " +
                             std::string(64, '0') + " open\n";
    FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs(text.c_str(), file);
    std::fclose(file);
  };
  write('1');
  const void* config = envoy_dynamic_module_on_lb_config_new(
      nullptr, Bytes("limpet"), Bytes(R"({"balancer": {"type": "Random"}})"));
  for (const std::string store : {"SealedToken", "SessionMap"}) {
    Module module("own", R"({"keysFile": ")" + path +
                             R"(", "sessionPersistence": {"sessionName": "S",
                  "type": "Header", "store": {"type": ")" +
                             store + R"("}}})");
    ASSERT_TRUE(module.is_made());
    std::atomic<int> lost{0};
    std::vector<std::thread> workers;
    for (int worker = 0; worker < 4; ++worker) {
      workers.emplace_back([&, worker] {
        FakeLb lb{.hosts = {{"10.0.0.1:80"}, {"10.0.0.2:80"}}};
        // Two workers know the hosts, two learn them.
        void* policy = worker < 2
                           ? envoy_dynamic_module_on_lb_new(config, lb.get())
                           : nullptr;
        std::string token;
        for (int i = 0; i < 300; ++i) {
          FakeStream stream(&module.host);
          stream.cluster =
              worker < 2 ? "shop" : "other" + std::to_string(i % 7);
          if (!token.empty()) stream.request = {{"s", token}};
          module.Serve(&stream, i % 50 == 49 ? "" : "10.0.0.1:80");
          if (std::string got = Module::Token(stream); !got.empty()) {
            token = std::move(got);
          }
          if (policy != nullptr) {
            uint32_t priority;
            uint32_t index;
            lb.hosts[1].health =
                i % 2 == 0 ? LIMPET_ENVOY_UNHEALTHY : LIMPET_ENVOY_HEALTHY;
            if (!envoy_dynamic_module_on_lb_choose_host(
                    lb.get(), policy, nullptr, &priority, &index)) {
              ++lost;
            }
          }
        }
        if (policy != nullptr) envoy_dynamic_module_on_lb_destroy(policy);
      });
    }
    write('2');
    for (std::thread& worker : workers) worker.join();
    EXPECT_EQ(lost, 0);
    EXPECT_GT(module.host["outcome_kept"], 0U);
  }
  envoy_dynamic_module_on_lb_config_destroy(config);
  std::remove(path.c_str());
}

TEST(ScopeOfCluster, IsTheRuleOfEnvoyGateways) {
  EXPECT_EQ(ScopeOfCluster("shop"), "shop");
  EXPECT_EQ(ScopeOfCluster("httproute/default/header/rule/0"),
            "httproute/default/header/rule/0");
  EXPECT_EQ(ScopeOfCluster("httproute/default/header/rule/0/backend/1"),
            "httproute/default/header/rule/0");
  EXPECT_EQ(ScopeOfCluster("a/backend/x"), "a/backend/x");
  EXPECT_EQ(ScopeOfCluster("a/backend/"), "a/backend/");
}

TEST(PackedAddress, ComesBackLetterByLetter) {
  const auto packs_to = [](std::string_view text, size_t size) {
    std::array<char, 19> packed;
    std::array<char, kMaxAddress> again;
    const std::string_view bytes = Pack(text, &packed);
    EXPECT_EQ(bytes.size(), size) << text;
    EXPECT_EQ(Unpack(bytes, &again), text);
  };
  packs_to("1.2.3.4:80", 6);
  packs_to("255.255.255.255:65535", 6);
  packs_to("[2001:db8::1]:443", 19);
  packs_to("[::]:0", 19);
  packs_to("[2001:DB8::1]:443", 17);  // not the form that Envoy writes
  packs_to("01.2.3.4:80", 11);
  packs_to("1.2.3.4:080", 11);
  packs_to("1.2.3.4:65536", 13);
  packs_to("/run/socket", 11);
  packs_to("/tmp/a", 7);  // would be read as an address
  packs_to("", 0);
}

}  // namespace
}  // namespace limpet_envoy::testing
