// MortalAtoms: atomics of a thread that may die before any of its stores, and
// whose reads may be interrupted by the life, or death, of others.
//
// Thread rule: one thread in all.
#ifndef LIMPET_TESTS_DEATH_MORTAL_ATOMS_H_
#define LIMPET_TESTS_DEATH_MORTAL_ATOMS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

namespace limpet::testing {

// Thrown where a thread dies: nothing of what it was doing goes on.
struct Death {};

// Whether a deed was done, or its doer died before store `stores_to_live`.
class Mortal {
 public:
  template <class Deed>
  static bool Survives(int64_t stores_to_live, const Deed& deed) {
    stores_left_ = stores_to_live;
    try {
      deed();
      stores_left_ = -1;
      return true;
    } catch (const Death&) {
      return false;
    }
  }

  // Does a deed, and `meanwhile` before load `loads` of it. False: it has not
  // that many.
  template <class Deed>
  static bool Interrupt(int64_t loads, std::function<void()> meanwhile,
                        const Deed& deed) {
    meanwhile_ = std::move(meanwhile);
    loads_left_ = loads;
    deed();
    return std::exchange(loads_left_, -1) == -1;
  }

  static void BeforeStore() {
    if (stores_left_ >= 0 && stores_left_-- == 0) throw Death();
  }
  static void BeforeLoad() {
    if (loads_left_ >= 0 && loads_left_-- == 0) meanwhile_();
  }

 private:
  // -1: as many as it likes.
  static inline int64_t stores_left_ = -1;
  static inline int64_t loads_left_ = -1;
  static inline std::function<void()> meanwhile_;
};

struct MortalAtoms {
  template <class T>
  class Atomic {
   public:
    T load(std::memory_order) const {
      Mortal::BeforeLoad();
      return value_;
    }
    void store(T value, std::memory_order) {
      Mortal::BeforeStore();
      value_ = value;
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order,
                                 std::memory_order) {
      Mortal::BeforeStore();
      if (value_ != expected) {
        expected = value_;
        return false;
      }
      value_ = value;
      return true;
    }

   private:
    T value_{};
  };
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_MORTAL_ATOMS_H_
