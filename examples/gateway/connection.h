// A client's connection: reads requests, has limpet select an endpoint, passes
// them on and commits the session.
#ifndef LIMPET_EXAMPLES_GATEWAY_CONNECTION_H_
#define LIMPET_EXAMPLES_GATEWAY_CONNECTION_H_

#include <cstdint>

#include "asio.h"
#include "worker.h"

namespace gateway {

// Serves the requests of one connection to the listener of `port` (the one in
// the manifest) until it ends. Runs on the worker's thread.
asio::awaitable<void> ServeConnection(Worker& worker, tcp::socket socket,
                                      uint16_t port);

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_CONNECTION_H_
