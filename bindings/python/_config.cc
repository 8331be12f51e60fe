// SessionPersistence for Python: enums travel as the words that they have in
// the Gateway API's JSON, durations as timedelta.
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "_core.h"
#include "_words.h"

namespace limpet_python {
namespace {

using limpet::SessionPersistence;

constexpr Words<limpet::SessionType, 2> kTypes{
    {{"Cookie", limpet::SessionType::kCookie},
     {"Header", limpet::SessionType::kHeader}}};
constexpr Words<limpet::LifetimeType, 2> kLifetimes{
    {{"Session", limpet::LifetimeType::kSession},
     {"Permanent", limpet::LifetimeType::kPermanent}}};
constexpr Words<limpet::SameSite, 3> kSameSites{
    {{"Strict", limpet::SameSite::kStrict},
     {"Lax", limpet::SameSite::kLax},
     {"None", limpet::SameSite::kNone}}};
constexpr Words<limpet::StoreType, 3> kStores{
    {{"SealedToken", limpet::StoreType::kSealedToken},
     {"SessionMap", limpet::StoreType::kSessionMap},
     {"EnvoyToken", limpet::StoreType::kEnvoyToken}}};
constexpr Words<limpet::WhenFull, 2> kWhenFull{
    {{"Refuse", limpet::WhenFull::kRefuse},
     {"Evict", limpet::WhenFull::kEvict}}};
constexpr Words<limpet::FailoverType, 4> kFailovers{
    {{"Rebind", limpet::FailoverType::kRebind},
     {"Temporary", limpet::FailoverType::kTemporary},
     {"Strict", limpet::FailoverType::kStrict},
     {"RebindAfter", limpet::FailoverType::kRebindAfter}}};
constexpr Words<limpet::BalancerType, 14> kBalancers{
    {{"RoundRobin", limpet::BalancerType::kRoundRobin},
     {"Random", limpet::BalancerType::kRandom},
     {"LeastRequest", limpet::BalancerType::kLeastRequest},
     {"LeastSessions", limpet::BalancerType::kLeastSessions},
     {"RingHash", limpet::BalancerType::kRingHash},
     {"Maglev", limpet::BalancerType::kMaglev},
     {"Rendezvous", limpet::BalancerType::kRendezvous},
     {"EnvoyRingHash", limpet::BalancerType::kEnvoyRingHash},
     {"EnvoyMaglev", limpet::BalancerType::kEnvoyMaglev},
     {"NginxHash", limpet::BalancerType::kNginxHash},
     {"NginxConsistentHash", limpet::BalancerType::kNginxConsistentHash},
     {"NginxIpHash", limpet::BalancerType::kNginxIpHash},
     {"HaproxyConsistentHash", limpet::BalancerType::kHaproxyConsistentHash},
     {"HaproxyMapHash", limpet::BalancerType::kHaproxyMapHash}}};
constexpr Words<limpet::Splitting, 2> kSplittings{
    {{"SessionFirst", limpet::Splitting::kSessionFirst},
     {"WeightsFirst", limpet::Splitting::kWeightsFirst}}};
constexpr Words<limpet::Release, 7> kReleases{{{"1.1", limpet::Release::k1_1},
                                               {"1.2", limpet::Release::k1_2},
                                               {"1.3", limpet::Release::k1_3},
                                               {"1.4", limpet::Release::k1_4},
                                               {"1.5", limpet::Release::k1_5},
                                               {"1.6", limpet::Release::k1_6},
                                               {"1.7", limpet::Release::k1_7}}};
constexpr Words<limpet::Attachment, 2> kAttachments{
    {{"RouteRule", limpet::Attachment::kRouteRule},
     {"Backend", limpet::Attachment::kBackend}}};

using Class = py::class_<SessionPersistence>;

template <typename E, size_t N>
void Word(Class& type, const char* name, E SessionPersistence::*member,
          const Words<E, N>& words) {
  type.def_property(
      name,
      [member, &words](const SessionPersistence& self) {
        return ToWord(words, self.*member);
      },
      [member, &words, name](SessionPersistence& self, std::string_view word) {
        self.*member = FromWord(words, word, name);
      });
}

void Timeout(Class& type, const char* name,
             limpet::Duration SessionPersistence::*member) {
  type.def_property(
      name,
      [member](const SessionPersistence& self) {
        return ToTimedelta(self.*member);
      },
      [member, name](SessionPersistence& self, py::handle value) {
        self.*member = FromTimedelta(value, name);
      });
}

void Read(SessionPersistence& self, std::string_view json,
          std::optional<std::string_view> release,
          std::string_view attachment) {
  SessionPersistence::JsonOptions options;
  if (release) options.release = FromWord(kReleases, *release, "release");
  options.attachment = FromWord(kAttachments, attachment, "attachment");
  self = Take(SessionPersistence::FromJson(json, options));
}

}  // namespace

void BindConfig(py::module_& module) {
  Class type(module, "SessionPersistence");
  type.def(py::init<>())
      .def("_read", &Read, py::arg("json"), py::arg("release").none(true),
           py::arg("attachment"))
      .def("_assign", [](SessionPersistence& self,
                         const SessionPersistence& other) { self = other; })
      .def("_extend", [](SessionPersistence& self,
                         std::string_view json) { Check(self.Extend(json)); })
      .def(
          "validate",
          [](const SessionPersistence& self) { Check(self.Validate()); },
          "Checks all fields together. Raises ConfigError.")
      .def("__eq__",
           [](const SessionPersistence& self, py::handle other) {
             return py::isinstance<SessionPersistence>(other) &&
                    self == other.cast<const SessionPersistence&>();
           })
      .def_readwrite("name", &SessionPersistence::name)
      .def_readwrite("path", &SessionPersistence::path)
      .def_readwrite("domain", &SessionPersistence::domain)
      .def_readwrite("secure", &SessionPersistence::secure)
      .def_readwrite("http_only", &SessionPersistence::http_only)
      .def_readwrite("partitioned", &SessionPersistence::partitioned)
      .def_readwrite("capacity", &SessionPersistence::capacity)
      .def_readwrite("strip_token", &SessionPersistence::strip_token)
      .def_property(
          "type",
          [](const SessionPersistence& self) {
            return ToWord(kTypes, self.type);
          },
          [](SessionPersistence& self, std::optional<std::string_view> word) {
            self.type = word ? FromWord(kTypes, *word, "type")
                             : limpet::SessionType::kNone;
          })
      .def_property(
          "balancer",
          [](const SessionPersistence& self) {
            return ToWord(kBalancers, self.balancer.type);
          },
          [](SessionPersistence& self, std::string_view word) {
            self.balancer.type = FromWord(kBalancers, word, "balancer");
          })
      .def_property(
          "failover",
          [](const SessionPersistence& self) {
            return ToWord(kFailovers, self.failover.type);
          },
          [](SessionPersistence& self, std::string_view word) {
            self.failover.type = FromWord(kFailovers, word, "failover");
          })
      .def_property(
          "failover_status",
          [](const SessionPersistence& self) { return self.failover.status; },
          [](SessionPersistence& self, uint16_t status) {
            self.failover.status = status;
          })
      .def_property(
          "failover_after",
          [](const SessionPersistence& self) {
            return ToTimedelta(self.failover.after);
          },
          [](SessionPersistence& self, py::handle value) {
            self.failover.after = FromTimedelta(value, "failover_after");
          })
      .def_property(
          "rebalance_percent_per_minute",
          [](const SessionPersistence& self) {
            return self.rebalance.percent_per_minute;
          },
          [](SessionPersistence& self, uint32_t percent) {
            self.rebalance.percent_per_minute = percent;
          })
      .def_property(
          "rebalance_idle_at_least",
          [](const SessionPersistence& self) {
            return ToTimedelta(self.rebalance.idle_at_least);
          },
          [](SessionPersistence& self, py::handle value) {
            self.rebalance.idle_at_least =
                FromTimedelta(value, "rebalance_idle_at_least");
          });
  Word(type, "lifetime_type", &SessionPersistence::lifetime_type, kLifetimes);
  Word(type, "same_site", &SessionPersistence::same_site, kSameSites);
  Word(type, "store", &SessionPersistence::store, kStores);
  Word(type, "when_full", &SessionPersistence::when_full, kWhenFull);
  Word(type, "splitting", &SessionPersistence::splitting, kSplittings);
  Timeout(type, "absolute_timeout", &SessionPersistence::absolute_timeout);
  Timeout(type, "idle_timeout", &SessionPersistence::idle_timeout);
}

}  // namespace limpet_python
