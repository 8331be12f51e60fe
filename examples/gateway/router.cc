#include "router.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace gateway {
namespace {

bool IsWildcard(std::string_view hostname) { return hostname.starts_with('*'); }

std::string_view WithoutSlash(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

// Greater is more specific.
std::pair<size_t, size_t> HostnameRank(std::string_view hostname) {
  return {IsWildcard(hostname) ? 0 : hostname.size(), hostname.size()};
}

auto MatchRank(const RouteMatch& match) {
  const bool exact = match.path_type == PathType::kExact;
  return std::make_tuple(exact, exact ? 0 : WithoutSlash(match.path).size(),
                         !match.method.empty(), match.headers.size());
}

bool Before(const Router::Entry& a, const Router::Entry& b) {
  const auto host_a = HostnameRank(a.hostname);
  const auto host_b = HostnameRank(b.hostname);
  if (host_a != host_b) return host_a > host_b;
  const auto match_a = MatchRank(a.match);
  const auto match_b = MatchRank(b.match);
  if (match_a != match_b) return match_a > match_b;
  // Timestamps of RFC 3339 in UTC sort as text; a route without one is young.
  if (a.created != b.created) {
    if (a.created.empty() || b.created.empty()) return b.created.empty();
    return a.created < b.created;
  }
  return std::tie(a.route, a.rule_index) < std::tie(b.route, b.rule_index);
}

bool HeadersMatch(const std::vector<HeaderMatch>& wanted,
                  std::span<const Field> fields) {
  return std::all_of(
      wanted.begin(), wanted.end(), [fields](const HeaderMatch& header) {
        return std::any_of(fields.begin(), fields.end(),
                           [&header](const Field& field) {
                             return field.value == header.value &&
                                    EqualsIgnoreCase(field.name, header.name);
                           });
      });
}

bool Matches(const Router::Entry& entry, const RequestView& request) {
  const RouteMatch& match = entry.match;
  if (!match.supported || !HostnameMatches(entry.hostname, request.host)) {
    return false;
  }
  const bool path = match.path_type == PathType::kExact
                        ? match.path == request.path
                        : PrefixMatches(match.path, request.path);
  return path && (match.method.empty() || match.method == request.method) &&
         HeadersMatch(match.headers, request.fields);
}

}  // namespace

bool HostnameMatches(std::string_view pattern, std::string_view host) {
  if (pattern.empty()) return true;
  if (!IsWildcard(pattern)) return pattern == host;
  const std::string_view suffix = pattern.substr(1);  // ".example.com"
  return host.size() > suffix.size() && host.ends_with(suffix);
}

std::optional<std::string> IntersectHostnames(const std::string& a,
                                              const std::string& b) {
  if (a.empty() || a == b) return b;
  if (b.empty()) return a;
  if (IsWildcard(a) && b.ends_with(a.substr(1))) return b;
  if (IsWildcard(b) && a.ends_with(b.substr(1))) return a;
  return std::nullopt;
}

bool PrefixMatches(std::string_view prefix, std::string_view path) {
  prefix = WithoutSlash(prefix);
  if (!path.starts_with(prefix)) return false;
  if (path.size() == prefix.size()) return true;
  return path[prefix.size()] == '/';
}

void Router::AddListener(uint16_t port, const std::string& hostname) {
  std::vector<Listener>& listeners = ports_[port];
  const bool known = std::any_of(
      listeners.begin(), listeners.end(),
      [&hostname](const Listener& l) { return l.hostname == hostname; });
  if (known) return;
  listeners.emplace_back();
  listeners.back().hostname = hostname;
}

void Router::Add(uint16_t port, const std::string& listener_hostname,
                 Entry entry) {
  for (Listener& listener : ports_[port]) {
    if (listener.hostname == listener_hostname) {
      listener.entries.push_back(std::move(entry));
      return;
    }
  }
}

void Router::Finish() {
  for (auto& port : ports_) {
    std::sort(port.second.begin(), port.second.end(),
              [](const Listener& a, const Listener& b) {
                return HostnameRank(a.hostname) > HostnameRank(b.hostname);
              });
    for (Listener& listener : port.second) {
      std::stable_sort(listener.entries.begin(), listener.entries.end(),
                       Before);
    }
  }
}

std::optional<size_t> Router::Find(uint16_t port,
                                   const RequestView& request) const {
  const auto listeners = ports_.find(port);
  if (listeners == ports_.end()) return std::nullopt;
  for (const Listener& listener : listeners->second) {
    if (!HostnameMatches(listener.hostname, request.host)) continue;
    for (const Entry& entry : listener.entries) {
      if (Matches(entry, request)) return entry.rule;
    }
    return std::nullopt;  // no other listener may serve this one's hostname
  }
  return std::nullopt;
}

}  // namespace gateway
