// Envoy's hash policies: from a request to the number that its hash balancers
// place. A policy without a value for the request has no hash.
//
// Thread rule: pure functions; an EnvoyHashSum belongs to one request.
//
//   EnvoyHashSum sum;
//   sum.Add(EnvoyHeaderHash(values), /*terminal=*/true);
//   if (!sum.done()) sum.Add(EnvoySourceHash("10.0.0.1"), false);
//   policy->Select(values, endpoints, now, {.hash = sum.value()});
#ifndef LIMPET_ENVOY_HASH_POLICY_H_
#define LIMPET_ENVOY_HASH_POLICY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace limpet {
inline namespace v0 {

// All policies of a route together, in their order. value() is nothing where
// none had a hash: Envoy then takes a random member.
class EnvoyHashSum {
 public:
  void Add(std::optional<uint64_t> hash, bool terminal) noexcept;
  // A terminal policy ended the list.
  bool done() const { return done_; }
  std::optional<uint64_t> value() const { return value_; }

 private:
  std::optional<uint64_t> value_;
  bool done_ = false;
};

// All field lines of the header, without blanks around them. Sorts them.
std::optional<uint64_t> EnvoyHeaderHash(
    std::span<std::string_view> values) noexcept;

// The first cookie of that name in all Cookie lines; nothing where that is
// empty.
std::optional<uint64_t> EnvoyCookieHash(
    std::span<const std::string_view> cookie_lines,
    std::string_view name) noexcept;

// The value of the cookie that Envoy makes where a policy with a ttl finds
// none; its hash is that of this text. The addresses with their ports.
std::array<char, 16> EnvoyGeneratedCookie(std::string_view remote_address,
                                          std::string_view local_address);

// The first parameter of that name in the path's query, as it is written.
std::optional<uint64_t> EnvoyQueryHash(std::string_view path,
                                       std::string_view name) noexcept;

// The text of the client's address without its port, IPv6 in canonical form.
std::optional<uint64_t> EnvoySourceHash(std::string_view address) noexcept;

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_ENVOY_HASH_POLICY_H_
