#include "keys_file.h"

#include <sys/stat.h>

#include <cstdio>
#include <memory>
#include <utility>

namespace limpet_envoy {
namespace {

// Without iostreams: they would double the module.
bool ReadFile(const std::string& path, std::string* text) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "rbe"),
                                                   &fclose);
  if (!file) return false;
  char part[4096];
  while (const size_t size = fread(part, 1, sizeof part, file.get())) {
    text->append(part, size);
  }
  return ferror(file.get()) == 0;
}

}  // namespace

KeysFile::KeysFile(std::string path) : path_(std::move(path)) {
  if (!path_.empty()) {
    mark_ = MarkOfFile();
    keys_ = Read();
    return;
  }
  limpet_keys* keys = nullptr;
  if (limpet_keys_new_random(&keys) != LIMPET_OK) {
    throw ConfigError("keysFile", "the system gave no random keys");
  }
  keys_.reset(keys);
}

KeysFile::Mark KeysFile::MarkOfFile() const {
  struct stat status;
  if (stat(path_.c_str(), &status) != 0) return {};
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .changed_ns = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 +
                        status.st_mtim.tv_nsec};
}

OwnedKeys KeysFile::Read() const {
  std::string text;
  if (!ReadFile(path_, &text)) {
    throw ConfigError("keysFile", path_ + " cannot be read");
  }
  limpet_keys* keys = nullptr;
  char error[512];
  if (limpet_keys_new(text.data(), text.size(), &keys, error, sizeof error) !=
      LIMPET_OK) {
    throw ConfigError("keysFile", path_ + ": " + error);
  }
  return OwnedKeys(keys);
}

bool KeysFile::Refresh(const std::function<void(const limpet_keys*)>& check) {
  if (path_.empty()) return false;
  const Mark mark = MarkOfFile();
  if (mark == mark_) return false;
  try {
    OwnedKeys keys = Read();
    check(keys.get());
    keys_ = std::move(keys);
  } catch (const ConfigError&) {
    if (mark == failed_) return false;
    failed_ = mark;
    throw;
  }
  mark_ = mark;
  return true;
}

}  // namespace limpet_envoy
