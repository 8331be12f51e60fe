#include "balancing_fields.h"

#include <limits>
#include <optional>
#include <string>

namespace limpet {
inline namespace v0 {
namespace internal {
namespace {

constexpr EnumName<BalancerType> kTypes[] = {
    {"RoundRobin", BalancerType::kRoundRobin},
    {"Random", BalancerType::kRandom},
    {"LeastRequest", BalancerType::kLeastRequest},
    {"LeastSessions", BalancerType::kLeastSessions},
    {"RingHash", BalancerType::kRingHash},
    {"Maglev", BalancerType::kMaglev},
    {"Rendezvous", BalancerType::kRendezvous},
    {"EnvoyRingHash", BalancerType::kEnvoyRingHash},
    {"EnvoyMaglev", BalancerType::kEnvoyMaglev},
    {"NginxHash", BalancerType::kNginxHash},
    {"NginxConsistentHash", BalancerType::kNginxConsistentHash},
    {"NginxIpHash", BalancerType::kNginxIpHash},
    {"HaproxyConsistentHash", BalancerType::kHaproxyConsistentHash},
    {"HaproxyMapHash", BalancerType::kHaproxyMapHash}};
// Each by the name that its proxy gives it.
constexpr EnumName<HashFunction> kHashFunctions[] = {
    {"XX_HASH", HashFunction::kXxHash},
    {"MURMUR_HASH_2", HashFunction::kMurmurHash2},
    {"sdbm", HashFunction::kSdbm},
    {"djb2", HashFunction::kDjb2},
    {"wt6", HashFunction::kWt6},
    {"crc32", HashFunction::kCrc32},
    {"none", HashFunction::kNone}};
constexpr EnumName<HaproxyHashKey> kHashKeys[] = {
    {"id", HaproxyHashKey::kId},
    {"hashed-id", HaproxyHashKey::kHashedId},
    {"id32", HaproxyHashKey::kId32},
    {"addr", HaproxyHashKey::kAddr},
    {"addr-port", HaproxyHashKey::kAddrPort},
    {"guid", HaproxyHashKey::kGuid}};

constexpr uint64_t kAny = std::numeric_limits<uint32_t>::max();
constexpr uint32_t kMostTableSize = 5'000'011;
constexpr uint32_t kMostRingSize = 8'388'608;
constexpr uint32_t kMostPoints = 65'536;
constexpr uint32_t kMostAttempts = 64;
constexpr uint64_t kMinChoices = 2;
constexpr uint64_t kMaxChoices = 16;
constexpr Duration kMostSlowStart = std::chrono::hours(400'000);

bool IsPrime(uint32_t n) {
  if (n < 2) return false;
  for (uint32_t d = 2; d * d <= n; ++d) {
    if (n % d == 0) return false;
  }
  return true;
}

bool IsEnvoys(BalancerType type) {
  return type == BalancerType::kEnvoyRingHash ||
         type == BalancerType::kEnvoyMaglev;
}
bool IsNginxs(BalancerType type) {
  return type == BalancerType::kNginxHash ||
         type == BalancerType::kNginxConsistentHash ||
         type == BalancerType::kNginxIpHash;
}
bool IsHaproxys(BalancerType type) {
  return type == BalancerType::kHaproxyConsistentHash ||
         type == BalancerType::kHaproxyMapHash;
}

bool IsByHash(BalancerType type) { return type >= BalancerType::kRingHash; }

template <typename T, typename U>
void Assign(const std::optional<U>& from, T& to) {
  if (from) to = static_cast<T>(*from);
}

void CheckHashFunction(const Balancing& balancing, Problems& problems) {
  constexpr const char* kField = "balancer.hashFunction";
  switch (balancing.hash_function) {
    case HashFunction::kDefault:
      if (balancing.avalanche) {
        problems.AddFirst("balancer.avalanche",
                          "needs a hashFunction, as in HAProxy");
      }
      return;
    case HashFunction::kXxHash:
    case HashFunction::kMurmurHash2:
      if (balancing.type != BalancerType::kEnvoyRingHash) {
        problems.AddFirst(kField, "is of type EnvoyRingHash alone");
      }
      return;
    default:
      if (!IsHaproxys(balancing.type)) {
        problems.AddFirst(kField,
                          "is of the types HaproxyConsistentHash and "
                          "HaproxyMapHash alone");
      }
  }
}

void ReadSlowStart(Fields fields, Balancing& balancing) {
  static constexpr std::string_view kKnown[] = {"window", "minWeightPercent",
                                                "aggression"};
  fields.ReportUnknown(kKnown);
  Assign(fields.GetDuration("window"), balancing.slow_start);
  Assign(fields.Integer("minWeightPercent", 1, 100),
         balancing.slow_start_min_percent);
  Assign(fields.Number("aggression"), balancing.slow_start_aggression);
}

// Of the kinds that go by weight.
void CheckWeighing(const Balancing& balancing, Problems& problems) {
  const auto check = [&](std::string_view field, bool holds,
                         const char* range) {
    if (holds) return;
    problems.AddFirst("balancer." + std::string(field),
                      std::string("must be ") + range);
  };
  check("choices",
        balancing.choices >= kMinChoices && balancing.choices <= kMaxChoices,
        "2 to 16");
  // A NaN is within no range.
  const double bias = balancing.active_request_bias;
  check("activeRequestBias", bias >= 0 && bias <= 100, "0 to 100");
  if (balancing.slow_start < Duration(0)) {
    problems.AddFirst("balancer.slowStart.window", "must not be negative");
  } else if (balancing.slow_start > kMostSlowStart) {
    problems.AddFirst("balancer.slowStart.window", "must be at most 400000h");
  }
  check("slowStart.minWeightPercent",
        balancing.slow_start_min_percent >= 1 &&
            balancing.slow_start_min_percent <= 100,
        "1 to 100");
  const double aggression = balancing.slow_start_aggression;
  check("slowStart.aggression", aggression >= 0.01 && aggression <= 100,
        "0.01 to 100");
  if (balancing.slow_start > Duration(0) && IsByHash(balancing.type)) {
    problems.AddFirst(
        "balancer.slowStart.window",
        "must be 0s with this type: a key has its endpoint, young "
        "or old");
  }
}

}  // namespace

void ReadBalancing(Fields fields, Balancing& balancing) {
  static constexpr std::string_view kKnown[] = {"choices",
                                                "activeRequestBias",
                                                "slowStart",
                                                "type",
                                                "boundedLoadPercent",
                                                "tableSize",
                                                "pointsPerWeight",
                                                "minimumRingSize",
                                                "maximumRingSize",
                                                "hostSelectionAttempts",
                                                "hashFunction",
                                                "avalanche",
                                                "hashAddress",
                                                "haproxyHashKey"};
  fields.ReportUnknown(kKnown);
  Assign(fields.Enum<BalancerType>("type", kTypes), balancing.type);
  Assign(fields.Integer("choices", kMinChoices, kMaxChoices),
         balancing.choices);
  Assign(fields.Number("activeRequestBias"), balancing.active_request_bias);
  if (auto slow_start = fields.Object("slowStart")) {
    ReadSlowStart(*slow_start, balancing);
  }
  // Their limits are those of CheckBalancing.
  Assign(fields.Integer("boundedLoadPercent", 0, kAny),
         balancing.bounded_load_percent);
  Assign(fields.Integer("tableSize", 0, kAny), balancing.table_size);
  Assign(fields.Integer("pointsPerWeight", 0, kAny),
         balancing.points_per_weight);
  Assign(fields.Integer("minimumRingSize", 0, kAny),
         balancing.minimum_ring_size);
  Assign(fields.Integer("maximumRingSize", 0, kAny),
         balancing.maximum_ring_size);
  Assign(fields.Integer("hostSelectionAttempts", 0, kAny),
         balancing.host_selection_attempts);
  Assign(fields.Enum<HashFunction>("hashFunction", kHashFunctions),
         balancing.hash_function);
  Assign(fields.Bool("avalanche"), balancing.avalanche);
  Assign(fields.Bool("hashAddress"), balancing.hash_address);
  Assign(fields.Enum<HaproxyHashKey>("haproxyHashKey", kHashKeys),
         balancing.haproxy_hash_key);
}

void CheckBalancing(const Balancing& balancing, Problems& problems) {
  CheckWeighing(balancing, problems);
  const auto refuse = [&](std::string_view field, const std::string& message) {
    problems.AddFirst("balancer." + std::string(field), message);
  };
  const auto check = [&](std::string_view field, uint32_t value, uint32_t least,
                         uint32_t most) {
    if (value >= least && value <= most) return;
    refuse(field,
           "must be " + std::to_string(least) + " to " + std::to_string(most));
  };
  const uint32_t bound = balancing.bounded_load_percent;
  if (bound != 0 && (bound < 101 || bound > 1000)) {
    refuse("boundedLoadPercent", "must be 0 (no bound) or 101 to 1000");
  } else if (bound != 0 && (IsNginxs(balancing.type) ||
                            balancing.type == BalancerType::kHaproxyMapHash)) {
    refuse("boundedLoadPercent",
           "must be 0 with this type: that proxy has no bound for it");
  }
  if (balancing.table_size < 3 || balancing.table_size > kMostTableSize ||
      !IsPrime(balancing.table_size)) {
    refuse("tableSize", "must be a prime, 3 to 5000011");
  }
  check("pointsPerWeight", balancing.points_per_weight, 1, kMostPoints);
  check("maximumRingSize", balancing.maximum_ring_size, 1, kMostRingSize);
  check("minimumRingSize", balancing.minimum_ring_size, 1,
        balancing.maximum_ring_size);
  if (balancing.host_selection_attempts > kMostAttempts) {
    refuse("hostSelectionAttempts", "must be 0 to 64");
  } else if (balancing.host_selection_attempts !=
                 Balancing().host_selection_attempts &&
             !IsEnvoys(balancing.type)) {
    refuse("hostSelectionAttempts",
           "is of the types EnvoyRingHash and EnvoyMaglev alone");
  }
  CheckHashFunction(balancing, problems);
  if (IsHaproxys(balancing.type)) return;
  if (balancing.hash_address) {
    refuse("hashAddress",
           "is of the types HaproxyConsistentHash and HaproxyMapHash alone");
  }
  if (balancing.haproxy_hash_key != HaproxyHashKey::kId) {
    refuse("haproxyHashKey",
           "is of the types HaproxyConsistentHash and HaproxyMapHash alone");
  }
}

}  // namespace internal
}  // namespace v0
}  // namespace limpet
