#include "placement_case.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "limpet/envoy_hash_policy.h"
#include "nginx_round_robin.h"
#include "placement/envoy_bounded_load.h"
#include "placement/envoy_maglev.h"
#include "placement/envoy_priorities.h"
#include "placement/envoy_retry.h"
#include "placement/envoy_ring.h"
#include "placement/haproxy_bounded_load.h"
#include "placement/haproxy_consistent.h"
#include "placement/haproxy_hash.h"
#include "placement/haproxy_map.h"
#include "placement/haproxy_node_base.h"
#include "placement/hashes.h"
#include "placement/nginx_consistent.h"
#include "placement/nginx_hash.h"
#include "placement/nginx_ip_hash.h"

namespace limpet::testing {
namespace {

using nlohmann::json;

struct Case {
  std::string mode{};
  std::vector<std::string> texts{};  // that the members' keys are
  std::vector<PlacedMember> members{};
  std::vector<bool> down{};
  std::vector<bool> dead{};
  std::vector<std::string> keys{};
  json options{};
};

// 4 or 16 bytes, or none of what is no address.
std::string AddressBytes(const std::string& text) {
  std::array<char, 16> bytes{};
  const bool v6 = text.find(':') != std::string::npos;
  if (inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) != 1) {
    return "";
  }
  return std::string(bytes.data(), v6 ? 16 : 4);
}

// `text` is the address and port of the server, where that counts.
uint32_t NodeBase(const std::string& hash_key, uint32_t id,
                  const std::string& text) {
  if (hash_key == "id") return HaproxyIdBase(id);
  if (hash_key == "hashed id") return HaproxyHashedIdBase(id);
  const size_t colon = text.rfind(':');
  const std::string address = AddressBytes(text.substr(0, colon));
  if (hash_key == "addr") return HaproxyAddrBase(address);
  if (hash_key == "addr-port") {
    const int port = std::stoi(text.substr(colon + 1));
    return HaproxyAddrPortBase(address, static_cast<uint16_t>(port));
  }
  throw std::invalid_argument("hash_key " + hash_key);
}

Case Read(const json& placement) {
  Case read{.mode = placement.at("mode"), .options = placement};
  const json& members = placement.at("members");
  std::vector<uint32_t> ids;
  for (const json& member : members) {
    read.texts.push_back(member.value("key", ""));
    ids.push_back(member.value("id", 0U));
  }
  ids = HaproxyIds(ids);
  const std::string hash_key = placement.value("hash_key", "id");
  for (size_t i = 0; i < members.size(); ++i) {
    read.down.push_back(members[i].value("down", false));
    read.dead.push_back(members[i].value("dead", false));
    read.members.push_back(
        {.key = read.texts[i],
         .weight = members[i].value("weight", 1U),
         .node_base = NodeBase(hash_key, ids[i], read.texts[i]),
         .usable = !read.down.back()});
  }
  const bool addresses = placement.value("addresses", false);
  const json keys = placement.value("keys", json::array());
  if (keys.is_array()) {
    read.keys = keys.get<std::vector<std::string>>();
  } else {
    for (uint32_t i = 0; i < keys.get<uint32_t>(); ++i) {
      read.keys.push_back(addresses ? Address(i) : Key(i));
    }
  }
  return read;
}

bool Contains(const Tries& tries, uint32_t member) {
  return std::find(tries.begin(), tries.end(), member) != tries.end();
}

// `hashed`: see Hashed(); may be null.
template <typename Hash>
std::vector<Tries> PlaceNginx(const Case& read,
                              std::vector<size_t>* hashed = nullptr) {
  const Hash hash(read.members);
  SmoothRoundRobin round_robin(read.members);
  // proxy_next_upstream off: the first one, dead or not.
  const bool retry = read.options.value("retry", false);
  std::vector<Tries> placed;
  for (const std::string& key : read.keys) {
    const std::string bytes =
        read.mode == "nginx_ip_hash" ? AddressBytes(key) : key;
    Tries tries;
    auto usable = [&](uint32_t member) {
      return !read.down[member] && !Contains(tries, member);
    };
    NginxWalk walk = hash.Start(bytes);
    size_t tries_hashed = 0;
    do {
      const uint32_t member =
          hash.Next(walk, usable, [&](std::span<const uint32_t> among) {
            return round_robin.Next(among, usable);
          });
      if (member == kNoMember) break;
      tries.push_back(member);
      if (!walk.ended()) tries_hashed = tries.size();
    } while (retry && read.dead[tries.back()]);
    if (hashed != nullptr) hashed->push_back(tries_hashed);
    placed.push_back(tries);
  }
  return placed;
}

HaproxyHash HashOf(const Case& read) {
  static const std::vector<std::string> kNames = {"sdbm", "djb2", "wt6",
                                                  "crc32", "none"};
  const std::string name = read.options.value("function", "sdbm");
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) throw std::invalid_argument("function " + name);
  return {.function = static_cast<HaproxyFunction>(found - kNames.begin()),
          .avalanche = read.options.value("avalanche", false)};
}

uint32_t HaproxyKey(const Case& read, const std::string& key) {
  const HaproxyHash hash = HashOf(read);
  if (!read.options.value("addresses", false)) return hash(key);
  return hash.OfAddress(AddressBytes(key));
}

// With "option redispatch 1": another server for each of three retries.
std::vector<Tries> PlaceHaproxyConsistent(const Case& read) {
  const HaproxyConsistent ring(read.members);
  const uint32_t retries = read.options.value("retries", 0U);
  const uint32_t factor = read.options.value("factor", 0U);
  const HaproxyBoundedLoad bound(read.members, factor);
  std::vector<uint32_t> active(read.members.size(), 0);
  std::vector<Tries> placed;
  for (const std::string& key : read.keys) {
    const uint32_t in_all = std::accumulate(active.begin(), active.end(), 0U);
    const uint32_t hash = HaproxyKey(read, key);
    Tries tries;
    for (uint32_t retry = 0; retry <= retries; ++retry) {
      tries.push_back(ring.Choose(hash, [&](uint32_t member) {
        return (tries.empty() || member != tries.back()) &&
               (factor == 0 || bound.Eligible(member, active[member], in_all));
      }));
      if (!read.dead[tries.back()]) break;
    }
    ++active[tries.back()];  // nothing ever ends
    placed.push_back(tries);
  }
  return placed;
}

std::vector<Tries> PlaceHaproxyMap(const Case& read) {
  const HaproxyMap map(read.members);
  std::vector<Tries> placed;
  for (const std::string& key : read.keys) {
    placed.push_back({map.Choose(HaproxyKey(read, key))});
  }
  return placed;
}

// One priority's table and the members' own state, as Envoy keeps it.
template <typename Table>
Tries TryEnvoy(const Case& read, const Table& table, uint64_t hash) {
  const uint32_t retries = read.options.value("retries", 0U);
  // Without the previous_hosts predicate it asks once.
  const uint32_t most_attempts = read.options.value("attempts", 0U);
  Tries tries;
  for (uint32_t retry = 0; retry <= retries; ++retry) {
    tries.push_back(
        EnvoyRetry([&](uint32_t attempt) { return table.At(hash, attempt); },
                   most_attempts,
                   [&](uint32_t member) { return !Contains(tries, member); }));
    if (!read.dead[tries.back()]) break;
  }
  return tries;
}

// Members of several priorities, each with a table of its own.
template <typename MakeTable>
std::vector<Tries> PlaceEnvoyPriorities(const Case& read, MakeTable make) {
  std::vector<EnvoyPriority> counts(
      read.options.at("priorities").get<uint32_t>());
  std::vector<uint32_t> priority_of;
  for (size_t i = 0; i < read.members.size(); ++i) {
    const json& member = read.options.at("members")[i];
    priority_of.push_back(member.value("priority", 0U));
    EnvoyPriority& count = counts[priority_of.back()];
    ++count.members;
    if (member.value("degraded", false)) {
      ++count.degraded;
    } else if (!read.down[i]) {
      ++count.healthy;
    }
  }
  const EnvoyPriorities priorities(
      counts, {.panic_percent = read.options.value("panic", 50U)});
  std::vector<std::function<uint32_t(uint64_t)>> tables;
  for (uint32_t priority = 0; priority < counts.size(); ++priority) {
    std::vector<PlacedMember> members = read.members;
    for (size_t i = 0; i < members.size(); ++i) {
      const json& member = read.options.at("members")[i];
      members[i].usable = priority_of[i] == priority &&
                          (priorities.panic(priority) ||
                           !(read.down[i] || member.value("degraded", false)));
    }
    tables.push_back(make(members));
  }
  std::vector<Tries> placed;
  for (const std::string& key : read.keys) {
    const uint64_t hash = Xxh64(key);
    const uint32_t member = tables[priorities.Choose(hash)](hash);
    placed.push_back(member == kNoMember ? Tries{} : Tries{member});
  }
  return placed;
}

template <typename Table>
std::vector<Tries> PlaceEnvoyBounded(const Case& read, const Table& table,
                                     std::span<const EnvoyShare> shares) {
  const EnvoyBoundedLoad bound(shares, read.options.at("factor"));
  std::vector<uint32_t> active(read.members.size(), 0);
  std::vector<Tries> placed;
  uint32_t in_all = 0;
  for (const std::string& key : read.keys) {
    const uint64_t hash = Xxh64(key);
    const uint32_t member = bound.Choose(
        hash, table.At(hash), [&](uint32_t i) { return active[i]; }, in_all);
    ++active[member];  // nothing ever ends
    ++in_all;
    placed.push_back({member});
  }
  return placed;
}

std::optional<uint64_t> PolicyHash(const json& policy, const json& request) {
  if (policy.contains("header")) {
    std::vector<std::string> lines;
    for (const json& field : request.at("fields")) {
      if (field[0] == policy.at("header")) lines.push_back(field[1]);
    }
    std::vector<std::string_view> values(lines.begin(), lines.end());
    return EnvoyHeaderHash(values);
  }
  if (policy.contains("cookie")) {
    std::vector<std::string> lines;
    for (const json& field : request.at("fields")) {
      if (field[0] == "cookie") lines.push_back(field[1]);
    }
    const std::vector<std::string_view> values(lines.begin(), lines.end());
    const auto hash =
        EnvoyCookieHash(values, policy.at("cookie").get<std::string>());
    if (hash || !policy.value("ttl", false)) return hash;
    const auto made = EnvoyGeneratedCookie(request.value("remote", ""),
                                           request.value("local", ""));
    return Xxh64(std::string_view(made.data(), made.size()));
  }
  if (policy.contains("query")) {
    return EnvoyQueryHash(request.at("path").get<std::string>(),
                          policy.at("query").get<std::string>());
  }
  return EnvoySourceHash(request.at("source").get<std::string>());
}

// Requests instead of keys; no tries where no policy has a hash.
std::vector<Tries> PlaceEnvoyPolicies(const Case& read) {
  const EnvoyMaglev maglev(read.members, EnvoyShares(read.members));
  std::vector<Tries> placed;
  for (const json& request : read.options.at("requests")) {
    EnvoyHashSum sum;
    for (const json& policy : request.at("policies")) {
      if (sum.done()) break;
      sum.Add(PolicyHash(policy, request), policy.value("terminal", false));
    }
    placed.push_back(sum.value() ? Tries{maglev.At(*sum.value())} : Tries{});
  }
  return placed;
}

std::vector<EnvoyShare> SharesOf(const Case& read,
                                 std::span<const PlacedMember> members) {
  if (!read.options.contains("locality_weights")) return EnvoyShares(members);
  std::vector<uint32_t> locality_of;
  for (const json& member : read.options.at("members")) {
    locality_of.push_back(member.at("locality"));
  }
  const auto weights =
      read.options.at("locality_weights").get<std::vector<uint32_t>>();
  return EnvoyLocalityShares(members, locality_of, weights);
}

template <typename MakeTable>
std::vector<Tries> PlaceEnvoy(const Case& read, MakeTable make) {
  if (read.options.contains("priorities")) {
    return PlaceEnvoyPriorities(read, [&](const auto& members) {
      return [table = make(members, EnvoyShares(members))](uint64_t hash) {
        return table.At(hash);
      };
    });
  }
  const std::vector<EnvoyShare> shares = SharesOf(read, read.members);
  const auto table = make(read.members, shares);
  if (read.options.contains("factor")) {
    return PlaceEnvoyBounded(read, table, shares);
  }
  std::vector<Tries> placed;
  for (const std::string& key : read.keys) {
    placed.push_back(TryEnvoy(read, table, Xxh64(key)));
  }
  return placed;
}

std::vector<Tries> PlaceEnvoyRing(const Case& read) {
  EnvoyRingOptions options;
  if (read.options.value("function", "") == "MURMUR_HASH_2") {
    options.function = EnvoyRingFunction::kMurmurHash2;
  }
  options.minimum_size =
      read.options.value("minimum_size", options.minimum_size);
  options.maximum_size =
      read.options.value("maximum_size", options.maximum_size);
  return PlaceEnvoy(read, [&](const auto& members, const auto& shares) {
    return EnvoyRing(members, shares, options);
  });
}

std::vector<Tries> PlaceEnvoyMaglev(const Case& read) {
  const uint64_t size =
      read.options.value("table_size", EnvoyMaglev::kDefaultTableSize);
  return PlaceEnvoy(read, [&](const auto& members, const auto& shares) {
    return EnvoyMaglev(members, shares, size);
  });
}

}  // namespace

std::vector<Tries> Place(const json& placement) {
  const Case read = Read(placement);
  if (read.mode == "nginx_hash") return PlaceNginx<NginxHash>(read);
  if (read.mode == "nginx_consistent") return PlaceNginx<NginxConsistent>(read);
  if (read.mode == "nginx_ip_hash") return PlaceNginx<NginxIpHash>(read);
  if (read.mode == "haproxy_consistent") return PlaceHaproxyConsistent(read);
  if (read.mode == "haproxy_map") return PlaceHaproxyMap(read);
  if (read.mode == "envoy_ring") return PlaceEnvoyRing(read);
  if (read.mode == "envoy_maglev") return PlaceEnvoyMaglev(read);
  if (read.mode == "envoy_policies") return PlaceEnvoyPolicies(read);
  throw std::invalid_argument("mode " + read.mode);
}

std::vector<size_t> Hashed(const json& placement) {
  const Case read = Read(placement);
  std::vector<size_t> hashed;
  if (read.mode == "nginx_hash") PlaceNginx<NginxHash>(read, &hashed);
  if (read.mode == "nginx_consistent") {
    PlaceNginx<NginxConsistent>(read, &hashed);
  }
  if (read.mode == "nginx_ip_hash") PlaceNginx<NginxIpHash>(read, &hashed);
  return hashed;
}

// Of all lengths up to some 50, so that every path of every hash is taken; some
// beyond ASCII.
std::string Key(uint32_t i) {
  std::string key = "k" + std::to_string(i) + "-" + std::string(i % 41, 'x');
  if (i % 7 == 0) key += "\xc3\xa9";
  return key;
}

std::string Address(uint32_t i) {
  const uint32_t word = (i + 1) * 2654435761U;
  auto byte = [&](int shift) { return std::to_string((word >> shift) & 0xff); };
  const std::string v4 =
      byte(24) + "." + byte(16) + "." + byte(8) + "." + byte(0);
  if (i % 10 == 9) return "::ffff:" + v4;
  if (i % 4 != 3) return v4;
  std::array<char, 5> digits{};
  auto group = [&](uint32_t value) {
    const auto* end = "0123456789abcdef";
    for (int k = 0; k < 4; ++k) digits[k] = end[(value >> (12 - 4 * k)) & 0xf];
    return std::string(digits.data(), 4);
  };
  return "2001:db8:" + group(word >> 16) + "::" + group(word & 0xffff);
}

}  // namespace limpet::testing
