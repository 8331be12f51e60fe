#include "exchange.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <limits>
#include <utility>
#include <vector>

namespace gateway {
namespace {

namespace http = boost::beast::http;
using ResponseParser = http::response_parser<http::buffer_body>;

constexpr std::chrono::seconds kHeaderTimeout{30};  // after the request's end
constexpr std::chrono::seconds kPieceTimeout{60};   // between two pieces
constexpr size_t kPieceSize = 16 * 1024;
constexpr int kMaxInterim = 16;  // 1xx responses before the final one

std::string ChunkHead(size_t size) {
  char text[24];
  std::snprintf(text, sizeof text, "%zx\r\n", size);
  return text;
}

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(Client& client, Request& request, Upstream& upstream,
           const OnResponse& on_response)
      : client_(client),
        request_(request),
        upstream_(upstream),
        on_response_(on_response),
        header_timer_(upstream.stream.get_executor()),
        body_sent_(upstream.stream.get_executor()) {}

  asio::awaitable<ExchangeResult> Run(const std::string& head) {
    ErrorCode ec;
    upstream_.stream.expires_after(kPieceTimeout);
    co_await asio::async_write(upstream_.stream, asio::buffer(head), Await(ec));
    if (ec) {
      result_.end =
          upstream_.reused ? ExchangeEnd::kStale : ExchangeEnd::kBroken;
      co_return result_;
    }
    if (request_.has_body) {
      if (request_.expects_continue) {
        co_await SendContinue();
      }
      body_pending_ = true;
      auto self = shared_from_this();
      asio::co_spawn(upstream_.stream.get_executor(), SendBody(),
                     [self](std::exception_ptr) { self->OnBodyEnd(); });
    } else {
      ArmHeaderTimer();
    }
    co_await Respond();
    header_done_ = true;
    header_timer_.cancel();
    const bool whole = !body_pending_ && !body_failed_;
    if (body_pending_) co_await StopBody();
    result_.client_reusable &= whole;
    result_.upstream_reusable &= whole;
    co_return result_;
  }

 private:
  // The endpoint is connected: the client may send its body.
  asio::awaitable<void> SendContinue() {
    static constexpr std::string_view kContinue =
        "HTTP/1.1 100 Continue\r\n\r\n";
    ErrorCode ec;  // a client that is gone shows when its body is read
    client_.stream.expires_after(kPieceTimeout);
    co_await asio::async_write(client_.stream,
                               asio::buffer(kContinue.data(), kContinue.size()),
                               Await(ec));
  }

  asio::awaitable<void> SendBody() {
    auto& parser = request_.parser;
    std::vector<char> piece(kPieceSize);
    while (!parser.is_done()) {
      if (stop_body_) co_return;
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      ErrorCode ec;
      client_.stream.expires_after(kPieceTimeout);
      co_await http::async_read_some(client_.stream, client_.buffer, parser,
                                     Await(ec));
      if (ec && ec != http::error::need_buffer) {
        body_failed_ = true;
        client_error_ = ec;
        upstream_.stream.cancel();  // there is nothing to wait for any more
        co_return;
      }
      const size_t size = piece.size() - parser.get().body().size;
      if (size == 0) continue;
      const std::string chunk = request_.chunked ? ChunkHead(size) : "";
      const std::string_view end = request_.chunked ? "\r\n" : "";
      const std::array<asio::const_buffer, 3> buffers = {
          asio::buffer(chunk), asio::buffer(piece.data(), size),
          asio::buffer(end.data(), end.size())};
      co_await WriteUpstream(buffers);
      if (body_failed_) co_return;
    }
    if (request_.chunked) {
      static constexpr std::string_view kLast = "0\r\n\r\n";
      const std::array<asio::const_buffer, 3> buffers = {
          asio::buffer(kLast.data(), kLast.size()), asio::const_buffer(),
          asio::const_buffer()};
      co_await WriteUpstream(buffers);
    }
  }

  // An endpoint that does not want the body may have answered all the same:
  // a failure here is not the end, Respond sees what came back.
  asio::awaitable<void> WriteUpstream(
      const std::array<asio::const_buffer, 3>& buffers) {
    ErrorCode ec;
    upstream_.stream.expires_after(kPieceTimeout);
    co_await asio::async_write(upstream_.stream, buffers, Await(ec));
    if (ec) body_failed_ = true;
  }

  void OnBodyEnd() {
    body_pending_ = false;
    body_sent_.cancel();
    if (!header_done_) ArmHeaderTimer();
  }

  // The response is over and the request's body is not.
  asio::awaitable<void> StopBody() {
    stop_body_ = true;
    client_.stream.cancel();
    upstream_.stream.cancel();
    while (body_pending_) {
      ErrorCode ec;
      body_sent_.expires_at(std::chrono::steady_clock::time_point::max());
      co_await body_sent_.async_wait(Await(ec));
    }
  }

  void ArmHeaderTimer() {
    auto self = shared_from_this();
    header_timer_.expires_after(kHeaderTimeout);
    header_timer_.async_wait([self](const ErrorCode& ec) {
      if (ec || self->header_done_) return;
      self->timed_out_ = true;
      self->upstream_.stream.cancel();
    });
  }

  ExchangeEnd EndOfHeader(const ErrorCode& ec, bool nothing_came) const {
    if (client_error_) {
      const bool malformed =
          client_error_.category() ==
              make_error_code(http::error::bad_chunk).category() &&
          client_error_ != http::error::partial_message &&
          client_error_ != http::error::end_of_stream;
      return malformed ? ExchangeEnd::kBadRequest : ExchangeEnd::kAborted;
    }
    if (timed_out_) return ExchangeEnd::kTimeout;
    const bool closed = ec == http::error::end_of_stream ||
                        ec == asio::error::connection_reset ||
                        ec == asio::error::broken_pipe;
    return closed && nothing_came && upstream_.reused ? ExchangeEnd::kStale
                                                      : ExchangeEnd::kBroken;
  }

  asio::awaitable<void> Respond() {
    std::optional<ResponseParser> parser;
    for (int interim = 0;; ++interim) {
      parser.emplace();
      parser->header_limit(kMaxHeadSize);
      parser->body_limit(std::numeric_limits<uint64_t>::max());
      if (request_.method == "HEAD") parser->skip(true);
      ErrorCode ec;
      // The header's time runs from the end of the request: header_timer_.
      upstream_.stream.expires_never();
      co_await http::async_read_header(upstream_.stream, upstream_.buffer,
                                       *parser, Await(ec));
      if (ec) {
        result_.end = EndOfHeader(ec, !parser->got_some() && interim == 0);
        co_return;
      }
      const unsigned status = parser->get().result_int();
      // A 101 answers an Upgrade, which is never passed on.
      if (status == 101 || status < 100 || interim == kMaxInterim) {
        result_.end = ExchangeEnd::kBroken;
        co_return;
      }
      if (status >= 200) break;
    }
    header_done_ = true;
    header_timer_.cancel();
    std::vector<Field> fields;
    for (const auto& field : parser->get()) {
      fields.push_back({View(field.name_string()), View(field.value())});
    }
    const auto coding = FindField(fields, "transfer-encoding");
    if (coding && !EqualsIgnoreCase(*coding, "chunked")) {
      result_.end = ExchangeEnd::kBroken;  // a coding that would be lost
      co_return;
    }
    co_await PassOn(*parser, fields);
  }

  asio::awaitable<void> PassOn(ResponseParser& parser,
                               const std::vector<Field>& fields) {
    const ResponsePlan plan = on_response_();
    const unsigned status = parser.get().result_int();
    const bool bodiless =
        request_.method == "HEAD" || status == 204 || status == 304;
    const bool sized = bodiless || parser.content_length().has_value();
    const bool chunked = !sized && !request_.http_1_0;
    // A body that is still coming would be taken for the next request.
    const bool keep_alive = request_.keep_alive && plan.keep_alive &&
                            (sized || chunked) && !body_pending_ &&
                            !body_failed_;
    result_.status = status;
    std::string out = Head(parser, fields, plan, bodiless, chunked, keep_alive);
    co_await PassBody(parser, chunked, &out);
    if (result_.end != ExchangeEnd::kDone) co_return;
    result_.client_reusable = keep_alive;
    result_.upstream_reusable = parser.keep_alive() && !parser.need_eof() &&
                                upstream_.buffer.size() == 0;
  }

  std::string Head(ResponseParser& parser, const std::vector<Field>& fields,
                   const ResponsePlan& plan, bool bodiless, bool chunked,
                   bool keep_alive) const {
    const auto& message = parser.get();
    const unsigned status = message.result_int();
    const HopByHop hop_by_hop(fields);
    std::string head = "HTTP/1.1 " + std::to_string(status) + " ";
    head.append(View(message.reason())).append("\r\n");
    for (const Field& field : fields) {
      if (hop_by_hop.Has(field.name) ||
          EqualsIgnoreCase(field.name, "content-length") ||
          GivesWay(field, plan)) {
        continue;
      }
      AppendLowerCaseField(field.name, field.value, &head);
    }
    if (plan.field) {
      AppendLowerCaseField(plan.field->name, plan.field->value, &head);
    }
    const auto length = FindField(fields, "content-length");
    if (bodiless && length && status != 204) {
      AppendField("content-length", *length, &head);
    } else if (!bodiless && parser.content_length()) {
      AppendField("content-length", std::to_string(*parser.content_length()),
                  &head);
    } else if (chunked) {
      AppendField("transfer-encoding", "chunked", &head);
    }
    if (!keep_alive) {
      AppendField("connection", "close", &head);
    } else if (request_.http_1_0) {
      AppendField("connection", "keep-alive", &head);
    }
    return head.append("\r\n");
  }

  // Whether an endpoint's field would contradict the one of the plan.
  static bool GivesWay(const Field& field, const ResponsePlan& plan) {
    if (!plan.field || !EqualsIgnoreCase(field.name, plan.field->name)) {
      return false;
    }
    return !EqualsIgnoreCase(field.name, "set-cookie") ||
           SetCookieName(field.value) == SetCookieName(plan.field->value);
  }

  // Writes `out`, then the body as it comes.
  asio::awaitable<void> PassBody(ResponseParser& parser, bool chunked,
                                 std::string* out) {
    result_.end = ExchangeEnd::kAborted;
    std::vector<char> piece(parser.is_done() ? 0 : kPieceSize);
    while (!parser.is_done()) {
      if (!out->empty() && upstream_.buffer.size() == 0) {
        const bool written = co_await WriteClient(*out, {}, "");
        if (!written) co_return;
        out->clear();
      }
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      ErrorCode ec;
      upstream_.stream.expires_after(kPieceTimeout);
      co_await http::async_read_some(upstream_.stream, upstream_.buffer, parser,
                                     Await(ec));
      if (ec && ec != http::error::need_buffer) co_return;
      const size_t size = piece.size() - parser.get().body().size;
      if (size == 0) continue;
      if (chunked) out->append(ChunkHead(size));
      const std::span<const char> body(piece.data(), size);
      const bool written =
          co_await WriteClient(*out, body, chunked ? "\r\n" : "");
      if (!written) co_return;
      out->clear();
    }
    if (chunked) out->append("0\r\n\r\n");
    if (!out->empty()) {
      const bool written = co_await WriteClient(*out, {}, "");
      if (!written) co_return;
    }
    result_.end = ExchangeEnd::kDone;
  }

  asio::awaitable<bool> WriteClient(const std::string& front,
                                    std::span<const char> body,
                                    std::string_view end) {
    const std::array<asio::const_buffer, 3> buffers = {
        asio::buffer(front), asio::buffer(body.data(), body.size()),
        asio::buffer(end.data(), end.size())};
    ErrorCode ec;
    client_.stream.expires_after(kPieceTimeout);
    co_await asio::async_write(client_.stream, buffers, Await(ec));
    co_return !ec;
  }

  Client& client_;
  Request& request_;
  Upstream& upstream_;
  const OnResponse& on_response_;
  asio::steady_timer header_timer_;
  asio::steady_timer body_sent_;  // never runs out; cancelled when it is
  ErrorCode client_error_;        // of reading the body
  bool body_pending_ = false;     // SendBody is running
  bool body_failed_ = false;
  bool stop_body_ = false;
  bool header_done_ = false;
  bool timed_out_ = false;
  ExchangeResult result_;
};

}  // namespace

asio::awaitable<ExchangeResult> RunExchange(Client& client, Request& request,
                                            Upstream& upstream,
                                            const std::string& head,
                                            const OnResponse& on_response) {
  auto exchange =
      std::make_shared<Exchange>(client, request, upstream, on_response);
  const ExchangeResult result = co_await exchange->Run(head);
  co_return result;
}

}  // namespace gateway
