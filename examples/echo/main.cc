// limpet-echo: the workshop's endpoint. It answers every request with what it
// saw of it and with its own name, like the Gateway API's echo-basic image.
//
//   POD_NAME=pod-a NAMESPACE=default HTTP_PORT=3001 limpet-echo
//
// Also: /health, /status/NNN, ?delay=10s, and the request field
// "X-Echo-Set-Header: Name:Value,Name2:Value2" for fields of the answer.
// clang-format off: Asio of Boost 1.74 uses std::exchange without its header.
#include <utility>
// clang-format on

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "echo_json.h"

namespace echo {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Parser = http::request_parser<http::buffer_body>;

constexpr uint32_t kMaxHeader = 1 << 20;  // as in Go's net/http

std::string_view View(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string Environment(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): this program has one thread.
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

struct Response {
  unsigned status = 200;
  std::string fields;  // whole lines
  std::string body;
};

Request ReadRequest(const Parser& parser) {
  Request request;
  const auto& message = parser.get();
  request.path = View(message.target());
  request.method = View(message.method_string());
  request.proto = message.version() == 10 ? "HTTP/1.0" : "HTTP/1.1";
  for (const auto& field : message) {
    const std::string name = CanonicalHeaderName(View(field.name_string()));
    // Go takes these three out of the fields.
    if (name == "Host") {
      request.host = View(field.value());
    } else if (name != "Transfer-Encoding" && name != "Trailer") {
      request.headers[name].emplace_back(View(field.value()));
    }
  }
  // Go's server completes the older field with the newer one.
  const auto pragma = request.headers.find("Pragma");
  if (pragma != request.headers.end() && pragma->second.front() == "no-cache" &&
      request.headers.find("Cache-Control") == request.headers.end()) {
    request.headers["Cache-Control"] = {"no-cache"};
  }
  return request;
}

// The fields that X-Echo-Set-Header asks for: case kept, values of one name
// joined by commas.
std::string EchoedFields(const Headers& headers) {
  std::vector<std::pair<std::string, std::string>> fields;
  const auto wanted = headers.find("X-Echo-Set-Header");
  if (wanted == headers.end()) return "";
  for (const std::string& line : wanted->second) {
    std::string_view rest = line;
    while (!rest.empty()) {
      const size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view pair = Trim(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      const size_t colon = std::min(pair.find(':'), pair.size());
      const std::string name(pair.substr(0, colon));
      const std::string_view value =
          Trim(pair.substr(std::min(colon + 1, pair.size())));
      if (name.empty()) continue;
      const auto known =
          std::find_if(fields.begin(), fields.end(),
                       [&name](const auto& f) { return f.first == name; });
      if (known == fields.end()) {
        fields.emplace_back(name, std::string(value));
      } else {
        known->second.append(",").append(value);
      }
    }
  }
  std::string lines;
  for (const auto& field : fields) {
    lines.append(field.first).append(": ").append(field.second).append("\r\n");
  }
  return lines;
}

// The time that "?delay=" asks for: one number and a unit, as in 10s or 250ms.
std::optional<std::chrono::milliseconds> Delay(std::string_view path) {
  const size_t query = path.find('?');
  if (query == std::string_view::npos) return std::nullopt;
  std::string_view rest = path.substr(query + 1);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('&'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!pair.starts_with("delay=")) continue;
    pair.remove_prefix(6);
    uint32_t number = 0;
    const auto parsed =
        std::from_chars(pair.data(), pair.data() + pair.size(), number);
    const std::string_view unit = pair.substr(parsed.ptr - pair.data());
    const bool valid = parsed.ec == std::errc() && number <= 3'600'000;
    if (valid && unit == "ms") return std::chrono::milliseconds(number);
    if (valid && unit == "s") return std::chrono::seconds(number);
    if (valid && unit == "m") return std::chrono::minutes(number);
    return std::chrono::milliseconds(-1);
  }
  return std::nullopt;
}

Response Answer(const Request& request, const Context& context) {
  constexpr std::string_view kStatus = "/status/";
  Response response;
  const std::string_view path =
      std::string_view(request.path).substr(0, request.path.find('?'));
  if (path == "/health") {
    response.body = "OK";
    return response;
  }
  if (path.starts_with(kStatus)) {
    // echo-basic matches the whole target, so a query makes it a 400.
    const std::string_view code =
        std::string_view(request.path).substr(kStatus.size());
    const auto parsed = std::from_chars(code.data(), code.data() + code.size(),
                                        response.status);
    if (code.size() != 3 || parsed.ec != std::errc() ||
        parsed.ptr != code.data() + 3 || response.status < 200) {
      response.status = 400;
    }
    return response;
  }
  response.fields = EchoedFields(request.headers) +
                    "Content-Type: application/json\r\n"
                    "X-Content-Type-Options: nosniff\r\n";
  response.body = EchoJson(request, context);
  return response;
}

std::string Format(const Response& response, bool head, bool keep_alive,
                   bool http_1_0) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  const auto reason =
      http::obsolete_reason(http::int_to_status(response.status));
  text.append(View(reason)).append("\r\n").append(response.fields);
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) {
    text.append("Content-Length: ");
    text.append(std::to_string(response.body.size())).append("\r\n");
  }
  if (!keep_alive) text.append("Connection: close\r\n");
  if (keep_alive && http_1_0) text.append("Connection: keep-alive\r\n");
  text.append("\r\n");
  if (!head && !bodiless) text.append(response.body);
  return text;
}

// Reads and drops the body. False if the connection is of no more use.
asio::awaitable<bool> SkipBody(tcp::socket& socket,
                               boost::beast::flat_buffer& buffer,
                               Parser& parser) {
  std::array<char, 16 * 1024> piece;
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    ErrorCode ec;
    co_await http::async_read_some(
        socket, buffer, parser, asio::redirect_error(asio::use_awaitable, ec));
    if (ec && ec != http::error::need_buffer) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> ServeRequest(tcp::socket& socket,
                                   boost::beast::flat_buffer& buffer,
                                   const Context& context) {
  ErrorCode ec;
  Parser parser;
  parser.header_limit(kMaxHeader);
  parser.body_limit(std::numeric_limits<uint64_t>::max());
  co_await http::async_read_header(
      socket, buffer, parser, asio::redirect_error(asio::use_awaitable, ec));
  if (ec) {
    // Beast's own errors are about what the client sent.
    if (ec.category() == make_error_code(http::error::bad_target).category() &&
        ec != http::error::end_of_stream) {
      const std::string text =
          "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n\r\n400 Bad Request";
      co_await asio::async_write(socket, asio::buffer(text),
                                 asio::redirect_error(asio::use_awaitable, ec));
    }
    co_return false;
  }
  const bool waits =
      boost::beast::iequals(parser.get()[http::field::expect], "100-continue");
  if (waits && !parser.is_done()) {
    const std::string text = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(socket, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return false;
  }
  const bool whole = co_await SkipBody(socket, buffer, parser);
  if (!whole) co_return false;
  const Request request = ReadRequest(parser);
  Response response = Answer(request, context);
  if (const auto delay = Delay(request.path)) {
    if (delay->count() < 0) {
      response = {500, "Content-Type: text/plain; charset=utf-8\r\n",
                  "delay: invalid duration\n"};
    } else {
      asio::steady_timer timer(socket.get_executor(), *delay);
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
  }
  const bool keep_alive = parser.keep_alive();
  const std::string text = Format(response, request.method == "HEAD",
                                  keep_alive, request.proto == "HTTP/1.0");
  co_await asio::async_write(socket, asio::buffer(text),
                             asio::redirect_error(asio::use_awaitable, ec));
  co_return !ec && keep_alive;
}

asio::awaitable<void> ServeConnection(tcp::socket socket,
                                      const Context& context) {
  boost::beast::flat_buffer buffer;
  bool more = true;
  while (more) more = co_await ServeRequest(socket, buffer, context);
  ErrorCode ignored;
  socket.shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> Accept(tcp::acceptor& acceptor, const Context& context) {
  for (;;) {
    ErrorCode ec;
    tcp::socket socket = co_await acceptor.async_accept(
        asio::redirect_error(asio::use_awaitable, ec));
    if (ec == asio::error::operation_aborted) co_return;
    if (ec) {
      // Out of file descriptors, say: others will be closed.
      asio::steady_timer timer(acceptor.get_executor(),
                               std::chrono::milliseconds(20));
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      continue;
    }
    socket.set_option(tcp::no_delay(true), ec);
    asio::co_spawn(acceptor.get_executor(),
                   ServeConnection(std::move(socket), context), asio::detached);
  }
}

struct Options {
  std::string address = "127.0.0.1";
  std::string port = "3000";
  std::string ready_file;
};

bool ReadOptions(int argc, char** argv, Options* options) {
  const std::string port = Environment("HTTP_PORT");
  if (!port.empty()) options->port = port;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc) return false;
    if (name == "--address") {
      options->address = argv[i + 1];
    } else if (name == "--port") {
      options->port = argv[i + 1];
    } else if (name == "--ready-file") {
      options->ready_file = argv[i + 1];
    } else {
      return false;
    }
  }
  return true;
}

// Writes the address that is served now; the file appears whole or not at all.
bool WriteReadyFile(const std::string& file, const std::string& line) {
  const std::string part = file + ".part";
  std::ofstream stream(part, std::ios::trunc);
  stream << line << "\n";
  stream.close();
  return stream && std::rename(part.c_str(), file.c_str()) == 0;
}

int Run(const Options& options) {
  uint16_t port = 0;
  const std::string& digits = options.port;
  const auto parsed =
      std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) {
    std::fprintf(stderr, "limpet-echo: %s is no port\n", digits.c_str());
    return 1;
  }
  const Context context = {
      Environment("NAMESPACE"), Environment("INGRESS_NAME"),
      Environment("SERVICE_NAME"), Environment("POD_NAME")};
  asio::io_context io;
  tcp::acceptor acceptor(
      io, tcp::endpoint(asio::ip::make_address(options.address), port));
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](const ErrorCode&, int) { io.stop(); });
  asio::co_spawn(io, Accept(acceptor, context), asio::detached);
  const tcp::endpoint local = acceptor.local_endpoint();
  const bool ipv6 = local.address().is_v6();
  const std::string host = local.address().to_string();
  const std::string line = "http " + (ipv6 ? "[" + host + "]" : host) + ":" +
                           std::to_string(local.port());
  std::fprintf(stderr, "limpet-echo: %s\n", line.c_str());
  if (!options.ready_file.empty() &&
      !WriteReadyFile(options.ready_file, line)) {
    std::fprintf(stderr, "limpet-echo: cannot write %s\n",
                 options.ready_file.c_str());
    return 1;
  }
  io.run();
  return 0;
}

}  // namespace
}  // namespace echo

int main(int argc, char** argv) {
  echo::Options options;
  if (!echo::ReadOptions(argc, argv, &options)) {
    std::fprintf(stderr,
                 "usage: limpet-echo [--address IP] [--port P] "
                 "[--ready-file FILE]\n");
    return 2;
  }
  try {
    return echo::Run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "limpet-echo: %s\n", error.what());
    return 1;
  }
}
