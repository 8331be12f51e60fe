// One case of placement as JSON: a mode of a proxy, its members, keys. What
// limpet does with it, to compare with what the proxy does.
#ifndef LIMPET_TESTS_UNIT_PLACEMENT_PLACEMENT_CASE_H_
#define LIMPET_TESTS_UNIT_PLACEMENT_PLACEMENT_CASE_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace limpet::testing {

// The members that one request tries, one after the other. The last one serves
// it, unless it is dead too.
using Tries = std::vector<uint32_t>;

// {"mode": "nginx_hash", "members": [{"key": "10.0.0.1:80", "weight": 2, "id":
// 1, "down": false, "dead": false}], "keys": 100}, and what else the mode
// takes. "down" is known to the proxy, "dead" is found out by a failed try.
// Keys: a list, or how many of the generated ones. Throws what the JSON library
// throws.
std::vector<Tries> Place(const nlohmann::json& placement);

// Of nginx: how many of the tries of each key were hashed. The others are where
// round robin happened to stand.
std::vector<size_t> Hashed(const nlohmann::json& placement);

// The i-th generated key, and client address.
std::string Key(uint32_t i);
std::string Address(uint32_t i);

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_PLACEMENT_PLACEMENT_CASE_H_
