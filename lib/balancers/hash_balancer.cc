#include "balancers/hash_balancer.h"

#include "substitute.h"

namespace limpet {
inline namespace v0 {

uint32_t HashBalancer::ChooseGroup(const Choice& choice) const noexcept {
  if (!HasKey(choice)) return without_key_->ChooseGroup(choice);
  if (choice.endpoints.groups().size() == 1) {
    const EndpointSet::Group& only = choice.endpoints.groups()[0];
    return only.backend.weight > 0 && choice.CanServe(only) ? 0 : kNoGroup;
  }
  return FindSubstituteGroup(choice, KeyOf(choice));
}

uint32_t HashBalancer::Choose(const Choice& choice,
                              uint32_t group) const noexcept {
  if (!HasKey(choice)) return without_key_->Choose(choice, group);
  const SessionId key = KeyOf(choice);
  const uint32_t chosen = ChooseByKey(choice, group, key);
  return chosen != kNoEndpoint ? chosen
                               : FindSubstitute(choice, key, group, kNoGroup);
}

}  // namespace v0
}  // namespace limpet
