// Preemption: interrupts threads in the middle of what they do, so that one
// core is enough for them to meet at any instruction.
#ifndef LIMPET_TESTS_CONCURRENCY_PREEMPTION_H_
#define LIMPET_TESTS_CONCURRENCY_PREEMPTION_H_

#include <sched.h>
#include <signal.h>
#include <sys/time.h>

#include "threads.h"

namespace limpet::testing {

// As RunThreads. Every `micros` one of the threads gives way to the others,
// wherever it is.
template <typename Body>
void RunPreemptedThreads(int count, int micros, Body body) {
  struct sigaction yields {};
  struct sigaction before {};
  yields.sa_handler = [](int) { sched_yield(); };
  yields.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &yields, &before);
  // The thread that only waits for the others leaves the signals to them.
  sigset_t alarm;
  sigset_t mask;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &alarm, &mask);
  itimerval timer{.it_interval = {.tv_sec = 0, .tv_usec = micros},
                  .it_value = {.tv_sec = 0, .tv_usec = micros}};
  setitimer(ITIMER_REAL, &timer, nullptr);
  RunThreads(count, [&](int thread) {
    pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
    body(thread);
  });
  timer = {};
  setitimer(ITIMER_REAL, &timer, nullptr);
  // One that is still on its way goes before the handler does.
  signal(SIGALRM, SIG_IGN);
  pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  sigaction(SIGALRM, &before, nullptr);
}

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_CONCURRENCY_PREEMPTION_H_
