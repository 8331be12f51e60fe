// Runs one body in several threads that begin together.
#ifndef LIMPET_TESTS_CONCURRENCY_THREADS_H_
#define LIMPET_TESTS_CONCURRENCY_THREADS_H_

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

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_CONCURRENCY_THREADS_H_
