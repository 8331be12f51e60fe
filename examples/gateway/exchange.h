// Exchange: one request's way to an endpoint and its response's way back, both
// bodies at the same time and piece by piece.
//
// Thread rule: for one thread, that of the connections' io_context.
#ifndef LIMPET_EXAMPLES_GATEWAY_EXCHANGE_H_
#define LIMPET_EXAMPLES_GATEWAY_EXCHANGE_H_

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "asio.h"
#include "http_text.h"
#include "request.h"
#include "upstream_pool.h"

namespace gateway {

// A client's connection.
struct Client {
  boost::beast::tcp_stream stream;
  boost::beast::flat_buffer buffer;  // read, not used yet
  std::string address;               // without port
};

enum class ExchangeEnd {
  kDone,        // the client has the whole response
  kStale,       // the kept-open connection was closed, nothing came back
  kBroken,      // the endpoint ended before a response header: 502
  kTimeout,     // ... or sent none in time: 504
  kBadRequest,  // the request's body is malformed: 400
  kAborted,     // one side ended within a body: the client's is of no more use
};

struct ExchangeResult {
  ExchangeEnd end = ExchangeEnd::kBroken;
  unsigned status = 0;  // of the response, 0 if it did not begin
  bool client_reusable = false;
  bool upstream_reusable = false;
};

// What the gateway has to say about a response whose header has come.
struct ResponsePlan {
  // A field for the client; the endpoint's own Set-Cookie lines of the same
  // cookie, or fields of the same name, give way to it: RFC 6265bis allows no
  // two cookies of one name in a response.
  std::optional<Field> field;
  bool keep_alive = true;
};

// Called once, when the final response header has come.
using OnResponse = std::function<ResponsePlan()>;

// Sends `head` and the body that follows `request`, and passes the response on.
// All of the arguments must live until the end.
asio::awaitable<ExchangeResult> RunExchange(Client& client, Request& request,
                                            Upstream& upstream,
                                            const std::string& head,
                                            const OnResponse& on_response);

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_EXCHANGE_H_
