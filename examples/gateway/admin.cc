#include "admin.h"

#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include "http_text.h"

namespace gateway {
namespace {

constexpr size_t kMaxHead = 16 * 1024;
constexpr std::chrono::seconds kTimeout{10};

struct Page {
  unsigned status;
  std::string body;
};

Page Answer(std::string_view head,
            const std::function<std::string()>& metrics) {
  const size_t space = head.find(' ');
  const std::string_view method = head.substr(0, space);
  const std::string_view rest =
      space == std::string_view::npos ? "" : head.substr(space + 1);
  const std::string_view target = rest.substr(0, rest.find(' '));
  const std::string_view path = target.substr(0, target.find('?'));
  if (method != "GET" && method != "HEAD") {
    return {405, "405 Method Not Allowed\n"};
  }
  if (path == "/healthz") return {200, "ok\n"};
  if (path == "/metrics") return {200, metrics()};
  return {404, "404 /healthz and /metrics are here\n"};
}

asio::awaitable<void> ServeOne(tcp::socket socket,
                               std::function<std::string()> metrics) {
  asio::steady_timer deadline(socket.get_executor());
  auto shared = std::make_shared<tcp::socket>(std::move(socket));
  deadline.expires_after(kTimeout);
  deadline.async_wait([shared](const ErrorCode& ec) {
    ErrorCode ignored;
    if (!ec) shared->close(ignored);
  });
  std::string head;
  ErrorCode ec;
  while (FindHeadEnd(head, 0) == 0) {
    char piece[1024];
    const size_t size =
        co_await shared->async_read_some(asio::buffer(piece), Await(ec));
    if (ec || head.size() > kMaxHead) co_return;
    head.append(piece, size);
  }
  const Page page = Answer(head, metrics);
  std::string text = "HTTP/1.1 " + std::to_string(page.status) + " ";
  text.append(ReasonPhrase(page.status)).append("\r\n");
  AppendField("content-type", "text/plain; version=0.0.4; charset=utf-8",
              &text);
  AppendField("content-length", std::to_string(page.body.size()), &text);
  AppendField("connection", "close", &text);
  text.append("\r\n");
  if (!head.starts_with("HEAD ")) text.append(page.body);
  co_await asio::async_write(*shared, asio::buffer(text), Await(ec));
  shared->shutdown(tcp::socket::shutdown_send, ec);
}

}  // namespace

asio::awaitable<void> ServeAdmin(tcp::acceptor& acceptor,
                                 std::function<std::string()> metrics) {
  while (acceptor.is_open()) {
    ErrorCode ec;
    tcp::socket socket = co_await acceptor.async_accept(Await(ec));
    if (ec == asio::error::operation_aborted) co_return;
    if (ec) {
      asio::steady_timer timer(acceptor.get_executor(),
                               std::chrono::milliseconds(50));
      co_await timer.async_wait(Await(ec));
      continue;
    }
    asio::co_spawn(acceptor.get_executor(),
                   ServeOne(std::move(socket), metrics), asio::detached);
  }
}

}  // namespace gateway
