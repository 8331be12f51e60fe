// What the files of the extension module share: errors, timedeltas, counts.
#ifndef LIMPET_BINDINGS_PYTHON_CORE_H_
#define LIMPET_BINDINGS_PYTHON_CORE_H_

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "limpet/limpet.h"

namespace limpet_python {

namespace py = pybind11;

// Raises limpet.ConfigError with the status's problems.
[[noreturn]] void Raise(const limpet::Status& status);

inline void Check(const limpet::Status& status) {
  if (!status.ok()) Raise(status);
}

template <typename T>
T Take(limpet::Result<T> result) {
  if (!result.ok()) Raise(result.status());
  return std::move(result).value();
}

// datetime.timedelta to and from whole milliseconds; what is no multiple of
// them is an error of `field`.
limpet::Duration FromTimedelta(py::handle value, std::string_view field);
py::object ToTimedelta(limpet::Duration duration);

// SessionMap::CountLive, without the GIL.
std::unordered_map<limpet::EndpointHandle, size_t> CountLive(
    const limpet::SessionMap& map, const limpet::Timeouts& timeouts,
    int64_t now_ms);

// Adds class SessionPersistence.
void BindConfig(py::module_& module);

// Adds address_key and class EnvoyHash.
void BindHashKeys(py::module_& module);

// Adds classes Timeouts and SessionMap.
void BindSessionMap(py::module_& module);

}  // namespace limpet_python

#endif  // LIMPET_BINDINGS_PYTHON_CORE_H_
