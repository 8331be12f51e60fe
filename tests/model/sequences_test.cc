// All short sequences of writes, in one thread or dealt out to two, beside a
// reader. What it finds must be what the session is, one after the other, when
// the same writes are done with nobody beside them.
#include <gtest/gtest.h>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "keys.h"
#include "outcomes.h"
#include "scenarios.h"

namespace limpet::model {
namespace {

// How many writes.
constexpr size_t kLength = LIMPET_MODEL_WRITES;

enum class Op : uint8_t {
  kInsertA,
  kInsertB,
  kEraseA,
  kEraseB,
  kRebindA,
  kEndA,  // its timeouts elapse
};

// Lives of A: 0 from the beginning, i + 1 that of write number i; of B likewise
// from 8 on. From 16 on they fill the bucket up.
constexpr World::Life kFirstLifeOfB = 8;
constexpr World::Life kFirstLifeOfFillers = 16;

struct Write {
  Op op;
  World::Life life;        // of A, that it begins
  World::Life of = kNone;  // of A, that it is done to
};

using Writes = std::vector<Write>;

void Do(World& world, const Write& write) {
  switch (write.op) {
    case Op::kInsertA:
      world.Insert(write.life);
      break;
    case Op::kInsertB:
      world.Insert(kFirstLifeOfB + write.life);
      break;
    case Op::kEraseA:
      world.Erase(kA);
      break;
    case Op::kEraseB:
      world.Erase(kB);
      break;
    case Op::kRebindA:
      if (write.of != kNone) world.Rebind(write.of, write.life);
      break;
    case Op::kEndA:
      if (write.of != kNone) world.SetOver(write.of);
      break;
  }
}

// What is there at first, and how many places for A and B.
struct Start {
  const char* name;
  bool a = false;
  bool b = false;
  bool over = false;  // A is
  unsigned at_home = 2;
  unsigned next = 0;  // in the next bucket of their chain
};

void PrintTo(const Start& start, std::ostream* out) { *out << start.name; }

uint32_t BucketsOf(const Start& start) { return start.next == 0 ? 1 : 2; }

void Begin(World& world, const Start& start, const Writes& writes) {
  for (World::Life i = 0; i < kFirstLifeOfFillers; ++i) {
    world.Define(i, i < kFirstLifeOfB ? kA : kB);
  }
  for (const Write& write : writes) {
    if (write.op == Op::kRebindA && write.of != kNone) {
      world.SetRebound(write.of, write.life);
    }
  }
  World::Life filler = kFirstLifeOfFillers;
  const auto fill = [&](unsigned free, uint32_t home) {
    for (unsigned i = free; i < kSlots; ++i, ++filler) {
      world.Define(filler, KeyNumber(filler, home));
      world.Insert(filler);
    }
  };
  fill(start.at_home, 0);
  if (start.next != 0) fill(start.next, 1);
  if (start.a) world.Insert(0);
  if (start.b) world.Insert(kFirstLifeOfB);
  if (start.over) world.SetOver(0);
}

// The lives of A during these writes, from first to last.
// plan(write, life) may see to what it is done.
template <class Plan>
std::vector<World::Life> LivesOfA(const Start& start, Writes& writes,
                                  const Plan& plan) {
  World world(BucketsOf(start), 0);
  world.Clear();
  Begin(world, start, {});
  std::vector<World::Life> lives = {world.Holds(kA)};
  for (Write& write : writes) {
    plan(write, lives.back());
    Do(world, write);
    const World::Life life = world.Holds(kA);
    if (life == lives.back()) continue;
    // The next takes the place of one that is over only after its end.
    const bool replaces = lives.back() != kNone && life != kNone;
    if (replaces && write.op != Op::kRebindA) lives.push_back(kNone);
    lives.push_back(life);
  }
  return lives;
}

// Calls visit with all sequences of `length` of these.
template <class Visit>
void ForAllSequences(const std::vector<Op>& ops, size_t length,
                     const Visit& visit) {
  Writes writes;
  const auto extend = [&](const auto& again) -> void {
    if (writes.size() == length) {
      visit(Writes(writes));
      return;
    }
    for (const Op op : ops) {
      writes.push_back(
          {.op = op, .life = static_cast<World::Life>(writes.size() + 1)});
      again(again);
      writes.pop_back();
    }
  };
  extend(extend);
}

std::string Text(const Writes& writes) {
  static constexpr const char* kNames[] = {"insert A", "insert B", "erase A",
                                           "erase B",  "rebind A", "end A"};
  std::string text;
  for (const Write& write : writes) {
    text += std::string(kNames[static_cast<size_t>(write.op)]) + "; ";
  }
  return text;
}

class Sequences : public ::testing::TestWithParam<Start> {
 protected:
  // Explores it with a reader that only looks and with one that touches too.
  void ExploreBesideReaders(Scenario scenario, const std::string& writes) {
    for (const bool touches : {false, true}) {
      scenario.readers = {[touches](World& world) {
        for (int i = 0; i < 2; ++i) {
          Record(touches ? world.FindTouch(kA) : world.Find(kA));
        }
      }};
      const Result result = Explore(scenario);
      ASSERT_EQ(result.verdict, Verdict::kHolds) << writes << result.report;
      ASSERT_EQ(result.outcomes, scenario.outcomes) << writes;
      executions_ += result.executions;
      states_ += result.states;
    }
  }

  void TearDown() override {
    std::cout << executions_ << " executions, " << states_ << " states\n";
  }

 private:
  uint64_t executions_ = 0;
  uint64_t states_ = 0;
};

void DoAll(World& world, const Writes& writes) {
  for (const Write& write : writes) Do(world, write);
}

TEST_P(Sequences, OfOneWriter) {
  const Start& start = GetParam();
  const std::vector<Op> ops = {Op::kInsertA, Op::kInsertB, Op::kEraseA,
                               Op::kEraseB,  Op::kRebindA, Op::kEndA};
  ForAllSequences(ops, kLength, [&](Writes writes) {
    if (HasFatalFailure()) return;
    const std::vector<World::Life> lives = LivesOfA(
        start, writes, [](Write& write, World::Life life) { write.of = life; });
    ExploreBesideReaders(
        {.name = "",
         .buckets = BucketsOf(start),
         .begin = [&](World& world) { Begin(world, start, writes); },
         .writers = {[&](World& world) { DoAll(world, writes); }},
         .outcomes = NeverBack(lives)},
        Text(writes));
  });
}

TEST_P(Sequences, OfTwoWriters) {
  const Start& start = GetParam();
  const std::vector<Op> ops = {Op::kInsertA, Op::kInsertB, Op::kEraseA,
                               Op::kEraseB, Op::kRebindA};
  ForAllSequences(ops, kLength, [&](Writes writes) {
    if (HasFatalFailure()) return;
    for (Write& write : writes) write.of = 0;
    // The first write is one thread's, the others are another's.
    const Writes first(writes.begin(), writes.begin() + 1);
    const Writes others(writes.begin() + 1, writes.end());
    Outcomes outcomes;
    for (size_t before = 0; before < writes.size(); ++before) {
      Writes order = others;
      order.insert(order.begin() + static_cast<std::ptrdiff_t>(before),
                   writes.front());
      outcomes.merge(
          NeverBack(LivesOfA(start, order, [](Write&, World::Life) {})));
    }
    ExploreBesideReaders(
        {.name = "",
         .buckets = BucketsOf(start),
         .begin = [&](World& world) { Begin(world, start, writes); },
         .writers = {[&](World& world) { DoAll(world, first); },
                     [&](World& world) { DoAll(world, others); }},
         .outcomes = std::move(outcomes)},
        Text(writes));
  });
}

INSTANTIATE_TEST_SUITE_P(
    From, Sequences,
    ::testing::Values(
        Start{.name = "Nothing"}, Start{.name = "A", .a = true},
        Start{.name = "B", .b = true},
        Start{.name = "AAndB", .a = true, .b = true},
        Start{.name = "AThatIsOver", .a = true, .over = true},
        Start{.name = "AThatIsOverAndB", .a = true, .b = true, .over = true},
        Start{.name = "OnePlace", .at_home = 1},
        Start{.name = "AAndNoPlace", .a = true, .at_home = 1},
        Start{.name = "BAndNoPlace", .b = true, .at_home = 1},
        Start{.name = "AThatIsOverAndNoPlace",
              .a = true,
              .over = true,
              .at_home = 1},
        Start{.name = "AAtHomeAndBFarFromIt",
              .a = true,
              .b = true,
              .at_home = 1,
              .next = 1},
        Start{.name = "BAtHomeAndAPlaceFarFromIt",
              .b = true,
              .at_home = 1,
              .next = 1},
        Start{.name = "AFarFromHomeAndOnePlace",
              .a = true,
              .at_home = 0,
              .next = 2},
        Start{.name = "AThatIsOverFarFromHomeAndB",
              .a = true,
              .b = true,
              .over = true,
              .at_home = 0,
              .next = 2}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace limpet::model
