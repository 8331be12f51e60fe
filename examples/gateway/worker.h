// Worker: one thread with its own connections, pool and view of the
// configuration, so that requests share nothing but limpet's policies.
//
// Thread rule: as stated for each group of members.
#ifndef LIMPET_EXAMPLES_GATEWAY_WORKER_H_
#define LIMPET_EXAMPLES_GATEWAY_WORKER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "access_log.h"
#include "asio.h"
#include "configuration.h"
#include "upstream_pool.h"

namespace gateway {

// A client's connection, as far as its worker has to know it.
class ConnectionControl {
 public:
  virtual ~ConnectionControl() = default;

  // Ends it, unless a request is being served and `busy_too` is not set.
  virtual void Close(bool busy_too) = 0;
};

class Worker {
 public:
  // `report_unreachable` is told of addresses that refused a connection, on
  // the worker's thread.
  Worker(std::shared_ptr<const Configuration> configuration,
         const AccessLog& access_log,
         std::function<void(std::string)> report_unreachable);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // From any thread.
  asio::io_context& context() { return context_; }
  void Start();
  void Serve(tcp::socket socket, uint16_t port);
  // Calls `done` on the worker's thread when requests are routed by it.
  void Use(std::shared_ptr<const Configuration> configuration,
           std::function<void()> done);
  // No new requests; calls `done` on the worker's thread when the last one
  // has ended.
  void Drain(std::function<void()> done);
  void CloseAll();
  void Join();  // REQUIRES: Drain or CloseAll before

  // On its own thread.
  const std::shared_ptr<const Configuration>& configuration() const {
    return configuration_;
  }
  const AccessLog& access_log() const { return access_log_; }
  UpstreamPool& pool() { return pool_; }
  bool draining() const { return draining_; }
  void ReportUnreachable(const std::string& address) {
    report_unreachable_(address);
  }
  void Add(ConnectionControl* connection);
  void Remove(ConnectionControl* connection);

 private:
  void Run();
  void SchedulePruning();

  std::shared_ptr<const Configuration> configuration_;
  const AccessLog& access_log_;
  const std::function<void(std::string)> report_unreachable_;
  bool draining_ = false;
  std::function<void()> drained_;
  std::set<ConnectionControl*> connections_;
  // Its end destroys the connections, which use what is above.
  asio::io_context context_;
  UpstreamPool pool_{context_};
  asio::steady_timer pruning_{context_};
  asio::executor_work_guard<asio::io_context::executor_type> work_{
      context_.get_executor()};
  std::thread thread_;
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_WORKER_H_
