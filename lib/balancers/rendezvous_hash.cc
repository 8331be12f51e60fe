// RendezvousHash: the first of the key's own order of all endpoints
// (rendezvous.h). No table; time in proportion to the endpoints.
#include "balancers/keyed_balancer.h"
#include "limpet/balancing.h"

namespace limpet {
inline namespace v0 {
namespace {

class RendezvousHash final : public KeyedBalancer {
 public:
  using KeyedBalancer::KeyedBalancer;

 private:
  // What every hash balancer falls back to is this kind's own choice.
  uint32_t ChooseByKey(const Choice&, uint32_t,
                       const SessionId&) const noexcept override {
    return kNoEndpoint;
  }
};

}  // namespace

std::unique_ptr<Balancer> MakeRendezvousHash(
    std::shared_ptr<const KeyRing> keys,
    std::unique_ptr<Balancer> without_key) {
  return std::make_unique<RendezvousHash>(std::move(keys),
                                          std::move(without_key));
}

}  // namespace v0
}  // namespace limpet
