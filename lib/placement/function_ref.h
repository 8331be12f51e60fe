// FunctionRef: a caller's function for the length of one call. Two words, no
// allocation, one indirect call.
//
// Thread rule: as the function that it names.
#ifndef LIMPET_LIB_PLACEMENT_FUNCTION_REF_H_
#define LIMPET_LIB_PLACEMENT_FUNCTION_REF_H_

#include <memory>
#include <type_traits>
#include <utility>

namespace limpet {
inline namespace v0 {

template <typename Signature>
class FunctionRef;

template <typename R, typename... Arguments>
class FunctionRef<R(Arguments...)> {
 public:
  // Implicit, so that a lambda can be an argument. It must outlive the call.
  template <typename F, typename = std::enable_if_t<!std::is_same_v<
                            std::remove_cvref_t<F>, FunctionRef>>>
  FunctionRef(F&& function)  // NOLINT(google-explicit-constructor)
      : function_(const_cast<void*>(
            static_cast<const void*>(std::addressof(function)))),
        call_([](void* f, Arguments... arguments) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(f))(
              std::forward<Arguments>(arguments)...);
        }) {}

  R operator()(Arguments... arguments) const {
    return call_(function_, std::forward<Arguments>(arguments)...);
  }

 private:
  void* function_;
  R (*call_)(void*, Arguments...);
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_PLACEMENT_FUNCTION_REF_H_
