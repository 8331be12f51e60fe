// Envoy's ring hash and Maglev: a priority by the hash, a table for each.
#include <optional>
#include <set>

#include "balancers/compat_balancer.h"
#include "placement/envoy_bounded_load.h"
#include "placement/envoy_maglev.h"
#include "placement/envoy_priorities.h"
#include "placement/envoy_retry.h"
#include "placement/envoy_ring.h"

namespace limpet {
inline namespace v0 {
namespace {

// The members of one priority, all of them usable in panic.
template <typename Table>
struct EnvoyTier {
  EnvoyTier(const CompatMembers& all, const std::vector<uint32_t>& priority_of,
            uint32_t priority, bool panic, const Balancing& config)
      : EnvoyTier(MembersOf(all, priority_of, priority, panic), config) {}
  EnvoyTier(const std::vector<PlacedMember>& members, const Balancing& config)
      : shares(EnvoyShares(members)), table(Make(members, config)) {
    if (config.bounded_load_percent != 0) {
      bound.emplace(shares, config.bounded_load_percent);
    }
  }

  // Members of other priorities have no weight here: places stay the same.
  static std::vector<PlacedMember> MembersOf(
      const CompatMembers& all, const std::vector<uint32_t>& priority_of,
      uint32_t priority, bool panic) {
    std::vector<PlacedMember> members = all.members;
    for (uint32_t i = 0; i < members.size(); ++i) {
      if (priority_of[i] != priority) {
        members[i].usable = false;
      } else if (panic) {
        members[i].usable = true;
      }
    }
    return members;
  }

  Table Make(const std::vector<PlacedMember>& members,
             const Balancing& config) const;

  std::vector<EnvoyShare> shares;
  Table table;
  std::optional<EnvoyBoundedLoad> bound{};
};

template <>
EnvoyRing EnvoyTier<EnvoyRing>::Make(const std::vector<PlacedMember>& members,
                                     const Balancing& config) const {
  return EnvoyRing(
      members, shares,
      {.function = config.hash_function == HashFunction::kMurmurHash2
                       ? EnvoyRingFunction::kMurmurHash2
                       : EnvoyRingFunction::kXxHash,
       .minimum_size = config.minimum_ring_size,
       .maximum_size = config.maximum_ring_size});
}

template <>
EnvoyMaglev EnvoyTier<EnvoyMaglev>::Make(
    const std::vector<PlacedMember>& members, const Balancing& config) const {
  return EnvoyMaglev(members, shares, config.table_size);
}

template <typename Table>
class EnvoyGroup {
 public:
  EnvoyGroup(const EndpointSet& endpoints, uint32_t group,
             const Balancing& config)
      : attempts_(config.host_selection_attempts) {
    CompatMembers all(endpoints, group);
    index_of_ = all.index_of;
    // Envoy's priorities count up from 0 without gaps.
    std::set<uint32_t> levels;
    for (const uint32_t index : index_of_) {
      levels.insert(endpoints[index].priority);
    }
    std::vector<uint32_t> priority_of;
    std::vector<EnvoyPriority> priorities(levels.size());
    for (uint32_t i = 0; i < index_of_.size(); ++i) {
      const auto level = static_cast<uint32_t>(std::distance(
          levels.begin(), levels.find(endpoints[index_of_[i]].priority)));
      priority_of.push_back(level);
      ++priorities[level].members;
      priorities[level].healthy += all.members[i].usable ? 1 : 0;
    }
    if (priorities.empty()) return;
    priorities_.emplace(priorities);
    for (uint32_t p = 0; p < priorities.size(); ++p) {
      tiers_.emplace_back(all, priority_of, p, priorities_->panic(p), config);
    }
  }

  static bool HasKey(const Choice& choice) {
    return choice.hash.has_value() || choice.hash_key.has_value();
  }

  uint32_t Choose(const Choice& choice) const noexcept {
    if (!priorities_) return kNoEndpoint;
    const uint64_t hash = choice.hash ? *choice.hash : Xxh64(*choice.hash_key);
    const EnvoyTier<Table>& tier = tiers_[priorities_->Choose(hash)];
    const auto at = [&](uint32_t attempt) {
      const uint32_t member = tier.table.At(hash, attempt);
      if (!tier.bound || member == kNoMember ||
          choice.active.count == nullptr) {
        return member;
      }
      return tier.bound->Choose(
          hash, member, [&](uint32_t i) { return Active(choice, i); },
          ActiveInAll(choice));
    };
    const uint32_t member = EnvoyRetry(at, attempts_, [&](uint32_t i) {
      return IsFree(choice, index_of_[i]);
    });
    return member == kNoMember ? kNoEndpoint : index_of_[member];
  }

 private:
  uint32_t Active(const Choice& choice, uint32_t member) const {
    return choice.active.count(choice.active.host, index_of_[member]);
  }

  // Of the whole cluster, whatever the priority.
  uint32_t ActiveInAll(const Choice& choice) const {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < index_of_.size(); ++i) sum += Active(choice, i);
    return static_cast<uint32_t>(sum);
  }

  uint32_t attempts_;
  std::vector<uint32_t> index_of_{};
  std::optional<EnvoyPriorities> priorities_{};
  std::vector<EnvoyTier<Table>> tiers_{};
};

}  // namespace

std::unique_ptr<Balancer> MakeEnvoyHash(const Balancing& config,
                                        std::unique_ptr<Balancer> without_key) {
  if (config.type == BalancerType::kEnvoyMaglev) {
    return std::make_unique<CompatBalancer<EnvoyGroup<EnvoyMaglev>>>(
        config, std::move(without_key));
  }
  return std::make_unique<CompatBalancer<EnvoyGroup<EnvoyRing>>>(
      config, std::move(without_key));
}

}  // namespace v0
}  // namespace limpet
