#include "watcher.h"

#include <sys/stat.h>

#include <utility>

#include "manifest.h"

namespace gateway {
namespace {

void AppendStat(const std::string& file, std::string* text) {
  struct stat info {};
  text->append(file);
  if (stat(file.c_str(), &info) == 0) {
    text->append(" ").append(std::to_string(info.st_ino));
    text->append(" ").append(std::to_string(info.st_size));
    text->append(" ").append(std::to_string(info.st_mtim.tv_sec));
    text->append(".").append(std::to_string(info.st_mtim.tv_nsec));
  }
  text->append("\n");
}

}  // namespace

Watcher::Watcher(std::string manifests, std::string keys)
    : manifests_(std::move(manifests)),
      keys_(std::move(keys)),
      known_(Fingerprint()),
      last_(known_) {}

bool Watcher::Changed() {
  std::string now = Fingerprint();
  const bool still = now == last_;
  last_ = std::move(now);
  if (!still || last_ == known_) return false;
  known_ = last_;
  return true;
}

std::string Watcher::Fingerprint() const {
  std::string text;
  for (const std::string& file : ManifestFiles(manifests_)) {
    AppendStat(file, &text);
  }
  if (!keys_.empty()) AppendStat(keys_, &text);
  return text;
}

}  // namespace gateway
