#include "hash_key.h"

namespace gateway {
namespace {

bool IsEnvoys(limpet::BalancerType balancer) {
  return balancer == limpet::BalancerType::kEnvoyRingHash ||
         balancer == limpet::BalancerType::kEnvoyMaglev;
}

}  // namespace

HashKeyReader::HashKeyReader(const HashKey& key, std::span<const Field> fields,
                             std::string_view address)
    : key_(key), address_(address) {
  if (key.header.empty()) return;
  for (const Field& field : fields) {
    if (EqualsIgnoreCase(field.name, key.header)) {
      values_.push_back(field.value);
    }
  }
}

void HashKeyReader::Fill(limpet::BalancerType balancer,
                         limpet::SelectOptions* options) {
  if (!key_.header.empty()) {
    if (values_.empty()) return;
    options->hash_key = values_.front();
    if (!IsEnvoys(balancer)) return;
    std::vector<std::string_view> sorted = values_;
    options->hash = limpet::EnvoyHeaderHash(sorted);
    return;
  }
  const std::string_view bytes =
      limpet::AddressKey(address_, key_.mask, buffer_);
  if (bytes.empty()) return;
  options->hash_key = bytes;
  // Envoy has no masks: there a masked key is the hash of its bytes.
  const bool masked = key_.mask.ipv4_bits < 32 || key_.mask.ipv6_bits < 128;
  if (IsEnvoys(balancer) && !masked) {
    options->hash = limpet::EnvoySourceHash(address_);
  }
}

}  // namespace gateway
