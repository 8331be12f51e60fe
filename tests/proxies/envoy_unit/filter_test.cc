// The filters' hooks, replayed by a host that is not Envoy: what sanitizers are
// to see. What Envoy makes of them tests/proxies/envoy shows.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "module.h"

namespace limpet_envoy::testing {
namespace {

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

}  // namespace
}  // namespace limpet_envoy::testing
