// Trace: the steps of one execution, to be printed if it fails.
#ifndef LIMPET_TESTS_MODEL_TRACE_H_
#define LIMPET_TESTS_MODEL_TRACE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace limpet::model {

struct Step {
  const char* what;
  size_t thread;
  const void* location;  // null: it is not at any
  std::memory_order order;
  uint64_t value;  // read or written
  size_t position = 0;
  size_t newest = 0;  // position in the location, as the step left it
};

class Trace {
 public:
  using NameOf = std::function<std::string(const void*)>;

  void Clear() { steps_.clear(); }
  void Add(const Step& step) { steps_.push_back(step); }
  size_t size() const { return steps_.size(); }

  // One line for each step.
  std::string Text(const NameOf& name_of) const;

 private:
  std::vector<Step> steps_;
};

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_TRACE_H_
