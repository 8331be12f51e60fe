// Boost.Asio and the sockets of Boost.Beast, the way all of the gateway
// includes them.
#ifndef LIMPET_EXAMPLES_GATEWAY_ASIO_H_
#define LIMPET_EXAMPLES_GATEWAY_ASIO_H_

// clang-format off: Asio of Boost 1.74 uses std::exchange without its header.
#include <utility>
// clang-format on

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace gateway {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// To co_await an operation whose error goes to `ec`, not into an exception.
inline auto Await(ErrorCode& ec) {
  return asio::redirect_error(asio::use_awaitable, ec);
}

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_ASIO_H_
