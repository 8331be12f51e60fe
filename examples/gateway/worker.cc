#include "worker.h"

#include <chrono>
#include <cstdio>
#include <exception>
#include <utility>

#include "connection.h"

namespace gateway {

Worker::Worker(std::shared_ptr<const Configuration> configuration,
               const AccessLog& access_log,
               std::function<void(std::string)> report_unreachable)
    : configuration_(std::move(configuration)),
      access_log_(access_log),
      report_unreachable_(std::move(report_unreachable)) {}

Worker::~Worker() {
  context_.stop();
  Join();
  drained_ = nullptr;  // connections that are left end with context_
}

void Worker::Start() {
  SchedulePruning();
  thread_ = std::thread([this] { Run(); });
}

void Worker::Run() {
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception& error) {
      // No memory for a connection, say: it is gone, the others go on.
      std::fprintf(stderr, "limpet-gateway: a connection ended: %s\n",
                   error.what());
    }
  }
}

void Worker::Serve(tcp::socket socket, uint16_t port) {
  asio::co_spawn(context_, ServeConnection(*this, std::move(socket), port),
                 asio::detached);
}

void Worker::Use(std::shared_ptr<const Configuration> configuration,
                 std::function<void()> done) {
  asio::post(context_, [this, configuration = std::move(configuration),
                        done = std::move(done)] {
    configuration_ = configuration;
    done();
  });
}

void Worker::Drain(std::function<void()> done) {
  asio::post(context_, [this, done = std::move(done)] {
    draining_ = true;
    drained_ = done;
    for (ConnectionControl* connection : connections_) {
      connection->Close(false);
    }
    pruning_.cancel();
    pool_.Clear();
    work_.reset();
    if (connections_.empty()) std::exchange(drained_, nullptr)();
  });
}

void Worker::CloseAll() {
  asio::post(context_, [this] {
    draining_ = true;
    for (ConnectionControl* connection : connections_) {
      connection->Close(true);
    }
  });
}

void Worker::Join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::Add(ConnectionControl* connection) {
  connections_.insert(connection);
  // Accepted before the end began, started after.
  if (draining_) connection->Close(false);
}

void Worker::Remove(ConnectionControl* connection) {
  connections_.erase(connection);
  if (!connections_.empty() || drained_ == nullptr) return;
  pool_.Clear();
  std::exchange(drained_, nullptr)();
}

void Worker::SchedulePruning() {
  pruning_.expires_after(std::chrono::seconds(1));
  pruning_.async_wait([this](const ErrorCode& ec) {
    if (ec || draining_) return;
    pool_.Prune(std::chrono::steady_clock::now());
    SchedulePruning();
  });
}

}  // namespace gateway
