// The extension module limpet._core: the C++ interface, as directly as Python
// can have it. The face with defaults and conversions is the package's *.py.
//
// The GIL is kept but where a session map is scanned: no request waits for long
// (a write to a map for another process, for the map's lock budget at most),
// and what takes less than a microsecond is slower where the GIL is given away
// and taken back.
#include "_core.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace limpet_python {
namespace {

using limpet::Decision;
using limpet::EndpointSet;
using limpet::KeyRing;
using limpet::Policy;
using limpet::SessionMap;
using limpet::Timestamp;

// What says how requests are placed: priority, locality, max_requests,
// max_sessions, hash_key.
using PlacingRow =
    std::tuple<int64_t, std::string, int64_t, int64_t, std::string>;
using EndpointRow = std::tuple<std::string, std::string, std::string, int64_t,
                               uint8_t, int64_t, int64_t, PlacingRow>;
using BackendRow = std::tuple<std::string, int64_t>;
using Committed =
    std::tuple<std::optional<std::pair<std::string_view, std::string>>,
               uint8_t>;

// pybind11 2 knows holders of T, not of const T; nothing below changes one.
template <typename T>
std::shared_ptr<T> Hold(std::shared_ptr<const T> object) {
  return std::const_pointer_cast<T>(std::move(object));
}

// EndpointSet::Make names the field of a weight that is out of range.
uint32_t Weight(int64_t weight) {
  return weight < 0 || weight > UINT32_MAX ? UINT32_MAX
                                           : static_cast<uint32_t>(weight);
}

uint32_t Number(int64_t number, const char* field) {
  if (number < 0 || number > UINT32_MAX) {
    Raise({limpet::StatusCode::kInvalidArgument, field,
           "must be 0 to 4294967295"});
  }
  return static_cast<uint32_t>(number);
}

std::shared_ptr<EndpointSet> MakeEndpoints(std::vector<EndpointRow> rows,
                                           std::vector<BackendRow> groups,
                                           std::string locality) {
  std::vector<limpet::Endpoint> endpoints;
  for (auto& [id, address, backend, weight, state, since, deadline, placing] :
       rows) {
    auto& [priority, where, max_requests, max_sessions, hash_key] = placing;
    endpoints.push_back(
        {.id = std::move(id),
         .address = std::move(address),
         .backend = std::move(backend),
         .weight = Weight(weight),
         .state = static_cast<limpet::EndpointState>(state),
         .since = limpet::TimestampFromMillis(since),
         .drain_deadline = limpet::TimestampFromMillis(deadline),
         .priority = Number(priority, "priority"),
         .locality = std::move(where),
         .max_requests = Number(max_requests, "max_requests"),
         .max_sessions = Number(max_sessions, "max_sessions"),
         .hash_key = std::move(hash_key)});
  }
  std::vector<limpet::Backend> backends;
  for (auto& [name, weight] : groups) {
    backends.push_back({.name = std::move(name), .weight = Weight(weight)});
  }
  return Hold(Take(EndpointSet::Make(std::move(endpoints), std::move(backends),
                                     {.locality = std::move(locality)})));
}

// A Python callable as ActiveRequests. Select must not throw, so that what the
// callable raises waits here until Select is done.
struct Active {
  const py::function* function;
  mutable std::exception_ptr raised;

  static uint32_t Count(const void* host, uint32_t endpoint) {
    const Active* self = static_cast<const Active*>(host);
    if (self->raised != nullptr) return 0;
    try {
      return (*self->function)(endpoint).template cast<uint32_t>();
    } catch (...) {
      self->raised = std::current_exception();
      return 0;
    }
  }
};

Decision Select(const Policy& policy,
                const std::vector<std::string_view>& values,
                const EndpointSet& endpoints, int64_t now_ms,
                const std::vector<uint32_t>& tried,
                const std::optional<py::function>& active,
                std::optional<std::string_view> hash_key,
                std::optional<uint64_t> envoy_hash) {
  limpet::SelectOptions options;
  options.hash_key = hash_key;
  options.hash = envoy_hash;
  options.tried = tried;
  Active host{active ? &*active : nullptr, nullptr};
  if (active) options.active = {&Active::Count, &host};
  const Decision decision = policy.Select(
      values, endpoints, limpet::TimestampFromMillis(now_ms), options);
  if (host.raised != nullptr) std::rethrow_exception(host.raised);
  return decision;
}

Committed Commit(const Policy& policy, const Decision& decision,
                 const limpet::Endpoint* served, int64_t now_ms) {
  std::vector<char> buffer(policy.MaxFieldSize());
  limpet::Outcome outcome = decision.outcome;
  const std::optional<limpet::ResponseField> field = policy.Commit(
      decision, served, limpet::TimestampFromMillis(now_ms), buffer, &outcome);
  Committed committed;
  if (field) std::get<0>(committed).emplace(field->name, field->value);
  std::get<1>(committed) = static_cast<uint8_t>(outcome);
  return committed;
}

// A DrainProgress: state, done, live and first sessions, done by, endpoint,
// since; times in Unix milliseconds.
using DrainRow = std::tuple<uint8_t, double, std::optional<uint64_t>,
                            std::optional<uint64_t>, std::optional<int64_t>,
                            uint64_t, int64_t>;

DrainRow PollDrain(const Policy& policy, const EndpointSet& endpoints,
                   std::optional<uint32_t> index, int64_t now_ms,
                   const std::optional<DrainRow>& before) {
  limpet::DrainProgress progress;
  if (before) {
    const auto& [state, done, live, first, done_by, endpoint, since] = *before;
    progress.state = static_cast<limpet::DrainState>(state);
    progress.first_sessions = first;
    if (done_by) progress.done_by = limpet::TimestampFromMillis(*done_by);
    progress.endpoint = endpoint;
    progress.since = limpet::TimestampFromMillis(since);
  }
  {
    const py::gil_scoped_release release;
    policy.PollDrain(endpoints, index.value_or(limpet::kNoEndpoint),
                     limpet::TimestampFromMillis(now_ms), &progress);
  }
  std::optional<int64_t> done_by;
  if (progress.done_by) done_by = limpet::ToMillis(*progress.done_by);
  return {static_cast<uint8_t>(progress.state),
          progress.done,
          progress.live_sessions,
          progress.first_sessions,
          done_by,
          progress.endpoint,
          limpet::ToMillis(progress.since)};
}

void BindValues(py::module_& m) {
  m.def("version_string", &limpet::VersionString);
  m.def("endpoint_handle", &limpet::HashEndpointId, py::arg("id"));
  m.def(
      "parse_duration",
      [](std::string_view text) {
        return ToTimedelta(Take(limpet::ParseDuration(text)));
      },
      py::arg("text"),
      "The timedelta of a GEP-2257 duration: one to four of <1-5 digits>\n"
      "<h|m|s|ms>, added up. Raises ConfigError.");
  m.def(
      "format_duration",
      [](py::handle duration) {
        return Take(limpet::FormatDuration(FromTimedelta(duration, "")));
      },
      py::arg("duration"),
      "The standard form of a duration, \"0s\" for zero. Raises ConfigError "
      "for\n"
      "what it cannot say: negative, no whole milliseconds, over 99999 hours.");

  py::tuple outcomes(limpet::kOutcomeCount);
  for (size_t i = 0; i < limpet::kOutcomeCount; ++i) {
    outcomes[i] = limpet::OutcomeName(static_cast<limpet::Outcome>(i));
  }
  m.attr("OUTCOMES") = outcomes;  // by number
  py::tuple states(3);
  for (size_t i = 0; i < states.size(); ++i) {
    states[i] =
        limpet::EndpointStateName(static_cast<limpet::EndpointState>(i));
  }
  m.attr("ENDPOINT_STATES") = states;
  py::tuple drains(3);
  for (size_t i = 0; i < drains.size(); ++i) {
    drains[i] = limpet::DrainStateName(static_cast<limpet::DrainState>(i));
  }
  m.attr("DRAIN_STATES") = drains;
}

void BindObjects(py::module_& m) {
  py::class_<KeyRing, std::shared_ptr<KeyRing>>(
      m, "Keys",
      "The keys of sealed tokens: one seals, all open, so that keys rotate "
      "and\n"
      "no session is lost; and the one that hash balancers place by. "
      "Immutable.")
      .def_static(
          "from_text",
          [](std::string_view text) {
            return Hold(Take(KeyRing::FromText(text)));
          },
          py::arg("text"),
          "Reads lines of \"<id> <key> <role>\": id 0-255, key 64 hexadecimal\n"
          "digits, role seal (exactly one), open or place (one at most). "
          "Empty\n"
          "lines and lines that begin with # are skipped. Raises ConfigError, "
          "which names the line\n"
          "and never quotes a key.")
      .def_static(
          "generate", [] { return Hold(KeyRing::Generate()); },
          "A random key to seal and another to place by: sessions end with "
          "them.")
      .def_static(
          "generate_text", [] { return KeyRing::GenerateText(); },
          "The same in the form that from_text reads, to be kept in a file.");

  py::class_<EndpointSet, std::shared_ptr<EndpointSet>>(m, "EndpointSet")
      .def(py::init(&MakeEndpoints), py::arg("endpoints"), py::arg("backends"),
           py::arg("locality"))
      .def("__len__", &EndpointSet::size);

  py::class_<Decision>(m, "Decision")
      .def_property_readonly("endpoint",
                             [](const Decision& self) {
                               return self.endpoint == limpet::kNoEndpoint
                                          ? std::nullopt
                                          : std::optional(self.endpoint);
                             })
      .def_readonly("handle", &Decision::handle)
      .def_readonly("status", &Decision::status)
      .def_property_readonly("outcome", [](const Decision& self) {
        return static_cast<uint8_t>(self.outcome);
      });
}

void BindPolicy(py::module_& m) {
  py::class_<Policy>(m, "Policy")
      .def(py::init([](const limpet::SessionPersistence& config,
                       std::string scope, std::shared_ptr<KeyRing> keys,
                       std::shared_ptr<SessionMap> sessions) {
             return Take(Policy::Make(config, {.scope = std::move(scope),
                                               .keys = std::move(keys),
                                               .sessions = std::move(sessions),
                                               .random = nullptr}));
           }),
           py::arg("config"), py::arg("scope"), py::arg("keys").none(true),
           py::arg("sessions").none(true))
      .def_property_readonly("config",
                             [](const Policy& self) { return self.config(); })
      .def_property_readonly("scope", &Policy::scope)
      .def_property_readonly("request_field", &Policy::RequestField)
      .def_property_readonly("sessions", &Policy::sessions)
      .def("select", &Select, py::arg("values"), py::arg("endpoints"),
           py::arg("now_ms"), py::arg("tried"), py::arg("active").none(true),
           py::arg("hash_key").none(true), py::arg("envoy_hash").none(true))
      .def(
          "prepare",
          [](const Policy& self, const EndpointSet& endpoints, int64_t now_ms) {
            const py::gil_scoped_release release;
            self.Prepare(endpoints, limpet::TimestampFromMillis(now_ms));
          },
          py::arg("endpoints"), py::arg("now_ms"))
      .def(
          "commit",
          [](const Policy& self, const Decision& decision,
             const EndpointSet& endpoints, std::optional<uint32_t> served,
             int64_t now_ms) {
            if (served && *served >= endpoints.size()) {
              throw py::index_error("served: no index of the endpoint set");
            }
            return Commit(self, decision,
                          served ? &endpoints[*served] : nullptr, now_ms);
          },
          py::arg("decision"), py::arg("endpoints"),
          py::arg("served").none(true), py::arg("now_ms"))
      .def(
          "commit_other",
          [](const Policy& self, const Decision& decision, std::string id,
             std::string address, int64_t now_ms) {
            limpet::Endpoint served;
            served.id = std::move(id);
            served.address = std::move(address);
            return Commit(self, decision, &served, now_ms);
          },
          py::arg("decision"), py::arg("id"), py::arg("address"),
          py::arg("now_ms"))
      .def(
          "strip_token",
          [](const Policy& self, std::string_view value) {
            std::string out(value.size(), '\0');
            out.resize(self.StripToken(value, out));
            return py::bytes(out);
          },
          py::arg("value"))
      .def("counters",
           [](const Policy& self) { return self.counters().values; })
      .def(
          "sweep",
          [](const Policy& self, int64_t now_ms, size_t budget) -> size_t {
            if (self.sessions() == nullptr) return 0;
            const py::gil_scoped_release release;
            return self.sessions()
                ->Sweep(self.timeouts(), limpet::TimestampFromMillis(now_ms),
                        budget)
                .freed;
          },
          py::arg("now_ms"), py::arg("budget"))
      .def("poll_drain", &PollDrain, py::arg("endpoints"),
           py::arg("endpoint").none(true), py::arg("now_ms"),
           py::arg("before").none(true))
      .def(
          "live_sessions",
          [](const Policy& self, int64_t now_ms) {
            std::unordered_map<limpet::EndpointHandle, size_t> live;
            if (self.sessions() == nullptr) return live;
            return CountLive(*self.sessions(), self.timeouts(), now_ms);
          },
          py::arg("now_ms"));
}

}  // namespace

void Raise(const limpet::Status& status) {
  py::list problems;
  for (const limpet::Problem& problem : status.problems()) {
    problems.append(py::make_tuple(problem.field, problem.message));
  }
  const py::object type =
      py::module_::import("limpet._errors").attr("ConfigError");
  const py::object error =
      type(problems, limpet::StatusCodeName(status.code()));
  PyErr_SetObject(type.ptr(), error.ptr());
  throw py::error_already_set();
}

limpet::Duration FromTimedelta(py::handle value, std::string_view field) {
  const py::object type = py::module_::import("datetime").attr("timedelta");
  if (!py::isinstance(value, type)) {
    throw py::type_error("a duration must be a datetime.timedelta");
  }
  const auto part = [&](const char* name) {
    return value.attr(name).cast<int64_t>();
  };
  if (part("microseconds") % 1000 != 0) {
    Raise({limpet::StatusCode::kInvalidArgument, std::string(field),
           "must be a multiple of 1ms"});
  }
  return limpet::Duration((part("days") * 86400 + part("seconds")) * 1000 +
                          part("microseconds") / 1000);
}

py::object ToTimedelta(limpet::Duration duration) {
  return py::module_::import("datetime")
      .attr("timedelta")(py::arg("milliseconds") = duration.count());
}

}  // namespace limpet_python

PYBIND11_MODULE(_core, m) {
  limpet_python::BindValues(m);
  limpet_python::BindObjects(m);
  limpet_python::BindConfig(m);
  limpet_python::BindHashKeys(m);
  limpet_python::BindSessionMap(m);
  limpet_python::BindPolicy(m);
}
