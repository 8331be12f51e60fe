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
#include "limpet/time.h"

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
  Timestamp since{};           // when it came into this state; epoch: long ago
  Timestamp drain_deadline{};  // kDraining: from then on it serves nobody;
                               // epoch: none
  // Within its backend: those of the lowest number serve, and others as far as
  // too few of those can (see Tier).
  uint32_t priority = 0;
  // Where it runs: "region/zone", or "". Nearer ones of a priority come first.
  std::string locality{};
  // Most requests at one time, counted by ActiveRequests; 0: any number. A
  // session whose endpoint is full is served elsewhere this once.
  uint32_t max_requests = 0;
  // Most live sessions, with the store SessionMap; 0: any number. What is full
  // gets no new sessions and keeps its own. Counted by Policy::Prepare:
  // requests that are under way then can bring it a few more.
  uint32_t max_sessions = 0;
  // How the proxy knows it whose placement is to be matched. "": its address
  // (Envoy, nginx), its place in the list from 1 on (HAProxy: the server's id).
  std::string hash_key{};
};

// A weighted group of endpoints: a Gateway API backendRef.
struct Backend {
  std::string name{};
  uint32_t weight = 1;  // 0 gets no new sessions and keeps its old ones
};

// How many requests an endpoint is serving: for LeastRequest, bounded load and
// max_requests. Functions and their argument, so that the host's counters can
// stay atomics.
struct ActiveRequests {
  uint32_t (*count)(const void* host, uint32_t endpoint) = nullptr;
  const void* host = nullptr;
  // In all endpoints of a group, whatever their state. Null: they are added up,
  // one by one.
  uint64_t (*in_group)(const void* host, uint32_t group) = nullptr;
};

class EndpointSet {
 public:
  // Endpoints of one rank in a backend, that is of one priority and equally
  // near, that may get new sessions. Where their weights are not equal, a
  // number finds one in O(1): at random in `columns`, in their order by
  // `guide`.
  //
  // A rank gets what the better ones leave it: one with 71 % of its weight
  // ready still takes everything, one with half takes 70 % (Envoy's
  // overprovisioning factor of 1.4). Draining endpoints do not count.
  struct Tier {
    std::vector<uint32_t> ready{};          // indexes: state ready, weight > 0
    std::vector<EndpointHandle> handles{};  // theirs, same order
    std::vector<uint64_t> cumulative{};     // of their weights, same order
    uint64_t total_weight = 0;              // the last of cumulative
    bool equal_weights = true;
    uint32_t share = 100;  // of 100 new sessions of the backend
    Timestamp oldest{};    // of their `since`
    Timestamp newest{};

    // Of an alias table: of 2^32 draws `keeps` are its own.
    struct Column {
      uint32_t keeps = 0;
      uint32_t other = 0;
    };
    std::vector<Column> columns{};  // lib/alias_table.h
    // Of a guide table: up to `border` of 2^32 it is of `place`.
    struct Bucket {
      uint32_t border = 0;
      uint32_t place = 0;
    };
    std::vector<Bucket> guide{};  // lib/guide_table.h
    // Of a round robin through them, in parts of 2^64.
    uint64_t step = 0;  // lib/rotation.h
  };
  struct Group {
    Backend backend{};
    std::vector<Tier> tiers{};       // best first; those with ready endpoints
    std::vector<uint32_t> others{};  // endpoints of no tier
  };

  struct Options {
    // Where the proxy runs: "region/zone". Endpoints of a priority are ranked
    // by it: the same locality, the same region, others. "": all alike.
    std::string locality{};
  };

  // Refuses an empty or repeated id, two ids with one handle, an address of
  // more than kMaxAddressSize, a weight above kMaxWeight, a backend that is
  // not in `backends`. No backends: one of weight 1 for every name that the
  // endpoints use.
  static Result<std::shared_ptr<const EndpointSet>> Make(
      std::vector<Endpoint> endpoints, std::vector<Backend> backends,
      const Options& options);
  static Result<std::shared_ptr<const EndpointSet>> Make(
      std::vector<Endpoint> endpoints, std::vector<Backend> backends = {});

  ~EndpointSet();
  EndpointSet(const EndpointSet&) = delete;
  EndpointSet& operator=(const EndpointSet&) = delete;

  size_t size() const { return endpoints_.size(); }
  const Endpoint& operator[](uint32_t index) const { return endpoints_[index]; }
  std::span<const Endpoint> endpoints() const { return endpoints_; }
  EndpointHandle handle(uint32_t index) const { return handles_[index]; }
  EndpointState state(uint32_t index) const { return states_[index]; }
  // Endpoint's own, moved into what TimestampFromMillis gives.
  Timestamp since(uint32_t index) const { return since_[index]; }
  Timestamp drain_deadline(uint32_t index) const {
    return drain_deadlines_[index];
  }

  // Index of a handle in O(1), or kNoEndpoint.
  uint32_t Find(EndpointHandle handle) const;

  // Index of an address in O(1), or kNoEndpoint; of several with one address
  // the most available (ready, then draining), then the first listed.
  uint32_t FindAddress(std::string_view address) const;

  std::span<const Group> groups() const { return groups_; }
  uint32_t group(uint32_t index) const { return group_of_[index]; }

  // Of the group's tiers, or kNoTier: it gets no new sessions.
  static constexpr uint32_t kNoTier = UINT32_MAX;
  uint32_t tier(uint32_t index) const { return tier_of_[index]; }

  // Has any endpoint a max_requests or max_sessions?
  bool capped() const { return capped_; }
  // Any a max_sessions?
  bool limits_sessions() const { return limits_sessions_; }

  class Shelf;  // lib/ only: what policies have worked out for this set
  Shelf& shelf() const { return *shelf_; }

 private:
  EndpointSet();

  std::vector<Endpoint> endpoints_;
  // What every request asks, apart from the rest: it stays in the cache.
  std::vector<EndpointHandle> handles_;
  std::vector<EndpointState> states_;
  std::vector<uint32_t> group_of_;
  std::vector<Timestamp> since_;
  std::vector<Timestamp> drain_deadlines_;
  std::vector<uint32_t> tier_of_;
  std::vector<Group> groups_;
  bool capped_ = false;
  bool limits_sessions_ = false;
  std::vector<uint32_t> by_handle_;   // open addressing, index + 1, 0 = empty
  std::vector<uint32_t> by_address_;  // likewise
  std::unique_ptr<Shelf> shelf_;
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
