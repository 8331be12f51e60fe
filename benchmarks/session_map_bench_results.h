// What session_map_bench measured: per row (what was done) and column (who did
// it) one value per round; the rows of a round were measured in turns.
#ifndef LIMPET_BENCHMARKS_SESSION_MAP_BENCH_RESULTS_H_
#define LIMPET_BENCHMARKS_SESSION_MAP_BENCH_RESULTS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bars.h"

namespace limpet::bench {

class Results {
 public:
  // REQUIRES: the rounds come in order.
  void Add(const std::string& row, const std::string& column, double value);

  // The median of the rounds. NaN if there is none.
  double Median(const std::string& row, const std::string& column) const;

  // One cell over another: the median of the ratios of each round, so that
  // what slows a whole round moves it little. NaN if there is none.
  double Ratio(const std::string& row, const std::string& column,
               const std::string& other_row,
               const std::string& other_column) const;
  double Ratio(const std::string& row, const std::string& column,
               const std::string& other) const {
    return Ratio(row, column, row, other);
  }

  // The rows that have a value in one of these columns.
  void Print(const std::vector<std::string>& columns) const;

  // REQUIRES: `bars` has all its lines.
  bool WriteJson(const std::string& path, bool quick, const Bars& bars) const;

 private:
  using Row = std::map<std::string, std::vector<double>>;

  const std::vector<double>* Find(const std::string& row,
                                  const std::string& column) const;

  std::vector<std::pair<std::string, Row>> rows_;  // as first added
};

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_SESSION_MAP_BENCH_RESULTS_H_
