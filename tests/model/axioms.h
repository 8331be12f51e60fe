// The memory model a second time, as the C++ standard tells it: by axioms over
// whole executions of small programs without branches, all of which are tried.
// What Explore finds must be exactly what is consistent here (RC11 without
// fences and with seq_cst taken for acq_rel).
#ifndef LIMPET_TESTS_MODEL_AXIOMS_H_
#define LIMPET_TESTS_MODEL_AXIOMS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "outcomes.h"

namespace limpet::model {

struct Event {
  enum class Kind : uint8_t { kLoad, kStore, kExchange };

  size_t thread;
  Kind kind;
  size_t location;
  std::memory_order order;
  uint64_t value = 0;  // that it writes

  bool reads() const { return kind != Kind::kStore; }
  bool writes() const { return kind != Kind::kLoad; }
};

// What the reads of a program can return, in the order of its events.
// REQUIRES: events of one thread stand together; at most 32; locations hold 0.
Outcomes ConsistentOutcomes(const std::vector<Event>& events, size_t locations);

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_AXIOMS_H_
