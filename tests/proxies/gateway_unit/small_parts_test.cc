// Options, access log, availability, watcher, metrics.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "access_log.h"
#include "availability.h"
#include "manifests.h"
#include "metrics.h"
#include "options.h"
#include "watcher.h"

namespace gateway {
namespace {

using testing::Build;
using testing::Built;

TEST(GatewayOptions, AreReadInBothForms) {
  const char* const arguments[] = {"--manifests", "dir", "--admin-port=0",
                                   "--unavailable-for", "1m30s"};
  const auto options = ParseOptions(arguments);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options.value().manifests, "dir");
  EXPECT_EQ(options.value().admin_port, 0);
  EXPECT_FALSE(options.value().listen_port);
  EXPECT_EQ(options.value().unavailable_for, limpet::Duration(90'000));
}

TEST(GatewayOptions, MistakesNameTheOption) {
  const char* const unknown[] = {"--nonsense", "1"};
  const char* const port[] = {"--manifests", "d", "--listen-port", "65536"};
  const char* const missing[] = {"--threads", "2"};
  const char* const zero[] = {"--manifests", "d", "--poll", "0s"};
  EXPECT_EQ(ParseOptions(unknown).status().problems()[0].field, "--nonsense");
  EXPECT_EQ(ParseOptions(port).status().problems()[0].field, "--listen-port");
  EXPECT_EQ(ParseOptions(missing).status().problems()[0].field, "--manifests");
  EXPECT_EQ(ParseOptions(zero).status().problems()[0].field, "--poll");
}

TEST(GatewayAccessLog, IsOneLineWhateverTheRequestHolds) {
  AccessLogLine line;
  line.time = limpet::TimestampFromMillis(1'000);
  line.client = "127.0.0.1";
  line.method = "GET";
  line.path = "/a\r\n\"b";
  line.status = 200;
  line.duration = std::chrono::microseconds(1234);
  EXPECT_EQ(FormatAccessLog(line),
            "1970-01-01T00:00:01.000Z 127.0.0.1 GET \"/a\\x0d\\x0a\\x22b\" 200 "
            "- - - 1.234ms\n");
}

TEST(GatewayAvailability, AFailureCountsForItsTime) {
  using std::chrono::seconds;
  const Availability::Clock::time_point start;
  Availability availability(seconds(5));
  EXPECT_TRUE(availability.ReportFailure("a", start));
  EXPECT_FALSE(availability.ReportFailure("a", start + seconds(2)));
  EXPECT_TRUE(availability.IsUnreachable("a"));
  EXPECT_FALSE(availability.IsUnreachable("b"));
  EXPECT_EQ(availability.NextExpiry(), start + seconds(7));
  EXPECT_FALSE(availability.Expire(start + seconds(6)));
  EXPECT_TRUE(availability.Expire(start + seconds(7)));
  EXPECT_FALSE(availability.IsUnreachable("a"));
  EXPECT_EQ(availability.NextExpiry(), std::nullopt);
}

class WatcherTest : public ::testing::Test {
 protected:
  WatcherTest() {
    std::string name =
        (std::filesystem::temp_directory_path() / "limpet-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~WatcherTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }

  std::filesystem::path folder_;
};

TEST_F(WatcherTest, SeesAChangeOnceItStandsStill) {
  Write("a.yaml", "1");
  Watcher watcher(folder_, "");
  EXPECT_FALSE(watcher.Changed());
  Write("a.yaml", "12");
  EXPECT_FALSE(watcher.Changed());  // it may be half written
  EXPECT_TRUE(watcher.Changed());
  EXPECT_FALSE(watcher.Changed());
}

TEST_F(WatcherTest, SeesNewAndRemovedFilesAndKeysButNoOthers) {
  Write("keys", "1");
  Watcher watcher(folder_, folder_ / "keys");
  Write("b.json", "{}");
  EXPECT_FALSE(watcher.Changed());
  EXPECT_TRUE(watcher.Changed());
  std::filesystem::remove(folder_ / "b.json");
  EXPECT_FALSE(watcher.Changed());
  EXPECT_TRUE(watcher.Changed());
  Write("keys", "22");
  EXPECT_FALSE(watcher.Changed());
  EXPECT_TRUE(watcher.Changed());
  Write("note.txt", "x");
  EXPECT_FALSE(watcher.Changed());
  EXPECT_FALSE(watcher.Changed());
}

TEST(GatewayMetrics, HaveEveryOutcomeAndTheLiveSessions) {
  const Built built =
      Build(testing::kGateway + testing::ServiceOf("a") +
            testing::RouteOf("r",
                             "[{backendRefs: [{name: a, port: 80}], "
                             "sessionPersistence: {sessionName: S, store: "
                             "{type: SessionMap}}}]"));
  ASSERT_TRUE(built.configuration);
  const auto now = limpet::TimestampFromMillis(1'700'000'000'000);
  const Target& target = *testing::RuleFor(*built.configuration, "/")->target;
  const auto endpoints = target.Endpoints();
  const auto decision = target.policy().Select({}, *endpoints, now);
  std::string buffer(target.policy().MaxFieldSize(), ' ');
  const limpet::Endpoint& served = (*endpoints)[decision.endpoint];
  ASSERT_TRUE(target.policy().Commit(decision, &served, now, buffer));
  const std::string page =
      RenderMetrics(*built.configuration, {.ok = 2, .refused = 1}, now);
  const auto has = [&page](const std::string& line) {
    return page.find(line + "\n") != std::string::npos;
  };
  EXPECT_TRUE(
      has("limpet_requests_total{rule=\"default/r/0\",outcome=\"new\"} 1"));
  EXPECT_TRUE(
      has("limpet_requests_total{rule=\"default/r/0\",outcome=\"kept\"} 0"));
  EXPECT_TRUE(has("limpet_sessions{rule=\"default/r/0\",endpoint=\"" +
                  served.id + "\"} 1"));
  EXPECT_TRUE(has("limpet_endpoints{rule=\"default/r/0\",state=\"ready\"} 2"));
  EXPECT_TRUE(has("limpet_config_reloads_total{result=\"ok\"} 2"));
  EXPECT_TRUE(has("limpet_config_reloads_total{result=\"refused\"} 1"));
}

}  // namespace
}  // namespace gateway
