// Request: a client's request header, parsed and found fit to be passed on.
#ifndef LIMPET_EXAMPLES_GATEWAY_REQUEST_H_
#define LIMPET_EXAMPLES_GATEWAY_REQUEST_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "asio.h"
#include "beast_http.h"
#include "http_text.h"
#include "router.h"

namespace gateway {

struct Request {
  boost::beast::http::request_parser<boost::beast::http::buffer_body> parser;
  std::vector<Field> fields;  // views into the parser; in order
  std::string_view method;
  std::string_view host_field;  // as sent, or the target's authority
  std::string host;             // as routes know it
  RequestTarget target;
  bool http_1_0 = false;
  bool keep_alive = false;
  bool chunked = false;
  uint64_t content_length = 0;  // 0 where there is none
  bool has_body = false;
  bool expects_continue = false;

  RequestView View() const { return {host, target.path, method, fields}; }
};

// Parses a header block, its empty line included. Returns 0, or the status to
// refuse the request with; the connection cannot be used any more then.
unsigned ParseRequest(std::span<char> head, Request* request);

// Takes a token out of a field: writes the value that is left and returns true,
// or returns false to leave the field as it is. An empty value drops the field.
using StripField = std::function<bool(const Field&, std::string*)>;

// The header for the endpoint, its empty line included.
std::string EndpointHead(const Request& request, std::string_view client,
                         const StripField& strip);

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_REQUEST_H_
