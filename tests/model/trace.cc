#include "trace.h"

#include <map>
#include <sstream>

namespace limpet::model {
namespace {

const char* NameOfOrder(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed:
      return "relaxed";
    case std::memory_order_consume:
    case std::memory_order_acquire:
      return "acquire";
    case std::memory_order_release:
      return "release";
    case std::memory_order_acq_rel:
      return "acq_rel";
    case std::memory_order_seq_cst:
      return "seq_cst";
  }
  return "?";
}

}  // namespace

std::string Trace::Text(const NameOf& name_of) const {
  std::ostringstream text;
  std::map<const void*, size_t> numbers;
  for (const Step& step : steps_) {
    if (step.location == nullptr) {
      text << "  thread " << step.thread << "  " << step.what << "\n";
      continue;
    }
    const size_t number =
        numbers.try_emplace(step.location, numbers.size()).first->second;
    text << "  thread " << step.thread << "  " << step.what << "  "
         << (name_of ? name_of(step.location)
                     : "location " + std::to_string(number))
         << "  " << NameOfOrder(step.order) << "  0x" << std::hex << step.value
         << std::dec << "  (message " << step.position << ", newest "
         << step.newest << ")\n";
  }
  return text.str();
}

}  // namespace limpet::model
