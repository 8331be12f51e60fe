// Runs one body in several threads that begin together, and brings them
// together again.
#ifndef LIMPET_TESTS_CONCURRENCY_THREADS_H_
#define LIMPET_TESTS_CONCURRENCY_THREADS_H_

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

namespace limpet::testing {

template <typename Body>
void RunThreads(int count, Body body) {
  std::latch begin(count);
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      begin.arrive_and_wait();
      body(i);
    });
  }
}

// A barrier that threads leave within nanoseconds of each other, if each has a
// core: it waits awake.
class SpinBarrier {
 public:
  explicit SpinBarrier(int count) : count_(count) {}

  void ArriveAndWait() {
    const int round = round_.load();
    if (arrived_.fetch_add(1) + 1 == count_) {
      arrived_ = 0;
      ++round_;
      return;
    }
    for (int spins = 0; round_.load() == round; ++spins) {
      if (spins > 1'000) std::this_thread::yield();
    }
  }

 private:
  const int count_;
  std::atomic<int> arrived_{0};
  std::atomic<int> round_{0};
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_CONCURRENCY_THREADS_H_
