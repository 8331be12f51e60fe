// What other proxies do for each request of a session, re-made in the least
// that each must do: from the cookie's value to the endpoint.
//
// Thread rule: immutable.
#ifndef LIMPET_BENCHMARKS_POLICY_BENCH_PEERS_H_
#define LIMPET_BENCHMARKS_POLICY_BENCH_PEERS_H_

#include <sodium.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace limpet::bench {

inline constexpr uint32_t kNobody = UINT32_MAX;

// Caddy's lb_policy cookie: the value is an HMAC-SHA256 of the endpoint's
// address; each is computed and compared until one fits.
class HmacPerEndpoint {
 public:
  explicit HmacPerEndpoint(uint32_t endpoints);
  std::string ValueOf(uint32_t endpoint) const;
  uint32_t Find(std::string_view value) const;

 private:
  std::string Hmac(std::string_view address) const;

  std::vector<std::string> addresses_;
  crypto_auth_hmacsha256_state keyed_;  // the key's part, done once
};

// Envoy's stateful session: base64 of a protobuf with address and expiry, then
// a look into the map of the hosts.
class Base64Protobuf {
 public:
  explicit Base64Protobuf(uint32_t endpoints);
  std::string ValueOf(uint32_t endpoint) const;
  uint32_t Find(std::string_view value) const;

 private:
  std::vector<std::string> addresses_;
  std::unordered_map<std::string, uint32_t> hosts_;
};

// nginx's sticky, HAProxy's cookie, YARP's affinity: the value (or what was
// decrypted from it) is compared with the name of one endpoint after the other.
class LinearScan {
 public:
  explicit LinearScan(uint32_t endpoints);
  std::string ValueOf(uint32_t endpoint) const { return names_[endpoint]; }
  uint32_t Find(std::string_view value) const;

 private:
  std::vector<std::string> names_;
};

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_POLICY_BENCH_PEERS_H_
