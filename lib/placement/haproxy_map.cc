#include "placement/haproxy_map.h"

#include <cstddef>
#include <functional>
#include <numeric>
#include <queue>

namespace limpet {
inline namespace v0 {
namespace {

// HAProxy fills slot after slot. For each it adds every member's weight to that
// member's score, compares floor(score / total), takes the first of the highest
// and subtracts `total` from its score. Before slot t - 1 is filled, that
// quotient is floor(t * weight / total) less the slots that the member has: it
// only ever moves by 1, at times known beforehand. So members wait in a heap
// for each quotient, which gives the same map without looking at every member
// for every slot.
class MapBuilder {
 public:
  explicit MapBuilder(size_t members) : claims_(members) {}

  void Add(uint32_t member, uint32_t weight) {
    claims_[member].weight = weight;
    total_ += weight;
  }

  std::vector<uint32_t> Build() {
    std::vector<uint32_t> slots;
    slots.reserve(total_);
    first_due_.assign(total_ + 1, kNoMember);
    for (uint32_t i = 0; i < claims_.size(); ++i) {
      if (claims_[i].weight == 0) continue;
      WaitAt(i);
      Schedule(i);
    }
    for (uint64_t time = 1; time <= total_; ++time) {
      RaiseThoseDueAt(time);
      const uint32_t best = TakeBest();
      --claims_[best].quotient;
      WaitAt(best);
      slots.push_back(best);
    }
    return slots;
  }

 private:
  struct Claim {
    uint64_t weight = 0;
    uint64_t raises = 0;
    int64_t quotient = 0;
    uint32_t next_due = kNoMember;  // at the same time
  };
  using Heap =
      std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>>;

  // Below 0 a member waits for its next raise only: the scores add up to
  // `total`, so that somebody is at 0 or above.
  void WaitAt(uint32_t member) {
    const int64_t quotient = claims_[member].quotient;
    if (quotient < 0) return;
    const auto level = static_cast<size_t>(quotient);
    if (level >= waiting_.size()) waiting_.resize(level + 1);
    waiting_[level].push(member);
  }

  void Schedule(uint32_t member) {
    Claim& claim = claims_[member];
    if (claim.raises == claim.weight) return;
    const uint64_t time =
        (total_ * ++claim.raises + claim.weight - 1) / claim.weight;
    claim.next_due = first_due_[time];
    first_due_[time] = member;
  }

  void RaiseThoseDueAt(uint64_t time) {
    uint32_t member = first_due_[time];
    while (member != kNoMember) {
      const uint32_t next = claims_[member].next_due;
      ++claims_[member].quotient;
      WaitAt(member);
      Schedule(member);
      member = next;
    }
  }

  // The first member of the highest quotient. Entries of members that have
  // moved on since are dropped on the way.
  uint32_t TakeBest() {
    for (size_t level = waiting_.size(); level > 0; --level) {
      Heap& heap = waiting_[level - 1];
      while (!heap.empty()) {
        const uint32_t member = heap.top();
        heap.pop();
        if (claims_[member].quotient == static_cast<int64_t>(level) - 1) {
          return member;
        }
      }
    }
    return kNoMember;
  }

  std::vector<Claim> claims_;
  std::vector<Heap> waiting_;        // by quotient
  std::vector<uint32_t> first_due_;  // by time; then Claim::next_due
  uint64_t total_ = 0;
};

}  // namespace

HaproxyMap::HaproxyMap(std::span<const PlacedMember> members) {
  uint32_t common = 0;
  for (const PlacedMember& member : members) {
    common = std::gcd(common, member.weight);
  }
  if (common == 0) return;
  MapBuilder builder(members.size());
  for (uint32_t i = 0; i < members.size(); ++i) {
    if (members[i].usable) builder.Add(i, members[i].weight / common);
  }
  slots_ = builder.Build();
}

}  // namespace v0
}  // namespace limpet
