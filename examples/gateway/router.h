// Router: which rule of which route serves a request, by the precedence of the
// Gateway API: the most specific listener, then hostname, Exact path, longest
// prefix, method, number of headers; then the oldest route, the first name, the
// first rule.
#ifndef LIMPET_EXAMPLES_GATEWAY_ROUTER_H_
#define LIMPET_EXAMPLES_GATEWAY_ROUTER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http_text.h"
#include "manifest.h"

namespace gateway {

// What routing looks at.
struct RequestView {
  std::string_view host;  // as HostName() gives it
  std::string_view path;  // without the query
  std::string_view method;
  std::span<const Field> fields;
};

// Whether `host` is `pattern` ("" for all, "*.suffix" for all that end so).
bool HostnameMatches(std::string_view pattern, std::string_view host);

// The pattern that matches what both match, or nothing.
std::optional<std::string> IntersectHostnames(const std::string& a,
                                              const std::string& b);

// By whole segments: "/a" matches "/a", "/a/" and "/a/b", not "/ab".
bool PrefixMatches(std::string_view prefix, std::string_view path);

class Router {
 public:
  struct Entry {
    std::string hostname;  // "" for all
    RouteMatch match;
    // For ties, in this order.
    std::string created;
    std::string route;  // "namespace/name"
    size_t rule_index = 0;
    // What Find returns.
    size_t rule = 0;
  };

  void AddListener(uint16_t port, const std::string& hostname);

  // REQUIRES: AddListener(port, listener_hostname) was called.
  void Add(uint16_t port, const std::string& listener_hostname, Entry entry);

  // Call it after the last Add and before the first Find.
  void Finish();

  std::optional<size_t> Find(uint16_t port, const RequestView& request) const;

 private:
  struct Listener {
    std::string hostname;
    std::vector<Entry> entries;
  };

  std::map<uint16_t, std::vector<Listener>> ports_;
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_ROUTER_H_
