#include "memory.h"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace limpet::model {
namespace {

void Insist(bool fits, const char* what) {
  if (fits) return;
  std::fprintf(stderr, "the model has too few %s\n", what);
  std::abort();
}

}  // namespace

uint64_t Cell::Get() const {
  switch (size) {
    case sizeof(uint8_t):
      return *static_cast<const uint8_t*>(address);
    case sizeof(uint32_t):
      return *static_cast<const uint32_t*>(address);
    default:
      return *static_cast<const uint64_t*>(address);
  }
}

void Cell::Set(uint64_t value) const {
  switch (size) {
    case sizeof(uint8_t):
      *static_cast<uint8_t*>(address) = static_cast<uint8_t>(value);
      break;
    case sizeof(uint32_t):
      *static_cast<uint32_t*>(address) = static_cast<uint32_t>(value);
      break;
    default:
      *static_cast<uint64_t*>(address) = value;
  }
}

void Memory::Reset(size_t threads) {
  Insist(threads <= kMaxThreads, "threads");
  threads_ = threads;
  views_ = {};
  mutex_views_.clear();
  for (Location& location : locations_) location.messages.clear();
}

size_t Memory::Locate(const Cell& cell) {
  const auto [it, added] =
      numbers_.try_emplace(cell.address, locations_.size());
  if (added) {
    Insist(locations_.size() < kMaxLocations, "locations");
    locations_.push_back({.cell = cell, .messages = {}});
  }
  auto& messages = locations_[it->second].messages;
  if (messages.empty()) {
    messages.emplace_back();
    messages.back().value = cell.Get();
  }
  return it->second;
}

uint64_t Memory::Read(size_t thread, size_t location, size_t position,
                      bool acquire) {
  const Message& message = locations_[location].messages[position];
  View& view = views_[thread];
  assert(position >= view[location]);
  view[location] = static_cast<uint8_t>(position);
  if (acquire && message.carries) Join(view, message.view);
  return message.value;
}

void Memory::Write(size_t thread, size_t location, size_t position,
                   uint64_t value, bool release, bool modifies) {
  auto& messages = locations_[location].messages;
  assert(position >= views_[thread][location]);
  assert(Extensible(location, position));
  Insist(messages.size() < kMaxMessages, "messages");
  if (position + 1 < messages.size()) ShiftViews(location, position + 1);
  View& view = views_[thread];
  view[location] = static_cast<uint8_t>(position + 1);

  Message message;
  message.value = value;
  message.modifies = modifies;
  message.carries = release;
  if (release) message.view = view;
  if (modifies && messages[position].carries) {
    message.carries = true;
    Join(message.view, messages[position].view);
  }
  messages.insert(messages.begin() + static_cast<std::ptrdiff_t>(position) + 1,
                  message);
}

void Memory::AcquireFrom(size_t thread, size_t mutex) {
  if (mutex < mutex_views_.size()) Join(views_[thread], mutex_views_[mutex]);
}

void Memory::ReleaseTo(size_t thread, size_t mutex) {
  if (mutex >= mutex_views_.size()) mutex_views_.resize(mutex + 1);
  mutex_views_[mutex] = views_[thread];
}

void Memory::AddTo(Digest& digest, const std::vector<bool>& live) const {
  View base;
  base.fill(UINT8_MAX);
  for (size_t thread = 0; thread < threads_; ++thread) {
    if (!live[thread]) continue;
    for (size_t i = 0; i < locations_.size(); ++i) {
      base[i] = std::min(base[i], views_[thread][i]);
    }
  }
  for (size_t i = 0; i < locations_.size(); ++i) {
    const auto& messages = locations_[i].messages;
    if (messages.size() < 2) continue;
    digest.Add(i);
    // Of no thread live the last values alone are left to look at.
    const size_t oldest = std::min<size_t>(base[i], messages.size() - 1);
    digest.Add(messages.size() - oldest);
    for (size_t k = oldest; k < messages.size(); ++k) {
      digest.Add(messages[k].value);
      const bool modifies = k > oldest && messages[k].modifies;
      digest.Add((modifies ? 1 : 0) + (messages[k].carries ? 2 : 0));
      if (messages[k].carries) AddView(digest, messages[k].view, base);
    }
  }
  for (size_t thread = 0; thread < threads_; ++thread) {
    if (live[thread]) AddView(digest, views_[thread], base);
  }
  for (const View& view : mutex_views_) AddView(digest, view, base);
}

void Memory::WriteBack() const {
  for (const Location& location : locations_) {
    if (location.messages.empty()) continue;
    location.cell.Set(location.messages.back().value);
  }
}

void Memory::Join(View& into, const View& from) const {
  for (size_t i = 0; i < locations_.size(); ++i) {
    into[i] = std::max(into[i], from[i]);
  }
}

void Memory::ShiftViews(size_t location, size_t position) {
  const auto shift = [&](View& view) {
    if (view[location] >= position) ++view[location];
  };
  for (View& view : views_) shift(view);
  for (View& view : mutex_views_) shift(view);
  for (Location& other : locations_) {
    for (Message& message : other.messages) shift(message.view);
  }
}

void Memory::AddView(Digest& digest, const View& view, const View& base) const {
  View beyond{};
  for (size_t i = 0; i < locations_.size(); ++i) {
    beyond[i] = static_cast<uint8_t>(std::max(view[i], base[i]) - base[i]);
  }
  for (size_t i = 0; i < locations_.size(); i += sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, beyond.data() + i, sizeof(word));
    if (word == 0) continue;
    digest.Add(i);
    digest.Add(word);
  }
  digest.Add(kMaxLocations);
}

}  // namespace limpet::model
