// Search: depth first over the choices of executions that are run again and
// again from the start.
#ifndef LIMPET_TESTS_MODEL_SEARCH_H_
#define LIMPET_TESTS_MODEL_SEARCH_H_

#include <cstddef>
#include <unordered_set>
#include <vector>

#include "digest.h"

namespace limpet::model {

class Search {
 public:
  // Goes on to the next execution. False if all have been run.
  bool Advance() {
    while (!choices_.empty() && choices_.back().taken + 1 == choices_.back().of)
      choices_.pop_back();
    if (choices_.empty()) return false;
    ++choices_.back().taken;
    at_ = 0;
    return true;
  }

  // Which of `count` ways this execution takes here: first 0, later the others.
  size_t Choose(size_t count) {
    if (count == 1) return 0;
    if (fresh()) choices_.push_back({.taken = 0, .of = count});
    const Choice& choice = choices_[at_++];
    if (choice.of == count) return choice.taken;
    repeatable_ = false;
    return 0;
  }

  // No earlier execution took the choices that this one has taken so far.
  bool fresh() const { return at_ == choices_.size(); }

  // Whether the state was visited before; now it was.
  // REQUIRES: fresh().
  bool Revisits(const Digest& state) { return !states_.insert(state).second; }

  size_t states() const { return states_.size(); }
  // False: the same choices led elsewhere than the last time.
  // REQUIRES: the execution has ended.
  bool repeatable() const { return repeatable_ && fresh(); }

 private:
  struct Choice {
    size_t taken;
    size_t of;
  };

  std::vector<Choice> choices_;
  size_t at_ = 0;
  std::unordered_set<Digest, DigestHash> states_;
  bool repeatable_ = true;
};

}  // namespace limpet::model

#endif  // LIMPET_TESTS_MODEL_SEARCH_H_
