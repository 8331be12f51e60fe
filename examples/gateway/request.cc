#include "request.h"

#include <exception>
#include <limits>

namespace gateway {
namespace {

namespace http = boost::beast::http;

unsigned StatusOf(const ErrorCode& ec) {
  if (ec == http::error::header_limit) return 431;
  if (ec == http::error::bad_version) return 505;
  return 400;
}

// How the message ends, beyond what the parser has judged already.
unsigned CheckFraming(Request* request) {
  size_t encodings = 0;
  for (const Field& field : request->fields) {
    if (!EqualsIgnoreCase(field.name, "transfer-encoding")) continue;
    // A server in front could see another end of the message than we do.
    if (request->http_1_0 || ++encodings > 1) return 400;
    if (!EqualsIgnoreCase(field.value, "chunked")) return 501;
  }
  request->chunked = encodings == 1;
  if (request->chunked && FindField(request->fields, "content-length")) {
    return 400;
  }
  if (const auto length = request->parser.content_length()) {
    request->content_length = *length;
  }
  request->has_body = request->chunked || request->content_length > 0;
  return 0;
}

unsigned CheckHost(Request* request) {
  size_t hosts = 0;
  for (const Field& field : request->fields) {
    if (!EqualsIgnoreCase(field.name, "host")) continue;
    request->host_field = field.value;
    ++hosts;
  }
  if (hosts > 1 || (hosts == 0 && !request->http_1_0)) return 400;
  if (!request->target.authority.empty()) {
    request->host_field = request->target.authority;
  }
  if (!IsHost(request->host_field)) return 400;
  request->host = HostName(request->host_field);
  return 0;
}

unsigned CheckExpect(Request* request) {
  const auto expect = FindField(request->fields, "expect");
  if (!expect || request->http_1_0) return 0;
  if (!EqualsIgnoreCase(*expect, "100-continue")) return 417;
  request->expects_continue = request->has_body;
  return 0;
}

}  // namespace

unsigned ParseRequest(std::span<char> head, Request* request) {
  BlankStrayReturns(head);
  auto& parser = request->parser;
  parser.header_limit(kMaxHeadSize + 1);
  parser.body_limit(
      std::numeric_limits<uint64_t>::max());  // streamed, never collected
  ErrorCode ec;
  try {
    parser.put(asio::buffer(head.data(), head.size()), ec);
  } catch (const std::exception&) {
    return 431;  // a field too long for the parser's own limits
  }
  if (ec) return StatusOf(ec);
  if (!parser.is_header_done()) return 400;
  const auto& message = parser.get();
  if (message.version() != 10 && message.version() != 11) return 505;
  request->http_1_0 = message.version() == 10;
  request->method = View(message.method_string());
  for (const auto& field : message) {
    request->fields.push_back({View(field.name_string()), View(field.value())});
  }
  request->keep_alive = parser.keep_alive();
  if (request->method == "CONNECT") return 501;
  const auto target = ParseTarget(View(message.target()));
  if (!target) return 400;
  request->target = *target;
  if (const unsigned status = CheckFraming(request)) return status;
  if (const unsigned status = CheckHost(request)) return status;
  return CheckExpect(request);
}

std::string EndpointHead(const Request& request, std::string_view client,
                         const StripField& strip) {
  const HopByHop hop_by_hop(request.fields);
  size_t forwarded = request.fields.size();  // the last X-Forwarded-For
  for (size_t i = 0; i < request.fields.size(); ++i) {
    if (EqualsIgnoreCase(request.fields[i].name, "x-forwarded-for")) {
      forwarded = i;
    }
  }
  std::string head(request.method);
  head.append(" ").append(request.target.origin).append(" HTTP/1.1\r\n");
  AppendField("Host", request.host_field, &head);
  std::string value;
  for (size_t i = 0; i < request.fields.size(); ++i) {
    const Field& field = request.fields[i];
    if (EqualsIgnoreCase(field.name, "host") ||
        EqualsIgnoreCase(field.name, "content-length") ||
        EqualsIgnoreCase(field.name, "expect") || hop_by_hop.Has(field.name)) {
      continue;
    }
    value.clear();
    if (i == forwarded) {
      value.append(field.value).append(", ").append(client);
      AppendField(field.name, value, &head);
    } else if (!strip(field, &value)) {
      AppendField(field.name, field.value, &head);
    } else if (!value.empty()) {
      AppendField(field.name, value, &head);
    }
  }
  if (forwarded == request.fields.size()) {
    AppendField("X-Forwarded-For", client, &head);
  }
  if (request.chunked) {
    AppendField("Transfer-Encoding", "chunked", &head);
  } else if (FindField(request.fields, "content-length")) {
    AppendField("Content-Length", std::to_string(request.content_length),
                &head);
  }
  return head.append("\r\n");
}

}  // namespace gateway
