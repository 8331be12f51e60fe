// Configuration: an immutable snapshot of what the manifests say: the router,
// its rules and the targets that serve them.
#ifndef LIMPET_EXAMPLES_GATEWAY_CONFIGURATION_H_
#define LIMPET_EXAMPLES_GATEWAY_CONFIGURATION_H_

#include <limpet/limpet.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hash_key.h"
#include "manifest.h"
#include "router.h"
#include "target.h"

namespace gateway {

// A route rule. Where backends have sessions of their own, `target` chooses
// among the backendRefs and `split`, by that choice's index, among endpoints.
struct Rule {
  std::string scope;               // "namespace/route/index"
  HashKey hash_key;                // of the balancers that place keys
  std::shared_ptr<Target> target;  // null: the rule has no backendRef
  std::vector<std::shared_ptr<Target>> split;
};

class Configuration {
 public:
  // Null if there is an error. Policies of `previous` whose configuration and
  // keys are the same go on; session maps of the same scope are taken over.
  // Warnings are added in any case.
  static std::shared_ptr<const Configuration> Build(
      const Manifests& manifests,
      const std::shared_ptr<const limpet::KeyRing>& keys,
      const Configuration* previous, std::vector<Diagnostic>* errors,
      std::vector<Diagnostic>* warnings);

  // Null: no route matches.
  const Rule* Find(uint16_t port, const RequestView& request) const;

  // The ports of all HTTP listeners, sorted.
  const std::vector<uint16_t>& ports() const { return ports_; }

  // By scope; the targets of a Rule::split included.
  const std::map<std::string, std::shared_ptr<Target>>& targets() const {
    return targets_;
  }

  // The scopes of targets that choose among backendRefs, not endpoints.
  bool IsSplit(const std::string& scope) const;

 private:
  friend class ConfigurationBuilder;
  Configuration() = default;

  Router router_;
  std::vector<Rule> rules_;
  std::vector<uint16_t> ports_;
  std::map<std::string, std::shared_ptr<Target>> targets_;
  std::map<std::string, std::shared_ptr<EndpointStatus>> statuses_;
  std::shared_ptr<const limpet::KeyRing> keys_;
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_CONFIGURATION_H_
