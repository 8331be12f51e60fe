// Rendezvous: every key has an order of all members, the same wherever it is
// worked out. Each member is the first of its share of the keys, by weight; one
// that goes leaves the order of the others as it was, so that a key's second
// is whoever is the first without it.
//
//   Rendezvous rendezvous(session.id);
//   for (...) rendezvous.Offer(index, handle, weight);
//   const uint32_t chosen = rendezvous.first();
//
// The order is a format: proxies of one fleet agree on it without a word.
// Not for keys that a client can choose: it is not keyed.
//
// Sources: Thaler, Ravishankar, "Using name-based mappings to increase hit
// rates" (1998); for weights Schindelhauer, Schomaker, "Weighted distributed
// hash tables" (2005), their logarithmic method.
#ifndef LIMPET_LIB_BALANCERS_RENDEZVOUS_H_
#define LIMPET_LIB_BALANCERS_RENDEZVOUS_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "limpet/hash.h"
#include "limpet/session.h"
#include "mix.h"

namespace limpet {
inline namespace v0 {

class Rendezvous {
 public:
  static constexpr uint32_t kNobody = UINT32_MAX;

  explicit Rendezvous(const SessionId& key)
      : key_(Mix64(key.low ^ Mix64(key.high))) {}

  // The place of the first of members that have the same weight: the same as to
  // offer one after the other, without a branch. REQUIRES: there are members.
  size_t FirstOf(std::span<const EndpointHandle> handles) const {
    size_t first = 0;
    uint64_t most = 0;
    for (size_t i = 0; i < handles.size(); ++i) {
      const uint64_t hash = Mix64(key_ ^ handles[i]);
      first = hash > most ? i : first;
      most = hash > most ? hash : most;
    }
    return first;
  }

  // REQUIRES: weight > 0.
  void Offer(uint32_t member, EndpointHandle handle, uint64_t weight) {
    const uint64_t hash = Mix64(key_ ^ handle);
    if (weight == weight_) {  // the same order, without logarithms
      if (hash <= hash_) return;
      arrival_ = kUnknown;
    } else if (first_ != kNobody) {
      if (arrival_ == kUnknown) arrival_ = Arrival(hash_, weight_);
      // -log(x) >= 1 - x, and nearly that where it matters: most lose here.
      if (1 - Uniform(hash) > arrival_ * static_cast<double>(weight)) return;
      const double arrival = Arrival(hash, weight);
      if (arrival > arrival_ || (arrival == arrival_ && hash <= hash_)) return;
      arrival_ = arrival;
    }
    first_ = member;
    hash_ = hash;
    weight_ = weight;
  }

  // kNobody: nobody was offered.
  uint32_t first() const { return first_; }

 private:
  // Above 0, at most 1.
  static double Uniform(uint64_t hash) {
    return (static_cast<double>(hash >> 11) + 0.5) * 0x1p-53;
  }

  // The time until a member's first arrival, if it has `weight` of them per
  // unit of time: the earliest wins.
  static double Arrival(uint64_t hash, uint64_t weight) {
    return -std::log(Uniform(hash)) / static_cast<double>(weight);
  }

  static constexpr double kUnknown = -1;

  uint64_t key_;
  uint32_t first_ = kNobody;
  uint64_t hash_ = 0;
  uint64_t weight_ = 0;
  double arrival_ = kUnknown;  // of the first, once it was needed
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_BALANCERS_RENDEZVOUS_H_
