// HAProxy's hash-type consistent and map-based.
#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "balancers/compat_balancer.h"
#include "placement/haproxy_bounded_load.h"
#include "placement/haproxy_consistent.h"
#include "placement/haproxy_hash.h"
#include "placement/haproxy_map.h"
#include "placement/haproxy_node_base.h"
#include "placement/socket_address.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint32_t kMostWeight = 256;

HaproxyHash HashOf(const Balancing& config) {
  switch (config.hash_function) {
    case HashFunction::kDjb2:
      return {HaproxyFunction::kDjb2, config.avalanche};
    case HashFunction::kWt6:
      return {HaproxyFunction::kWt6, config.avalanche};
    case HashFunction::kCrc32:
      return {HaproxyFunction::kCrc32, config.avalanche};
    case HashFunction::kNone:
      return {HaproxyFunction::kNone, config.avalanche};
    case HashFunction::kSdbm:
      return {HaproxyFunction::kSdbm, config.avalanche};
    default:
      return {HaproxyFunction::kSdbm,
              config.type == BalancerType::kHaproxyConsistentHash};
  }
}

uint32_t NodeBase(HaproxyHashKey hash_key, uint32_t id,
                  const Endpoint& endpoint) {
  switch (hash_key) {
    case HaproxyHashKey::kId:
      return HaproxyIdBase(id);
    case HaproxyHashKey::kHashedId:
      return HaproxyHashedIdBase(id);
    case HaproxyHashKey::kId32:
      return HaproxyId32Base(id);
    case HaproxyHashKey::kGuid:
      return HaproxyGuidBase(endpoint.hash_key);
    case HaproxyHashKey::kAddr:
    case HaproxyHashKey::kAddrPort:
      break;
  }
  // HAProxy, too, goes by the id where there is no address.
  const std::optional<SocketAddress> address =
      ParseSocketAddress(endpoint.address);
  if (!address) return HaproxyIdBase(id);
  return hash_key == HaproxyHashKey::kAddr
             ? HaproxyAddrBase(address->ip())
             : HaproxyAddrPortBase(address->ip(), address->port);
}

// The members as HAProxy sees them, with their places on its ring.
CompatMembers MembersOf(const EndpointSet& endpoints, uint32_t group,
                        const Balancing& config) {
  CompatMembers all(endpoints, group);
  const uint32_t best = all.BestPriority(endpoints);
  std::vector<uint32_t> ids;
  for (const uint32_t index : all.index_of) {
    const std::string& text = endpoints[index].hash_key;
    uint32_t id = 0;  // HAProxy gives it one
    std::from_chars(text.data(), text.data() + text.size(), id);
    ids.push_back(config.haproxy_hash_key == HaproxyHashKey::kGuid ? 0 : id);
  }
  ids = HaproxyIds(ids);
  for (size_t i = 0; i < all.members.size(); ++i) {
    PlacedMember& member = all.members[i];
    member.weight = std::min(member.weight, kMostWeight);
    if (endpoints[all.index_of[i]].priority > best) member.usable = false;
    member.node_base =
        NodeBase(config.haproxy_hash_key, ids[i], endpoints[all.index_of[i]]);
  }
  return all;
}

class HaproxyGroup {
 public:
  HaproxyGroup(const CompatMembers& all, const Balancing& config)
      : hash_(HashOf(config)),
        hash_address_(config.hash_address),
        index_of_(all.index_of) {}

  // An empty key has no hash there.
  static bool HasKey(const Choice& choice) {
    return choice.hash_key && !choice.hash_key->empty();
  }

 protected:
  uint32_t HashOfKey(const Choice& choice) const {
    return hash_address_ ? hash_.OfAddress(*choice.hash_key)
                         : hash_(*choice.hash_key);
  }
  uint32_t IndexOf(uint32_t member) const {
    return member == kNoMember ? kNoEndpoint : index_of_[member];
  }
  uint32_t Active(const Choice& choice, uint32_t member) const {
    return choice.active.count(choice.active.host, index_of_[member]);
  }
  uint32_t ActiveInAll(const Choice& choice) const {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < index_of_.size(); ++i) sum += Active(choice, i);
    return static_cast<uint32_t>(sum);
  }

 private:
  HaproxyHash hash_;
  bool hash_address_;
  std::vector<uint32_t> index_of_;
};

class ConsistentGroup final : public HaproxyGroup {
 public:
  ConsistentGroup(const EndpointSet& endpoints, uint32_t group,
                  const Balancing& config)
      : ConsistentGroup(MembersOf(endpoints, group, config), config) {}

  uint32_t Choose(const Choice& choice) const noexcept {
    const bool is_bounded = bound_ && choice.active.count != nullptr;
    const uint32_t in_all = is_bounded ? ActiveInAll(choice) : 0;
    // A redispatch passes over the server that was tried last and no other.
    const uint32_t last =
        choice.tried.empty() ? kNoEndpoint : choice.tried.back();
    return IndexOf(ring_.Choose(HashOfKey(choice), [&](uint32_t i) {
      return IndexOf(i) != last &&
             (!is_bounded || bound_->Eligible(i, Active(choice, i), in_all));
    }));
  }

 private:
  ConsistentGroup(const CompatMembers& all, const Balancing& config)
      : HaproxyGroup(all, config), ring_(all.members) {
    if (config.bounded_load_percent != 0) {
      bound_.emplace(all.members, config.bounded_load_percent);
    }
  }

  HaproxyConsistent ring_;
  std::optional<HaproxyBoundedLoad> bound_{};
};

class MapGroup final : public HaproxyGroup {
 public:
  MapGroup(const EndpointSet& endpoints, uint32_t group,
           const Balancing& config)
      : MapGroup(MembersOf(endpoints, group, config), config) {}

  uint32_t Choose(const Choice& choice) const noexcept {
    return IndexOf(map_.Choose(HashOfKey(choice)));
  }

 private:
  MapGroup(const CompatMembers& all, const Balancing& config)
      : HaproxyGroup(all, config), map_(all.members) {}

  HaproxyMap map_;
};

}  // namespace

std::unique_ptr<Balancer> MakeHaproxyHash(
    const Balancing& config, std::unique_ptr<Balancer> without_key) {
  if (config.type == BalancerType::kHaproxyMapHash) {
    return std::make_unique<CompatBalancer<MapGroup>>(config,
                                                      std::move(without_key));
  }
  return std::make_unique<CompatBalancer<ConsistentGroup>>(
      config, std::move(without_key));
}

}  // namespace v0
}  // namespace limpet
