#include "connection.h"

#include <limpet/limpet.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "access_log.h"
#include "clock.h"
#include "exchange.h"
#include "request.h"
#include "session_choice.h"

namespace gateway {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kIdleTimeout{60};   // between two requests
constexpr std::chrono::seconds kHeadTimeout{30};   // from its first byte on
constexpr std::chrono::seconds kWriteTimeout{60};  // of the gateway's replies
constexpr std::chrono::seconds kLingerTimeout{1};
constexpr size_t kMaxLinger = 256 * 1024;  // bytes
constexpr size_t kReadSize = 8 * 1024;
constexpr unsigned kClientClosed = 499;  // in the log: nobody got a reply

// May be sent a second time without harm (RFC 9110 9.2.2).
bool IsIdempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" ||
         method == "TRACE" || method == "PUT" || method == "DELETE";
}

class Connection : public ConnectionControl {
 public:
  Connection(Worker& worker, tcp::socket socket, uint16_t port)
      : worker_(worker),
        port_(port),
        client_{boost::beast::tcp_stream(std::move(socket)), {}, {}} {
    ErrorCode ec;
    const auto peer = client_.stream.socket().remote_endpoint(ec);
    if (!ec) client_.address = peer.address().to_string();
    client_.stream.socket().set_option(tcp::no_delay(true), ec);
    worker_.Add(this);
  }
  ~Connection() override { worker_.Remove(this); }

  void Close(bool busy_too) override {
    closing_ = true;
    if (busy_ && !busy_too) return;
    client_.stream.close();
    if (upstream_ != nullptr) upstream_->stream.close();
  }

  asio::awaitable<void> Run() {
    bool more = !closing_;
    while (more) more = co_await ServeOne();
  }

 private:
  // What the access log says of a request.
  struct Record {
    Clock::time_point start;
    unsigned status = 0;
    std::string method;
    std::string path;
    std::string scope;
    std::string endpoint;
    std::string outcome;
  };

  // Reads a header block into the buffer: its size; 0 and the status to
  // refuse it with, or no status if there is none.
  asio::awaitable<size_t> ReadHead(unsigned* refuse) {
    *refuse = 0;
    size_t scanned = 0;
    Clock::time_point deadline;
    for (;;) {
      SkipEmptyLines();
      const std::string_view data = Buffered();
      const size_t size = FindHeadEnd(data, scanned);
      if (size > kMaxHeadSize || (size == 0 && data.size() >= kMaxHeadSize)) {
        *refuse = 431;
        co_return 0;
      }
      if (size > 0) co_return size;
      scanned = data.size();
      if (data.empty()) {
        client_.stream.expires_after(kIdleTimeout);
      } else {
        if (deadline == Clock::time_point()) {
          deadline = Clock::now() + kHeadTimeout;
        }
        client_.stream.expires_at(deadline);
      }
      ErrorCode ec;
      const size_t read = co_await client_.stream.async_read_some(
          client_.buffer.prepare(kReadSize), Await(ec));
      if (ec) co_return 0;
      client_.buffer.commit(read);
    }
  }

  std::string_view Buffered() {
    const auto data = client_.buffer.data();
    return {static_cast<const char*>(data.data()), data.size()};
  }

  // RFC 9112 2.2: empty lines before a request are passed over.
  void SkipEmptyLines() {
    while (Buffered().starts_with("\r\n")) client_.buffer.consume(2);
  }

  // False: the connection is over.
  asio::awaitable<bool> ServeOne() {
    unsigned refuse = 0;
    const size_t size = co_await ReadHead(&refuse);
    if (size == 0 && refuse == 0) co_return false;
    busy_ = true;
    Record record;
    record.start = Clock::now();
    bool more = false;
    if (refuse != 0) {
      co_await Reply(refuse, "", false, false, &record);
    } else {
      Request request;
      // The parser keeps its own copy of the fields.
      std::string head(Buffered().substr(0, size));
      client_.buffer.consume(size);
      refuse = ParseRequest(head, &request);
      record.method = request.method;
      record.path = request.target.path;
      if (refuse != 0) {
        co_await Reply(refuse, "", false, false, &record);
      } else {
        more = co_await Route(request, &record);
      }
    }
    Log(record);
    if (!more) co_await Linger();
    busy_ = false;
    co_return more && !closing_;
  }

  asio::awaitable<bool> Route(Request& request, Record* record) {
    const std::shared_ptr<const Configuration> configuration =
        worker_.configuration();
    const Rule* rule = configuration->Find(port_, request.View());
    if (rule == nullptr) {
      const bool more =
          co_await ReplyTo(request, 404, "no route matches", record);
      co_return more;
    }
    record->scope = rule->scope;
    if (rule->target == nullptr) {
      const bool more =
          co_await ReplyTo(request, 500, "the rule has no backend", record);
      co_return more;
    }
    SessionChoice choice(*rule, request.fields, client_.address);
    const bool more = co_await Proxy(request, choice, record);
    choice.Unserved(Now());
    record->scope = choice.scope();
    record->outcome = choice.outcome();
    co_return more;
  }

  asio::awaitable<bool> Proxy(Request& request, SessionChoice& choice,
                              Record* record) {
    for (;;) {
      const limpet::Endpoint* endpoint = choice.Next(Now());
      if (endpoint == nullptr) {
        const bool more = co_await ReplyTo(request, choice.status(),
                                           "no endpoint can serve", record);
        co_return more;
      }
      if (endpoint->address.empty()) {
        const bool more = co_await ReplyTo(
            request, 500, "a backendRef points at nothing", record);
        co_return more;
      }
      record->endpoint = endpoint->id;
      const std::string head =
          EndpointHead(request, client_.address,
                       [&choice](const Field& field, std::string* value) {
                         return choice.Strip(field, value);
                       });
      // A kept-open connection may be closed at the very moment of use. What
      // cannot be sent a second time gets a connection of its own.
      const bool repeatable = !request.has_body && IsIdempotent(request.method);
      bool fresh = !repeatable;
      for (;;) {
        const bool connected = co_await Connect(endpoint->address, fresh);
        if (!connected) break;  // the next endpoint
        const ExchangeResult result =
            co_await Pass(request, head, *endpoint, choice);
        if (result.end != ExchangeEnd::kStale || fresh) {
          const bool more = co_await Finish(request, result, record);
          co_return more;
        }
        fresh = true;
      }
      worker_.ReportUnreachable(endpoint->address);
      record->endpoint.clear();
    }
  }

  // Sets upstream_. False: no connection is possible.
  asio::awaitable<bool> Connect(const std::string& address, bool fresh) {
    if (!fresh) upstream_ = worker_.pool().Take(address);
    if (upstream_ != nullptr) co_return true;
    ErrorCode ec;
    upstream_ = co_await worker_.pool().Connect(address, ec);
    co_return upstream_ != nullptr;
  }

  asio::awaitable<ExchangeResult> Pass(Request& request,
                                       const std::string& head,
                                       const limpet::Endpoint& endpoint,
                                       SessionChoice& choice) {
    const OnResponse on_response = [this, &choice] {
      ResponsePlan plan;
      plan.field = choice.Served(Now());
      plan.keep_alive = !closing_ && !worker_.draining();
      return plan;
    };
    const ExchangeResult result =
        co_await RunExchange(client_, request, *upstream_, head, on_response);
    if (result.upstream_reusable && !worker_.draining()) {
      worker_.pool().Give(endpoint.address, std::move(upstream_));
    }
    upstream_.reset();
    co_return result;
  }

  asio::awaitable<bool> Finish(Request& request, const ExchangeResult& result,
                               Record* record) {
    record->status = result.status;
    unsigned status = 0;
    std::string_view reason;
    switch (result.end) {
      case ExchangeEnd::kDone:
        co_return result.client_reusable;
      case ExchangeEnd::kAborted:
        if (result.status == 0) record->status = kClientClosed;
        client_.stream.close();  // so that the client sees it is not whole
        co_return false;
      case ExchangeEnd::kStale:
      case ExchangeEnd::kBroken:
        status = 502;
        reason = "the endpoint did not answer";
        break;
      case ExchangeEnd::kTimeout:
        status = 504;
        reason = "the endpoint did not answer in time";
        break;
      case ExchangeEnd::kBadRequest:
        status = 400;
        reason = "the request's body is malformed";
        break;
    }
    const bool more = co_await ReplyTo(request, status, reason, record);
    co_return more;
  }

  // A reply of the gateway itself. It never carries a token.
  asio::awaitable<bool> ReplyTo(Request& request, unsigned status,
                                std::string_view reason, Record* record) {
    // What is left of a body would be taken for the next request.
    const bool keep_alive = request.keep_alive && request.parser.is_done() &&
                            !closing_ && !worker_.draining();
    const bool written = co_await Reply(status, reason, keep_alive,
                                        request.method == "HEAD", record);
    co_return written&& keep_alive && !request.http_1_0;
  }

  asio::awaitable<bool> Reply(unsigned status, std::string_view reason,
                              bool keep_alive, bool head, Record* record) {
    record->status = status;
    const std::string_view phrase = ReasonPhrase(status);
    std::string body = std::to_string(status);
    body.append(" ").append(reason.empty() ? phrase : reason).append("\n");
    std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
    text.append(phrase).append("\r\n");
    AppendField("content-type", "text/plain", &text);
    AppendField("content-length", std::to_string(body.size()), &text);
    if (!keep_alive) AppendField("connection", "close", &text);
    text.append("\r\n");
    if (!head) text.append(body);
    ErrorCode ec;
    client_.stream.expires_after(kWriteTimeout);
    co_await asio::async_write(client_.stream, asio::buffer(text), Await(ec));
    co_return !ec;
  }

  // Ends the connection so that the client can still read the reply, though it
  // has sent what nobody reads: a reset would destroy it.
  asio::awaitable<void> Linger() {
    if (!client_.stream.socket().is_open()) co_return;
    ErrorCode ec;
    client_.stream.socket().shutdown(tcp::socket::shutdown_send, ec);
    std::array<char, 4096> unused;
    client_.stream.expires_after(kLingerTimeout);
    for (size_t total = 0; !ec && total < kMaxLinger;) {
      total += co_await client_.stream.async_read_some(asio::buffer(unused),
                                                       Await(ec));
    }
  }

  void Log(const Record& record) const {
    if (!worker_.access_log().enabled()) return;
    AccessLogLine line;
    line.time = Now();
    line.client = client_.address;
    line.method = record.method;
    line.path = record.path;
    line.status = record.status;
    line.scope = record.scope;
    line.endpoint = record.endpoint;
    line.outcome = record.outcome;
    line.duration = std::chrono::duration_cast<std::chrono::microseconds>(
        Clock::now() - record.start);
    worker_.access_log().Write(line);
  }

  Worker& worker_;
  const uint16_t port_;
  Client client_;
  std::unique_ptr<Upstream> upstream_;  // while a request is passed on
  bool busy_ = false;                   // a request is being served
  bool closing_ = false;                // no request after this one
};

}  // namespace

asio::awaitable<void> ServeConnection(Worker& worker, tcp::socket socket,
                                      uint16_t port) {
  Connection connection(worker, std::move(socket), port);
  co_await connection.Run();
}

}  // namespace gateway
