// The HTTP parts of Boost.Beast, after what they need. They take long to
// compile: for as few files as possible.
#ifndef LIMPET_EXAMPLES_GATEWAY_BEAST_HTTP_H_
#define LIMPET_EXAMPLES_GATEWAY_BEAST_HTTP_H_

// clang-format off: asio.h comes first.
#include "asio.h"
// clang-format on

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <string_view>

namespace gateway {

inline std::string_view View(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_BEAST_HTTP_H_
