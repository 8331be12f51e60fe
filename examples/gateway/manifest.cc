#include "manifest.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include "manifest_kinds.h"
#include "yaml_json.h"

namespace gateway {
namespace {

constexpr uintmax_t kMaxFileSize = uintmax_t{16} << 20;

std::string OneLine(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; },
      ' ');
  return text;
}

bool IsManifestName(const std::string& name) {
  return !name.starts_with('.') &&
         (name.ends_with(".yaml") || name.ends_with(".yml") ||
          name.ends_with(".json"));
}

// JSON allows tabs between its parts, where yaml-cpp may not; inside of
// strings it has none.
std::string WithoutTabs(std::string json) {
  std::replace(json.begin(), json.end(), '\t', ' ');
  return json;
}

}  // namespace

std::string Diagnostic::ToString() const {
  std::string text = where.file + ":" + std::to_string(where.line) + ": ";
  if (!field.empty()) text += field + ": ";
  return OneLine(text + message);
}

Diagnostic Source::About(const std::string& below, std::string message) const {
  Diagnostic diagnostic{where, field, std::move(message)};
  if (below.empty()) return diagnostic;
  diagnostic.field += "." + below;
  // The problem may be that the field is missing: then its parent's line.
  for (std::string path = below; !path.empty();) {
    const auto line = lines.find(path);
    if (line != lines.end()) {
      diagnostic.where.line = line->second;
      break;
    }
    const size_t dot = path.rfind('.');
    path = dot == std::string::npos ? "" : path.substr(0, dot);
  }
  return diagnostic;
}

void ParseManifest(const std::string& file, const std::string& text,
                   Manifests* manifests) {
  const Report report{file, &manifests->errors, &manifests->warnings};
  try {
    const bool json = file.ends_with(".json");
    for (const YAML::Node& document :
         YAML::LoadAll(json ? WithoutTabs(text) : text)) {
      ReadDocument(report, document, manifests);
    }
  } catch (const YAML::Exception& error) {
    manifests->errors.push_back(
        {{file, std::max(error.mark.line, 0) + 1}, "", error.msg});
  } catch (const std::exception& error) {
    manifests->errors.push_back({{file, 1}, "", error.what()});
  }
}

std::vector<std::string> ManifestFiles(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code ec;
  std::filesystem::directory_iterator entry(directory, ec);
  const std::filesystem::directory_iterator end;
  while (!ec && entry != end) {
    if (IsManifestName(entry->path().filename().string()) &&
        entry->is_regular_file(ec)) {
      files.push_back(entry->path().string());
    }
    ec.clear();  // a file that went away is none
    entry.increment(ec);
  }
  std::sort(files.begin(), files.end());
  return files;
}

Manifests LoadManifests(const std::string& directory) {
  Manifests manifests;
  std::error_code ec;
  if (!std::filesystem::is_directory(directory, ec)) {
    manifests.errors.push_back({{directory, 1}, "", "is no folder"});
    return manifests;
  }
  for (const std::string& file : ManifestFiles(directory)) {
    const uintmax_t size = std::filesystem::file_size(file, ec);
    if (!ec && size > kMaxFileSize) {
      manifests.errors.push_back({{file, 1}, "", "is larger than 16 MiB"});
      continue;
    }
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>()};
    if (!stream) {
      manifests.errors.push_back({{file, 1}, "", "cannot be read"});
      continue;
    }
    ParseManifest(file, text, &manifests);
  }
  return manifests;
}

}  // namespace gateway
