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

  // One request, which is answered by `served` or, "", by nobody. `plain`: what
  // stateful_session adds to the response.
  void Serve(FakeStream* stream, std::string_view served,
             const Fields& response = {}) const {
    void* filter =
        envoy_dynamic_module_on_http_filter_new(config_, stream->get());
    const limpet_envoy_status status =
        envoy_dynamic_module_on_http_filter_request_headers(stream->get(),
                                                            filter, true);
    if (status == LIMPET_ENVOY_CONTINUE) {
      stream->served = served;
      stream->response = response;
      stream->response.insert(stream->response.begin(), {":status", "200"});
      if (served.empty()) {
        envoy_dynamic_module_on_http_filter_local_reply(
            stream->get(), filter, 503, Bytes("no_healthy_upstream"), false);
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
  packs_to("", 0);
}

}  // namespace
}  // namespace limpet_envoy::testing
