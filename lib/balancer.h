// Balancer: who serves a new session. A kind is one file in balancers/.
//
// Thread rule: all members may be called by many threads; none allocates.
#ifndef LIMPET_LIB_BALANCER_H_
#define LIMPET_LIB_BALANCER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "limpet/endpoint.h"
#include "limpet/hash.h"

namespace limpet {
inline namespace v0 {

// What there is to choose from.
struct Choice {
  const EndpointSet& endpoints;
  std::span<const uint32_t> tried;  // indexes that are not chosen again
  ActiveRequests active;

  bool Tried(uint32_t index) const {
    for (const uint32_t other : tried) {
      if (other == index) return true;
    }
    return false;
  }
  // Is there an endpoint of the group left to choose?
  bool HasUntried(const EndpointSet::Group& group) const {
    if (tried.empty()) return !group.ready.empty();
    for (const uint32_t index : group.ready) {
      if (!Tried(index)) return true;
    }
    return false;
  }
};

inline constexpr uint32_t kNoGroup = UINT32_MAX;

class Balancer {
 public:
  virtual ~Balancer() = default;

  // The backend that gets this request: by weight, among those with an
  // endpoint for it. kNoGroup: none has one.
  uint32_t ChooseGroup(const Choice& choice) const noexcept;

  // An endpoint of that group, or kNoEndpoint.
  virtual uint32_t Choose(const Choice& choice,
                          uint32_t group) const noexcept = 0;

 protected:
  // The next place among `size` of equal weight, as this kind of balancer
  // deals them out. `turn` tells apart the sequences of different groups.
  virtual uint64_t Deal(size_t turn, uint64_t size) const noexcept = 0;
  // The next of `total_weight` units of weight, spread as evenly.
  virtual uint64_t DealWeighted(size_t turn,
                                uint64_t total_weight) const noexcept = 0;

  // A position in the group's list of ready endpoints, by weight. REQUIRES:
  // the list is not empty.
  size_t Draw(const EndpointSet::Group& group, size_t turn) const noexcept;

  // The first endpoint from that position on which was not tried yet.
  static uint32_t FirstUntried(const Choice& choice,
                               const EndpointSet::Group& group,
                               size_t position) noexcept;

  // Group sequences have turn 0, the endpoints of group g have 1 + g.
  static size_t TurnOf(uint32_t group) { return size_t{group} + 1; }
};

std::unique_ptr<Balancer> MakeRoundRobin(RandomSource& random);
std::unique_ptr<Balancer> MakeRandom(RandomSource& random);
std::unique_ptr<Balancer> MakeLeastRequest(RandomSource& random);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_BALANCER_H_
