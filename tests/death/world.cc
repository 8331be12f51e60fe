#include "world.h"

#include <cstdlib>
#include <iostream>

namespace limpet::testing {
namespace {

constexpr uint64_t kSeed = 20261130;
// Nobody has to wait who is not meant to wait in vain.
constexpr MapAttachment kUse{.lock_budget = std::chrono::microseconds(100)};

template <class T>
T ValueOf(Result<T> result) {
  if (!result.ok()) {
    std::cerr << result.status().ToString() << "\n";
    std::abort();
  }
  return *std::move(result);
}

std::shared_ptr<SessionMap> Make(const SessionMap::Options& options,
                                 LockKind locks, const SharedMemory& memory) {
  MapAttachment use = kUse;
  use.file = memory.file();
  auto map = ValueOf(SessionMap::Create(memory.bytes(), options, use));
  const MapParts parts(memory.bytes());
  if (locks == LockKind::kRobust) return map;
  // As it would be had it been made where deaths go unnoticed.
  parts.header().abi.lock_kind = static_cast<uint32_t>(locks);
  parts.header().lock.Init(locks);
  parts.shard_header(0).lock.Init(locks);
  return ValueOf(SessionMap::Attach(memory.bytes(), kUse));
}

}  // namespace

World::World(const SessionMap::Options& options, LockKind locks)
    : random_(kSeed),
      memory_(ValueOf(SessionMap::MemorySize(options))),
      victim_(Make(options, locks, memory_)),
      survivor_(ValueOf(SessionMap::Attach(memory_.bytes(), kUse))),
      parts_(memory_.bytes()) {
  if (parts_.geometry().buckets != 11 || parts_.geometry().stash != 1) {
    std::abort();
  }
  Put(NewIdAt(9), 15'000);
  Put(NewIdAt(9), 15'000, kThere);
}

SessionId World::Remember(const SessionId& id) {
  ids_.push_back(id);
  return id;
}

SessionId World::NewIdAt(uint32_t home) {
  SessionId id;
  do {
    random_.Fill(std::as_writable_bytes(std::span(&id, 1)));
  } while (parts_.KeyOf(id).home != home);
  return Remember(id);
}

SessionId World::NewIdWithChain() {
  SessionId id;
  // All of one class, so that they share their counts.
  do {
    random_.Fill(std::as_writable_bytes(std::span(&id, 1)));
  } while (parts_.KeyOf(id).home != 0 ||
           BucketOf(parts_.KeyOf(id), 1, 11) != 1 ||
           ClassOf(parts_.KeyOf(id).fingerprint) != 3);
  return Remember(id);
}

SessionId World::Put(const SessionId& id, int64_t at, EndpointHandle endpoint) {
  SessionMap::Entry entry{.endpoint = endpoint};
  if (survivor_->InsertOrGet(id, &entry, kForever, At(at)) !=
      SessionMap::InsertResult::kInserted) {
    std::abort();
  }
  return id;
}

void World::Fill(uint32_t begin, uint32_t end, int64_t at) {
  for (uint32_t bucket = begin; bucket < end; ++bucket) {
    for (unsigned slot = 0; slot < kSlots; ++slot) {
      if (parts_.shard(0).buckets[bucket].print[slot].load() == 0) {
        Put(NewIdAt(bucket), at);
      }
    }
  }
}

World::Entries World::Look() const {
  Entries entries;
  for (const SessionId& id : ids_) {
    SessionMap::Entry entry;
    const bool found = survivor_->Find(id, kForever, At(0), &entry) ==
                       SessionMap::FindResult::kLive;
    entries.push_back(found ? std::optional(entry) : std::nullopt);
  }
  return entries;
}

}  // namespace limpet::testing
