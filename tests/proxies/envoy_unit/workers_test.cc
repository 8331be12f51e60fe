// Several workers at once.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "module.h"

namespace limpet_envoy::testing {
namespace {

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

}  // namespace
}  // namespace limpet_envoy::testing
