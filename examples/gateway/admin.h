// Admin: /healthz and /metrics, on an address of their own.
#ifndef LIMPET_EXAMPLES_GATEWAY_ADMIN_H_
#define LIMPET_EXAMPLES_GATEWAY_ADMIN_H_

#include <functional>
#include <string>

#include "asio.h"

namespace gateway {

// Serves one connection after the other until the acceptor is closed;
// `metrics` renders the page.
asio::awaitable<void> ServeAdmin(tcp::acceptor& acceptor,
                                 std::function<std::string()> metrics);

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_ADMIN_H_
