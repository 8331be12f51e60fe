// Whether what several threads saw of one session could have come from calls
// made one after the other, each at some instant between its begin and its end.
//
// The search of Wing and Gong ("Testing and Verifying Concurrent Objects",
// 1993), with the states it has been in remembered.
#ifndef LIMPET_TESTS_CONCURRENCY_LINEARIZABILITY_H_
#define LIMPET_TESTS_CONCURRENCY_LINEARIZABILITY_H_

#include <cstdint>
#include <string>
#include <vector>

namespace limpet::testing {

// One call on one session. Endpoints are numbers from 1; 0 is no session.
struct Call {
  enum Kind : uint8_t { kFind, kInsertOrGet, kRebind, kErase };
  // What it answered: the session was not there (kAbsent), is there and was
  // before (kThere), has come into being (kInserted), moved or gone (kDone).
  enum Answer : uint8_t { kAbsent, kThere, kInserted, kDone };

  Kind kind = kFind;
  uint64_t endpoint = 0;  // of InsertOrGet and Rebind: the new one
  uint64_t from = 0;      // of Rebind
  Answer answer = kAbsent;
  uint64_t entry = 0;  // the endpoint that was handed out, if any
  uint64_t begin = 0;  // stamps, all different
  uint64_t end = 0;

  std::string ToString() const;
};

// At most 64 calls on a session that was on `endpoint` before them all.
bool IsLinearizable(const std::vector<Call>& calls, uint64_t endpoint);

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_CONCURRENCY_LINEARIZABILITY_H_
