// Endpoints: who can serve. An EndpointSet is an immutable snapshot; a Cluster
// publishes new ones while readers go on.
//
// Thread rule: an EndpointSet is immutable. Cluster may be used by many
// threads; a Cluster::Reader belongs to one thread.
//
//   auto set = EndpointSet::Make({{.id = "pod-a", .address = "10.0.0.1:80"},
//                                 {.id = "pod-b", .address = "10.0.0.2:80"}});
//   Cluster cluster(*set);
//   Cluster::Reader reader(cluster);                  // one per thread
//   const EndpointSet& endpoints = reader.Current();  // one per request
#ifndef LIMPET_ENDPOINT_H_
#define LIMPET_ENDPOINT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "limpet/hash.h"
#include "limpet/status.h"

namespace limpet {
inline namespace v0 {

enum class EndpointState : uint8_t {
  kReady,        // serves everybody
  kDraining,     // keeps its sessions, gets no new ones
  kUnavailable,  // serves nobody
};

std::string_view EndpointStateName(EndpointState state);

// An endpoint's place in its set, as the host listed it.
inline constexpr uint32_t kNoEndpoint = UINT32_MAX;

inline constexpr uint32_t kMaxWeight = 1'000'000;  // Gateway API's limit
inline constexpr size_t kMaxAddressSize = 255;     // bytes

// One server instance.
struct Endpoint {
  std::string id{};       // stable and unique: a pod's name or uid; not empty
  std::string address{};  // how the host reaches it; only EnvoyToken reads it
  std::string
      backend{};        // the Backend it belongs to; "" where there is but one
  uint32_t weight = 1;  // within its backend; 0 gets no new sessions
  EndpointState state = EndpointState::kReady;
};

// A weighted group of endpoints: a Gateway API backendRef.
struct Backend {
  std::string name{};
  uint32_t weight = 1;  // 0 gets no new sessions and keeps its old ones
};

// How many requests an endpoint is serving, for LeastRequest. A function and
// its argument, so that the host's counters can stay atomics.
struct ActiveRequests {
  uint32_t (*count)(const void* host, uint32_t endpoint) = nullptr;
  const void* host = nullptr;
};

class EndpointSet {
 public:
  // Endpoints that may get new sessions, with their weights summed up, so that
  // a number below total_weight picks one in O(log n).
  struct Group {
    Backend backend{};
    std::vector<uint32_t> ready{};       // indexes: state ready, weight > 0
    std::vector<uint64_t> cumulative{};  // of their weights, same order
    uint64_t total_weight = 0;           // the last of cumulative
    bool equal_weights = true;           // of the ready ones
  };

  // Refuses an empty or repeated id, two ids with one handle, an address of
  // more than kMaxAddressSize, a weight above kMaxWeight, a backend that is
  // not in `backends`. No backends: one of weight 1 for every name that the
  // endpoints use.
  static Result<std::shared_ptr<const EndpointSet>> Make(
      std::vector<Endpoint> endpoints, std::vector<Backend> backends = {});

  size_t size() const { return endpoints_.size(); }
  const Endpoint& operator[](uint32_t index) const { return endpoints_[index]; }
  std::span<const Endpoint> endpoints() const { return endpoints_; }
  EndpointHandle handle(uint32_t index) const { return handles_[index]; }
  EndpointState state(uint32_t index) const { return states_[index]; }

  // Index of a handle in O(1), or kNoEndpoint.
  uint32_t Find(EndpointHandle handle) const;

  // Index of an address in O(1), or kNoEndpoint; of several with one address
  // the most available (ready, then draining), then the first listed.
  uint32_t FindAddress(std::string_view address) const;

  std::span<const Group> groups() const { return groups_; }
  uint32_t group(uint32_t index) const { return group_of_[index]; }

 private:
  EndpointSet() = default;

  std::vector<Endpoint> endpoints_;
  // What every request asks, apart from the rest: it stays in the cache.
  std::vector<EndpointHandle> handles_;
  std::vector<EndpointState> states_;
  std::vector<uint32_t> group_of_;
  std::vector<Group> groups_;
  std::vector<uint32_t> by_handle_;   // open addressing, index + 1, 0 = empty
  std::vector<uint32_t> by_address_;  // likewise
};

// The current EndpointSet of a host that has no snapshots of its own.
class Cluster {
 public:
  explicit Cluster(std::shared_ptr<const EndpointSet> endpoints);
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // Readers see it from their next Current() on.
  void Publish(std::shared_ptr<const EndpointSet> endpoints);

  std::shared_ptr<const EndpointSet> Snapshot() const;

  // A thread's own hold on the current set: an unchanged cluster costs one
  // load, no lock and no write to memory that other threads read.
  class Reader {
   public:
    explicit Reader(const Cluster& cluster) : cluster_(&cluster) {}

    // Valid until this Reader's next Current(); Hold() keeps it longer.
    const EndpointSet& Current();
    std::shared_ptr<const EndpointSet> Hold();

   private:
    const Cluster* cluster_;
    uint64_t version_ = 0;
    std::shared_ptr<const EndpointSet> endpoints_;
  };

 private:
  std::atomic<uint64_t> version_{1};
  mutable std::mutex mutex_;
  std::shared_ptr<const EndpointSet> endpoints_;  // guarded by mutex_
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_ENDPOINT_H_
