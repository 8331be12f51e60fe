#include "process.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace limpet::testing {
namespace {

// Far longer than anything here takes.
constexpr unsigned kHangs = 60;  // s

int NewFile(size_t size) {
  const int file = memfd_create("limpet", MFD_CLOEXEC);
  if (file == -1 || ftruncate(file, static_cast<off_t>(size)) != 0) {
    std::abort();
  }
  return file;
}

}  // namespace

Mapping::Mapping(int file, size_t size, bool read_only) {
  void* at = mmap(nullptr, size, read_only ? PROT_READ : PROT_READ | PROT_WRITE,
                  MAP_SHARED, file, 0);
  if (at == MAP_FAILED) std::abort();
  bytes_ = {static_cast<std::byte*>(at), size};
}

Mapping::~Mapping() { munmap(bytes_.data(), bytes_.size()); }

SharedMemory::SharedMemory(size_t size)
    : file_(NewFile(size)), mapping_(file_, size, false) {}

SharedMemory::SharedMemory(const SharedMemory& other)
    : SharedMemory(other.bytes().size()) {
  Restore(other.Save());
}

SharedMemory::~SharedMemory() { close(file_); }

std::vector<std::byte> SharedMemory::Save() const {
  return {bytes().begin(), bytes().end()};
}

void SharedMemory::Restore(const std::vector<std::byte>& saved) const {
  std::copy(saved.begin(), saved.end(), bytes().begin());
}

bool Exit::IsStatus(int status) const {
  return WIFEXITED(status_) && WEXITSTATUS(status_) == status;
}

bool Exit::IsKilled() const {
  return WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL;
}

bool Exit::IsStopped() const { return WIFSTOPPED(status_); }

std::string Exit::ToString() const {
  if (WIFEXITED(status_)) {
    return "exit status " + std::to_string(WEXITSTATUS(status_));
  }
  if (WIFSTOPPED(status_)) return "a stop";
  return "signal " + std::to_string(WTERMSIG(status_));
}

Child::Child(const std::function<int()>& body) {
  pid_ = fork();
  if (pid_ < 0) std::abort();
  if (pid_ == 0) {
    alarm(kHangs);
    _exit(body());
  }
}

Child::~Child() {
  if (pid_ == -1) return;
  Kill();
  Wait();
}

void Child::Kill() const { Signal(SIGKILL); }
void Child::Continue() const { Signal(SIGCONT); }

void Child::Signal(int signal) const {
  if (pid_ <= 0) std::abort();  // that would be everybody
  kill(pid_, signal);
}

Exit Child::WaitFor(int options) {
  int status = 0;
  if (waitpid(pid_, &status, options) != pid_) std::abort();
  if (!WIFSTOPPED(status)) pid_ = -1;
  return Exit(status);
}

std::optional<Exit> Child::Ended() {
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == 0) return std::nullopt;
  pid_ = -1;
  return Exit(status);
}
Exit Child::Wait() { return WaitFor(0); }
Exit Child::WaitForStop() { return WaitFor(WUNTRACED); }

Exit RunChild(const std::function<int()>& body) { return Child(body).Wait(); }

}  // namespace limpet::testing
