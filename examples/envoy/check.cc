// limpet-envoy-check: what Envoy and Envoy Gateway do not tell, or too late.
//
//   limpet-envoy-check MODULE FILTER CONFIG
//       Loads the module as Envoy would and tries a configuration (a file, or
//       "-"): names the field that is wrong.
//   limpet-envoy-check --admin HOST:PORT
//       Asks a running Envoy: is the filter in a listener, has it no errors?
//
// Exit status: 0 all is well, 1 it is not, 2 wrong usage.
#include <dlfcn.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "abi.h"
#include "stream.h"

// The callbacks that a configuration needs; those of streams stay null.
extern "C" {
void envoy_dynamic_module_callback_log(limpet_envoy_log_level,
                                       limpet_envoy_bytes message) {
  std::cerr << limpet_envoy::View(message) << '\n';
}
int envoy_dynamic_module_callback_http_filter_config_define_counter(
    limpet_envoy_config*, limpet_envoy_bytes, limpet_envoy_bytes*, size_t,
    size_t*) {
  return 0;
}
int envoy_dynamic_module_callback_http_filter_config_define_gauge(
    limpet_envoy_config*, limpet_envoy_bytes, limpet_envoy_bytes*, size_t,
    size_t*) {
  return 0;
}
}

namespace {

using Json = nlohmann::json;
using limpet_envoy::Bytes;

constexpr char kUsage[] =
    "usage: limpet-envoy-check MODULE own|seal|limpet CONFIG\n"
    "       limpet-envoy-check --admin HOST:PORT\n";

// ---- A module and a configuration ----

template <typename Hook>
Hook* Find(void* module, const char* name) {
  void* found = dlsym(module, name);
  if (found == nullptr) {
    throw std::runtime_error(std::string("the module has no hook ") + name);
  }
  return reinterpret_cast<Hook*>(found);
}

std::string ReadAll(const std::string& path) {
  if (path == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

int CheckModule(const char* path, std::string_view kind,
                const std::string& config_path) {
  const std::string config = ReadAll(config_path);
  void* const module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) throw std::runtime_error(dlerror());
  using Init = const char*();
  const char* const abi =
      Find<Init>(module, "envoy_dynamic_module_on_program_init")();
  if (abi == nullptr) throw std::runtime_error("the module did not start");
  std::cout << "module: " << path << ", ABI " << abi << '\n';

  using New = const void*(void*, limpet_envoy_bytes, limpet_envoy_bytes);
  using Destroy = void(const void*);
  const std::string hooks = kind == "limpet"
                                ? "envoy_dynamic_module_on_lb_config_"
                                : "envoy_dynamic_module_on_http_filter_config_";
  // Any object that is not null stands for Envoy's.
  int envoy = 0;
  const void* made = Find<New>(module, (hooks + "new").c_str())(
      &envoy, Bytes(kind), Bytes(config));
  if (made == nullptr) {
    std::cout << "configuration: refused\n";
    return 1;
  }
  Find<Destroy>(module, (hooks + "destroy").c_str())(made);
  std::cout << "configuration: accepted\n";
  return 0;
}

// ---- A running Envoy ----

std::string Get(const std::string& host, const std::string& port,
                const std::string& target) {
  namespace http = boost::beast::http;
  boost::asio::io_context context;
  boost::asio::ip::tcp::resolver resolver(context);
  boost::beast::tcp_stream stream(context);
  stream.expires_after(std::chrono::seconds(10));
  stream.connect(resolver.resolve(host, port));
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, host);
  http::write(stream, request);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(256ULL << 20);
  http::read(stream, buffer, parser);
  if (parser.get().result() != http::status::ok) {
    throw std::runtime_error(target + ": status " +
                             std::to_string(parser.get().result_int()));
  }
  return parser.get().body();
}

// What was found of limpet's filters in the listeners.
struct Filters {
  int count = 0;
  int misplaced = 0;  // seal behind stateful_session
};

bool HasType(const Json& filter, std::string_view end) {
  const auto config = filter.find("typed_config");
  return config != filter.end() && config->is_object() &&
         config->value("@type", std::string()).ends_with(end);
}

void Look(const Json& value, Filters* found) {
  if (value.is_object()) {
    const auto filters = value.find("http_filters");
    if (filters != value.end() && filters->is_array()) {
      bool after_session = false;
      for (const Json& filter : *filters) {
        after_session |= HasType(filter, "stateful_session.v3.StatefulSession");
        if (!HasType(filter, "dynamic_modules.v3.DynamicModuleFilter"))
          continue;
        const Json& config = filter["typed_config"];
        const std::string kind = config.value("filter_name", std::string());
        const Json module = config.value("dynamic_module_config", Json());
        if ((kind != "own" && kind != "seal") ||
            module.dump().find("limpet") == std::string::npos) {
          continue;
        }
        ++found->count;
        if (kind == "seal" && after_session) ++found->misplaced;
      }
    }
  }
  if (value.is_structured()) {
    for (const Json& member : value) Look(member, found);
  }
}

// Lines "name: value" that are errors and not zero.
int ReportErrors(const std::string& stats) {
  int errors = 0;
  std::istringstream lines(stats);
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.rfind(": ");
    if (colon == std::string::npos || line.substr(colon + 2) == "0") continue;
    const std::string name = line.substr(0, colon);
    const bool is_error = name.ends_with("limpet_config_error") ||
                          name.ends_with("limpet_keys_error") ||
                          name.ends_with("limpet_unsealed") ||
                          (name.find("dynamic_modules.") != std::string::npos &&
                           name.ends_with("_error"));
    if (!is_error) continue;
    std::cout << "error: " << line << '\n';
    ++errors;
  }
  return errors;
}

int CheckAdmin(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    std::cerr << kUsage;
    return 2;
  }
  const std::string host = address.substr(0, colon);
  const std::string port = address.substr(colon + 1);
  Filters filters;
  const Json dump = Json::parse(Get(host, port, "/config_dump"));
  for (const Json& part : dump.value("configs", Json::array())) {
    // The bootstrap has its listeners once more; warming ones do not serve.
    if (!part.value("@type", std::string()).ends_with("ListenersConfigDump")) {
      continue;
    }
    Look(part.value("static_listeners", Json()), &filters);
    for (const Json& each : part.value("dynamic_listeners", Json::array())) {
      Look(each.value("active_state", Json()), &filters);
    }
  }
  std::cout << "filters of limpet in listeners: " << filters.count << '\n';
  if (filters.misplaced != 0) {
    std::cout << "error: seal stands behind stateful_session in "
              << filters.misplaced << '\n';
  }
  const int errors = ReportErrors(Get(host, port, "/stats"));
  if (errors == 0) std::cout << "error counters: all 0\n";
  return filters.count != 0 && filters.misplaced == 0 && errors == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 3 && std::string_view(argv[1]) == "--admin") {
    return CheckAdmin(argv[2]);
  }
  if (argc == 4) return CheckModule(argv[1], argv[2], argv[3]);
  std::cerr << kUsage;
  return 2;
} catch (const std::exception& error) {
  std::cerr << "limpet-envoy-check: " << error.what() << '\n';
  return 1;
}
