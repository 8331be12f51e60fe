// Atomic, Mutex: stand-ins for std::atomic and std::mutex whose every use is a
// step of the exploration. Outside of its threads they are plain variables.
#ifndef LIMPET_TESTS_MODEL_MODEL_ATOMIC_H_
#define LIMPET_TESTS_MODEL_MODEL_ATOMIC_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "machine.h"
#include "memory.h"

namespace limpet::model {

// As large as a T, and good after memset like one.
template <typename T>
class Atomic {
  static_assert(std::is_same_v<T, uint8_t> || std::is_same_v<T, uint32_t> ||
                std::is_same_v<T, uint64_t>);

 public:
  using value_type = T;

  constexpr Atomic() = default;
  constexpr Atomic(T value) : value_(value) {}  // as std::atomic's
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  T load(std::memory_order order = std::memory_order_seq_cst) const {
    Machine* machine = Machine::running();
    if (machine == nullptr) return value_;
    return static_cast<T>(machine->Load(cell(), order));
  }

  void store(T value, std::memory_order order = std::memory_order_seq_cst) {
    Machine* machine = Machine::running();
    if (machine == nullptr) {
      value_ = value;
    } else {
      machine->Store(cell(), value, order);
    }
  }

  T exchange(T value, std::memory_order order = std::memory_order_seq_cst) {
    return Modify(order, [value](T) { return value; });
  }
  T fetch_add(T value, std::memory_order order = std::memory_order_seq_cst) {
    return Modify(order,
                  [value](T old) { return static_cast<T>(old + value); });
  }
  T fetch_sub(T value, std::memory_order order = std::memory_order_seq_cst) {
    return Modify(order,
                  [value](T old) { return static_cast<T>(old - value); });
  }

  bool compare_exchange_strong(T& expected, T desired,
                               std::memory_order success,
                               std::memory_order failure) {
    return CompareExchange(expected, desired, success, failure, false);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) {
    return CompareExchange(expected, desired, success, failure, true);
  }

 private:
  Cell cell() const { return {&value_, sizeof(T)}; }

  template <typename Function>
  T Modify(std::memory_order order, Function function) {
    Machine* machine = Machine::running();
    if (machine == nullptr) {
      const T old = value_;
      value_ = function(old);
      return old;
    }
    return static_cast<T>(machine->Modify(cell(), order, [&](uint64_t old) {
      return function(static_cast<T>(old));
    }));
  }

  bool CompareExchange(T& expected, T desired, std::memory_order success,
                       std::memory_order failure, bool weak) {
    Machine* machine = Machine::running();
    if (machine == nullptr) {
      const bool equal = value_ == expected;
      (equal ? value_ : expected) = equal ? desired : value_;
      return equal;
    }
    uint64_t seen = expected;
    const bool done =
        machine->CompareExchange(cell(), seen, desired, success, failure, weak);
    expected = static_cast<T>(seen);
    return done;
  }

  mutable T value_{};
};

static_assert(sizeof(Atomic<uint8_t>) == sizeof(uint8_t));
static_assert(sizeof(Atomic<uint32_t>) == sizeof(uint32_t));
static_assert(sizeof(Atomic<uint64_t>) == sizeof(uint64_t));

// Who dies with a mutex gives it back, as a robust mutex of the system.
class Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  // True if the last holder died with it.
  bool lock() {
    Machine* machine = Machine::running();
    return machine != nullptr && machine->Lock(this);
  }
  void unlock() {
    if (Machine* machine = Machine::running()) machine->Unlock(this);
  }
};

// The policy for what is a template over its atomics.
struct Atoms {
  template <typename T>
  using Atomic = model::Atomic<T>;
};

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_MODEL_ATOMIC_H_
