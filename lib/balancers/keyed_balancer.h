// KeyedBalancer: what the hash balancers of limpet's own have in common. Their
// hash and their tables depend on a secret key: nobody outside can choose or
// predict an endpoint. Every proxy with that key agrees that ranks the
// endpoints alike, whatever the order in which it lists them.
//
// Thread rule: as HashBalancer.
#ifndef LIMPET_LIB_BALANCERS_KEYED_BALANCER_H_
#define LIMPET_LIB_BALANCERS_KEYED_BALANCER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "balancers/hash_balancer.h"
#include "key_ring_keys.h"
#include "spread.h"
#include "substitute.h"

namespace limpet {
inline namespace v0 {

class KeyedBalancer : public HashBalancer {
 public:
  // REQUIRES: the ring has a key to place by.
  KeyedBalancer(std::shared_ptr<const KeyRing> keys,
                std::unique_ptr<Balancer> without_key)
      : HashBalancer(std::move(without_key)), keys_(std::move(keys)) {}

 protected:
  SessionId KeyOf(const Choice& choice) const noexcept final;

  const KeyRing::Keys::Placing& placing() const {
    return *keys_->keys().placing;
  }

 private:
  std::shared_ptr<const KeyRing> keys_;
};

// An endpoint's name in a table: SipHash-2-4-128 of its handle.
using TableName = std::array<uint8_t, 16>;
TableName NameInTable(EndpointHandle handle,
                      const std::array<uint8_t, 16>& secret);

// Under which a table stands on the shelf of a set.
uint64_t TableKey(std::string_view kind, uint64_t size,
                  const std::array<uint8_t, 16>& secret);

// What a table is made from.
struct TableForm {
  uint64_t size;  // as its kind counts it
  const std::array<uint8_t, 16>& secret;
};

// Tables of the tiers of all groups; T(endpoints, tier, form) makes one.
template <typename T>
class TierTables final : public EndpointSet::Shelf::Item {
 public:
  TierTables(const EndpointSet& endpoints, const TableForm& form) {
    for (const EndpointSet::Group& group : endpoints.groups()) {
      std::vector<T>& tables = groups_.emplace_back();
      for (const EndpointSet::Tier& tier : group.tiers) {
        tables.emplace_back(endpoints, tier, form);
      }
    }
  }

  const T& Of(uint32_t group, size_t tier) const {
    return groups_[group][tier];
  }

  // The first endpoint that is not refused of those that the table of a tier
  // names: At(hash, attempt) for T::kAttempts attempts 0, 1, ..., then by
  // rendezvous. In the first tier that has one; kNoEndpoint: all are refused.
  uint32_t Choose(const Choice& choice, uint32_t group,
                  const SessionId& key) const noexcept {
    const EndpointSet::Group& tiers = choice.endpoints.groups()[group];
    if (tiers.tiers.empty()) return kNoEndpoint;
    if (choice.RefusesNobody() && tiers.tiers.size() == 1) {
      return Of(group, 0).At(key.low, 0);
    }
    const size_t first = TierOf(tiers, Spread(key.high, 100));
    return ChooseFromTiers(tiers, first, [&](size_t tier) {
      const T& table = Of(group, tier);
      for (uint32_t attempt = 0; attempt < T::kAttempts; ++attempt) {
        const uint32_t index = table.At(key.low, attempt);
        if (!choice.Refuses(index)) return index;
      }
      return FindSubstituteIn(choice, key, tiers.tiers[tier]);
    });
  }

 private:
  std::vector<std::vector<T>> groups_;
};

// A balancer whose choice is that of such a table; T::kName tells it from
// others.
template <typename T>
class TableBalancer final : public KeyedBalancer {
 public:
  TableBalancer(uint64_t size, std::shared_ptr<const KeyRing> keys,
                std::unique_ptr<Balancer> without_key)
      : KeyedBalancer(std::move(keys), std::move(without_key)),
        form_{size, placing().tables},
        table_key_(TableKey(T::kName, size, form_.secret)) {}

  void Prepare(const EndpointSet& endpoints) const override {
    TableOf<TierTables<T>>(endpoints, table_key_, form_);
  }

 private:
  uint32_t ChooseByKey(const Choice& choice, uint32_t group,
                       const SessionId& key) const noexcept override {
    const auto* tables =
        TableOf<TierTables<T>>(choice.endpoints, table_key_, form_);
    return tables ? tables->Choose(choice, group, key) : kNoEndpoint;
  }

  TableForm form_;
  uint64_t table_key_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_BALANCERS_KEYED_BALANCER_H_
