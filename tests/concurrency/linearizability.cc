#include "linearizability.h"

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

namespace limpet::testing {
namespace {

// The session after a call that gave this answer; nullopt: it cannot have.
std::optional<uint64_t> After(const Call& call, uint64_t state) {
  const auto if_true = [](bool right,
                          uint64_t next) -> std::optional<uint64_t> {
    if (right) return next;
    return std::nullopt;
  };
  const bool there = state != 0;
  switch (call.answer) {
    case Call::kAbsent:
      return if_true(!there && call.kind != Call::kInsertOrGet, state);
    case Call::kInserted:
      return if_true(!there && call.kind == Call::kInsertOrGet &&
                         call.entry == call.endpoint,
                     call.endpoint);
    case Call::kDone:
      if (call.kind == Call::kErase) return if_true(there, 0);
      return if_true(call.kind == Call::kRebind && state == call.from &&
                         call.entry == call.endpoint,
                     call.endpoint);
    case Call::kThere:
      if (call.kind == Call::kErase) return std::nullopt;
      if (call.kind == Call::kRebind && state == call.from) {
        return std::nullopt;
      }
      return if_true(there && call.entry == state, state);
  }
  return std::nullopt;
}

class Search {
 public:
  explicit Search(const std::vector<Call>& calls) : calls_(calls) {}

  // Whether what is left can be put in order.
  bool CanGoOn(uint64_t done, uint64_t state) {
    uint64_t first_end = UINT64_MAX;
    for (size_t i = 0; i < calls_.size(); ++i) {
      if (!(done >> i & 1)) first_end = std::min(first_end, calls_[i].end);
    }
    if (first_end == UINT64_MAX) return true;
    if (!seen_.emplace(done, state).second) return false;
    for (size_t i = 0; i < calls_.size(); ++i) {
      // Next is one that began before any that is left had ended.
      if (done >> i & 1 || calls_[i].begin > first_end) continue;
      const auto next = After(calls_[i], state);
      if (next && CanGoOn(done | uint64_t{1} << i, *next)) return true;
    }
    return false;
  }

 private:
  const std::vector<Call>& calls_;
  std::set<std::pair<uint64_t, uint64_t>> seen_;
};

}  // namespace

std::string Call::ToString() const {
  static constexpr const char* kKinds[] = {"find", "insert", "rebind", "erase"};
  static constexpr const char* kAnswers[] = {"absent", "there", "inserted",
                                             "done"};
  std::ostringstream out;
  out << '[' << begin << ", " << end << "] " << kKinds[kind] << ' ' << from
      << " -> " << endpoint << ": " << kAnswers[answer] << ' ' << entry;
  return out.str();
}

bool IsLinearizable(const std::vector<Call>& calls, uint64_t endpoint) {
  return calls.size() <= 64 && Search(calls).CanGoOn(0, endpoint);
}

}  // namespace limpet::testing
