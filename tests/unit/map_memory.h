// MapMemory: pages for a session map, which a test can look into, copy
// elsewhere, and make read-only.
#ifndef LIMPET_TESTS_UNIT_MAP_MEMORY_H_
#define LIMPET_TESTS_UNIT_MAP_MEMORY_H_

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include "limpet/session_map.h"
#include "session_map/layout.h"

namespace limpet::testing {

class MapMemory {
 public:
  // Zeroed; of a file if `file` is a descriptor.
  explicit MapMemory(size_t size, int file = -1)
      : bytes_(
            static_cast<std::byte*>(mmap(
                nullptr, size, PROT_READ | PROT_WRITE,
                file == -1 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED, file, 0)),
            size) {
    EXPECT_NE(bytes_.data(), MAP_FAILED);
  }
  explicit MapMemory(const SessionMap::Options& options)
      : MapMemory(SessionMap::MemorySize(options).value()) {}
  MapMemory(const MapMemory& other) : MapMemory(other.bytes_.size()) {
    std::copy(other.bytes_.begin(), other.bytes_.end(), bytes_.begin());
  }
  MapMemory& operator=(const MapMemory&) = delete;
  ~MapMemory() { munmap(bytes_.data(), bytes_.size()); }

  std::span<std::byte> bytes() const { return bytes_; }
  MapHeader& header() const {
    return *reinterpret_cast<MapHeader*>(bytes_.data());
  }
  void MakeReadOnly() {
    EXPECT_EQ(mprotect(bytes_.data(), bytes_.size(), PROT_READ), 0);
  }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_MAP_MEMORY_H_
