#include "limpet/drain.h"

namespace limpet {
inline namespace v0 {

std::string_view DrainStateName(DrainState state) {
  switch (state) {
    case DrainState::kServing:
      return "serving";
    case DrainState::kDraining:
      return "draining";
    case DrainState::kDrained:
      return "drained";
  }
  return "";
}

}  // namespace v0
}  // namespace limpet
