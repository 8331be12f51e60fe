// Fiber: a function on a stack of its own that runs when it is switched to.
#ifndef LIMPET_TESTS_MODEL_FIBER_H_
#define LIMPET_TESTS_MODEL_FIBER_H_

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace limpet::model {

class Fiber {
 public:
  // The code that is running already, on the stack that it has.
  Fiber() = default;

  // REQUIRES: body does not return, but switches to others for ever.
  explicit Fiber(std::function<void()> body);

  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Goes on there; returns when somebody switches back.
  // REQUIRES: this one is running.
  void SwitchTo(Fiber& next);

 private:
  static void Enter();
  void Arrive();

  std::function<void()> body_;
  std::unique_ptr<std::byte[]> stack_;
  ucontext_t context_{};
  // For the address sanitizer, which must know on which stack it is.
  void* fake_stack_ = nullptr;
  const void* bottom_ = nullptr;
  size_t size_ = 0;
};

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_FIBER_H_
