// Keys that all have one hash where nothing secret goes into it: what an
// attacker sends to a table whose hash he knows. Constructed, not searched.
#ifndef LIMPET_TESTS_UNIT_COLLIDING_KEYS_H_
#define LIMPET_TESTS_UNIT_COLLIDING_KEYS_H_

#include <cstdint>
#include <string>

namespace limpet::testing {

// The n-th of 2^64 keys with one XXH64 (seed 0), 64 bytes long.
std::string CollidingUnderXxh64(uint64_t n);

// The n-th of 2^64 keys with one XXH3, of 64 and of 128 bits (default secret,
// seed 0), 96 bytes long.
std::string CollidingUnderXxh3(uint64_t n);

// The n-th of 56,229,888 keys of 1,024 bytes of which some meet under XXH3 of
// 128 bits whatever its secret is: one in 8,589,934,592 pairs.
std::string MeetingUnderKeyedXxh3(uint64_t n);

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_COLLIDING_KEYS_H_
