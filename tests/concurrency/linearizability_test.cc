// The checker itself: it takes what can be put in order, and nothing else.
#include "linearizability.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace limpet::testing {
namespace {

Call Find(uint64_t begin, uint64_t end, uint64_t entry) {
  return {.kind = Call::kFind,
          .answer = entry == 0 ? Call::kAbsent : Call::kThere,
          .entry = entry,
          .begin = begin,
          .end = end};
}
Call Insert(uint64_t begin, uint64_t end, uint64_t endpoint, uint64_t entry,
            Call::Answer answer) {
  return {.kind = Call::kInsertOrGet,
          .endpoint = endpoint,
          .answer = answer,
          .entry = entry,
          .begin = begin,
          .end = end};
}
Call Rebind(uint64_t begin, uint64_t end, uint64_t from, uint64_t to,
            uint64_t entry, Call::Answer answer) {
  return {.kind = Call::kRebind,
          .endpoint = to,
          .from = from,
          .answer = answer,
          .entry = entry,
          .begin = begin,
          .end = end};
}
Call Erase(uint64_t begin, uint64_t end, Call::Answer answer) {
  return {.kind = Call::kErase, .answer = answer, .begin = begin, .end = end};
}

TEST(Linearizability, TakesCallsThatOverlapInAnyOrderThatFits) {
  // Beside an insert, a find may see the session or not; whoever sees it ends
  // the choice for those that begin later.
  EXPECT_TRUE(IsLinearizable({Insert(1, 10, 7, 7, Call::kInserted),
                              Find(2, 3, 0), Find(4, 5, 7), Find(6, 7, 7)},
                             0));
  EXPECT_TRUE(IsLinearizable(
      {Insert(1, 6, 7, 7, Call::kInserted), Insert(2, 5, 8, 7, Call::kThere),
       Rebind(3, 9, 7, 8, 8, Call::kDone),
       Rebind(4, 10, 7, 9, 8, Call::kThere)},
      0));
  EXPECT_TRUE(
      IsLinearizable({Erase(1, 4, Call::kDone), Erase(2, 3, Call::kAbsent),
                      Insert(5, 6, 3, 3, Call::kInserted)},
                     9));
  EXPECT_TRUE(IsLinearizable({}, 0));
}

TEST(Linearizability, RefusesWhatNoOrderExplains) {
  const std::vector<std::vector<Call>> impossible = {
      // Lost: found absent after the insert had ended.
      {Insert(1, 2, 7, 7, Call::kInserted), Find(3, 4, 0)},
      // Two winners.
      {Insert(1, 4, 7, 7, Call::kInserted),
       Insert(2, 3, 8, 8, Call::kInserted)},
      // The loser learns the wrong winner.
      {Insert(1, 4, 7, 7, Call::kInserted), Insert(2, 3, 8, 8, Call::kThere)},
      // Seen, then not seen, then seen again.
      {Insert(1, 10, 7, 7, Call::kInserted), Find(2, 3, 7), Find(4, 5, 0)},
      // Seen before it began.
      {Find(1, 2, 7), Insert(3, 4, 7, 7, Call::kInserted)},
      // A value from nowhere.
      {Insert(1, 4, 7, 7, Call::kInserted), Find(2, 3, 8)},
      // Gone and still there, and gone twice.
      {Insert(1, 2, 7, 7, Call::kInserted), Erase(3, 4, Call::kDone),
       Find(5, 6, 7)},
      {Insert(1, 2, 7, 7, Call::kInserted), Erase(3, 6, Call::kDone),
       Erase(4, 5, Call::kDone)},
      // Both move from the same endpoint.
      {Insert(1, 2, 7, 7, Call::kInserted), Rebind(3, 6, 7, 8, 8, Call::kDone),
       Rebind(4, 5, 7, 9, 9, Call::kDone)},
      // Told "elsewhere" while it was there all the time.
      {Insert(1, 2, 7, 7, Call::kInserted),
       Rebind(3, 4, 7, 8, 7, Call::kThere)},
      // Told of a place that it had not come to yet.
      {Insert(1, 2, 7, 7, Call::kInserted), Rebind(3, 4, 5, 6, 8, Call::kThere),
       Rebind(5, 6, 7, 8, 8, Call::kDone)},
      // Old endpoint after the move.
      {Insert(1, 2, 7, 7, Call::kInserted), Rebind(3, 4, 7, 8, 8, Call::kDone),
       Find(5, 6, 7)},
      // Two finds beside a move that disagree on its order.
      {Insert(1, 2, 7, 7, Call::kInserted), Rebind(3, 10, 7, 8, 8, Call::kDone),
       Find(4, 5, 8), Find(6, 7, 7)},
  };
  for (const std::vector<Call>& calls : impossible) {
    std::string text;
    for (const Call& call : calls) text += call.ToString() + "\n";
    EXPECT_FALSE(IsLinearizable(calls, 0)) << text;
  }
  EXPECT_FALSE(IsLinearizable(std::vector<Call>(65), 0));
}

// One call after the other leaves no choice: any other answer is refused.
TEST(Linearizability, RefusesEveryWrongAnswerOfCallsThatDoNotOverlap) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2'000; ++round) {
    std::vector<Call> calls;
    uint64_t state = 0;
    for (uint64_t i = 1; i <= 8; ++i) {
      const uint64_t to = random() % 3 + 1;
      const uint64_t from = random() % 3 + 1;
      const bool there = state != 0;
      switch (random() % 4) {
        case 0:
          calls.push_back(Find(2 * i, 2 * i + 1, state));
          break;
        case 1:
          if (!there) state = to;
          calls.push_back(Insert(2 * i, 2 * i + 1, to, state,
                                 there ? Call::kThere : Call::kInserted));
          break;
        case 2: {
          const bool moves = there && state == from;
          if (moves) state = to;
          calls.push_back(Rebind(2 * i, 2 * i + 1, from, to, state,
                                 !there  ? Call::kAbsent
                                 : moves ? Call::kDone
                                         : Call::kThere));
          break;
        }
        default:
          calls.push_back(
              Erase(2 * i, 2 * i + 1, there ? Call::kDone : Call::kAbsent));
          state = 0;
      }
    }
    std::shuffle(calls.begin(), calls.end(), random);
    ASSERT_TRUE(IsLinearizable(calls, 0));
    Call& wrong = calls[random() % calls.size()];
    if (wrong.answer == Call::kAbsent) {
      wrong.answer = wrong.kind == Call::kErase ? Call::kDone : Call::kThere;
      wrong.entry = random() % 3 + 1;
    } else if (wrong.kind == Call::kErase || random() % 2 == 0) {
      wrong.answer = Call::kAbsent;
    } else {
      wrong.entry = wrong.entry % 3 + 1;
    }
    ASSERT_FALSE(IsLinearizable(calls, 0)) << wrong.ToString();
  }
}

}  // namespace
}  // namespace limpet::testing
