#include "explorer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "explorer_impl.h"

namespace limpet::model {

Explorer* Explorer::exploring = nullptr;

Explorer::Explorer(const Program& program, const Limits& limits)
    : program_(program), limits_(limits), threads_(program.threads.size()) {
  for (size_t i = 0; i < threads_.size(); ++i) MakeFiber(i);
}

void Explorer::MakeFiber(size_t thread) {
  threads_[thread].fiber = std::make_unique<Fiber>([this, thread] {
    for (;;) {
      try {
        program_.threads[thread]();
        StoreHeld();
      } catch (const Death&) {
      }
      threads_[thread].ended = true;
      const size_t next = NextThread();
      Fiber& to = next == kNobody ? main_ : *threads_[next].fiber;
      threads_[thread].fiber->SwitchTo(to);
    }
  });
}

Result Explorer::Run() {
  exploring = this;
  do {
    if (result_.executions == limits_.executions) {
      Fail(Verdict::kUnfinished, "too many executions");
      break;
    }
    RunOnce();
    if (search_.states() > limits_.states) {
      Fail(Verdict::kUnfinished, "too many states");
    }
    if (!search_.repeatable()) {
      Fail(Verdict::kUnfinished, "the program does not repeat itself");
    }
  } while (result_.verdict == Verdict::kHolds && search_.Advance());
  exploring = nullptr;
  result_.states = search_.states();
  return std::move(result_);
}

void Explorer::RunOnce() {
  ++result_.executions;
  memory_.Reset(threads_.size());
  trace_.Clear();
  std::fill(mutexes_.begin(), mutexes_.end(), MutexState());
  for (Thread& thread : threads_) {
    thread = {.fiber = std::move(thread.fiber)};
  }
  current_ = 0;
  switch_due_ = draining_ = abandoned_ = false;

  program_.begin();
  running_ = this;
  main_.SwitchTo(*threads_[NextThread()].fiber);
  running_ = nullptr;
  memory_.WriteBack();
  result_.longest = std::max(result_.longest, trace_.size());
  if (draining_ || abandoned_) return;
  program_.end();
  Outcome outcome;
  for (const Thread& thread : threads_) {
    outcome.insert(outcome.end(), thread.records.begin(), thread.records.end());
  }
  if (!program_.outcomes.empty() && !program_.outcomes.contains(outcome)) {
    std::string what = "the outcome must not be:";
    for (const uint64_t value : outcome) what += " " + std::to_string(value);
    Fail(Verdict::kViolated, what);
  }
  result_.outcomes.insert(std::move(outcome));
}

size_t Explorer::NextThread() {
  if (!draining_ && search_.fresh() && search_.Revisits(State())) {
    draining_ = true;
  }
  // Who runs comes first: fewer switches.
  size_t ready[Memory::kMaxThreads];
  size_t count = 0;
  bool all_ended = true;
  for (size_t k = 0; k < threads_.size(); ++k) {
    const size_t i = (current_ + k) % threads_.size();
    const Thread& thread = threads_[i];
    all_ended = all_ended && thread.ended;
    if (thread.ended) continue;
    if (thread.waits_for != kNobody &&
        mutexes_[thread.waits_for].holder != kNobody) {
      continue;
    }
    ready[count++] = i;
  }
  if (count == 0) {
    if (!all_ended) {
      Fail(Verdict::kViolated, "no thread can go on");
      abandoned_ = true;
    }
    return kNobody;
  }
  current_ = ready[draining_ ? 0 : search_.Choose(count)];
  switch_due_ = false;
  return current_;
}

void Explorer::Switch() {
  const size_t from = current_;
  const size_t next = NextThread();
  if (next == kNobody) Abandon();
  if (next != from) threads_[from].fiber->SwitchTo(*threads_[next].fiber);
}

void Explorer::Abandon() {
  abandoned_ = true;
  // The exploration ends here, so nobody comes back to this stack.
  threads_[current_].fiber->SwitchTo(main_);
}

void Explorer::Fail(Verdict verdict, const std::string& what) {
  if (result_.verdict != Verdict::kHolds) return;
  result_.verdict = verdict;
  result_.report = what + "\n" + trace_.Text(program_.name_of);
}

Digest Explorer::State() const {
  Digest digest;
  std::vector<bool> live(threads_.size());
  for (size_t i = 0; i < threads_.size(); ++i) {
    const Thread& thread = threads_[i];
    live[i] = !thread.ended;
    digest.Add((thread.ended ? 1 : 0) + (thread.failed_weakly ? 2 : 0));
    if (live[i]) {
      digest.Add(thread.history.low);
      digest.Add(thread.history.high);
    }
    digest.Add(thread.records.size());
    for (const uint64_t record : thread.records) digest.Add(record);
  }
  for (const MutexState& mutex : mutexes_) {
    digest.Add(mutex.holder);
    digest.Add(mutex.abandoned);
  }
  memory_.AddTo(digest, live);
  return digest;
}

void Explorer::Check(bool holds, const char* what) {
  if (holds || draining_) return;
  Fail(Verdict::kViolated, what);
  draining_ = true;
}

void Explorer::Record(uint64_t value) {
  running_thread().records.push_back(value);
}

Result Explore(const Program& program, const Limits& limits) {
  return Explorer(program, limits).Run();
}

void Check(bool holds, const char* what) {
  Explorer::exploring->Check(holds, what);
}

void Record(uint64_t value) { Explorer::exploring->Record(value); }

}  // namespace limpet::model
