#include <atomic>
#include <vector>

#include "explorer_impl.h"

namespace limpet::model {
namespace {

bool Acquires(std::memory_order order) {
  return order != std::memory_order_relaxed &&
         order != std::memory_order_release;
}

bool Releases(std::memory_order order) {
  return order == std::memory_order_release ||
         order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

}  // namespace

void Explorer::BeginStep() {
  if (switch_due_) Switch();
  if (trace_.size() >= limits_.steps) {
    Fail(Verdict::kUnfinished, "too many steps");
    Abandon();
  }
}

void Explorer::BeginWrite() {
  BeginStep();
  MayDie();
}

void Explorer::MayDie() {
  if (draining_ || current_ != program_.mortal ||
      running_thread().mutexes == 0 || search_.Choose(2) == 0) {
    return;
  }
  for (size_t i = 0; i < mutexes_.size(); ++i) {
    if (mutexes_[i].holder != current_) continue;
    mutexes_[i] = {.abandoned = true};
    // The system gives it back after all that the dead one did.
    memory_.ReleaseTo(current_, i);
  }
  Note("death", nullptr, std::memory_order_release, 0);
  throw Death();
}

void Explorer::Note(const char* what, const void* location,
                    std::memory_order order, uint64_t value, size_t position,
                    size_t newest) {
  trace_.Add({.what = what,
              .thread = current_,
              .location = location,
              .order = order,
              .value = value,
              .position = position,
              .newest = newest});
  running_thread().history.Add(value);
}

Alteration Explorer::Altered(Operation operation, size_t location,
                             std::memory_order order, uint64_t value) {
  if (!program_.alter) return Alteration::kNone;
  running_thread().history.Add(0);
  return program_.alter(
      {.thread = current_,
       .operation = operation,
       .location = memory_.address(location),
       .order = order,
       .value = value,
       .newest = memory_.ValueAt(location, memory_.Newest(location))});
}

uint64_t Explorer::Load(const Cell& cell, std::memory_order order) {
  BeginStep();
  Thread& thread = running_thread();
  const size_t location = memory_.Locate(cell);
  for (size_t i = thread.held.size(); i-- > 0;) {
    if (thread.held[i].location == location) return thread.held[i].value;
  }
  const Alteration alteration = Altered(Operation::kLoad, location, order, 0);
  if (alteration == Alteration::kDropped) {
    const auto last = thread.last.find(location);
    if (last != thread.last.end()) return last->second;
  }
  if (alteration == Alteration::kRelaxed) order = std::memory_order_relaxed;
  return DoLoad(location, order);
}

uint64_t Explorer::DoLoad(size_t location, std::memory_order order) {
  const size_t newest = memory_.Newest(location);
  const size_t readable = newest - memory_.Oldest(current_, location) + 1;
  const size_t position = newest - (draining_ ? 0 : search_.Choose(readable));
  const uint64_t value =
      memory_.Read(current_, location, position, Acquires(order));
  if (program_.alter) running_thread().last[location] = value;
  Note("load  ", memory_.address(location), order, value, position, newest);
  return value;
}

void Explorer::Store(const Cell& cell, uint64_t value,
                     std::memory_order order) {
  BeginWrite();
  const size_t location = memory_.Locate(cell);
  const Alteration alteration =
      Altered(Operation::kStore, location, order, value);
  switch (alteration) {
    case Alteration::kDropped:
      return;
    case Alteration::kHeldBack:
      running_thread().held.push_back({location, value, order});
      return;
    case Alteration::kRelaxed:
      order = std::memory_order_relaxed;
      break;
    default:
      break;
  }
  DoStore(location, value, order);
  if (alteration == Alteration::kReleased) StoreHeld();
}

void Explorer::DoStore(size_t location, uint64_t value,
                       std::memory_order order) {
  const auto& places = Places(location);
  const size_t place = draining_ ? 0 : search_.Choose(places.size());
  Write("store ", location, places[place], value, order, false);
}

void Explorer::StoreHeld() {
  while (!running_thread().held.empty()) {
    BeginWrite();
    auto& held = running_thread().held;
    const HeldStore store = held.front();
    held.erase(held.begin());
    DoStore(store.location, store.value, store.order);
  }
}

const std::vector<size_t>& Explorer::Places(size_t location) {
  places_.clear();
  const size_t oldest = memory_.Oldest(current_, location);
  for (size_t i = memory_.Newest(location) + 1; i-- > oldest;) {
    if (memory_.Extensible(location, i)) places_.push_back(i);
  }
  return places_;
}

void Explorer::Write(const char* what, size_t location, size_t position,
                     uint64_t value, std::memory_order order, bool modifies) {
  memory_.Write(current_, location, position, value, Releases(order), modifies);
  if (program_.alter) running_thread().last[location] = value;
  Note(what, memory_.address(location), order, value, position + 1,
       memory_.Newest(location));
  switch_due_ = true;
}

uint64_t Explorer::Modify(const Cell& cell, std::memory_order order,
                          const Function& function) {
  BeginWrite();
  const size_t location = memory_.Locate(cell);
  switch (Altered(Operation::kModify, location, order, 0)) {
    case Alteration::kUnlinked: {
      const uint64_t old = DoLoad(location, order);
      DoStore(location, function(old), order);
      return old;
    }
    case Alteration::kRelaxed:
      order = std::memory_order_relaxed;
      break;
    default:
      break;
  }
  const auto& places = Places(location);
  const size_t position = places[draining_ ? 0 : search_.Choose(places.size())];
  const uint64_t old =
      memory_.Read(current_, location, position, Acquires(order));
  running_thread().history.Add(old);
  Write("modify", location, position, function(old), order, true);
  return old;
}

bool Explorer::CompareExchange(const Cell& cell, uint64_t& expected,
                               uint64_t desired, std::memory_order success,
                               std::memory_order failure, bool weak) {
  BeginWrite();
  const size_t location = memory_.Locate(cell);
  switch (Altered(Operation::kModify, location, success, desired)) {
    case Alteration::kUnlinked: {
      const uint64_t old = DoLoad(location, failure);
      const bool equal = old == expected;
      if (equal) DoStore(location, desired, success);
      expected = old;
      return equal;
    }
    case Alteration::kRelaxed:
      success = failure = std::memory_order_relaxed;
      break;
    default:
      break;
  }
  Thread& thread = running_thread();
  struct Way {
    size_t position;
    bool succeeds;
  };
  std::vector<Way> ways;
  const size_t newest = memory_.Newest(location);
  for (size_t i = newest + 1; i-- > memory_.Oldest(current_, location);) {
    const bool equal = memory_.ValueAt(location, i) == expected;
    if (equal && memory_.Extensible(location, i)) ways.push_back({i, true});
    if (!equal || (weak && !thread.failed_weakly)) ways.push_back({i, false});
  }
  const Way way = ways[draining_ ? 0 : search_.Choose(ways.size())];
  const uint64_t old = memory_.Read(current_, location, way.position,
                                    Acquires(way.succeeds ? success : failure));
  if (way.succeeds) {
    Write("modify", location, way.position, desired, success, true);
  } else {
    if (old == expected) thread.failed_weakly = true;
    Note("differ", memory_.address(location), failure, old, way.position,
         newest);
  }
  // What it read, and which way it went if that was what it expected.
  thread.history.Add(old);
  thread.history.Add(way.succeeds);
  expected = old;
  return way.succeeds;
}

size_t Explorer::MutexNumber(const void* mutex) {
  const auto [it, added] =
      mutex_numbers_.try_emplace(mutex, mutex_numbers_.size());
  if (added) mutexes_.emplace_back();
  return it->second;
}

bool Explorer::Lock(const void* mutex) {
  // Taken late, a second mutex would hide that two threads can wait for each
  // other.
  if (running_thread().mutexes > 0) switch_due_ = true;
  BeginStep();
  const size_t number = MutexNumber(mutex);
  while (mutexes_[number].holder != kNobody) {
    running_thread().waits_for = number;
    Switch();
  }
  Thread& thread = running_thread();
  thread.waits_for = kNobody;
  ++thread.mutexes;
  const bool abandoned = mutexes_[number].abandoned;
  mutexes_[number] = {.holder = current_};
  memory_.AcquireFrom(current_, number);
  Note("lock  ", mutex, std::memory_order_acquire, abandoned);
  return abandoned;
}

void Explorer::Unlock(const void* mutex) {
  const size_t number = MutexNumber(mutex);
  MayDie();
  Check(mutexes_[number].holder == current_, "a mutex is given back in turn");
  mutexes_[number].holder = kNobody;
  --running_thread().mutexes;
  memory_.ReleaseTo(current_, number);
  Note("unlock", mutex, std::memory_order_release, 0);
  switch_due_ = true;
}

}  // namespace limpet::model
