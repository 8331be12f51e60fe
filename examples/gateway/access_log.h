// AccessLog: one line for each request. It never holds a token: only the path
// without its query is written, and no field.
//
// Thread rule: Write may be called by many threads.
#ifndef LIMPET_EXAMPLES_GATEWAY_ACCESS_LOG_H_
#define LIMPET_EXAMPLES_GATEWAY_ACCESS_LOG_H_

#include <limpet/limpet.h>

#include <chrono>
#include <string>
#include <string_view>

namespace gateway {

struct AccessLogLine {
  limpet::Timestamp time{};
  std::string_view client;
  std::string_view method;
  std::string_view path;
  unsigned status = 0;
  std::string_view scope;     // "" prints as "-", here and below
  std::string_view endpoint;  // id
  std::string_view outcome;   // name
  std::chrono::microseconds duration{0};
};

// `2026-11-23T10:00:00.000Z 127.0.0.1 GET "/get" 200 default/header/0 pod-a
// kept 1.234ms`, on one line, with its end.
std::string FormatAccessLog(const AccessLogLine& line);

class AccessLog {
 public:
  AccessLog() = default;
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  // "" for none, "-" for standard output. False if it cannot be opened.
  bool Open(const std::string& file);
  bool enabled() const { return fd_ >= 0; }
  void Write(const AccessLogLine& line) const;

 private:
  int fd_ = -1;
  bool owned_ = false;
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_ACCESS_LOG_H_
