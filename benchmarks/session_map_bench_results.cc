#include "session_map_bench_results.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "session_map_bench_measure.h"

namespace limpet::bench {
namespace {

std::string Processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "unknown";
}

// JSON has no NaN.
nlohmann::ordered_json NumberOrNull(double value) {
  if (std::isnan(value)) return nullptr;
  return value;
}

}  // namespace

void Results::Add(const std::string& row, const std::string& column,
                  double value) {
  auto found = std::ranges::find(rows_, row, [](auto& r) { return r.first; });
  if (found == rows_.end()) found = rows_.insert(found, {row, {}});
  found->second[column].push_back(value);
}

const std::vector<double>* Results::Find(const std::string& row,
                                         const std::string& column) const {
  const auto found =
      std::ranges::find(rows_, row, [](auto& r) { return r.first; });
  if (found == rows_.end()) return nullptr;
  const auto values = found->second.find(column);
  return values == found->second.end() ? nullptr : &values->second;
}

double Results::Median(const std::string& row,
                       const std::string& column) const {
  const auto* values = Find(row, column);
  return values == nullptr ? NAN : bench::Median(*values);
}

double Results::Ratio(const std::string& row, const std::string& column,
                      const std::string& other_row,
                      const std::string& other_column) const {
  const auto* values = Find(row, column);
  const auto* others = Find(other_row, other_column);
  if (values == nullptr || others == nullptr) return NAN;
  std::vector<double> ratios;
  for (size_t i = 0; i < std::min(values->size(), others->size()); ++i) {
    ratios.push_back((*values)[i] / (*others)[i]);
  }
  return bench::Median(std::move(ratios));
}

void Results::Print(const std::vector<std::string>& columns) const {
  std::printf("\n%-36s", "");
  for (const std::string& column : columns) {
    std::printf(" %10s", column.c_str());
  }
  std::printf("\n");
  for (const auto& [name, row] : rows_) {
    if (std::ranges::none_of(columns, [&row = row](const std::string& column) {
          return row.contains(column);
        })) {
      continue;
    }
    std::printf("%-36s", name.c_str());
    for (const std::string& column : columns) {
      const double median = Median(name, column);
      if (std::isnan(median)) {
        std::printf(" %10s", "-");
      } else {
        std::printf(" %10.1f", median);
      }
    }
    std::printf("\n");
  }
}

bool Results::WriteJson(const std::string& path, bool quick,
                        const Bars& bars) const {
  nlohmann::ordered_json json{
      {"benchmark", "session_map"},
      {"machine",
       {{"processor", Processor()},
        {"processors", std::thread::hardware_concurrency()},
        {"compiler", __VERSION__}}},
      {"quick", quick}};
  for (const auto& [name, row] : rows_) {
    auto& out = json["rows"][name];
    for (const auto& [column, values] : row) {
      out[column] = {{"median", bench::Median(values)},
                     {"least", Quantile(values, 0)},
                     {"most", Quantile(values, 1)}};
    }
  }
  for (const Bars::Line& line : bars.lines()) {
    json["bars"].push_back({{"what", line.what},
                            {"measured", NumberOrNull(line.measured)},
                            {"bar", NumberOrNull(line.bar)},
                            {"unit", line.unit}});
  }
  std::ofstream file(path);
  file << json.dump(1) << '\n';
  return file.good();
}

}  // namespace limpet::bench
