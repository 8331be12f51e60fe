// Explorer: one exploration of a program. Its choices and its threads are in
// explorer.cc, what a thread's steps do is in steps.cc.
#ifndef LIMPET_TESTS_MODEL_EXPLORER_IMPL_H_
#define LIMPET_TESTS_MODEL_EXPLORER_IMPL_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "explorer.h"
#include "fiber.h"
#include "machine.h"
#include "memory.h"
#include "search.h"
#include "trace.h"

namespace limpet::model {

class Explorer final : public Machine {
 public:
  Explorer(const Program& program, const Limits& limits);

  static Explorer* exploring;

  Result Run();

  uint64_t Load(const Cell& cell, std::memory_order order) override;
  void Store(const Cell& cell, uint64_t value,
             std::memory_order order) override;
  uint64_t Modify(const Cell& cell, std::memory_order order,
                  const Function& function) override;
  bool CompareExchange(const Cell& cell, uint64_t& expected, uint64_t desired,
                       std::memory_order success, std::memory_order failure,
                       bool weak) override;
  bool Lock(const void* mutex) override;
  void Unlock(const void* mutex) override;

  void Check(bool holds, const char* what);
  void Record(uint64_t value);

 private:
  static constexpr size_t kNobody = SIZE_MAX;

  struct Death {};

  struct HeldStore {
    size_t location;
    uint64_t value;
    std::memory_order order;
  };

  struct Thread {
    std::unique_ptr<Fiber> fiber;
    Digest history{};  // all that it has read, and how many steps it made
    std::vector<uint64_t> records{};
    bool ended = false;
    bool failed_weakly = false;
    size_t mutexes = 0;                 // that it holds
    size_t waits_for = kNobody;         // the mutex that it wants
    std::vector<HeldStore> held{};      // by an alteration
    std::map<size_t, uint64_t> last{};  // that it knows of each location
  };

  struct MutexState {
    size_t holder = kNobody;
    bool abandoned = false;  // its last holder died
  };

  void RunOnce();
  void MakeFiber(size_t thread);

  // Somebody who can go on, or nobody.
  size_t NextThread();
  // The running thread offers the others to go on.
  void Switch();
  // The execution is over, whatever the threads still wanted to do.
  void Abandon();
  void Fail(Verdict verdict, const std::string& what);
  Digest State() const;

  Thread& running_thread() { return threads_[current_]; }
  // Before a step that may be put off for as long as the thread has not
  // written: everything but giving a mutex back.
  void BeginStep();
  // The same for a step that others notice: its thread may die before it.
  void BeginWrite();
  void MayDie();
  void Note(const char* what, const void* location, std::memory_order order,
            uint64_t value, size_t position = 0, size_t newest = 0);
  Alteration Altered(Operation operation, size_t location,
                     std::memory_order order, uint64_t value);
  size_t MutexNumber(const void* mutex);

  uint64_t DoLoad(size_t location, std::memory_order order);
  void DoStore(size_t location, uint64_t value, std::memory_order order);
  void Write(const char* what, size_t location, size_t position, uint64_t value,
             std::memory_order order, bool modifies);
  void StoreHeld();
  // Positions at which the running thread can put a message.
  const std::vector<size_t>& Places(size_t location);

  const Program& program_;
  const Limits limits_;
  Result result_;
  Search search_;
  Memory memory_;
  Trace trace_;
  Fiber main_;
  std::vector<Thread> threads_;
  std::map<const void*, size_t> mutex_numbers_;
  std::vector<MutexState> mutexes_;
  std::vector<size_t> places_;  // the result of Places
  size_t current_ = 0;
  bool switch_due_ = false;  // the running thread has written
  bool abandoned_ = false;
  // Nothing new can come: the threads only run to their ends, so that their
  // stacks are empty.
  bool draining_ = false;
};

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_EXPLORER_IMPL_H_
