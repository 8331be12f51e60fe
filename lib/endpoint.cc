#include "limpet/endpoint.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "alias_table.h"
#include "guide_table.h"
#include "rotation.h"
#include "shelf.h"

namespace limpet {
inline namespace v0 {
namespace {

// Twice as many places as entries, so that a probe ends after one or two.
std::vector<uint32_t> EmptyTable(size_t entries) {
  return std::vector<uint32_t>(std::bit_ceil(entries * 2 + 1), 0);
}

// Open addressing with linear probing over "index + 1"; 0 is an empty place.
// Returns the place of the entry that `matches`, or of the empty one where it
// would be.
template <typename Matches>
size_t Place(const std::vector<uint32_t>& table, uint64_t hash,
             Matches matches) {
  const size_t mask = table.size() - 1;
  size_t place = hash & mask;
  while (table[place] != 0 && !matches(table[place] - 1)) {
    place = (place + 1) & mask;
  }
  return place;
}

std::string At(const char* list, size_t index, const char* field) {
  return std::string(list) + "[" + std::to_string(index) + "]." + field;
}

// Smaller is better.
uint32_t Distance(std::string_view here, std::string_view there) {
  if (here.empty() || here == there) return 0;
  return here.substr(0, here.find('/')) == there.substr(0, there.find('/')) ? 1
                                                                            : 2;
}

// The endpoints of one rank in a backend.
struct Rank {
  uint64_t weight = 0;  // of those that are ready, or should be
  EndpointSet::Tier tier{};
};
using Ranks = std::map<std::pair<uint32_t, uint32_t>, Rank>;

// Gives every rank its share, best first, as Envoy does.
std::vector<EndpointSet::Tier> TiersOf(Ranks ranks) {
  constexpr uint64_t kOverprovisioning = 140;  // percent
  const auto health = [](const Rank& rank) {
    return std::min<uint64_t>(
        100, rank.tier.total_weight * kOverprovisioning / rank.weight);
  };
  uint64_t total_health = 0;
  for (const auto& [place, rank] : ranks) {
    if (!rank.tier.ready.empty()) total_health += health(rank);
  }
  total_health = std::clamp<uint64_t>(total_health, 1, 100);
  std::vector<EndpointSet::Tier> tiers;
  uint32_t left = 100;
  for (auto& [place, rank] : ranks) {
    if (rank.tier.ready.empty()) continue;
    rank.tier.share = std::min<uint32_t>(
        left, static_cast<uint32_t>(health(rank) * 100 / total_health));
    left -= rank.tier.share;
    tiers.push_back(std::move(rank.tier));
  }
  if (!tiers.empty()) tiers.front().share += left;  // of rounding
  return tiers;
}

// Smaller is better.
int Availability(EndpointState state) { return static_cast<int>(state); }

}  // namespace

std::string_view EndpointStateName(EndpointState state) {
  switch (state) {
    case EndpointState::kReady:
      return "ready";
    case EndpointState::kDraining:
      return "draining";
    case EndpointState::kUnavailable:
      return "unavailable";
  }
  return "";
}

EndpointSet::EndpointSet() : shelf_(std::make_unique<Shelf>()) {}
EndpointSet::~EndpointSet() = default;

Result<std::shared_ptr<const EndpointSet>> EndpointSet::Make(
    std::vector<Endpoint> endpoints, std::vector<Backend> backends) {
  return Make(std::move(endpoints), std::move(backends), Options());
}

Result<std::shared_ptr<const EndpointSet>> EndpointSet::Make(
    std::vector<Endpoint> endpoints, std::vector<Backend> backends,
    const Options& options) {
  std::shared_ptr<EndpointSet> set(new EndpointSet);
  std::vector<Problem> problems;
  bool duplicate = false;
  auto refuse = [&](std::string field, std::string message) {
    problems.push_back({std::move(field), std::move(message)});
  };
  auto find_group = [&](std::string_view name) {
    const auto it = std::find_if(
        set->groups_.begin(), set->groups_.end(),
        [&](const Group& group) { return group.backend.name == name; });
    return static_cast<uint32_t>(it - set->groups_.begin());
  };

  const bool stated = !backends.empty();
  for (size_t i = 0; i < backends.size(); ++i) {
    if (find_group(backends[i].name) != set->groups_.size()) {
      duplicate = true;
      refuse(At("backends", i, "name"),
             "\"" + backends[i].name + "\" is there twice");
    }
    if (backends[i].weight > kMaxWeight) {
      refuse(At("backends", i, "weight"), "must be at most 1000000");
    }
    set->groups_.push_back({.backend = std::move(backends[i])});
  }

  set->endpoints_ = std::move(endpoints);
  const size_t size = set->endpoints_.size();
  set->by_handle_ = EmptyTable(size);
  set->by_address_ = EmptyTable(size);
  set->handles_.reserve(size);
  set->states_.reserve(size);
  set->group_of_.reserve(size);
  std::vector<Ranks> ranks(set->groups_.size());
  set->since_.reserve(size);
  set->drain_deadlines_.reserve(size);
  for (uint32_t i = 0; i < size; ++i) {
    const Endpoint& endpoint = set->endpoints_[i];
    if (endpoint.id.empty()) {
      refuse(At("endpoints", i, "id"), "must not be empty");
    }
    if (endpoint.address.size() > kMaxAddressSize) {
      refuse(At("endpoints", i, "address"), "must be at most 255 bytes");
    }
    if (endpoint.weight > kMaxWeight) {
      refuse(At("endpoints", i, "weight"), "must be at most 1000000");
    }

    const EndpointHandle handle = HashEndpointId(endpoint.id);
    set->handles_.push_back(handle);
    set->states_.push_back(endpoint.state);
    set->since_.push_back(TimestampFromMillis(ToMillis(endpoint.since)));
    set->drain_deadlines_.push_back(
        TimestampFromMillis(ToMillis(endpoint.drain_deadline)));
    uint32_t& by_handle =
        set->by_handle_[Place(set->by_handle_, handle, [&](uint32_t other) {
          return set->handles_[other] == handle;
        })];
    if (by_handle != 0) {
      duplicate = true;
      const std::string& other = set->endpoints_[by_handle - 1].id;
      refuse(At("endpoints", i, "id"),
             other == endpoint.id
                 ? "\"" + endpoint.id + "\" is there twice"
                 : "\"" + endpoint.id + "\" has the handle of \"" + other +
                       "\": rename one of them");
    } else {
      by_handle = i + 1;
    }

    uint32_t& by_address = set->by_address_[Place(
        set->by_address_, HashEndpointId(endpoint.address),
        [&](uint32_t other) {
          return set->endpoints_[other].address == endpoint.address;
        })];
    if (by_address == 0 ||
        Availability(endpoint.state) <
            Availability(set->endpoints_[by_address - 1].state)) {
      by_address = i + 1;
    }

    const uint32_t group = find_group(endpoint.backend);
    if (group == set->groups_.size()) {
      if (stated) {
        refuse(At("endpoints", i, "backend"),
               "\"" + endpoint.backend + "\" is not among the backends");
      }
      set->groups_.push_back({.backend = {.name = endpoint.backend}});
    }
    set->group_of_.push_back(group);
    ranks.resize(set->groups_.size());
    set->capped_ = set->capped_ || endpoint.max_requests != 0 ||
                   endpoint.max_sessions != 0;
    set->limits_sessions_ = set->limits_sessions_ || endpoint.max_sessions != 0;
    if (endpoint.state == EndpointState::kDraining || endpoint.weight == 0) {
      continue;
    }
    Rank& rank = ranks[group][{endpoint.priority,
                               Distance(options.locality, endpoint.locality)}];
    rank.weight += endpoint.weight;
    if (endpoint.state != EndpointState::kReady) continue;
    Tier& tier = rank.tier;
    if (tier.ready.empty()) {
      tier.oldest = tier.newest = set->since_.back();
    } else if (set->endpoints_[tier.ready.back()].weight != endpoint.weight) {
      tier.equal_weights = false;
    }
    tier.oldest = std::min(tier.oldest, set->since_.back());
    tier.newest = std::max(tier.newest, set->since_.back());
    tier.ready.push_back(i);
    tier.handles.push_back(handle);
    tier.total_weight += endpoint.weight;
    tier.cumulative.push_back(tier.total_weight);
  }
  set->tier_of_.assign(size, kNoTier);
  for (uint32_t g = 0; g < set->groups_.size(); ++g) {
    std::vector<Tier>& tiers = set->groups_[g].tiers;
    tiers = TiersOf(std::move(ranks[g]));
    for (uint32_t t = 0; t < tiers.size(); ++t) {
      for (const uint32_t index : tiers[t].ready) set->tier_of_[index] = t;
      tiers[t].step = RotationStep(tiers[t].cumulative);
      if (tiers[t].equal_weights) continue;
      tiers[t].columns = MakeAliasTable(tiers[t].cumulative);
      tiers[t].guide = MakeGuideTable(tiers[t].cumulative);
    }
  }
  for (uint32_t i = 0; i < size; ++i) {
    if (set->tier_of_[i] == kNoTier) {
      set->groups_[set->group_of_[i]].others.push_back(i);
    }
  }
  if (!problems.empty()) {
    return Status(
        duplicate ? StatusCode::kDuplicate : StatusCode::kInvalidArgument,
        std::move(problems));
  }
  return std::shared_ptr<const EndpointSet>(std::move(set));
}

uint32_t EndpointSet::Find(EndpointHandle handle) const {
  const size_t place = Place(by_handle_, handle, [&](uint32_t other) {
    return handles_[other] == handle;
  });
  return by_handle_[place] - 1;  // 0 - 1 is kNoEndpoint
}

uint32_t EndpointSet::FindAddress(std::string_view address) const {
  const size_t place = Place(
      by_address_, HashEndpointId(address),
      [&](uint32_t other) { return endpoints_[other].address == address; });
  return by_address_[place] - 1;
}

Cluster::Cluster(std::shared_ptr<const EndpointSet> endpoints)
    : endpoints_(std::move(endpoints)) {}

void Cluster::Publish(std::shared_ptr<const EndpointSet> endpoints) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    endpoints_.swap(endpoints);
    version_.fetch_add(1, std::memory_order_release);
  }
  // The old set is let go outside the lock.
}

std::shared_ptr<const EndpointSet> Cluster::Snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return endpoints_;
}

const EndpointSet& Cluster::Reader::Current() {
  const uint64_t version = cluster_->version_.load(std::memory_order_acquire);
  if (version != version_) {
    // The set may be newer than `version`; then the next call takes it again.
    endpoints_ = cluster_->Snapshot();
    version_ = version;
  }
  return *endpoints_;
}

std::shared_ptr<const EndpointSet> Cluster::Reader::Hold() {
  Current();
  return endpoints_;
}

}  // namespace v0
}  // namespace limpet
