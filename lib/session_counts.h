// SessionCounts: about how many live sessions of a map the endpoints of a set
// have: as last counted, and those that were chosen since. What ended since is
// still in it; what was chosen, but had not begun when they were counted, not.
//
// Thread rule: all members may be called by many threads.
#ifndef LIMPET_LIB_SESSION_COUNTS_H_
#define LIMPET_LIB_SESSION_COUNTS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "shelf.h"

namespace limpet {
inline namespace v0 {

class SessionCounts final : public EndpointSet::Shelf::Item {
 public:
  explicit SessionCounts(size_t endpoints) : counts_(endpoints) {}

  uint32_t Of(uint32_t endpoint) const {
    return counts_[endpoint].load(std::memory_order_relaxed);
  }
  void Began(uint32_t endpoint) {
    counts_[endpoint].fetch_add(1, std::memory_order_relaxed);
  }
  void Set(uint32_t endpoint, uint32_t sessions) {
    counts_[endpoint].store(sessions, std::memory_order_relaxed);
  }

 private:
  std::vector<std::atomic<uint32_t>> counts_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_COUNTS_H_
