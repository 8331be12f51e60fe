// Machine: what a step of a thread goes to. Model atomics alone use it.
#ifndef LIMPET_TESTS_MODEL_MACHINE_H_
#define LIMPET_TESTS_MODEL_MACHINE_H_

#include <atomic>
#include <cstdint>
#include <functional>

#include "memory.h"

namespace limpet::model {

class Machine {
 public:
  using Function = std::function<uint64_t(uint64_t)>;

  // Null while no thread of a program runs.
  static Machine* running() { return running_; }

  virtual uint64_t Load(const Cell& cell, std::memory_order order) = 0;
  virtual void Store(const Cell& cell, uint64_t value,
                     std::memory_order order) = 0;
  // Returns the old value.
  virtual uint64_t Modify(const Cell& cell, std::memory_order order,
                          const Function& function) = 0;
  // A weak one fails without a cause at most once in a thread.
  virtual bool CompareExchange(const Cell& cell, uint64_t& expected,
                               uint64_t desired, std::memory_order success,
                               std::memory_order failure, bool weak) = 0;
  // True if the last holder died.
  virtual bool Lock(const void* mutex) = 0;
  virtual void Unlock(const void* mutex) = 0;

 protected:
  ~Machine() = default;

  static inline Machine* running_ = nullptr;
};

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_MACHINE_H_
