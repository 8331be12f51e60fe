// Choice: what there is to choose from, for one request.
//
// Thread rule: belongs to one request.
#ifndef LIMPET_LIB_CHOICE_H_
#define LIMPET_LIB_CHOICE_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "limpet/endpoint.h"
#include "limpet/time.h"
#include "session_counts.h"

namespace limpet {
inline namespace v0 {

inline constexpr uint32_t kNoGroup = UINT32_MAX;

struct Choice {
  const EndpointSet& endpoints;
  std::span<const uint32_t> tried{};  // indexes that are not chosen again
  ActiveRequests active{};
  std::optional<std::string_view> hash_key{};
  std::optional<uint64_t> hash{};     // Envoy's, of a host that has it
  SessionCounts* sessions = nullptr;  // null: they are not counted
  Timestamp now{};
  uint32_t bound_percent = 0;  // of the mean load; 0: no bound

  bool Tried(uint32_t index) const {
    return std::find(tried.begin(), tried.end(), index) != tried.end();
  }

  // Has it as many requests as it may have?
  bool HasMaxRequests(uint32_t index) const {
    const uint32_t most = endpoints[index].max_requests;
    return most != 0 && active.count != nullptr &&
           active.count(active.host, index) >= most;
  }
  bool HasMaxSessions(uint32_t index) const {
    const uint32_t most = endpoints[index].max_sessions;
    return most != 0 && sessions != nullptr && sessions->Of(index) >= most;
  }

  // May a request that is new to it not go there, whatever the others have?
  bool Excludes(uint32_t index) const {
    return Tried(index) || (endpoints.capped() &&
                            (HasMaxRequests(index) || HasMaxSessions(index)));
  }
  bool ExcludesNobody() const { return tried.empty() && !endpoints.capped(); }

  // Would one more be over the bound? Then others of its tier are below it.
  bool IsOverBound(uint32_t index) const {
    if (bound_percent == 0 || active.count == nullptr) return false;
    // What is of no tier has no share of the load to be compared with.
    const uint32_t t = endpoints.tier(index);
    if (t == EndpointSet::kNoTier) return false;
    const uint32_t g = endpoints.group(index);
    // Its share of the mean, rounded up.
    const uint64_t whole = endpoints.groups()[g].tiers[t].total_weight * 100;
    const uint64_t share = (ActiveIn(g, t) + 1) * bound_percent *
                           uint64_t{endpoints[index].weight};
    return active.count(active.host, index) >= (share + whole - 1) / whole;
  }

  bool Refuses(uint32_t index) const {
    return Excludes(index) || IsOverBound(index);
  }
  bool RefusesNobody() const { return ExcludesNobody() && bound_percent == 0; }

  // Active requests of a tier. REQUIRES: active.count.
  uint64_t ActiveIn(uint32_t g, uint32_t t) const {
    if (counted_group == g && counted_tier == t) return counted_active;
    const EndpointSet::Group& group = endpoints.groups()[g];
    counted_group = g;
    counted_tier = t;
    counted_active = 0;
    if (active.in_group != nullptr && group.tiers.size() == 1) {
      counted_active = active.in_group(active.host, g);
      for (const uint32_t index : group.others) {
        // A host's counters may change between one look and the next.
        counted_active -= std::min<uint64_t>(counted_active,
                                             active.count(active.host, index));
      }
    } else {
      for (const uint32_t index : group.tiers[t].ready) {
        counted_active += active.count(active.host, index);
      }
    }
    return counted_active;
  }

  // Is there an endpoint of the group left to choose?
  bool CanServe(const EndpointSet::Group& group) const {
    if (ExcludesNobody()) return !group.tiers.empty();
    for (const EndpointSet::Tier& tier : group.tiers) {
      for (const uint32_t index : tier.ready) {
        if (!Excludes(index)) return true;
      }
    }
    return false;
  }

  // What ActiveIn counted last: one request asks for one tier again and again.
  mutable uint32_t counted_group = kNoGroup;
  mutable uint32_t counted_tier = 0;
  mutable uint64_t counted_active = 0;
};

// Of 100 new sessions of a group, the tier that the n-th belongs to. REQUIRES:
// the group has tiers; n < 100.
inline size_t TierOf(const EndpointSet::Group& group, uint64_t n) {
  size_t tier = 0;
  while (tier + 1 < group.tiers.size() && n >= group.tiers[tier].share) {
    n -= group.tiers[tier++].share;
  }
  return tier;
}

// What `choose(tier)` answers for the first tier that has an answer: `first`,
// then the others, best first. kNoEndpoint: none has.
template <typename ChooseIn>
uint32_t ChooseFromTiers(const EndpointSet::Group& group, size_t first,
                         ChooseIn choose) {
  uint32_t chosen = choose(first);
  for (size_t i = 0; i < group.tiers.size() && chosen == kNoEndpoint; ++i) {
    if (i != first) chosen = choose(i);
  }
  return chosen;
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_CHOICE_H_
