// Processes and the memory that they share.
//
// Thread rule: a Child belongs to its owner.
#ifndef LIMPET_TESTS_DEATH_PROCESS_H_
#define LIMPET_TESTS_DEATH_PROCESS_H_

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace limpet::testing {

// A file in this process's memory, at an address of its own.
class Mapping {
 public:
  Mapping(int file, size_t size, bool read_only);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

// Zeroed memory that a process shares with its children; a file without a name.
class SharedMemory {
 public:
  explicit SharedMemory(size_t size);
  // A copy of another's.
  SharedMemory(const SharedMemory& other);
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  int file() const { return file_; }
  std::span<std::byte> bytes() const { return mapping_.bytes(); }

  std::vector<std::byte> Save() const;
  void Restore(const std::vector<std::byte>& saved) const;

 private:
  int file_;
  Mapping mapping_;
};

// How a process ended, or that it stopped.
class Exit {
 public:
  explicit Exit(int status) : status_(status) {}
  bool IsStatus(int status) const;
  bool IsKilled() const;
  bool IsStopped() const;
  std::string ToString() const;

 private:
  int status_;
};

// A child that runs `body` and exits with what it returns. One that hangs ends
// by SIGALRM.
class Child {
 public:
  explicit Child(const std::function<int()>& body);
  ~Child();  // kills it
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  void Kill() const;
  void Continue() const;
  std::optional<Exit> Ended();  // if it has
  Exit Wait();                  // for its end
  Exit WaitForStop();           // or its end

 private:
  void Signal(int signal) const;
  Exit WaitFor(int options);

  pid_t pid_ = -1;
};

Exit RunChild(const std::function<int()>& body);

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_PROCESS_H_
