// The keys inside a KeyRing, for the stores and balancers that use them.
#ifndef LIMPET_LIB_KEY_RING_KEYS_H_
#define LIMPET_LIB_KEY_RING_KEYS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "keyed_hash.h"
#include "limpet/key_ring.h"

namespace limpet {
inline namespace v0 {

struct KeyRing::Keys {
  // Subkeys of one key, one per use; wiped when it goes.
  struct Key {
    uint8_t id = 0;
    std::array<uint8_t, 32> seal;
    std::array<uint8_t, 32> scope;
    ~Key();
  };

  std::vector<std::unique_ptr<const Key>> all;
  const Key* sealing = nullptr;  // one of `all`

  // Of the key of the role `place`; wiped when it goes.
  struct Placing {
    HashSecret hash;
    std::array<uint8_t, 16> tables;  // SipHash: where endpoints stand in them
    ~Placing();
  };
  std::unique_ptr<const Placing> placing;  // null: there is none
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_KEY_RING_KEYS_H_
