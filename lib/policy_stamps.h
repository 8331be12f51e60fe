// When a policy last wrote a token for an endpoint: what a drain has to wait
// for where no store knows the sessions. A fixed table by handle: endpoints
// that share a place have each other's later stamps, which bound theirs too.
//
// Thread rule: many threads use it at once. Written where a token is written, a
// millisecond's first time, so that requests of live sessions share nothing.
#ifndef LIMPET_LIB_POLICY_STAMPS_H_
#define LIMPET_LIB_POLICY_STAMPS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "limpet/hash.h"
#include "limpet/time.h"
#include "policy_clock.h"

namespace limpet {
inline namespace v0 {

class PolicyStamps {
 public:
  // `begun`: the token of a session that begins, not of one that goes on.
  void Wrote(EndpointHandle endpoint, Timestamp now, bool begun) {
    Place& place = PlaceOf(endpoint);
    Raise(place.written, now);
    if (begun) Raise(place.begun, now);
  }

  // Epoch: never.
  Timestamp LastWritten(EndpointHandle endpoint) {
    return Read(PlaceOf(endpoint).written);
  }
  Timestamp LastBegun(EndpointHandle endpoint) {
    return Read(PlaceOf(endpoint).begun);
  }

  // The first `now` of all calls: before that, others may have written.
  Timestamp FirstPoll(Timestamp now) {
    int64_t first = kNever;
    return first_poll_.compare_exchange_strong(first, ToMillis(now),
                                               std::memory_order_relaxed)
               ? now
               : Timestamp(Duration(first));
  }

 private:
  static constexpr size_t kPlaces = 256;
  static constexpr int64_t kNever = -1;

  struct Place {
    std::atomic<int64_t> written{0};  // Unix milliseconds
    std::atomic<int64_t> begun{0};
  };

  Place& PlaceOf(EndpointHandle endpoint) {
    return places_[endpoint % kPlaces];
  }
  static Timestamp Read(const std::atomic<int64_t>& ms) {
    return Timestamp(Duration(ms.load(std::memory_order_relaxed)));
  }

  std::atomic<int64_t> first_poll_{kNever};
  std::array<Place, kPlaces> places_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_POLICY_STAMPS_H_
