// Watcher: whether the manifests or the key file have changed. It compares
// names, times, sizes and inodes, which works on every file system.
//
// Thread rule: for one thread.
#ifndef LIMPET_EXAMPLES_GATEWAY_WATCHER_H_
#define LIMPET_EXAMPLES_GATEWAY_WATCHER_H_

#include <string>

namespace gateway {

class Watcher {
 public:
  // `keys` may be "".
  Watcher(std::string manifests, std::string keys);

  // True if something has changed since the last time it was true, or since
  // construction, and stood still between the last two calls: a file that is
  // being written is not read half.
  bool Changed();

 private:
  std::string Fingerprint() const;

  const std::string manifests_;
  const std::string keys_;
  std::string known_;
  std::string last_;
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_WATCHER_H_
