#include "instructions.h"

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "process.h"

namespace limpet::testing {
namespace {

constexpr greg_t kTrapFlag = 0x100;
constexpr uint8_t kBreakpoint = 0xcc;  // int3
constexpr size_t kLongestWay = 1 << 18;

greg_t& Register(void* context, int which) {
  return static_cast<ucontext_t*>(context)->uc_mcontext.gregs[which];
}

void HandleTraps(void (*handler)(int, siginfo_t*, void*)) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGTRAP, &action, nullptr);
}

// Below the red zone.
inline void TrapOn() {
  asm volatile(
      "lea -128(%%rsp), %%rsp; pushfq; orq $0x100, (%%rsp); popfq; "
      "lea 128(%%rsp), %%rsp" ::
          : "memory", "cc");
}
inline void TrapOff() {
  asm volatile(
      "lea -128(%%rsp), %%rsp; pushfq; andq $~0x100, (%%rsp); popfq; "
      "lea 128(%%rsp), %%rsp" ::
          : "memory", "cc");
}

// All ways are through here, and from the first instruction of this until the
// operation is over they are the same with traps and without.
volatile bool is_over = false;
__attribute__((noinline)) void Begin(const Operation& operation) {
  operation();
  is_over = true;
}

// --- recording --------------------------------------------------------------

// Shared with the child that fills it.
struct Record {
  size_t size = 0;
  uintptr_t way[kLongestWay];
  bool changed[kLongestWay];
};

struct Recorder {
  Record* record = nullptr;
  std::span<const std::byte> memory;
  std::byte* last = nullptr;  // what the memory held a step ago
} recorder;

void OnRecordedStep(int, siginfo_t*, void* context) {
  Record& record = *recorder.record;
  const auto at = static_cast<uintptr_t>(Register(context, REG_RIP));
  const bool has_begun =
      record.size != 0 || at == reinterpret_cast<uintptr_t>(&Begin);
  if (!has_begun || is_over) return;
  if (record.size == kLongestWay) Die();
  const size_t size = recorder.memory.size();
  const bool changed =
      std::memcmp(recorder.last, recorder.memory.data(), size) != 0;
  if (changed) std::memcpy(recorder.last, recorder.memory.data(), size);
  record.way[record.size] = at;
  record.changed[record.size] = changed;
  ++record.size;
}

// --- running up to a place --------------------------------------------------

struct Place {
  uint8_t* at = nullptr;
  uint8_t instruction = 0;  // what the breakpoint covers
  size_t visits = 0;        // until it is meant
  const Operation* act = nullptr;
} place;

void OnBreakpoint(int, siginfo_t*, void* context) {
  if (Register(context, REG_EFL) & kTrapFlag) {
    // One step beyond: the instruction has been passed.
    Register(context, REG_EFL) &= ~kTrapFlag;
    *place.at = kBreakpoint;
    return;
  }
  *place.at = place.instruction;
  Register(context, REG_RIP) = reinterpret_cast<greg_t>(place.at);
  if (--place.visits != 0) {
    Register(context, REG_EFL) |= kTrapFlag;
    return;
  }
  (*place.act)();
}

// --- dying by the count -----------------------------------------------------

size_t steps_to_live = 0;

void OnCountedStep(int, siginfo_t*, void*) {
  if (--steps_to_live == 0) Die();
}

}  // namespace

void Die() {
  for (;;) kill(getpid(), SIGKILL);
}

Instructions Instructions::Of(const Operation& operation,
                              std::span<const std::byte> memory) {
  SharedMemory shared(sizeof(Record));
  auto* record = reinterpret_cast<Record*>(shared.bytes().data());
  const Exit exit = RunChild([&] {
    std::vector<std::byte> last(memory.begin(), memory.end());
    recorder = {.record = record, .memory = memory, .last = last.data()};
    HandleTraps(OnRecordedStep);
    TrapOn();
    Begin(operation);
    TrapOff();
    return 0;
  });
  Instructions way;
  if (!exit.IsStatus(0)) return way;
  way.way_.assign(record->way, record->way + record->size);
  way.after_store_.assign(record->changed, record->changed + record->size);
  return way;
}

bool Instructions::Run(const Operation& operation, size_t at,
                       const Operation& act) const {
  bool reached = false;
  const Operation act_once = [&] {
    reached = true;
    act();
  };
  place.at = reinterpret_cast<uint8_t*>(way_[at]);
  place.instruction = *place.at;
  place.visits = static_cast<size_t>(std::count(
      way_.begin(), way_.begin() + static_cast<ptrdiff_t>(at) + 1, way_[at]));
  place.act = &act_once;
  HandleTraps(OnBreakpoint);
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  if (mprotect(reinterpret_cast<void*>(way_[at] / page * page), page,
               PROT_READ | PROT_WRITE | PROT_EXEC) != 0) {
    std::abort();
  }
  *place.at = kBreakpoint;
  Begin(operation);
  if (!reached) *place.at = place.instruction;
  return reached;
}

void DieAfter(size_t count, const Operation& operation) {
  steps_to_live = count;
  HandleTraps(OnCountedStep);
  TrapOn();
  Begin(operation);
  TrapOff();
}

}  // namespace limpet::testing
