// What hash balancers go by: addresses as keys, Envoy's hash policies.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "_core.h"

namespace limpet_python {
namespace {

using limpet::EnvoyHashSum;

void Add(EnvoyHashSum& sum, std::optional<uint64_t> hash, bool terminal) {
  if (!sum.done()) sum.Add(hash, terminal);
}

}  // namespace

void BindHashKeys(py::module_& m) {
  m.def(
      "address_key",
      [](std::string_view address, uint32_t ipv4_bits, uint32_t ipv6_bits) {
        std::array<char, 16> buffer;
        return py::bytes(std::string(
            limpet::AddressKey(address, {ipv4_bits, ipv6_bits}, buffer)));
      },
      py::arg("address"), py::arg("ipv4_bits") = 32, py::arg("ipv6_bits") = 128,
      "A client's address as a hash key: its 4 or 16 bytes in network order,\n"
      "those beyond the first bits zero; b\"\" for what is no address.");

  py::class_<EnvoyHashSum>(
      m, "EnvoyHash",
      "Envoy's hash policies, in the order of the calls: from a request to\n"
      "the hash that its balancers place. A policy without a value for the\n"
      "request adds nothing; what comes after a terminal one that has is\n"
      "left out.")
      .def(py::init())
      .def(
          "header",
          [](EnvoyHashSum& self, std::vector<std::string_view> values,
             bool terminal) {
            Add(self, limpet::EnvoyHeaderHash(values), terminal);
          },
          py::arg("values"), py::arg("terminal") = false,
          "All values of a header field, in any order.")
      .def(
          "cookie",
          [](EnvoyHashSum& self, const std::vector<std::string_view>& values,
             std::string_view name, bool terminal) {
            Add(self, limpet::EnvoyCookieHash(values, name), terminal);
          },
          py::arg("values"), py::arg("name"), py::arg("terminal") = false,
          "The first cookie of that name in all values of Cookie.")
      .def(
          "query",
          [](EnvoyHashSum& self, std::string_view path, std::string_view name,
             bool terminal) {
            Add(self, limpet::EnvoyQueryHash(path, name), terminal);
          },
          py::arg("path"), py::arg("name"), py::arg("terminal") = false,
          "The first parameter of that name in the path's query, as it is\n"
          "written.")
      .def(
          "source",
          [](EnvoyHashSum& self, std::string_view address, bool terminal) {
            Add(self, limpet::EnvoySourceHash(address), terminal);
          },
          py::arg("address"), py::arg("terminal") = false,
          "The text of the client's address without its port.")
      .def_property_readonly(
          "value", &EnvoyHashSum::value,
          "The hash, 0 to 2**64 - 1; None where no policy had a value: Envoy\n"
          "then takes a random host.");
}

}  // namespace limpet_python
