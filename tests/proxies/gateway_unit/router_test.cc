#include "router.h"

#include <gtest/gtest.h>

#include "manifests.h"

namespace gateway {
namespace {

using testing::Build;
using testing::Built;
using testing::kGateway;
using testing::RouteOf;
using testing::ServiceOf;

TEST(Router, PrefixesMatchWholeSegments) {
  EXPECT_TRUE(PrefixMatches("/", "/"));
  EXPECT_TRUE(PrefixMatches("/", "/a"));
  EXPECT_TRUE(PrefixMatches("/a", "/a"));
  EXPECT_TRUE(PrefixMatches("/a", "/a/"));
  EXPECT_TRUE(PrefixMatches("/a/", "/a"));
  EXPECT_TRUE(PrefixMatches("/a", "/a/b"));
  EXPECT_FALSE(PrefixMatches("/a", "/ab"));
  EXPECT_FALSE(PrefixMatches("/a/b", "/a"));
  EXPECT_FALSE(PrefixMatches("/", "*"));
}

TEST(Router, HostnamesMatchExactlyOrByTheirSuffix) {
  EXPECT_TRUE(HostnameMatches("", "a.b"));
  EXPECT_TRUE(HostnameMatches("a.b", "a.b"));
  EXPECT_FALSE(HostnameMatches("a.b", "x.a.b"));
  EXPECT_TRUE(HostnameMatches("*.a.b", "x.a.b"));
  EXPECT_TRUE(HostnameMatches("*.a.b", "y.x.a.b"));
  EXPECT_FALSE(HostnameMatches("*.a.b", "a.b"));
  EXPECT_FALSE(HostnameMatches("*.a.b", "xa.b"));
}

TEST(Router, AHostnameOfBothListenerAndRouteIsTheNarrowerOne) {
  EXPECT_EQ(IntersectHostnames("", "a.b"), "a.b");
  EXPECT_EQ(IntersectHostnames("*.b", ""), "*.b");
  EXPECT_EQ(IntersectHostnames("*.b", "a.b"), "a.b");
  EXPECT_EQ(IntersectHostnames("x.a.b", "*.b"), "x.a.b");
  EXPECT_EQ(IntersectHostnames("*.b", "*.a.b"), "*.a.b");
  EXPECT_EQ(IntersectHostnames("*.b", "b"), std::nullopt);
  EXPECT_EQ(IntersectHostnames("a.b", "c.b"), std::nullopt);
}

// Adds entries in an order that is not theirs and asks who wins.
class Precedence : public ::testing::Test {
 protected:
  Precedence() { router_.AddListener(80, ""); }

  Router::Entry& Add(size_t rule) {
    entries_.emplace_back();
    entries_.back().rule = rule;
    entries_.back().route = "default/r";
    entries_.back().rule_index = rule;
    return entries_.back();
  }

  std::optional<size_t> Find(std::string_view path,
                             std::span<const Field> fields = {},
                             std::string_view method = "GET",
                             std::string_view host = "www.example.com") {
    for (Router::Entry& entry : entries_) router_.Add(80, "", entry);
    entries_.clear();
    router_.Finish();
    return router_.Find(80, {host, path, method, fields});
  }

  Router router_;
  std::vector<Router::Entry> entries_;
};

TEST_F(Precedence, ExactPathsBeatLongPrefixesBeatShortOnes) {
  Add(1).match.path = "/a";
  Add(2).match.path = "/a/b";
  Router::Entry& exact = Add(3);
  exact.match.path = "/a/b/c";
  exact.match.path_type = PathType::kExact;
  EXPECT_EQ(Find("/a/b/c"), 3u);
  EXPECT_EQ(Find("/a/b/c/d"), 2u);
  EXPECT_EQ(Find("/a/x"), 1u);
  EXPECT_EQ(Find("/x"), std::nullopt);
}

TEST_F(Precedence, MethodsBeatHeadersAndMoreHeadersBeatFewer) {
  Add(1);
  Add(2).match.headers = {{"a", "1"}};
  Add(3).match.headers = {{"a", "1"}, {"b", "2"}};
  Add(4).match.method = "POST";
  const Field both[] = {{"B", "2"}, {"A", "0"}, {"A", "1"}};
  const Field one[] = {{"A", "1"}};
  EXPECT_EQ(Find("/", both), 3u);
  EXPECT_EQ(Find("/", one), 2u);
  EXPECT_EQ(Find("/"), 1u);
  EXPECT_EQ(Find("/", both, "POST"), 4u);
}

TEST_F(Precedence, AMoreSpecificHostnameBeatsAnyPath) {
  Add(1).hostname = "*.example.com";
  Add(2).hostname = "www.example.com";
  Router::Entry& exact = Add(3);
  exact.match.path = "/a";
  exact.match.path_type = PathType::kExact;
  EXPECT_EQ(Find("/a"), 2u);
  EXPECT_EQ(Find("/a", {}, "GET", "x.example.com"), 1u);
  EXPECT_EQ(Find("/a", {}, "GET", "other"), 3u);
}

TEST_F(Precedence, OldRoutesThenFirstNamesThenFirstRulesBreakTies) {
  Add(4).route = "default/a";
  Router::Entry& old = Add(3);
  old.route = "default/z";
  old.created = "2026-01-01T00:00:00Z";
  EXPECT_EQ(Find("/"), 3u);
  Add(1).route = "default/0";
  EXPECT_EQ(Find("/"), 3u);
}

TEST_F(Precedence, TheFirstRuleOfARouteBreaksTies) {
  Add(2);
  Add(1);
  EXPECT_EQ(Find("/"), 1u);
}

TEST_F(Precedence, AMatchThatIsNotSupportedNeverMatches) {
  Add(1).match.supported = false;
  EXPECT_EQ(Find("/"), std::nullopt);
}

TEST(Router, AnotherListenerDoesNotServeAHostnameThatHasItsOwn) {
  Router router;
  router.AddListener(80, "");
  router.AddListener(80, "www.example.com");
  router.Add(80, "", Router::Entry());
  router.Finish();
  EXPECT_TRUE(router.Find(80, {"other", "/", "GET", {}}));
  EXPECT_FALSE(router.Find(80, {"www.example.com", "/", "GET", {}}));
  EXPECT_FALSE(router.Find(81, {"other", "/", "GET", {}}));
}

TEST(Router, RoutesOfOtherNamespacesNeedTheListenersConsent) {
  const std::string route = R"(
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: other}
spec:
  parentRefs: [{name: gw, namespace: default}]
  rules: [{backendRefs: []}]
)";
  const Built closed = Build(kGateway + route);
  ASSERT_TRUE(closed.configuration);
  EXPECT_FALSE(testing::RuleFor(*closed.configuration, "/"));
  std::string all = kGateway;
  all.replace(all.find("port: 80"), 8,
              "port: 80, allowedRoutes: {namespaces: {from: All}}");
  const Built open = Build(all + route);
  ASSERT_TRUE(open.configuration);
  EXPECT_TRUE(testing::RuleFor(*open.configuration, "/"));
}

}  // namespace
}  // namespace gateway
