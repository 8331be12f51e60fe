// HashBalancer: what the balancers have in common that go by a hash of what the
// host names. A request without it goes by weight, at random.
//
// Thread rule: all members may be called by many threads; none allocates, but
// Prepare, and Choose where it finds that nobody has prepared the set.
#ifndef LIMPET_LIB_BALANCERS_HASH_BALANCER_H_
#define LIMPET_LIB_BALANCERS_HASH_BALANCER_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "balancer.h"
#include "limpet/session.h"
#include "shelf.h"

namespace limpet {
inline namespace v0 {

class HashBalancer : public Balancer {
 public:
  // `without_key` serves requests that have no hash key.
  explicit HashBalancer(std::unique_ptr<Balancer> without_key)
      : without_key_(std::move(without_key)) {}

  uint32_t ChooseGroup(const Choice& choice) const noexcept final;
  uint32_t Choose(const Choice& choice, uint32_t group) const noexcept final;

 protected:
  virtual bool HasKey(const Choice& choice) const noexcept {
    return choice.hash_key.has_value();
  }

  // REQUIRES of these: HasKey.
  // 128 bits of the request's hash key; they only choose among backends and
  // stand in where the kind itself has no answer.
  virtual SessionId KeyOf(const Choice& choice) const noexcept = 0;

  // An endpoint that is not refused, or kNoEndpoint where it does not know of
  // one: then the first of the key's rendezvous serves.
  virtual uint32_t ChooseByKey(const Choice& choice, uint32_t group,
                               const SessionId& key) const noexcept = 0;

 private:
  std::unique_ptr<Balancer> without_key_;
};

// The table of type T that stands under `key` on the set's shelf; made by
// T(endpoints, argument) if there is none. Null: there was no memory for it.
template <typename T, typename Argument>
const T* TableOf(const EndpointSet& endpoints, uint64_t key,
                 const Argument& argument) noexcept {
  EndpointSet::Shelf& shelf = endpoints.shelf();
  if (const auto* item = shelf.Find(key)) return static_cast<const T*>(item);
  try {
    return static_cast<const T*>(&shelf.FindOrMake(
        key, [&] { return std::make_unique<T>(endpoints, argument); }));
  } catch (...) {
    return nullptr;
  }
}

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_BALANCERS_HASH_BALANCER_H_
