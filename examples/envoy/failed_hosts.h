// FailedHosts: endpoints that refused a connection a short while ago, which no
// session is pinned to meanwhile. Without it a session would ask a dead
// endpoint for ever, where Envoy neither checks health nor retries.
//
// Thread rule: many threads use it at once; while none has failed they share
// nothing but a read.
#ifndef LIMPET_EXAMPLES_ENVOY_FAILED_HOSTS_H_
#define LIMPET_EXAMPLES_ENVOY_FAILED_HOSTS_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace limpet_envoy {

class FailedHosts {
 public:
  explicit FailedHosts(uint64_t for_ms) : for_ms_(for_ms) {}

  void Add(std::string_view address, uint64_t now_ms) {
    if (for_ms_ == 0 || address.empty()) return;
    const std::lock_guard lock(mutex_);
    Forget(now_ms);
    const auto known = Find(address);
    if (known != failed_.end()) {
      known->until_ms = now_ms + for_ms_;
    } else if (failed_.size() < kMost) {
      failed_.push_back({std::string(address), now_ms + for_ms_});
    }
    some_.store(true, std::memory_order_relaxed);
  }

  bool Has(std::string_view address, uint64_t now_ms) {
    if (!some()) return false;
    const std::lock_guard lock(mutex_);
    Forget(now_ms);
    return Find(address) != failed_.end();
  }

  // Has any failed? If not, there is nothing to ask.
  bool some() const { return some_.load(std::memory_order_relaxed); }

  // Calls `what` with each address.
  template <typename What>
  void ForEach(uint64_t now_ms, What&& what) {
    if (!some()) return;
    const std::lock_guard lock(mutex_);
    Forget(now_ms);
    for (const Failed& failed : failed_) what(failed.address);
  }

 private:
  struct Failed {
    std::string address;
    uint64_t until_ms;
  };
  static constexpr size_t kMost = 256;

  std::vector<Failed>::iterator Find(std::string_view address) {
    return std::find_if(
        failed_.begin(), failed_.end(),
        [&](const Failed& failed) { return failed.address == address; });
  }
  void Forget(uint64_t now_ms) {
    std::erase_if(failed_, [&](const Failed& failed) {
      return failed.until_ms <= now_ms;
    });
    some_.store(!failed_.empty(), std::memory_order_relaxed);
  }

  const uint64_t for_ms_;
  std::atomic<bool> some_{false};
  std::mutex mutex_;
  std::vector<Failed> failed_;
};

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_FAILED_HOSTS_H_
