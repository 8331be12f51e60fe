#include "fiber.h"

#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define LIMPET_MODEL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LIMPET_MODEL_ASAN 1
#endif
#endif

#ifdef LIMPET_MODEL_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace limpet::model {
namespace {

constexpr size_t kStackSize = size_t{128} * 1024;

// makecontext hands over ints only, so these two go by a side door. Everything
// here happens in one thread of the system.
Fiber* leaving = nullptr;
Fiber* entering = nullptr;

}  // namespace

Fiber::Fiber(std::function<void()> body)
    : body_(std::move(body)),
      stack_(new std::byte[kStackSize]),
      bottom_(stack_.get()),
      size_(kStackSize) {
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack_.get();
  context_.uc_stack.ss_size = kStackSize;
  context_.uc_link = nullptr;
  makecontext(&context_, &Fiber::Enter, 0);
}

void Fiber::Enter() {
  Fiber* self = entering;
  self->Arrive();
  self->body_();
}

void Fiber::SwitchTo(Fiber& next) {
  leaving = this;
  entering = &next;
#ifdef LIMPET_MODEL_ASAN
  __sanitizer_start_switch_fiber(&fake_stack_, next.bottom_, next.size_);
#endif
  swapcontext(&context_, &next.context_);
  Arrive();
}

void Fiber::Arrive() {
#ifdef LIMPET_MODEL_ASAN
  // Tells the stack that was left, the only way to learn the first one's.
  __sanitizer_finish_switch_fiber(fake_stack_, &leaving->bottom_,
                                  &leaving->size_);
#endif
}

}  // namespace limpet::model
