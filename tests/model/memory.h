// Memory: what C++20's relaxed, release and acquire promise, and nothing more.
//
// A location holds messages in modification order. A thread's view tells, for
// every location, the oldest message that it may still read; a message that was
// released carries the view of the thread that wrote it, and who acquires it
// joins that view to his own. So a load may return any message that is not
// older than the thread's view, and a store may go anywhere behind it: a write
// of another thread that has not been seen may come later in the order.
//
// Not modelled: load buffering (a load never returns what is stored later),
// stand-alone fences, and the single order of seq_cst, which counts as acq_rel.
#ifndef LIMPET_TESTS_MODEL_MEMORY_H_
#define LIMPET_TESTS_MODEL_MEMORY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "digest.h"

namespace limpet::model {

// Where an atomic keeps its value while no thread of the model runs.
struct Cell {
  void* address;
  size_t size;  // 1, 4 or 8

  uint64_t Get() const;
  void Set(uint64_t value) const;
};

class Memory {
 public:
  static constexpr size_t kMaxThreads = 4;
  static constexpr size_t kMaxLocations = 256;
  static constexpr size_t kMaxMessages = 255;

  // Takes every location back to the value in its cell, as of the first use.
  // Numbers of locations stay, so that they mean the same in all executions.
  void Reset(size_t threads);

  // The number of a location.
  size_t Locate(const Cell& cell);
  const void* address(size_t location) const {
    return locations_[location].cell.address;
  }

  // Messages are told by their position in the modification order.
  size_t Oldest(size_t thread, size_t location) const {
    return views_[thread][location];
  }
  size_t Newest(size_t location) const {
    return locations_[location].messages.size() - 1;
  }
  uint64_t ValueAt(size_t location, size_t position) const {
    return locations_[location].messages[position].value;
  }
  // Whether a new message may go right behind this one: nothing comes between
  // a read-modify-write and the message that it read.
  bool Extensible(size_t location, size_t position) const {
    const auto& messages = locations_[location].messages;
    return position + 1 == messages.size() || !messages[position + 1].modifies;
  }

  uint64_t Read(size_t thread, size_t location, size_t position, bool acquire);

  // A new message right behind `position`. As part of a read-modify-write it
  // also carries on the release sequence of the message there; a plain store
  // ends it.
  // REQUIRES: Extensible(location, position).
  void Write(size_t thread, size_t location, size_t position, uint64_t value,
             bool release, bool modifies);

  // The view that a mutex hands from one holder to the next.
  void AcquireFrom(size_t thread, size_t mutex);
  void ReleaseTo(size_t thread, size_t mutex);

  // All that what is still to come can depend on. Messages that none of the
  // `live` threads can read any more make no difference.
  void AddTo(Digest& digest, const std::vector<bool>& live) const;

  // The newest values go into the cells.
  void WriteBack() const;

 private:
  using View = std::array<uint8_t, kMaxLocations>;

  struct Message {
    uint64_t value = 0;
    bool modifies = false;  // by a read-modify-write of the one before it
    bool carries = false;   // a view
    View view{};
  };

  struct Location {
    Cell cell;
    std::vector<Message> messages;
  };

  void Join(View& into, const View& from) const;
  // A message has come in at `position`.
  void ShiftViews(size_t location, size_t position);
  void AddView(Digest& digest, const View& view, const View& base) const;

  size_t threads_ = 0;
  std::array<View, kMaxThreads> views_{};
  std::vector<View> mutex_views_;
  std::vector<Location> locations_;
  std::unordered_map<const void*, size_t> numbers_;
};

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_MEMORY_H_
