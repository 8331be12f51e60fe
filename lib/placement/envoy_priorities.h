// Envoy's choice among priorities, by the same hash as that of a member.
//
// Thread rule: immutable.
#ifndef LIMPET_LIB_PLACEMENT_ENVOY_PRIORITIES_H_
#define LIMPET_LIB_PLACEMENT_ENVOY_PRIORITIES_H_

#include <cstdint>
#include <span>
#include <vector>

namespace limpet {
inline namespace v0 {

struct EnvoyPriority {
  uint32_t members = 0;
  uint32_t healthy = 0;
  uint32_t degraded = 0;
};

struct EnvoyPriorityOptions {
  uint32_t overprovisioning_percent = 140;
  uint32_t panic_percent = 50;  // 0: no panic
};

class EnvoyPriorities {
 public:
  explicit EnvoyPriorities(std::span<const EnvoyPriority> priorities,
                           EnvoyPriorityOptions options = {});

  // REQUIRES: at least one priority.
  uint32_t Choose(uint64_t hash) const noexcept;

  // In panic its table has all members, whatever their health. REQUIRES: no
  // such priority is asked about as was not given.
  bool panic(uint32_t priority) const { return panic_[priority]; }

 private:
  std::vector<uint32_t> healthy_load_;   // percent
  std::vector<uint32_t> degraded_load_;  // percent
  std::vector<bool> panic_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_ENVOY_PRIORITIES_H_
