// Instructions: brings a process to any machine instruction of an operation,
// to do something there that the operation knows nothing of: die, stop, fork.
//
// The operation runs once in a child that the processor's trap flag stops after
// every instruction, so that its way is known. From then on a breakpoint at the
// address of the wanted place, counted down where a loop passes it more often,
// gets a process there at full speed. No tracer is needed, so no permission to
// trace, and every thread can do it to itself. x86-64 only.
//
// Thread rule: one thread of a process at a time.
#ifndef LIMPET_TESTS_DEATH_INSTRUCTIONS_H_
#define LIMPET_TESTS_DEATH_INSTRUCTIONS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace limpet::testing {

using Operation = std::function<void()>;

class Instructions {
 public:
  // The way of an operation, run in a child. Place 0 of it is before the
  // first instruction, place i after i of them. The operation has to do the
  // same each time: the same work on memory with the same content, in children
  // of the same process.
  static Instructions Of(const Operation& operation,
                         std::span<const std::byte> memory);

  size_t size() const { return way_.size(); }
  // Whether the instruction before a place changed the memory.
  bool IsAfterStore(size_t place) const { return after_store_[place]; }

  // Runs the operation in the calling thread, and `act` in a signal handler at
  // a place. False if that was never reached. Changes this process's code: to
  // be called in children.
  bool Run(const Operation& operation, size_t place,
           const Operation& act) const;

 private:
  std::vector<uintptr_t> way_;
  std::vector<bool> after_store_;
};

// Runs an operation that SIGKILL ends after `count` instructions, if it is not
// at its end before.
void DieAfter(size_t count, const Operation& operation);

[[noreturn]] void Die();

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_INSTRUCTIONS_H_
