// Module: a filter's configuration as Envoy holds it, and requests that are
// replayed through its hooks.
#ifndef LIMPET_TESTS_ENVOY_UNIT_MODULE_H_
#define LIMPET_TESTS_ENVOY_UNIT_MODULE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "fake_host.h"
#include "stream.h"

namespace limpet_envoy::testing {

inline constexpr char kHeader[] =
    R"({"sessionPersistence": {"sessionName": "S", "type": "Header",
        "absoluteTimeout": "1h"}})";
inline constexpr char kCookie[] =
    R"({"sessionPersistence": {"sessionName": "S", "absoluteTimeout": "1h"}})";
inline constexpr char kMap[] =
    R"({"sessionPersistence": {"sessionName": "S", "type": "Header",
        "store": {"type": "SessionMap"}, "absoluteTimeout": "1h"}})";

class Module {
 public:
  Module(std::string_view kind, std::string_view json)
      : config_(envoy_dynamic_module_on_http_filter_config_new(
            reinterpret_cast<limpet_envoy_config*>(&host), Bytes(kind),
            Bytes(json))) {}
  ~Module() {
    if (config_ != nullptr) {
      envoy_dynamic_module_on_http_filter_config_destroy(config_);
    }
  }

  bool is_made() const { return config_ != nullptr; }

  // Envoy's own answer, and why.
  struct Reply {
    uint32_t status = 503;
    std::string_view details = "no_healthy_upstream";
  };

  // One request, which is answered by `served` or, "", by Envoy. `response`:
  // fields of it.
  void Serve(FakeStream* stream, std::string_view served,
             const Fields& response = {}) const {
    Serve(stream, served, response, Reply{});
  }
  void Serve(FakeStream* stream, std::string_view served,
             const Fields& response, const Reply& reply) const {
    void* filter =
        envoy_dynamic_module_on_http_filter_new(config_, stream->get());
    const limpet_envoy_status status =
        envoy_dynamic_module_on_http_filter_request_headers(stream->get(),
                                                            filter, true);
    if (status == LIMPET_ENVOY_CONTINUE) {
      stream->served = served;
      stream->response = response;
      const uint32_t status_code = served.empty() ? reply.status : 200;
      stream->response.insert(stream->response.begin(),
                              {":status", std::to_string(status_code)});
      if (served.empty()) {
        envoy_dynamic_module_on_http_filter_local_reply(
            stream->get(), filter, status_code, Bytes(reply.details), false);
      }
      envoy_dynamic_module_on_http_filter_response_headers(stream->get(),
                                                           filter, true);
    }
    envoy_dynamic_module_on_http_filter_stream_complete(stream->get(), filter);
    envoy_dynamic_module_on_http_filter_destroy(filter);
  }

  // The token that a request without one is given.
  std::string Begin(std::string_view served) {
    FakeStream stream(&host);
    Serve(&stream, served);
    return Token(stream);
  }

  static std::string Token(const FakeStream& stream) {
    for (const auto& [name, value] : stream.response) {
      if (name == "s") return value;
      if (name == "set-cookie" && value.starts_with("S=")) {
        return value.substr(2, value.find(';') - 2);
      }
    }
    return "";
  }

  FakeConfig host;

 private:
  const void* config_;
};

// Of one response field.
inline std::string ValueOf(const Fields& fields, std::string_view name) {
  for (const auto& field : fields) {
    if (field.first == name) return field.second;
  }
  return "";
}

inline constexpr std::string_view kRefusal =
    "upstream_reset_before_response_started{remote_connection_failure}";
inline constexpr std::string_view kTimeout =
    "upstream_reset_before_response_started{connection_timeout}";

}  // namespace limpet_envoy::testing

#endif  // LIMPET_TESTS_ENVOY_UNIT_MODULE_H_
