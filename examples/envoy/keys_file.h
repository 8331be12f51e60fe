// KeysFile: the keys of a file that may change while Envoy runs, or random
// ones.
//
// Thread rule: one thread at a time.
#ifndef LIMPET_EXAMPLES_ENVOY_KEYS_FILE_H_
#define LIMPET_EXAMPLES_ENVOY_KEYS_FILE_H_

#include <limpet.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "config.h"

namespace limpet_envoy {

class KeysFile {
 public:
  // "": random keys, which end with the process. Throws ConfigError.
  explicit KeysFile(std::string path);

  const limpet_keys* keys() const { return keys_.get(); }

  // Reads the file again if it is another one. True: there are new keys. Throws
  // ConfigError for a state of the file that is of no use, or that `check`
  // throws for, the first time; the keys stay what they were.
  bool Refresh(const std::function<void(const limpet_keys*)>& check);

 private:
  struct Mark {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;
    int64_t changed_ns = 0;
    bool operator==(const Mark&) const = default;
  };

  Mark MarkOfFile() const;
  OwnedKeys Read() const;

  std::string path_;
  Mark mark_;    // of the file that is in use
  Mark failed_;  // of one that was of no use
  OwnedKeys keys_;
};

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_KEYS_FILE_H_
