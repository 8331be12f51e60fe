// Maglev: a table in which every endpoint has its share of places; a key's is
// the endpoint at its hash. One step whatever the number of endpoints; what
// comes or goes moves a few keys between others.
// Source: Eisenbud et al., "Maglev: A fast and reliable software network load
// balancer" (2016); weights as Envoy has them.
#include <string_view>

#include "balancers/keyed_balancer.h"
#include "limpet/balancing.h"
#include "mix.h"
#include "placement/envoy_maglev.h"
#include "spread.h"

namespace limpet {
inline namespace v0 {
namespace {

class MaglevTable {
 public:
  static constexpr std::string_view kName = "maglev";
  static constexpr uint32_t kAttempts = 16;

  // `form.size`: its places, a prime.
  MaglevTable(const EndpointSet& endpoints, const EndpointSet::Tier& tier,
              const TableForm& form)
      : ready_(&tier.ready), table_(Build(endpoints, tier, form)) {}

  uint32_t At(uint64_t hash, uint32_t attempt) const noexcept {
    if (attempt > 0) hash = Mix64(hash + attempt);
    return (*ready_)[table_.OfSlot(Spread(hash, table_.size()))];
  }

 private:
  static EnvoyMaglev Build(const EndpointSet& endpoints,
                           const EndpointSet::Tier& tier,
                           const TableForm& form) {
    std::vector<TableName> names;
    std::vector<PlacedMember> members;
    names.reserve(tier.ready.size());
    for (const uint32_t index : tier.ready) {
      const TableName& name =
          names.emplace_back(NameInTable(endpoints.handle(index), form.secret));
      members.push_back(
          {.key = {reinterpret_cast<const char*>(name.data()), name.size()},
           .weight = endpoints[index].weight});
    }
    return EnvoyMaglev(members, EnvoyShares(members), form.size);
  }

  const std::vector<uint32_t>* ready_;  // of the set that has this table
  EnvoyMaglev table_;                   // of places in *ready_
};

}  // namespace

std::unique_ptr<Balancer> MakeMaglev(const Balancing& config,
                                     std::shared_ptr<const KeyRing> keys,
                                     std::unique_ptr<Balancer> without_key) {
  return std::make_unique<TableBalancer<MaglevTable>>(
      config.table_size, std::move(keys), std::move(without_key));
}

}  // namespace v0
}  // namespace limpet
