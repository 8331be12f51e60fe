// Server: opens the listeners, hands their connections to workers, reads
// changed manifests, ends cleanly.
//
// Thread rule: all members run on the thread that calls Run().
#ifndef LIMPET_EXAMPLES_GATEWAY_SERVER_H_
#define LIMPET_EXAMPLES_GATEWAY_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "access_log.h"
#include "asio.h"
#include "availability.h"
#include "configuration.h"
#include "metrics.h"
#include "options.h"
#include "watcher.h"
#include "worker.h"

namespace gateway {

class Server {
 public:
  explicit Server(Options options);

  // Serves until SIGTERM or SIGINT. Returns the process's exit status: 0, or 1
  // if it could not begin.
  int Run();

 private:
  using Acceptors = std::map<uint16_t, std::shared_ptr<tcp::acceptor>>;

  // Reads keys and manifests. Null, and lines on stderr, if they are refused.
  std::shared_ptr<const Configuration> Load();
  bool LoadKeys(std::vector<Diagnostic>* errors);

  // Opens the ports of `configuration` that are not open yet into `opened`.
  bool OpenListeners(const Configuration& configuration, Acceptors* opened);
  std::shared_ptr<tcp::acceptor> Open(uint16_t port, const char* what);
  void StartAccepting(const Acceptors& opened);
  asio::awaitable<void> Accept(std::shared_ptr<tcp::acceptor> acceptor,
                               uint16_t port);
  bool WriteReadyFile() const;

  void SchedulePoll();
  void Reload();
  void ScheduleSweep();

  void ReportUnreachable(const std::string& address);
  void PublishEndpoints(const Configuration& configuration);
  void ScheduleExpiry();

  void Stop();
  void Finish();

  const Options options_;
  AccessLog access_log_;
  Watcher watcher_;
  Availability availability_;
  ReloadCounters reloads_;
  std::string key_text_;
  std::shared_ptr<const limpet::KeyRing> keys_;
  std::shared_ptr<const Configuration> configuration_;
  bool stopping_ = false;
  size_t next_worker_ = 0;
  size_t undrained_ = 0;

  asio::io_context context_;
  Acceptors listeners_;  // by the port in the manifests
  std::shared_ptr<tcp::acceptor> admin_;
  asio::signal_set signals_{context_};
  asio::steady_timer poll_timer_{context_};
  asio::steady_timer sweep_timer_{context_};
  asio::steady_timer expiry_timer_{context_};
  asio::steady_timer stop_timer_{context_};
  // Their sockets and callbacks use what is above.
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_SERVER_H_
