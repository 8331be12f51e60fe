#include "upstream_pool.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace gateway {
namespace {

constexpr std::chrono::seconds kConnectTimeout{1};
// Shorter than what servers usually allow, so that they seldom close first.
constexpr std::chrono::seconds kMaxIdle{4};
constexpr size_t kMaxIdlePerAddress = 64;

// Open, and nothing came in that nobody asked for.
bool IsQuiet(Upstream& upstream) {
  char byte = 0;
  const ssize_t size = recv(upstream.stream.socket().native_handle(), &byte, 1,
                            MSG_PEEK | MSG_DONTWAIT);
  return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

// "10.0.0.1:80" or "[::1]:80".
std::optional<tcp::endpoint> ParseAddress(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  uint16_t port = 0;
  std::from_chars(address.data() + colon + 1, address.data() + address.size(),
                  port);
  ErrorCode ec;
  const auto ip = asio::ip::make_address(std::string(host), ec);
  if (ec || port == 0) return std::nullopt;
  return tcp::endpoint(ip, port);
}

}  // namespace

std::unique_ptr<Upstream> UpstreamPool::Take(std::string_view address) {
  const auto found = idle_.find(address);
  if (found == idle_.end()) return nullptr;
  while (!found->second.empty()) {
    // The one used last has the best chance to be open still.
    std::unique_ptr<Upstream> upstream = std::move(found->second.back());
    found->second.pop_back();
    if (IsQuiet(*upstream)) return upstream;
  }
  return nullptr;
}

asio::awaitable<std::unique_ptr<Upstream>> UpstreamPool::Connect(
    const std::string& address, ErrorCode& ec) {
  const std::optional<tcp::endpoint> endpoint = ParseAddress(address);
  if (!endpoint) {
    ec = asio::error::invalid_argument;
    co_return nullptr;
  }
  auto upstream = std::make_unique<Upstream>(context_);
  upstream->stream.expires_after(kConnectTimeout);
  co_await upstream->stream.async_connect(*endpoint, Await(ec));
  if (ec) co_return nullptr;
  ErrorCode ignored;
  upstream->stream.socket().set_option(tcp::no_delay(true), ignored);
  co_return upstream;
}

void UpstreamPool::Give(const std::string& address,
                        std::unique_ptr<Upstream> upstream) {
  Connections& connections = idle_[address];
  if (connections.size() >= kMaxIdlePerAddress) return;
  upstream->stream.expires_never();
  upstream->reused = true;
  upstream->idle_since = std::chrono::steady_clock::now();
  connections.push_back(std::move(upstream));
}

void UpstreamPool::Prune(std::chrono::steady_clock::time_point now) {
  for (auto& entry : idle_) {
    std::erase_if(entry.second, [now](const std::unique_ptr<Upstream>& idle) {
      return now - idle->idle_since > kMaxIdle;
    });
  }
  std::erase_if(idle_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace gateway
