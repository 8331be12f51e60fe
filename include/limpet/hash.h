// Hashes that leave the process, and the source of randomness.
//
// Thread rule: HashEndpointId is pure. SystemRandom() may be used by many
// threads; a RandomSource of the host's must say so of itself.
//
//   EndpointHandle handle = HashEndpointId("backend-765694d47f-wn8hp");
//   std::array<std::byte, 16> id;
//   SystemRandom().Fill(id);
#ifndef LIMPET_HASH_H_
#define LIMPET_HASH_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace limpet {
inline namespace v0 {

// An endpoint's identity in tokens and maps. 0 is no endpoint.
using EndpointHandle = uint64_t;
inline constexpr EndpointHandle kNoHandle = 0;

// A fixed, unkeyed 64-bit hash (XXH3, seed 0; 1 where that is 0) of a stable
// endpoint id: the same in every process, release and language. It only ever
// travels encrypted, so it tells nobody anything.
EndpointHandle HashEndpointId(std::string_view id);

// Where keys, session ids and nonces come from. Tests inject their own.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void Fill(std::span<std::byte> out) noexcept = 0;
};

// The operating system's generator. Thread-safe, safe across fork.
RandomSource& SystemRandom();

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_HASH_H_
