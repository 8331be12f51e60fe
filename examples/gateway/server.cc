#include "server.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "admin.h"
#include "clock.h"
#include "manifest.h"

namespace gateway {
namespace {

constexpr std::chrono::seconds kStopTimeout{10};  // for requests in flight
constexpr std::chrono::seconds kCloseTimeout{1};  // after that
constexpr std::chrono::seconds kSweepInterval{1};
constexpr size_t kSweepBudget = 4096;  // places of a map, each time

void Say(const std::string& line) {
  std::fprintf(stderr, "limpet-gateway: %s\n", line.c_str());
}

void Print(const char* kind, const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) {
    Say(std::string(kind) + ": " + diagnostic.ToString());
  }
}

// The line in "keys.line 3", 1 where none is named.
int KeyLine(const std::string& field) {
  const size_t blank = field.rfind(' ');
  int line = 1;
  if (blank != std::string::npos) {
    std::from_chars(field.data() + blank + 1, field.data() + field.size(),
                    line);
  }
  return line;
}

std::string AddressOf(const tcp::acceptor& acceptor) {
  ErrorCode ec;
  const tcp::endpoint local = acceptor.local_endpoint(ec);
  const std::string host = local.address().to_string();
  return (local.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(local.port());
}

}  // namespace

Server::Server(Options options)
    : options_(std::move(options)),
      watcher_(options_.manifests, options_.keys),
      availability_(options_.unavailable_for) {}

int Server::Run() {
  if (!access_log_.Open(options_.access_log)) {
    Say("cannot open the access log " + options_.access_log);
    return 1;
  }
  if (options_.keys.empty()) {
    Say("warning: no --keys: sessions end with this process");
  }
  configuration_ = Load();
  if (configuration_ == nullptr) return 1;
  Acceptors opened;
  if (!OpenListeners(*configuration_, &opened)) return 1;
  if (options_.admin_port) {
    admin_ = Open(*options_.admin_port, "the admin address");
    if (admin_ == nullptr) return 1;
    asio::co_spawn(
        context_,
        ServeAdmin(
            *admin_,
            [this] { return RenderMetrics(*configuration_, reloads_, Now()); }),
        asio::detached);
    Say("admin on " + AddressOf(*admin_));
  }
  for (unsigned i = 0; i < options_.threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(
        configuration_, access_log_, [this](std::string address) {
          asio::post(context_, [this, address = std::move(address)] {
            ReportUnreachable(address);
          });
        }));
  }
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  signals_.async_wait([this](const ErrorCode& ec, int) {
    if (!ec) Stop();
  });
  for (const auto& worker : workers_) worker->Start();
  StartAccepting(opened);
  if (!WriteReadyFile()) {
    Say("cannot write " + options_.ready_file);
    Stop();
    context_.run();
    return 1;
  }
  SchedulePoll();
  ScheduleSweep();
  context_.run();
  return 0;
}

bool Server::LoadKeys(std::vector<Diagnostic>* errors) {
  if (options_.keys.empty()) {
    if (keys_ == nullptr) keys_ = limpet::KeyRing::Generate();
    return true;
  }
  std::ifstream stream(options_.keys, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream),
                   std::istreambuf_iterator<char>()};
  if (!stream) {
    errors->push_back({{options_.keys, 1}, "", "cannot be read"});
    return false;
  }
  if (keys_ != nullptr && text == key_text_) return true;
  auto keys = limpet::KeyRing::FromText(text);
  if (!keys.ok()) {
    for (const limpet::Problem& problem : keys.status().problems()) {
      errors->push_back({{options_.keys, KeyLine(problem.field)},
                         problem.field,
                         problem.message});
    }
    return false;
  }
  keys_ = *std::move(keys);
  key_text_ = std::move(text);
  return true;
}

std::shared_ptr<const Configuration> Server::Load() {
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;
  const Manifests manifests = LoadManifests(options_.manifests);
  std::shared_ptr<const Configuration> configuration;
  if (LoadKeys(&errors)) {
    configuration = Configuration::Build(manifests, keys_, configuration_.get(),
                                         &errors, &warnings);
  }
  Print("warning", warnings);
  Print("error", errors);
  if (configuration != nullptr) PublishEndpoints(*configuration);
  return configuration;
}

bool Server::OpenListeners(const Configuration& configuration,
                           Acceptors* opened) {
  if (options_.listen_port && configuration.ports().size() != 1) {
    Say("--listen-port needs manifests with one HTTP port, these have " +
        std::to_string(configuration.ports().size()));
    return false;
  }
  for (const uint16_t port : configuration.ports()) {
    if (listeners_.count(port) > 0) continue;
    const unsigned number =
        options_.listen_port ? *options_.listen_port
                             : unsigned{port} + unsigned{options_.port_offset};
    if (number > 65535) {
      Say("port " + std::to_string(port) + " and --port-offset " +
          std::to_string(options_.port_offset) + " make no port");
      return false;
    }
    auto acceptor =
        Open(static_cast<uint16_t>(number), "a listener of a Gateway");
    if (acceptor == nullptr) return false;
    (*opened)[port] = std::move(acceptor);
  }
  return true;
}

std::shared_ptr<tcp::acceptor> Server::Open(uint16_t port, const char* what) {
  ErrorCode ec;
  const auto address = asio::ip::make_address(options_.address, ec);
  if (ec) {
    Say("--address: " + options_.address + " is no IP address");
    return nullptr;
  }
  const tcp::endpoint endpoint(address, port);
  auto acceptor = std::make_shared<tcp::acceptor>(context_);
  acceptor->open(endpoint.protocol(), ec);
  if (!ec) acceptor->set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor->bind(endpoint, ec);
  if (!ec) acceptor->listen(asio::socket_base::max_listen_connections, ec);
  if (!ec) return acceptor;
  Say("cannot open port " + std::to_string(port) + " of " + options_.address +
      " for " + what + ": " + ec.message());
  return nullptr;
}

void Server::StartAccepting(const Acceptors& opened) {
  for (const auto& entry : opened) {
    listeners_[entry.first] = entry.second;
    Say("http on " + AddressOf(*entry.second) + " (port " +
        std::to_string(entry.first) + " of the manifests)");
    asio::co_spawn(context_, Accept(entry.second, entry.first), asio::detached);
  }
}

asio::awaitable<void> Server::Accept(std::shared_ptr<tcp::acceptor> acceptor,
                                     uint16_t port) {
  while (acceptor->is_open()) {
    Worker& worker = *workers_[next_worker_++ % workers_.size()];
    tcp::socket socket(worker.context());
    ErrorCode ec;
    co_await acceptor->async_accept(socket, Await(ec));
    if (ec == asio::error::operation_aborted) co_return;
    if (ec) {
      // Out of file descriptors, say: others will be closed.
      asio::steady_timer timer(context_, std::chrono::milliseconds(20));
      co_await timer.async_wait(Await(ec));
      continue;
    }
    worker.Serve(std::move(socket), port);
  }
}

bool Server::WriteReadyFile() const {
  if (options_.ready_file.empty()) return true;
  const std::string part = options_.ready_file + ".part";
  std::ofstream stream(part, std::ios::trunc);
  for (const auto& entry : listeners_) {
    stream << "http " << AddressOf(*entry.second) << "\n";
  }
  if (admin_ != nullptr) stream << "admin " << AddressOf(*admin_) << "\n";
  stream.close();
  return stream && std::rename(part.c_str(), options_.ready_file.c_str()) == 0;
}

void Server::SchedulePoll() {
  poll_timer_.expires_after(options_.poll);
  poll_timer_.async_wait([this](const ErrorCode& ec) {
    if (ec || stopping_) return;
    if (watcher_.Changed()) Reload();
    SchedulePoll();
  });
}

void Server::Reload() {
  std::shared_ptr<const Configuration> loaded = Load();
  Acceptors opened;
  if (loaded == nullptr || !OpenListeners(*loaded, &opened)) {
    ++reloads_.refused;
    Say("the changed manifests are refused, the old ones go on serving");
    return;
  }
  configuration_ = loaded;
  // The counter stands for "in force": it counts when all workers route by it.
  auto left = std::make_shared<std::atomic<size_t>>(workers_.size());
  for (const auto& worker : workers_) {
    worker->Use(loaded, [this, left] {
      if (left->fetch_sub(1) > 1) return;
      asio::post(context_, [this] {
        ++reloads_.ok;
        Say("the changed manifests are in force");
      });
    });
  }
  for (auto entry = listeners_.begin(); entry != listeners_.end();) {
    const auto& ports = loaded->ports();
    if (std::find(ports.begin(), ports.end(), entry->first) != ports.end()) {
      ++entry;
      continue;
    }
    ErrorCode ignored;
    entry->second->close(ignored);
    entry = listeners_.erase(entry);
  }
  StartAccepting(opened);
}

void Server::ScheduleSweep() {
  sweep_timer_.expires_after(kSweepInterval);
  sweep_timer_.async_wait([this](const ErrorCode& ec) {
    if (ec || stopping_) return;
    for (const auto& entry : configuration_->targets()) {
      const limpet::Policy& policy = entry.second->policy();
      if (policy.sessions() == nullptr) continue;
      policy.sessions()->Sweep(policy.timeouts(), Now(), kSweepBudget);
      entry.second->CountSessions(Now());
    }
    ScheduleSweep();
  });
}

void Server::ReportUnreachable(const std::string& address) {
  if (stopping_) return;
  if (availability_.ReportFailure(address, Availability::Clock::now())) {
    Say("endpoint " + address + " cannot be reached and is left out for " +
        std::to_string(options_.unavailable_for.count()) + " ms");
    PublishEndpoints(*configuration_);
  }
  ScheduleExpiry();
}

void Server::PublishEndpoints(const Configuration& configuration) {
  const limpet::Timestamp now = Now();
  for (const auto& [scope, target] : configuration.targets()) {
    std::shared_ptr<const limpet::EndpointSet> before;
    if (configuration_ != nullptr) {
      const auto old = configuration_->targets().find(scope);
      if (old != configuration_->targets().end()) {
        before = old->second->Endpoints();
      }
    }
    target->Publish(
        [this](std::string_view address) {
          return availability_.IsUnreachable(address);
        },
        before.get(), now);
  }
}

void Server::ScheduleExpiry() {
  const auto next = availability_.NextExpiry();
  if (!next) return;
  expiry_timer_.expires_at(*next);
  expiry_timer_.async_wait([this](const ErrorCode& ec) {
    if (ec || stopping_) return;
    if (availability_.Expire(Availability::Clock::now())) {
      PublishEndpoints(*configuration_);
    }
    ScheduleExpiry();
  });
}

void Server::Stop() {
  if (stopping_) return;
  stopping_ = true;
  ErrorCode ignored;
  for (const auto& entry : listeners_) entry.second->close(ignored);
  poll_timer_.cancel();
  sweep_timer_.cancel();
  expiry_timer_.cancel();
  undrained_ = workers_.size();
  for (const auto& worker : workers_) {
    worker->Drain([this] {
      asio::post(context_, [this] {
        if (--undrained_ == 0) Finish();
      });
    });
  }
  stop_timer_.expires_after(kStopTimeout);
  stop_timer_.async_wait([this](const ErrorCode& ec) {
    if (ec) return;
    Say("requests that did not end are cut off");
    for (const auto& worker : workers_) worker->CloseAll();
    stop_timer_.expires_after(kCloseTimeout);
    stop_timer_.async_wait([this](const ErrorCode& late) {
      if (!late) Finish();
    });
  });
}

void Server::Finish() {
  for (const auto& worker : workers_) {
    worker->context().stop();
    worker->Join();
  }
  context_.stop();
}

}  // namespace gateway
