#include "substitute.h"

#include "balancers/rendezvous.h"

namespace limpet {
inline namespace v0 {
namespace {

bool TakesPart(const Choice& choice, uint32_t g) {
  const EndpointSet::Group& group = choice.endpoints.groups()[g];
  return group.backend.weight > 0 && choice.HasUntried(group);
}

uint32_t FindGroup(const Choice& choice, const SessionId& session) {
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

}  // namespace

uint32_t FindSubstitute(const Choice& choice, const SessionId& session,
                        uint32_t group, uint32_t own) noexcept {
  if (group == kNoGroup) {
    group = own != kNoGroup && TakesPart(choice, own)
                ? own
                : FindGroup(choice, session);
  }
  if (group == kNoGroup) return kNoEndpoint;
  const EndpointSet::Group& endpoints = choice.endpoints.groups()[group];
  Rendezvous rendezvous(session);
  uint64_t before = 0;
  for (size_t i = 0; i < endpoints.ready.size(); ++i) {
    const uint32_t index = endpoints.ready[i];
    const uint64_t weight = endpoints.cumulative[i] - before;
    before = endpoints.cumulative[i];
    if (choice.Tried(index)) continue;
    rendezvous.Offer(index, choice.endpoints.handle(index), weight);
  }
  static_assert(Rendezvous::kNobody == kNoEndpoint);
  return rendezvous.first();
}

}  // namespace v0
}  // namespace limpet
