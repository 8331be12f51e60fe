// CompatBalancer: what the balancers have in common that place every key where
// another proxy would. One table for every group, of all its endpoints in the
// order of the set, those that are down included.
//
// Where that proxy would send a request to an endpoint that is down, full or
// was tried already, another one serves: here nobody is sent there.
//
// Thread rule: as HashBalancer.
#ifndef LIMPET_LIB_BALANCERS_COMPAT_BALANCER_H_
#define LIMPET_LIB_BALANCERS_COMPAT_BALANCER_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "balancers/hash_balancer.h"
#include "limpet/balancing.h"
#include "placement/hashes.h"
#include "placement/member.h"

namespace limpet {
inline namespace v0 {

// The endpoints of a group as another proxy lists them. What drains is down to
// it.
struct CompatMembers {
  CompatMembers() = default;
  CompatMembers(const EndpointSet& endpoints, uint32_t group);
  // The best priority that has a ready endpoint. What is of a worse one is a
  // backup server, which serves where no other can.
  uint32_t BestPriority(const EndpointSet& endpoints) const;
  // Without those of weight 0, where the proxy knows no such weight.
  void DropWeightless();

  std::vector<PlacedMember> members{};  // keys: hash_key, or the address
  std::vector<uint32_t> index_of{};     // of each member, in the set
};

// Tables of all groups; T(endpoints, group, config) makes one.
template <typename T>
class GroupTables final : public EndpointSet::Shelf::Item {
 public:
  GroupTables(const EndpointSet& endpoints, const Balancing& config) {
    for (uint32_t g = 0; g < endpoints.groups().size(); ++g) {
      tables_.emplace_back(endpoints, g, config);
    }
  }
  const T& Of(uint32_t group) const { return tables_[group]; }

 private:
  std::vector<T> tables_;
};

// Under which the tables of a configuration stand on the shelf of a set.
uint64_t CompatTableKey(const Balancing& config);

// Could this endpoint serve the request?
inline bool IsFree(const Choice& choice, uint32_t index) {
  return choice.endpoints.state(index) == EndpointState::kReady &&
         !choice.Excludes(index);
}

// `T(endpoints, group, config)` is a group's table; its Choose(choice) an
// endpoint, perhaps one that is not free; T::HasKey(choice) says whether a
// request has a key that it goes by.
template <typename T>
class CompatBalancer final : public HashBalancer {
 public:
  CompatBalancer(const Balancing& config, std::unique_ptr<Balancer> without_key)
      : HashBalancer(std::move(without_key)),
        config_(config),
        table_key_(CompatTableKey(config)) {}

  void Prepare(const EndpointSet& endpoints) const override {
    TableOf<GroupTables<T>>(endpoints, table_key_, config_);
  }

 private:
  bool HasKey(const Choice& choice) const noexcept override {
    return T::HasKey(choice);
  }

  SessionId KeyOf(const Choice& choice) const noexcept override {
    const uint64_t hash = choice.hash ? *choice.hash : Xxh64(*choice.hash_key);
    return {.high = hash, .low = hash};
  }

  uint32_t ChooseByKey(const Choice& choice, uint32_t group,
                       const SessionId&) const noexcept override {
    const auto* tables =
        TableOf<GroupTables<T>>(choice.endpoints, table_key_, config_);
    if (tables == nullptr) return kNoEndpoint;
    const uint32_t index = tables->Of(group).Choose(choice);
    return index != kNoEndpoint && IsFree(choice, index) ? index : kNoEndpoint;
  }

  Balancing config_;
  uint64_t table_key_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_BALANCERS_COMPAT_BALANCER_H_
