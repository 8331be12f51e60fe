#include "session_map/memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <utility>

namespace limpet {
inline namespace v0 {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

Memory::Memory(size_t size) {
  const size_t slack = size >= kHugePage ? kHugePage : 0;
  void* at = mmap(nullptr, size + slack, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return;
  mapped_ = {static_cast<std::byte*>(at), size + slack};
  size_t skip = 0;
  if (slack != 0) {
    skip = -reinterpret_cast<uintptr_t>(at) % kHugePage;
#ifdef MADV_HUGEPAGE
    madvise(mapped_.data() + skip, size, MADV_HUGEPAGE);
#endif
  }
  bytes_ = mapped_.subspan(skip, size);
}

Memory::~Memory() {
  if (!mapped_.empty()) munmap(mapped_.data(), mapped_.size());
}

Memory::Memory(Memory&& other) noexcept
    : mapped_(std::exchange(other.mapped_, {})),
      bytes_(std::exchange(other.bytes_, {})) {}

Memory& Memory::operator=(Memory&& other) noexcept {
  std::swap(mapped_, other.mapped_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace v0
}  // namespace limpet
