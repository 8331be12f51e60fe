// UpstreamPool: connections to endpoints, kept open between requests.
//
// Thread rule: for one thread, that of its io_context.
#ifndef LIMPET_EXAMPLES_GATEWAY_UPSTREAM_POOL_H_
#define LIMPET_EXAMPLES_GATEWAY_UPSTREAM_POOL_H_

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "asio.h"

namespace gateway {

// A connection to an endpoint.
struct Upstream {
  explicit Upstream(asio::io_context& context) : stream(context) {}

  boost::beast::tcp_stream stream;
  boost::beast::flat_buffer buffer;
  bool reused = false;  // it has served a request before
  std::chrono::steady_clock::time_point idle_since;
};

class UpstreamPool {
 public:
  explicit UpstreamPool(asio::io_context& context) : context_(context) {}

  // An idle connection that the endpoint has not closed, or null.
  std::unique_ptr<Upstream> Take(std::string_view address);

  // A new connection; null and an error if there is none within a second.
  asio::awaitable<std::unique_ptr<Upstream>> Connect(const std::string& address,
                                                     ErrorCode& ec);

  // Keeps a connection that has nothing under way.
  void Give(const std::string& address, std::unique_ptr<Upstream> upstream);

  // Closes what has been idle for too long.
  void Prune(std::chrono::steady_clock::time_point now);

  void Clear() { idle_.clear(); }

 private:
  using Connections = std::vector<std::unique_ptr<Upstream>>;

  asio::io_context& context_;
  std::map<std::string, Connections, std::less<>> idle_;
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_UPSTREAM_POOL_H_
