// RingHash: every endpoint has points on a ring, so many for each unit of its
// weight; a key's is the endpoint of the first point from its hash on. What
// comes or goes, or changes its weight, moves no key between others.
// Source: Karger et al., "Consistent hashing and random trees" (1997).
#include <algorithm>
#include <string_view>

#include "balancers/keyed_balancer.h"
#include "codec/big_endian.h"
#include "limpet/balancing.h"
#include "mix.h"
#include "placement/flat_table.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr uint64_t kMostPoints = uint64_t{1} << 21;

class Ring {
 public:
  static constexpr std::string_view kName = "ring";
  // Points that a refused request looks at: some endpoints' worth of them.
  static constexpr uint32_t kAttempts = 64;

  // `form.size`: points for each unit of weight.
  Ring(const EndpointSet& endpoints, const EndpointSet::Tier& tier,
       const TableForm& form) {
    std::vector<uint32_t> members = tier.ready;
    // The same order at every proxy, for points that meet.
    std::sort(members.begin(), members.end(), [&](uint32_t a, uint32_t b) {
      return endpoints.handle(a) < endpoints.handle(b);
    });
    // With fewer points everybody keeps the first of its own.
    int halvings = 0;
    while ((tier.total_weight * form.size) >> halvings > kMostPoints) {
      ++halvings;
    }
    std::vector<uint64_t> points;
    points.reserve((tier.total_weight * form.size >> halvings) +
                   members.size());
    for (const uint32_t index : members) {
      const TableName name = NameInTable(endpoints.handle(index), form.secret);
      // A sequence of its own, that begins where nobody knows and steps by what
      // nobody knows.
      uint64_t state = LoadBigEndian<8>(name.data());
      const uint64_t step = LoadBigEndian<8>(name.data() + 8) | 1;
      const uint64_t count = std::max<uint64_t>(
          1, endpoints[index].weight * form.size >> halvings);
      for (uint64_t i = 0; i < count; ++i, state += step) {
        points.push_back(
            PackPoint(static_cast<uint32_t>(Mix64(state) >> 32), index));
      }
    }
    SortPoints(points);
    std::vector<uint32_t> hashes;
    hashes.reserve(points.size());
    owners_.reserve(points.size());
    for (const uint64_t point : points) {
      hashes.push_back(static_cast<uint32_t>(point >> 32));
      owners_.push_back(static_cast<uint32_t>(point));
    }
    hashes_.Assign(std::move(hashes));
  }

  uint32_t At(uint64_t hash, uint32_t attempt) const noexcept {
    size_t place = hashes_.AtOrAfter(static_cast<uint32_t>(hash >> 32));
    if (attempt > 0) place = (place + attempt) % owners_.size();
    return owners_[place];
  }

 private:
  SortedHashes<uint32_t> hashes_;  // of the points
  std::vector<uint32_t> owners_;   // of the points
};

}  // namespace

std::unique_ptr<Balancer> MakeRingHash(const Balancing& config,
                                       std::shared_ptr<const KeyRing> keys,
                                       std::unique_ptr<Balancer> without_key) {
  return std::make_unique<TableBalancer<Ring>>(
      config.points_per_weight, std::move(keys), std::move(without_key));
}

}  // namespace v0
}  // namespace limpet
