// Memory: zeroed pages of this process, for a map of its own.
//
// Thread rule: belongs to its owner.
#ifndef LIMPET_LIB_SESSION_MAP_MEMORY_H_
#define LIMPET_LIB_SESSION_MAP_MEMORY_H_

#include <cstddef>
#include <span>

namespace limpet {
inline namespace v0 {

class Memory {
 public:
  Memory() = default;
  // Empty if there is not enough. Large ones begin at a huge page and ask for
  // them: a lookup in a big map is a page walk and a cache line.
  explicit Memory(size_t size);
  ~Memory();
  Memory(Memory&& other) noexcept;
  Memory& operator=(Memory&& other) noexcept;

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> mapped_;
  std::span<std::byte> bytes_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_MAP_MEMORY_H_
