#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <span>

#include "session_map_bench_peer.h"
#include "session_map_bench_sides.h"

namespace limpet::bench {
namespace {

class Floor {
 public:
  static constexpr bool kKeepsNoKeys = true;

  explicit Floor(size_t memory) : bytes_(memory) {
    void* mapped = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
      std::perror("mmap");
      std::exit(2);
    }
    madvise(mapped, bytes_, MADV_HUGEPAGE);
    lines_ = {static_cast<Line*>(mapped), bytes_ / sizeof(Line)};
    for (Line& line : lines_) line.session.endpoint = 1;
  }
  ~Floor() { munmap(lines_.data(), bytes_); }
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;

  size_t MemorySize() const { return bytes_; }

  template <class Key>
  uint64_t Find(const Key& key, uint32_t tick) {
    return SessionOf(key).Use(tick);
  }

  template <class Key>
  bool Insert(const Key& key, uint32_t endpoint, uint32_t tick) {
    SessionOf(key) = {endpoint, tick, tick};
    return true;
  }

  template <class Key>
  bool Erase(const Key& key) {
    SessionOf(key).last_used = 0;
    return true;
  }

 private:
  struct alignas(64) Line {
    PeerSession session;
  };

  template <class Key>
  PeerSession& SessionOf(const Key& key) {
    const uint64_t hash = PeerHash()(Sought(key)) >> 32;
    return lines_[hash * lines_.size() >> 32].session;
  }

  size_t bytes_;
  std::span<Line> lines_;
};

}  // namespace

template <class Key>
std::unique_ptr<Side<Key>> MakeFloor(size_t memory) {
  return std::make_unique<SideOf<Floor, Key>>(memory);
}
template std::unique_ptr<Side<TextKey>> MakeFloor(size_t);
template std::unique_ptr<Side<IdKey>> MakeFloor(size_t);

}  // namespace limpet::bench
