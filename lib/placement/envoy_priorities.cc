#include "placement/envoy_priorities.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace limpet {
inline namespace v0 {
namespace {

using Percents = std::vector<uint32_t>;

uint32_t Sum(const Percents& percents) {
  return std::accumulate(percents.begin(), percents.end(), 0U);
}

// How much of the load it could take.
uint32_t Availability(uint32_t count, uint32_t members, uint32_t percent) {
  if (members == 0) return 0;
  return static_cast<uint32_t>(
      std::min<uint64_t>(100, uint64_t{percent} * count / members));
}

// Hands out `left` from the first priority on; returns what is left then.
uint32_t Distribute(const Percents& availability, uint32_t total, uint32_t left,
                    Percents& load) {
  for (size_t i = 0; i < availability.size(); ++i) {
    load[i] = std::min(left, availability[i] * 100 / total);
    left -= load[i];
  }
  return left;
}

// Rounding errors go to the first that takes any load.
bool AddToFirst(const Percents& availability, uint32_t rest, Percents& load) {
  for (size_t i = 0; i < availability.size(); ++i) {
    if (availability[i] == 0) continue;
    load[i] += rest;
    return true;
  }
  return false;
}

bool Panics(const EnvoyPriority& priority, uint32_t panic_percent) {
  const double members = priority.members;
  const double share = priority.members == 0
                           ? 0.0
                           : 100.0 * priority.healthy / members +
                                 100.0 * priority.degraded / members;
  return share < std::min(panic_percent, 100U);
}

}  // namespace

EnvoyPriorities::EnvoyPriorities(std::span<const EnvoyPriority> priorities,
                                 EnvoyPriorityOptions options)
    : healthy_load_(priorities.size(), 0),
      degraded_load_(priorities.size(), 0),
      panic_(priorities.size(), false) {
  if (priorities.empty()) return;
  Percents healthy;
  Percents degraded;
  uint64_t members = 0;
  for (const EnvoyPriority& priority : priorities) {
    const uint32_t percent = options.overprovisioning_percent;
    healthy.push_back(
        Availability(priority.healthy, priority.members, percent));
    degraded.push_back(
        Availability(priority.degraded, priority.members, percent));
    members += priority.members;
  }
  const uint32_t total = std::min(100U, Sum(healthy) + Sum(degraded));
  if (total > 0) {
    uint32_t left = Distribute(healthy, total, 100, healthy_load_);
    left = Distribute(degraded, total, left, degraded_load_);
    if (left > 0 && !AddToFirst(healthy, left, healthy_load_)) {
      AddToFirst(degraded, left, degraded_load_);
    }
  }
  if (options.panic_percent == 0 && total == 0) {
    healthy_load_[0] = 100;
    return;
  }

  bool all_panic = true;
  for (size_t i = 0; i < priorities.size(); ++i) {
    panic_[i] = total < 100 && Panics(priorities[i], options.panic_percent);
    all_panic = all_panic && panic_[i];
  }
  if (!all_panic) return;
  // Then health does not count any more: load goes by the number of members.
  if (members == 0) {
    healthy_load_[0] = 100;
    return;
  }
  Percents counts;
  for (size_t i = 0; i < priorities.size(); ++i) {
    counts.push_back(priorities[i].members);
    healthy_load_[i] =
        static_cast<uint32_t>(uint64_t{100} * priorities[i].members / members);
    degraded_load_[i] = 0;
  }
  AddToFirst(counts, 100 - Sum(healthy_load_), healthy_load_);
}

uint32_t EnvoyPriorities::Choose(uint64_t hash) const noexcept {
  const auto place = static_cast<uint32_t>(hash % 100 + 1);
  uint32_t reached = 0;
  for (const std::vector<uint32_t>* load : {&healthy_load_, &degraded_load_}) {
    for (uint32_t i = 0; i < load->size(); ++i) {
      reached += (*load)[i];
      if (place <= reached) return i;
    }
  }
  return 0;
}

}  // namespace v0
}  // namespace limpet
