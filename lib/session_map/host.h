// HostIdentity: where and when locks in shared memory mean what they say, and
// FileClaim: whether a mapped file is used by somebody else.
//
// Thread rule: plain values; a FileClaim belongs to its owner.
#ifndef LIMPET_LIB_SESSION_MAP_HOST_H_
#define LIMPET_LIB_SESSION_MAP_HOST_H_

#include <cstdint>
#include <string>

#include "limpet/status.h"

namespace limpet {
inline namespace v0 {

// 0 in a field: not known. Part of the layout of shared memory.
struct HostIdentity {
  uint64_t boot = 0;           // hash of the kernel's boot id
  uint64_t pid_namespace = 0;  // inode
  uint64_t file_device = 0;    // of the file that is mapped
  uint64_t file_inode = 0;

  // Of this process, with the file of a descriptor unless that is -1.
  static HostIdentity OfThis(int file);

  // Why locks taken under this identity cannot be trusted under `other`; empty
  // if they can. What is not known on both sides is not compared.
  std::string WhyNot(const HostIdentity& other) const;
};

// A shared flock on a file for as long as this lives, on a descriptor of its
// own: a child of fork has a part in it, another user of the same descriptor
// has not.
class FileClaim {
 public:
  FileClaim() = default;
  ~FileClaim();
  FileClaim(FileClaim&& other) noexcept;
  FileClaim& operator=(FileClaim&& other) noexcept;

  // Claims the file of a descriptor, exclusively if nobody else has.
  static Result<FileClaim> Make(int file);

  bool alone() const { return alone_; }
  // Lets others in. Waits until whoever else comes first has done the same.
  void Share();

 private:
  int file_ = -1;
  bool alone_ = false;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SESSION_MAP_HOST_H_
