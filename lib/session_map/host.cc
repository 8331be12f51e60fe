#include "session_map/host.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "limpet/hash.h"

namespace limpet {
inline namespace v0 {
namespace {

uint64_t BootId() {
  const int file =
      open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 64> text;
  const ssize_t size = read(file, text.data(), text.size());
  close(file);
  if (size <= 0) return 0;
  return HashEndpointId({text.data(), static_cast<size_t>(size)});
}

uint64_t PidNamespace() {
  struct stat found;
  return stat("/proc/self/ns/pid", &found) == 0 ? found.st_ino : 0;
}

bool Differ(uint64_t a, uint64_t b) { return a != 0 && b != 0 && a != b; }

}  // namespace

HostIdentity HostIdentity::OfThis(int file) {
  HostIdentity identity{.boot = BootId(), .pid_namespace = PidNamespace()};
  struct stat found;
  if (file != -1 && fstat(file, &found) == 0) {
    identity.file_device = found.st_dev;
    identity.file_inode = found.st_ino;
  }
  return identity;
}

std::string HostIdentity::WhyNot(const HostIdentity& other) const {
  if (Differ(boot, other.boot)) return "was made before the last boot";
  // The kernel tells owners of locks apart by their thread ids, which another
  // namespace has too.
  if (pid_namespace != 0 && other.pid_namespace == 0) {
    return "is used where no /proc tells the PID namespace";
  }
  if (Differ(pid_namespace, other.pid_namespace)) {
    return "is used from another PID namespace";
  }
  if (Differ(file_inode, other.file_inode) ||
      Differ(file_device, other.file_device)) {
    return "is a copy of another file";
  }
  return "";
}

FileClaim::~FileClaim() {
  if (file_ != -1) close(file_);
}

FileClaim::FileClaim(FileClaim&& other) noexcept
    : file_(std::exchange(other.file_, -1)), alone_(other.alone_) {}

FileClaim& FileClaim::operator=(FileClaim&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(alone_, other.alone_);
  return *this;
}

Result<FileClaim> FileClaim::Make(int file) {
  // The locks of one open file description do not exclude each other, and
  // whoever inherited the host's descriptor shares it: so a new one.
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  FileClaim claim;
  claim.file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (claim.file_ == -1) {
    return Status(StatusCode::kUnavailable, "file",
                  "cannot be opened again through " + path);
  }
  claim.alone_ = flock(claim.file_, LOCK_EX | LOCK_NB) == 0;
  if (!claim.alone_) claim.Share();
  return claim;
}

void FileClaim::Share() {
  while (flock(file_, LOCK_SH) != 0 && errno == EINTR) {
  }
}

}  // namespace v0
}  // namespace limpet
