// A table of what requests cost: cells are measured in turns, round by round,
// block by block; the median block of a round counts, and of the rounds the
// median, so that what slows a whole round moves no ratio. What the loop and
// its fence cost by themselves is taken off, where there is a fence.
//
// Thread rule: one thread.
//
//   Table table;
//   table.Add("map, header, known", "10", {.requests = 1000, .run = block});
//   table.Measure(rounds);
//   table.Print({"10", "10000"});
#ifndef LIMPET_BENCHMARKS_POLICY_BENCH_TABLE_H_
#define LIMPET_BENCHMARKS_POLICY_BENCH_TABLE_H_

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "session_map_bench_measure.h"
#include "session_map_bench_side.h"

namespace limpet::bench {

struct Cell {
  uint32_t requests = 1000;     // of a block
  uint32_t blocks = 9;          // of a round
  uint32_t warm_up = 1;         // blocks before them that do not count
  std::function<void()> run{};  // one block
  bool fenced = true;           // each request: the fence is taken off
};

class Table {
 public:
  void Add(std::string row, std::string column, Cell cell) {
    cells_.push_back({std::move(row), std::move(column), std::move(cell), {}});
  }

  void Measure(uint32_t rounds) {
    const Cell nothing{.run = [] {
      for (uint32_t i = 0; i < Cell().requests; ++i) {
        benchmark::DoNotOptimize(i);
        Serialize();
      }
    }};
    for (uint32_t round = 0; round < rounds; ++round) {
      loops_.push_back(RoundOf(nothing));
      for (Measured& m : cells_) {
        m.rounds.push_back(RoundOf(m.cell) -
                           (m.cell.fenced ? loops_.back() : 0));
      }
    }
  }

  // The loop and its fence, in nanoseconds.
  double Loop() const { return Median(loops_); }

  // Nanoseconds per request; NaN: there is no such cell.
  double Ns(const std::string& row, const std::string& column) const {
    const Measured* m = Find(row, column);
    return m == nullptr ? NAN : Median(m->rounds);
  }

  // The same of the quietest round, where others share the machine.
  double LeastNs(const std::string& row, const std::string& column) const {
    const Measured* m = Find(row, column);
    return m == nullptr || m->rounds.empty()
               ? NAN
               : *std::min_element(m->rounds.begin(), m->rounds.end());
  }

  // The median over the rounds of `of(one, other)`.
  template <class Function>
  double Compare(const std::string& row, const std::string& column,
                 const std::string& other_row, const std::string& other_column,
                 const Function& of) const {
    const Measured* one = Find(row, column);
    const Measured* other = Find(other_row, other_column);
    if (one == nullptr || other == nullptr) return NAN;
    std::vector<double> values;
    for (size_t i = 0; i < one->rounds.size(); ++i) {
      values.push_back(of(one->rounds[i], other->rounds[i]));
    }
    return Median(std::move(values));
  }

  void Print(const std::vector<std::string>& columns) const {
    std::printf("%-46s", "");
    for (const std::string& column : columns) {
      std::printf(" %11s", column.c_str());
    }
    std::printf("\n");
    std::string last;
    for (const Measured& m : cells_) {
      if (m.row == last) continue;
      last = m.row;
      std::printf("%-46s", m.row.c_str());
      for (const std::string& column : columns) {
        const double ns = Ns(m.row, column);
        if (std::isnan(ns)) {
          std::printf(" %11s", "");
        } else {
          std::printf(" %11.1f", ns);
        }
      }
      std::printf("\n");
    }
  }

 private:
  struct Measured {
    std::string row;
    std::string column;
    Cell cell;
    std::vector<double> rounds;
  };

  static double RoundOf(const Cell& cell) {
    using Clock = std::chrono::steady_clock;
    for (uint32_t i = 0; i < cell.warm_up; ++i) cell.run();
    std::vector<double> blocks;
    for (uint32_t i = 0; i < cell.blocks; ++i) {
      const Clock::time_point start = Clock::now();
      cell.run();
      const std::chrono::duration<double, std::nano> took =
          Clock::now() - start;
      blocks.push_back(took.count() / cell.requests);
    }
    return Median(std::move(blocks));
  }

  const Measured* Find(const std::string& row,
                       const std::string& column) const {
    for (const Measured& m : cells_) {
      if (m.row == row && m.column == column) return &m;
    }
    return nullptr;
  }

  std::vector<Measured> cells_;
  std::vector<double> loops_;  // of each round
};

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_POLICY_BENCH_TABLE_H_
