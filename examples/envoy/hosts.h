// Hosts: endpoints of a cluster as limpet knows them: a snapshot. Of a worker's
// load balancer, which sees all with weight and health, or of a book that knows
// those that were configured and those that have served.
//
// Thread rule: a snapshot is immutable; a book may be used by many threads.
#ifndef LIMPET_EXAMPLES_ENVOY_HOSTS_H_
#define LIMPET_EXAMPLES_ENVOY_HOSTS_H_

#include <limpet.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config.h"

namespace limpet_envoy {

struct Host {
  std::string id;
  std::string address;  // "ip:port", as Envoy writes it
  uint32_t weight = 1;
  uint32_t state = LIMPET_ENDPOINT_READY;
  uint32_t priority = 0;
  uint64_t since_ms = 0;  // when it came into its state; 0: long ago
};

// Which hosts can stand in one snapshot.
class HostFilter {
 public:
  // False: limpet could not use it, or another one before it has its id or its
  // address.
  bool Takes(const Host& host);

 private:
  std::unordered_set<uint64_t> handles_;
  std::unordered_set<std::string> addresses_;
};

class Hosts {
 public:
  // REQUIRES: a HostFilter takes all of them.
  explicit Hosts(std::vector<Host> hosts);
  Hosts(const Hosts&) = delete;
  Hosts& operator=(const Hosts&) = delete;

  const limpet_endpoint_set* set() const { return set_.get(); }
  uint32_t size() const { return static_cast<uint32_t>(hosts_.size()); }
  const Host& operator[](uint32_t index) const { return hosts_[index]; }

  // LIMPET_NO_ENDPOINT: it is none of them.
  uint32_t Find(std::string_view address) const {
    const auto found = by_address_.find(address);
    return found == by_address_.end() ? LIMPET_NO_ENDPOINT : found->second;
  }

 private:
  std::vector<Host> hosts_;
  std::unordered_map<std::string_view, uint32_t> by_address_;
  OwnedSet set_;
};

// What can be known of a cluster's endpoints without a load balancer: those of
// the configuration, and the addresses of who has served. Of those it keeps the
// last 4096 at least.
class HostBook {
 public:
  explicit HostBook(const std::vector<ConfiguredEndpoint>& configured);

  std::shared_ptr<const Hosts> hosts();

  // The hosts, with this one among them.
  std::shared_ptr<const Hosts> Learn(std::string_view address);

 private:
  static constexpr size_t kMostLearned = 8192;

  const uint64_t number_;  // none has it twice
  const std::vector<Host> configured_;
  std::atomic<uint64_t> version_{0};

  std::mutex mutex_;           // of the following
  std::vector<Host> learned_;  // in the order of their first answer
  std::shared_ptr<const Hosts> hosts_;
};

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_HOSTS_H_
