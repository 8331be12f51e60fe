// Bars: what a benchmark measured beside what it may not exceed.
//
// Thread rule: one thread.
//
//   Bars bars;
//   bars.AtMost("10 M hit + touch vs floor", ratio, 1.20);
//   bars.AtMost("known session, 100 k", ns, 100, "ns");
//   bars.Note("batch of 16", ns, "ns");  // for information, without a bar
//   return bars.Finish();
#ifndef LIMPET_BENCHMARKS_BARS_H_
#define LIMPET_BENCHMARKS_BARS_H_

#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace limpet {

class Bars {
 public:
  struct Line {
    std::string what;
    double measured;  // NaN: not measured
    double bar;       // NaN: none
    std::string unit;

    bool has_bar() const { return !std::isnan(bar); }
    // What was not measured is not held.
    bool held() const { return measured <= bar; }
  };

  void AtMost(std::string what, double measured, double bar,
              std::string unit = "") {
    lines_.push_back({std::move(what), measured, bar, std::move(unit)});
  }

  void Note(std::string what, double measured, std::string unit = "") {
    lines_.push_back({std::move(what), measured, NAN, std::move(unit)});
  }

  const std::vector<Line>& lines() const { return lines_; }

  // Prints the table, and how many bars were held as the last line. The exit
  // status of the benchmark: 0 if none was missed.
  int Finish() const {
    int held = 0;
    int missed = 0;
    std::printf("\n%-58s %14s %12s\n", "", "measured", "bar");
    for (const Line& line : lines_) {
      std::printf("%-58s %14s %12s", line.what.c_str(),
                  Number(line.measured, line.unit).c_str(),
                  line.has_bar() ? Number(line.bar, line.unit).c_str() : "");
      if (line.has_bar()) {
        ++(line.held() ? held : missed);
        std::printf("  %s", line.held() ? "held" : "MISSED");
      }
      std::printf("\n");
    }
    std::printf("\n%d bars held, %d missed\n", held, missed);
    return missed == 0 ? 0 : 1;
  }

 private:
  static std::string Number(double value, const std::string& unit) {
    if (std::isnan(value)) return "not measured";
    char text[32];
    std::snprintf(text, sizeof(text), value < 100 ? "%.2f" : "%.1f", value);
    return unit.empty() ? text : text + (" " + unit);
  }

  std::vector<Line> lines_;
};

}  // namespace limpet

#endif  // LIMPET_BENCHMARKS_BARS_H_
