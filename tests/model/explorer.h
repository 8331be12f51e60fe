// Explore: runs a small program of a few threads in every way that the memory
// model allows, and tells whether its checks hold in all of them.
//
// The threads are fibers. Depth first over all choices (who goes on; which
// message a load returns; where a store goes in its location's order), by
// running the program again from the start for each. What is left out can show
// nothing new:
//
// * A state seen before: what each thread has read so far, the messages that
//   can still be read, and the views.
// * A switch of threads right after a load. Only its own thread notices a load,
//   and what it returned can still be returned later, so every run equals one
//   in which each load comes right before the next write of its thread. In the
//   same way a mutex is taken as late and given back as soon as possible.
//
// Therefore threads may share nothing but model atomics and model mutexes, and
// must do the same whenever they read the same.
#ifndef LIMPET_TESTS_MODEL_EXPLORER_H_
#define LIMPET_TESTS_MODEL_EXPLORER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "outcomes.h"

namespace limpet::model {

enum class Operation : uint8_t { kLoad, kStore, kModify };

// A thread is about to do this.
struct Access {
  size_t thread;
  Operation operation;
  const void* location;
  std::memory_order order;
  uint64_t value;   // that a store writes
  uint64_t newest;  // value of the location
};

// What is done instead, to show that the program needs what it does.
enum class Alteration : uint8_t {
  kNone,
  kRelaxed,
  kDropped,   // a load returns what its thread got there the last time
  kHeldBack,  // a store: done later
  kReleased,  // done, and then all that was held back
  kUnlinked,  // a read-modify-write is a load and then a store
};

struct Program {
  // Sets the initial state, the same at the same addresses each time.
  std::function<void()> begin;
  std::vector<std::function<void()>> threads;
  // Looks at what is left when all threads have ended.
  std::function<void()> end = [] {};
  // What the threads may record. Empty: anything.
  Outcomes outcomes{};

  // A thread that may die before any of its writes while it holds a mutex: an
  // exception unwinds it.
  static constexpr size_t kNobody = SIZE_MAX;
  size_t mortal = kNobody;

  std::function<Alteration(const Access&)> alter{};
  // For traces.
  std::function<std::string(const void* location)> name_of{};
};

// Reaching one ends the exploration as kUnfinished.
struct Limits {
  uint64_t executions = 20'000'000;
  uint64_t states = 20'000'000;
  size_t steps = 5'000;  // of one execution
};

enum class Verdict : uint8_t {
  kHolds,       // in every execution
  kViolated,    // a Check failed, an outcome may not be, or no thread can go on
  kUnfinished,  // a limit was reached
};

struct Result {
  Verdict verdict = Verdict::kHolds;
  std::string report;  // what failed, and the execution that led there
  uint64_t executions = 0;
  uint64_t states = 0;
  size_t longest = 0;  // steps of the longest execution
  // What the threads recorded, joined in the order of the threads.
  Outcomes outcomes;
};

Result Explore(const Program& program, const Limits& limits = {});

// For use by a program's threads and its end.

// The program is wrong if this is false.
void Check(bool holds, const char* what);

// Becomes part of the execution's outcome.
void Record(uint64_t value);

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_EXPLORER_H_
