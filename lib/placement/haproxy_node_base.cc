#include "placement/haproxy_node_base.h"

#include <cstddef>
#include <unordered_set>

#include "placement/hashes.h"

namespace limpet {
inline namespace v0 {
namespace {

uint32_t AddressBase(std::string_view address, uint32_t seed) {
  if (address.size() != 4) return Xxh32(address, seed);
  uint32_t word = 0;
  for (size_t i = 0; i < 4; ++i) {
    word |= static_cast<uint32_t>(static_cast<unsigned char>(address[i]))
            << (8 * i);
  }
  return FullHash(seed + word);
}

}  // namespace

uint32_t HaproxyIdBase(uint32_t id) noexcept { return id * 4096; }

uint32_t HaproxyHashedIdBase(uint32_t id) noexcept { return FullHash(id); }

uint32_t HaproxyId32Base(uint32_t id) noexcept {
  const uint32_t swapped =
      (id >> 24) | ((id >> 8) & 0xff00) | ((id & 0xff00) << 8) | (id << 24);
  return FullHash(swapped);
}

uint32_t HaproxyGuidBase(std::string_view guid) noexcept { return Xxh32(guid); }

uint32_t HaproxyAddrBase(std::string_view address) noexcept {
  return AddressBase(address, 0);
}

uint32_t HaproxyAddrPortBase(std::string_view address, uint16_t port) noexcept {
  return AddressBase(address, FullHash(port));
}

std::vector<uint32_t> HaproxyIds(std::span<const uint32_t> configured) {
  std::unordered_set<uint32_t> taken(configured.begin(), configured.end());
  taken.erase(0);
  std::vector<uint32_t> ids;
  ids.reserve(configured.size());
  // One past each server, those with ids of their own too.
  uint32_t cursor = 1;
  for (uint32_t id : configured) {
    if (id == 0) {
      while (taken.count(cursor) != 0) ++cursor;
      id = cursor;
      taken.insert(id);
    }
    ids.push_back(id);
    ++cursor;
  }
  return ids;
}

}  // namespace v0
}  // namespace limpet
