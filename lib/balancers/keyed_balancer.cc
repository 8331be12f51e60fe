#include "balancers/keyed_balancer.h"

#include <sodium.h>

#include <string>

#include "codec/big_endian.h"

namespace limpet {
inline namespace v0 {

SessionId KeyedBalancer::KeyOf(const Choice& choice) const noexcept {
  const HashSecret& secret = placing().hash;
  return HashKeyed(*choice.hash_key, secret.of_keys, secret.of_long_keys);
}

TableName NameInTable(EndpointHandle handle,
                      const std::array<uint8_t, 16>& secret) {
  std::array<uint8_t, 8> bytes;
  StoreBigEndian<8>(handle, bytes.data());
  TableName name;
  static_assert(sizeof(TableName) == crypto_shorthash_siphashx24_BYTES);
  crypto_shorthash_siphashx24(name.data(), bytes.data(), bytes.size(),
                              secret.data());
  return name;
}

uint64_t TableKey(std::string_view kind, uint64_t size,
                  const std::array<uint8_t, 16>& secret) {
  std::string bytes(kind);
  bytes += ' ' + std::to_string(size) + ' ';
  bytes.append(reinterpret_cast<const char*>(secret.data()), secret.size());
  return HashEndpointId(bytes);
}

}  // namespace v0
}  // namespace limpet
