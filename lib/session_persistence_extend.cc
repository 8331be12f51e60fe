#include "session_persistence_extend.h"

#include <utility>

#include "balancing_fields.h"
#include "session_persistence_check.h"

namespace limpet {
inline namespace v0 {
namespace internal {
namespace {

constexpr EnumName<SameSite> kSameSites[] = {{"Strict", SameSite::kStrict},
                                             {"Lax", SameSite::kLax},
                                             {"None", SameSite::kNone}};
constexpr EnumName<StoreType> kStores[] = {
    {"SealedToken", StoreType::kSealedToken},
    {"SessionMap", StoreType::kSessionMap},
    {"EnvoyToken", StoreType::kEnvoyToken}};
constexpr EnumName<WhenFull> kWhenFull[] = {{"Refuse", WhenFull::kRefuse},
                                            {"Evict", WhenFull::kEvict}};
constexpr EnumName<FailoverType> kFailovers[] = {
    {"Rebind", FailoverType::kRebind},
    {"Temporary", FailoverType::kTemporary},
    {"Strict", FailoverType::kStrict},
    {"RebindAfter", FailoverType::kRebindAfter}};
constexpr EnumName<Splitting> kSplittings[] = {
    {"SessionFirst", Splitting::kSessionFirst},
    {"WeightsFirst", Splitting::kWeightsFirst}};

template <typename T, typename U>
void Assign(const std::optional<U>& from, T& to) {
  if (from) to = static_cast<T>(*from);
}

void ReadCookieAttributes(Fields fields, SessionPersistence& config) {
  static constexpr std::string_view kKnown[] = {
      "secure", "httpOnly", "partitioned", "sameSite", "domain"};
  fields.ReportUnknown(kKnown);
  Assign(fields.Bool("secure"), config.secure);
  Assign(fields.Bool("httpOnly"), config.http_only);
  Assign(fields.Bool("partitioned"), config.partitioned);
  Assign(fields.Enum<SameSite>("sameSite", kSameSites), config.same_site);
  if (const std::string* domain = fields.String("domain")) {
    config.domain = *domain;
  }
}

void ReadStore(Fields fields, SessionPersistence& config) {
  static constexpr std::string_view kKnown[] = {"type", "capacity", "whenFull"};
  fields.ReportUnknown(kKnown);
  Assign(fields.Enum<StoreType>("type", kStores), config.store);
  Assign(fields.Integer("capacity", 1, kMaxCapacity), config.capacity);
  Assign(fields.Enum<WhenFull>("whenFull", kWhenFull), config.when_full);
}

void ReadFailover(Fields fields, SessionPersistence& config) {
  static constexpr std::string_view kKnown[] = {"type", "status", "after"};
  fields.ReportUnknown(kKnown);
  Assign(fields.Enum<FailoverType>("type", kFailovers), config.failover.type);
  Assign(fields.Integer("status", kMinStrictStatus, kMaxStrictStatus),
         config.failover.status);
  Assign(fields.GetDuration("after"), config.failover.after);
}

void ReadRebalance(Fields fields, SessionPersistence& config) {
  static constexpr std::string_view kKnown[] = {"percentPerMinute",
                                                "idleAtLeast"};
  fields.ReportUnknown(kKnown);
  Assign(fields.Integer("percentPerMinute", 0, kMaxPercent),
         config.rebalance.percent_per_minute);
  Assign(fields.GetDuration("idleAtLeast"), config.rebalance.idle_at_least);
}

}  // namespace

void ReadExtension(Fields& fields, SessionPersistence& config) {
  Assign(fields.GetDuration("idleTimeout"), config.idle_timeout);
  if (auto attributes = fields.Object("cookieAttributes")) {
    ReadCookieAttributes(*attributes, config);
  }
  if (auto store = fields.Object("store")) ReadStore(*store, config);
  if (auto failover = fields.Object("failover")) {
    ReadFailover(*failover, config);
  }
  if (auto balancer = fields.Object("balancer")) {
    ReadBalancing(*balancer, config.balancer);
  }
  Assign(fields.Enum<Splitting>("splitting", kSplittings), config.splitting);
  Assign(fields.Bool("stripToken"), config.strip_token);
  if (auto rebalance = fields.Object("rebalance")) {
    ReadRebalance(*rebalance, config);
  }
}

}  // namespace internal

Status SessionPersistence::Extend(std::string_view json) {
  internal::Problems problems;
  internal::Json value;
  if (Status status = internal::ReadJson(json, value, problems); !status.ok()) {
    return status;
  }
  if (!value.is_object()) {
    return Status(StatusCode::kInvalidConfig, "",
                  internal::TypeMessage("object", value));
  }
  internal::Fields fields(value, "", problems);
  fields.ReportUnknown(internal::kExtensionFields);
  SessionPersistence extended = *this;
  internal::ReadExtension(fields, extended);
  Status status = std::move(problems).ToStatus();
  if (status.ok()) *this = std::move(extended);
  return status;
}

}  // namespace v0
}  // namespace limpet
