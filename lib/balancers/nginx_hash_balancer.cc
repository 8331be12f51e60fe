// nginx's hash, hash consistent and ip_hash.
#include "balancers/compat_balancer.h"
#include "balancers/rendezvous.h"
#include "placement/nginx_consistent.h"
#include "placement/nginx_hash.h"
#include "placement/nginx_ip_hash.h"

namespace limpet {
inline namespace v0 {
namespace {

template <typename Hash>
class NginxGroup {
 public:
  NginxGroup(const EndpointSet& endpoints, uint32_t group, const Balancing&)
      : NginxGroup(MembersOf(endpoints, group)) {}

  // nginx hashes no empty key.
  static bool HasKey(const Choice& choice) {
    return choice.hash_key && !choice.hash_key->empty();
  }

  uint32_t Choose(const Choice& choice) const noexcept {
    if (index_of_.empty()) return kNoEndpoint;
    // nginx's walk goes on from one try to the next: it is walked again as far
    // as this request has come.
    NginxWalk walk = hash_.Start(*choice.hash_key);
    uint32_t member = kNoMember;
    for (size_t tries = 0; tries <= choice.tried.size(); ++tries) {
      const Choice then{.endpoints = choice.endpoints,
                        .tried = choice.tried.first(tries),
                        .active = choice.active,
                        .hash_key = choice.hash_key,
                        .sessions = choice.sessions};
      const auto usable = [&](uint32_t i) {
        return IsFree(then, index_of_[i]);
      };
      member = hash_.Next(walk, usable, [&](std::span<const uint32_t> among) {
        return AnyOf(among, usable, then);
      });
    }
    return member == kNoMember ? kNoEndpoint : index_of_[member];
  }

 private:
  // nginx has 160 points for each unit of weight; with more than this it would
  // not be started. Nobody is placed by them here either.
  static constexpr uint64_t kMostWeight = 400'000;

  static CompatMembers MembersOf(const EndpointSet& endpoints, uint32_t group) {
    CompatMembers all(endpoints, group);
    const uint32_t best = all.BestPriority(endpoints);
    for (size_t i = 0; i < all.members.size(); ++i) {
      if (endpoints[all.index_of[i]].priority > best) all.members[i].weight = 0;
    }
    all.DropWeightless();
    uint64_t weight = 0;
    for (const PlacedMember& member : all.members) weight += member.weight;
    if (weight > kMostWeight) all = {};
    return all;
  }

  explicit NginxGroup(const CompatMembers& all)
      : index_of_(all.index_of), hash_(all.members) {}

  // nginx goes round among them; here every proxy takes the same.
  template <typename Usable>
  uint32_t AnyOf(std::span<const uint32_t> among, const Usable& usable,
                 const Choice& choice) const {
    Rendezvous rendezvous({.high = 0, .low = Xxh64(*choice.hash_key)});
    for (const uint32_t i : among) {
      const Endpoint& endpoint = choice.endpoints[index_of_[i]];
      if (!usable(i)) continue;
      rendezvous.Offer(i, choice.endpoints.handle(index_of_[i]),
                       endpoint.weight);
    }
    return rendezvous.first();
  }

  std::vector<uint32_t> index_of_;
  Hash hash_;
};

}  // namespace

std::unique_ptr<Balancer> MakeNginxHash(const Balancing& config,
                                        std::unique_ptr<Balancer> without_key) {
  switch (config.type) {
    case BalancerType::kNginxConsistentHash:
      return std::make_unique<CompatBalancer<NginxGroup<NginxConsistent>>>(
          config, std::move(without_key));
    case BalancerType::kNginxIpHash:
      return std::make_unique<CompatBalancer<NginxGroup<NginxIpHash>>>(
          config, std::move(without_key));
    default:
      return std::make_unique<CompatBalancer<NginxGroup<NginxHash>>>(
          config, std::move(without_key));
  }
}

}  // namespace v0
}  // namespace limpet
