// HashKey: what of a request the balancers that place keys go by, and its
// reading.
//
// Thread rule: a HashKeyReader is for one request.
#ifndef LIMPET_EXAMPLES_GATEWAY_HASH_KEY_H_
#define LIMPET_EXAMPLES_GATEWAY_HASH_KEY_H_

#include <limpet/limpet.h>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http_text.h"

namespace gateway {

struct HashKey {
  std::string header{};        // its first value; "": the client's address
  limpet::AddressMask mask{};  // of the address
};

// The key of a request; what it gives lives as long as it and its arguments.
class HashKeyReader {
 public:
  // `address`: the client's, without a port.
  HashKeyReader(const HashKey& key, std::span<const Field> fields,
                std::string_view address);

  // Fills in hash_key, and for Envoy's balancers the hash that Envoy's own
  // policies give. Leaves both where the request has no such header.
  void Fill(limpet::BalancerType balancer, limpet::SelectOptions* options);

 private:
  const HashKey& key_;
  std::string_view address_;
  std::vector<std::string_view> values_;  // of the header
  std::array<char, 16> buffer_{};
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_HASH_KEY_H_
