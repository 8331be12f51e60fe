#include "substitute.h"

#include "balancers/rendezvous.h"
#include "spread.h"

namespace limpet {
inline namespace v0 {
namespace {

bool TakesPart(const Choice& choice, uint32_t g) {
  const EndpointSet::Group& group = choice.endpoints.groups()[g];
  return group.backend.weight > 0 && choice.CanServe(group);
}

}  // namespace

uint32_t FindSubstituteIn(const Choice& choice, const SessionId& session,
                          const EndpointSet::Tier& tier) noexcept {
  static_assert(Rendezvous::kNobody == kNoEndpoint);
  Rendezvous rendezvous(session);
  const bool refuses_nobody = choice.RefusesNobody();
  if (refuses_nobody && tier.equal_weights) {
    return tier.ready[rendezvous.FirstOf(tier.handles)];
  }
  uint64_t before = 0;
  for (size_t i = 0; i < tier.ready.size(); ++i) {
    const uint32_t index = tier.ready[i];
    const uint64_t weight = tier.cumulative[i] - before;
    before = tier.cumulative[i];
    if (!refuses_nobody && choice.Refuses(index)) continue;
    rendezvous.Offer(index, tier.handles[i], weight);
  }
  return rendezvous.first();
}

uint32_t FindSubstituteGroup(const Choice& choice,
                             const SessionId& session) noexcept {
  const std::span<const EndpointSet::Group> groups = choice.endpoints.groups();
  // A draw of its own: a backend may have the name of one of its endpoints.
  Rendezvous rendezvous({.high = session.high, .low = ~session.low});
  for (uint32_t g = 0; g < groups.size(); ++g) {
    if (!TakesPart(choice, g)) continue;
    const Backend& backend = groups[g].backend;
    rendezvous.Offer(g, HashEndpointId(backend.name), backend.weight);
  }
  static_assert(Rendezvous::kNobody == kNoGroup);
  return rendezvous.first();
}

uint32_t FindSubstitute(const Choice& choice, const SessionId& session,
                        uint32_t group, uint32_t own) noexcept {
  if (group == kNoGroup) {
    group = own != kNoGroup && TakesPart(choice, own)
                ? own
                : FindSubstituteGroup(choice, session);
  }
  if (group == kNoGroup) return kNoEndpoint;
  const EndpointSet::Group& endpoints = choice.endpoints.groups()[group];
  if (endpoints.tiers.empty()) return kNoEndpoint;
  const size_t first = TierOf(endpoints, Spread(session.low, 100));
  return ChooseFromTiers(endpoints, first, [&](size_t tier) {
    return FindSubstituteIn(choice, session, endpoints.tiers[tier]);
  });
}

}  // namespace v0
}  // namespace limpet
