#include "access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "http_text.h"

namespace gateway {
namespace {

constexpr size_t kMaxPath = 2048;

std::string FormatTime(limpet::Timestamp time) {
  const int64_t millis = limpet::ToMillis(time);
  const auto seconds = static_cast<std::time_t>(millis / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  char text[48];
  std::snprintf(text, sizeof text, "%s.%03dZ", date,
                static_cast<int>(millis % 1000));
  return text;
}

std::string OrDash(std::string_view text) {
  return text.empty() ? "-" : EscapeForLog(text, kMaxPath);
}

}  // namespace

std::string FormatAccessLog(const AccessLogLine& line) {
  const auto micros = static_cast<long long>(line.duration.count());
  char duration[40];
  std::snprintf(duration, sizeof duration, "%lld.%03lldms", micros / 1000,
                micros % 1000);
  std::string text = FormatTime(line.time);
  text.append(" ").append(OrDash(line.client));
  text.append(" ").append(OrDash(line.method));
  text.append(" \"").append(EscapeForLog(line.path, kMaxPath)).append("\" ");
  text.append(std::to_string(line.status));
  text.append(" ").append(OrDash(line.scope));
  text.append(" ").append(OrDash(line.endpoint));
  text.append(" ").append(OrDash(line.outcome));
  text.append(" ").append(duration).append("\n");
  return text;
}

AccessLog::~AccessLog() {
  if (owned_) close(fd_);
}

bool AccessLog::Open(const std::string& file) {
  if (file.empty()) return true;
  if (file == "-") {
    fd_ = STDOUT_FILENO;
    return true;
  }
  fd_ = open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  owned_ = fd_ >= 0;
  return fd_ >= 0;
}

void AccessLog::Write(const AccessLogLine& line) const {
  const std::string text = FormatAccessLog(line);
  // One write a line: lines of several threads do not mix.
  ssize_t written = 0;
  do {
    written = write(fd_, text.data(), text.size());
  } while (written < 0 && errno == EINTR);
}

}  // namespace gateway
