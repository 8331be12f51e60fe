// SessionMap for Python.
//
// A key is an id (an int of 128 bits), or bytes or a str (as UTF-8) that an
// application or a client chose. The GIL is given away by what scans a map, and
// by nothing that is done with one session.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "_core.h"
#include "_words.h"

namespace limpet_python {
namespace {

using limpet::EndpointHandle;
using limpet::SessionId;
using limpet::SessionMap;
using limpet::Timeouts;
using limpet::Timestamp;
using limpet::TimestampFromMillis;

constexpr Words<SessionMap::WhenFull, 2> kWhenFull{
    {{"Refuse", SessionMap::WhenFull::kRefuse},
     {"Evict", SessionMap::WhenFull::kEvict}}};
constexpr Words<SessionMap::FindResult, 3> kFindResults{
    {{"live", SessionMap::FindResult::kLive},
     {"expired", SessionMap::FindResult::kExpired},
     {"absent", SessionMap::FindResult::kAbsent}}};
constexpr Words<SessionMap::InsertResult, 4> kInsertResults{
    {{"inserted", SessionMap::InsertResult::kInserted},
     {"exists", SessionMap::InsertResult::kExists},
     {"full", SessionMap::InsertResult::kFull},
     {"busy", SessionMap::InsertResult::kBusy}}};
constexpr Words<SessionMap::RebindResult, 5> kRebindResults{
    {{"moved", SessionMap::RebindResult::kMoved},
     {"elsewhere", SessionMap::RebindResult::kElsewhere},
     {"absent", SessionMap::RebindResult::kAbsent},
     {"full", SessionMap::RebindResult::kFull},
     {"busy", SessionMap::RebindResult::kBusy}}};
constexpr Words<SessionMap::EraseResult, 3> kEraseResults{
    {{"erased", SessionMap::EraseResult::kErased},
     {"absent", SessionMap::EraseResult::kAbsent},
     {"busy", SessionMap::EraseResult::kBusy}}};

// --- values -----------------------------------------------------------------

SessionId IdFromInt(py::handle id) {
  const auto high = py::reinterpret_steal<py::object>(
      PyNumber_Rshift(id.ptr(), py::int_(64).ptr()));
  const SessionId result{.high = PyLong_AsUnsignedLongLong(high.ptr()),
                         .low = PyLong_AsUnsignedLongLongMask(id.ptr())};
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    throw py::value_error("an id must have 128 bits");
  }
  return result;
}

py::object ToInt(const SessionId& id) {
  return (py::int_(id.high) << py::int_(64)) | py::int_(id.low);
}

SessionId IdOf(const SessionMap& map, py::handle key) {
  if (PyLong_Check(key.ptr())) return IdFromInt(key);
  if (PyBytes_Check(key.ptr()) || PyUnicode_Check(key.ptr())) {
    return map.IdOf(key.cast<std::string_view>());
  }
  throw py::type_error("a key must be an int, bytes or a str");
}

const Timeouts& Checked(const SessionMap& map, const Timeouts& timeouts) {
  if (timeouts.absolute > map.longest_timeout() ||
      timeouts.idle > map.longest_timeout()) {
    Raise({limpet::StatusCode::kInvalidArgument, "timeouts",
           "must be at most the longest_timeout of the map"});
  }
  return timeouts;
}

EndpointHandle Checked(EndpointHandle endpoint) {
  if (endpoint == limpet::kNoHandle) {
    throw py::value_error("endpoint: 0 is no handle");
  }
  return endpoint;
}

// A result's word, and the session that there is, if any: endpoint, created,
// last used (both in Unix milliseconds).
using Row = std::tuple<EndpointHandle, int64_t, int64_t>;
using Answer = std::pair<std::string_view, std::optional<Row>>;

template <typename E, size_t N>
Answer ToAnswer(const Words<E, N>& words, E result, bool there,
                const SessionMap::Entry& entry) {
  Answer answer(*ToWord(words, result), std::nullopt);
  if (there) {
    answer.second.emplace(entry.endpoint, limpet::ToMillis(entry.created),
                          limpet::ToMillis(entry.last_used));
  }
  return answer;
}

std::pair<size_t, bool> ToPair(const SessionMap::SweepResult& swept) {
  return {swept.freed, swept.complete};
}

// --- making -----------------------------------------------------------------

// Numbers below 0 are as wrong as 0 (capacity) and as too many (endpoints).
SessionMap::Options ToOptions(int64_t capacity, int64_t endpoints,
                              py::handle longest_timeout,
                              std::string_view when_full) {
  return {.capacity = capacity < 0 ? 0 : static_cast<size_t>(capacity),
          .endpoints = static_cast<size_t>(endpoints),
          .longest_timeout = FromTimedelta(longest_timeout, "longest_timeout"),
          .when_full = FromWord(kWhenFull, when_full, "when_full")};
}

limpet::MapAttachment ToUse(bool read_only, bool alone, int file,
                            int64_t lock_budget_us) {
  return {.read_only = read_only,
          .alone = alone,
          .file = file,
          .lock_budget = std::chrono::microseconds(lock_budget_us)};
}

// A map and the buffer that it is in, which its owner cannot take away before:
// mmap.close() raises BufferError. Made and destroyed with the GIL.
class InBuffer {
 public:
  InBuffer(py::handle buffer, bool writable) {
    if (PyObject_GetBuffer(buffer.ptr(), &view_,
                           writable ? PyBUF_WRITABLE : PyBUF_SIMPLE) != 0) {
      throw py::error_already_set();
    }
  }
  ~InBuffer() {
    map_.reset();
    PyBuffer_Release(&view_);
  }
  InBuffer(const InBuffer&) = delete;
  InBuffer& operator=(const InBuffer&) = delete;

  // Shared by all that use the map, policies too.
  template <typename Get>
  static std::shared_ptr<SessionMap> Make(py::handle buffer, bool writable,
                                          const Get& get) {
    const auto self = std::make_shared<InBuffer>(buffer, writable);
    const std::span memory(static_cast<std::byte*>(self->view_.buf),
                           static_cast<size_t>(self->view_.len));
    auto map = [&] {
      const py::gil_scoped_release release;
      return get(memory);
    }();
    self->map_ = Take(std::move(map));
    return {self, self->map_.get()};
  }

 private:
  Py_buffer view_;
  std::shared_ptr<SessionMap> map_;
};

using Class = py::class_<SessionMap, std::shared_ptr<SessionMap>>;

void BindMaking(Class& type) {
  type.def_static(
          "memory_size",
          [](int64_t capacity, int64_t endpoints, py::handle longest_timeout) {
            return Take(SessionMap::MemorySize(
                ToOptions(capacity, endpoints, longest_timeout, "Refuse")));
          },
          py::arg("capacity"), py::arg("endpoints"), py::arg("longest_timeout"))
      .def_static(
          "make",
          [](int64_t capacity, int64_t endpoints, py::handle longest_timeout,
             std::string_view when_full, int64_t lock_budget_us) {
            return Take(SessionMap::Make(
                ToOptions(capacity, endpoints, longest_timeout, when_full),
                ToUse(false, false, -1, lock_budget_us)));
          },
          py::arg("capacity"), py::arg("endpoints"), py::arg("longest_timeout"),
          py::arg("when_full"), py::arg("lock_budget_us"))
      .def_static(
          "create",
          [](py::handle buffer, int64_t capacity, int64_t endpoints,
             py::handle longest_timeout, std::string_view when_full, int file,
             int64_t lock_budget_us) {
            const auto options =
                ToOptions(capacity, endpoints, longest_timeout, when_full);
            const auto use = ToUse(false, false, file, lock_budget_us);
            return InBuffer::Make(
                buffer, true, [&](std::span<std::byte> memory) {
                  return SessionMap::Create(memory, options, use);
                });
          },
          py::arg("buffer"), py::arg("capacity"), py::arg("endpoints"),
          py::arg("longest_timeout"), py::arg("when_full"), py::arg("file"),
          py::arg("lock_budget_us"))
      .def_static(
          "attach",
          [](py::handle buffer, bool read_only, bool alone, int file,
             int64_t lock_budget_us) {
            const auto use = ToUse(read_only, alone, file, lock_budget_us);
            return InBuffer::Make(buffer, !read_only,
                                  [&](std::span<std::byte> memory) {
                                    return SessionMap::Attach(memory, use);
                                  });
          },
          py::arg("buffer"), py::arg("read_only"), py::arg("alone"),
          py::arg("file"), py::arg("lock_budget_us"));
}

// --- one session ------------------------------------------------------------

template <bool kTouch>
Answer Find(SessionMap& self, py::handle key, const Timeouts& timeouts,
            int64_t now_ms) {
  const SessionId id = IdOf(self, key);
  const Timestamp now = TimestampFromMillis(now_ms);
  SessionMap::Entry entry;
  const SessionMap::FindResult result =
      kTouch ? self.FindTouch(id, Checked(self, timeouts), now, &entry)
             : self.Find(id, Checked(self, timeouts), now, &entry);
  return ToAnswer(kFindResults, result, result == SessionMap::FindResult::kLive,
                  entry);
}

Answer InsertOrGet(SessionMap& self, py::handle key, EndpointHandle endpoint,
                   const Timeouts& timeouts, int64_t now_ms) {
  SessionMap::Entry entry{.endpoint = Checked(endpoint)};
  const SessionMap::InsertResult result =
      self.InsertOrGet(IdOf(self, key), &entry, Checked(self, timeouts),
                       TimestampFromMillis(now_ms));
  return ToAnswer(kInsertResults, result,
                  result == SessionMap::InsertResult::kInserted ||
                      result == SessionMap::InsertResult::kExists,
                  entry);
}

Answer Rebind(SessionMap& self, py::handle key, EndpointHandle from,
              EndpointHandle to, const Timeouts& timeouts, int64_t now_ms) {
  SessionMap::Entry entry;
  const SessionMap::RebindResult result =
      self.Rebind(IdOf(self, key), from, Checked(to), Checked(self, timeouts),
                  TimestampFromMillis(now_ms), &entry);
  return ToAnswer(kRebindResults, result,
                  result == SessionMap::RebindResult::kMoved ||
                      result == SessionMap::RebindResult::kElsewhere,
                  entry);
}

void BindSessions(Class& type) {
  type.def("new_id", [](SessionMap& self) { return ToInt(self.NewId()); })
      .def(
          "id_of",
          [](const SessionMap& self, py::handle key) {
            return ToInt(IdOf(self, key));
          },
          py::arg("key"))
      .def("find", &Find<false>, py::arg("key"), py::arg("timeouts"),
           py::arg("now_ms"))
      .def("find_touch", &Find<true>, py::arg("key"), py::arg("timeouts"),
           py::arg("now_ms"))
      .def("insert_or_get", &InsertOrGet, py::arg("key"), py::arg("endpoint"),
           py::arg("timeouts"), py::arg("now_ms"))
      .def("rebind", &Rebind, py::arg("key"), py::arg("from_endpoint"),
           py::arg("to_endpoint"), py::arg("timeouts"), py::arg("now_ms"))
      .def(
          "erase",
          [](SessionMap& self, py::handle key) {
            return *ToWord(kEraseResults, self.Erase(IdOf(self, key)));
          },
          py::arg("key"));
}

// --- all sessions -----------------------------------------------------------

py::dict Counts(const SessionMap& self) {
  const SessionMap::Counts counts = self.counts();
  py::dict result;
  result["inserted"] = counts.inserted;
  result["expired"] = counts.expired;
  result["evicted"] = counts.evicted;
  result["erased"] = counts.erased;
  result["erased_endpoint"] = counts.erased_endpoint;
  result["refused"] = counts.refused;
  result["repaired"] = counts.repaired;
  return result;
}

void BindScans(Class& type) {
  type.def(
          "erase_endpoint",
          [](SessionMap& self, EndpointHandle endpoint) {
            const py::gil_scoped_release release;
            return ToPair(self.EraseEndpoint(endpoint));
          },
          py::arg("endpoint"))
      .def(
          "sweep",
          [](SessionMap& self, const Timeouts& timeouts, int64_t now_ms,
             size_t budget) {
            Checked(self, timeouts);
            const py::gil_scoped_release release;
            return ToPair(
                self.Sweep(timeouts, TimestampFromMillis(now_ms), budget));
          },
          py::arg("timeouts"), py::arg("now_ms"), py::arg("budget"))
      .def(
          "count_live",
          [](const SessionMap& self, const Timeouts& timeouts, int64_t now_ms) {
            return CountLive(self, Checked(self, timeouts), now_ms);
          },
          py::arg("timeouts"), py::arg("now_ms"))
      .def(
          "recover",
          [](SessionMap& self, bool alone) {
            const limpet::Status status = [&] {
              const py::gil_scoped_release release;
              return self.Recover(alone);
            }();
            Check(status);
          },
          py::arg("alone"))
      .def("counts", &Counts)
      .def_property_readonly("size", &SessionMap::size)
      .def_property_readonly("capacity", &SessionMap::capacity)
      .def_property_readonly("longest_timeout",
                             [](const SessionMap& self) {
                               return ToTimedelta(self.longest_timeout());
                             })
      .def_property_readonly("notices_death", &SessionMap::death_is_noticed);
}

limpet::Duration NotNegative(py::handle timeout, const char* field) {
  const limpet::Duration duration = FromTimedelta(timeout, field);
  if (duration < limpet::Duration(0)) {
    Raise(
        {limpet::StatusCode::kInvalidArgument, field, "must not be negative"});
  }
  return duration;
}

void BindTimeouts(py::module_& module) {
  const py::object none = ToTimedelta(limpet::Duration(0));
  py::class_<Timeouts>(
      module, "Timeouts",
      "How long a session lives: it is over when either timeout has elapsed.\n"
      "Timedeltas, of which 0 is none. Immutable.\n"
      "\n"
      "absolute: since it was created.\n"
      "idle: since it was last used.\n"
      "\n"
      "Raises ConfigError for what is negative or no whole milliseconds.")
      .def(py::init([](py::handle absolute, py::handle idle) {
             return Timeouts{.absolute = NotNegative(absolute, "absolute"),
                             .idle = NotNegative(idle, "idle")};
           }),
           py::arg("absolute") = none, py::arg("idle") = none)
      .def_property_readonly(
          "absolute",
          [](const Timeouts& self) { return ToTimedelta(self.absolute); })
      .def_property_readonly(
          "idle", [](const Timeouts& self) { return ToTimedelta(self.idle); });
}

}  // namespace

std::unordered_map<EndpointHandle, size_t> CountLive(const SessionMap& map,
                                                     const Timeouts& timeouts,
                                                     int64_t now_ms) {
  const py::gil_scoped_release release;
  std::unordered_map<EndpointHandle, size_t> live;
  map.CountLive(
      timeouts, TimestampFromMillis(now_ms),
      [&](EndpointHandle endpoint, size_t count) { live[endpoint] = count; });
  return live;
}

void BindSessionMap(py::module_& module) {
  BindTimeouts(module);
  Class type(module, "SessionMap");
  BindMaking(type);
  BindSessions(type);
  BindScans(type);
}

}  // namespace limpet_python
