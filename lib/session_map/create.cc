// How a map comes to its memory: made, created, attached to, recovered.
#include <sodium.h>

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#if defined(__linux__)
#include <features.h>
#endif

#include "session_map/rep.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr std::chrono::microseconds kLongestLockBudget =
    std::chrono::minutes(1);
constexpr size_t kAlignment = alignof(MapHeader);

Status Invalid(std::string field, std::string message) {
  return Status(StatusCode::kInvalidArgument, std::move(field),
                std::move(message));
}

Status Check(const MapAttachment& use) {
  if (use.lock_budget.count() < 0 || use.lock_budget > kLongestLockBudget) {
    return Invalid("lock_budget", "must be from 0 to 1 minute");
  }
  if (use.file < -1) return Invalid("file", "must be a descriptor, or -1");
  if (sodium_init() < 0) {
    return Status(StatusCode::kUnavailable, "", "libsodium did not start");
  }
  return {};
}

Status CheckMemory(std::span<std::byte> memory, size_t size) {
  if (memory.size() < size) {
    return Invalid("memory", "must have " + std::to_string(size) + " bytes");
  }
  if (reinterpret_cast<uintptr_t>(memory.data()) % kAlignment != 0) {
    return Invalid("memory", "must be aligned to 128 bytes");
  }
  return {};
}

uint64_t MagicWord() {
  uint64_t word = 0;
  std::copy(kMagic.begin(), kMagic.end(), reinterpret_cast<char*>(&word));
  return word;
}

MapHeader& HeaderOf(std::span<std::byte> memory) {
  return *reinterpret_cast<MapHeader*>(memory.data());
}

// Fills in a header in zeroed memory, all but its magic.
void Describe(const SessionMap::Options& options, size_t size, int file,
              RandomSource& random, MapHeader* header) {
  header->version = kLayoutVersion;
  header->when_full = static_cast<uint32_t>(options.when_full);
  header->abi = Abi::OfThis(BestLockKind());
  header->size = size;
  header->capacity = options.capacity;
  header->endpoints = options.endpoints;
  header->longest_timeout = options.longest_timeout.count();
  header->host = HostIdentity::OfThis(file);
  random.Fill(std::as_writable_bytes(std::span(header->secrets.of_keys)));
  random.Fill(std::as_writable_bytes(std::span(header->secrets.of_ids)));
  random.Fill(std::as_writable_bytes(std::span(header->secrets.of_scopes)));
  random.Fill(std::as_writable_bytes(std::span(header->secrets.of_long_keys)));
}

// Why memory that claims to hold a map holds none that this build can use.
Status CheckHeader(const MapHeader& header, size_t size,
                   SessionMap::Options* options, Geometry* geometry) {
  if (header.magic.load(std::memory_order_acquire) != MagicWord()) {
    return Invalid("memory", "holds no session map");
  }
  if (header.abi.byte_order != kByteOrder) {
    return Invalid("memory", "is of a machine of the other byte order");
  }
  if (header.version != kLayoutVersion) {
    return Invalid("memory", "has layout version " +
                                 std::to_string(header.version) + ", not " +
                                 std::to_string(kLayoutVersion));
  }
  if (header.abi != Abi::OfThis(static_cast<LockKind>(header.abi.lock_kind))) {
    return Invalid("memory", "is of another C library or processor");
  }
  *options = {.capacity = header.capacity,
              .endpoints = header.endpoints,
              .longest_timeout = Duration(header.longest_timeout),
              .when_full = static_cast<SessionMap::WhenFull>(header.when_full)};
  if (!Geometry::Check(*options).ok() || header.when_full > 1 ||
      header.abi.lock_kind > static_cast<uint32_t>(LockKind::kPolled)) {
    return Invalid("memory", "is damaged");
  }
  *geometry = Geometry::Of(*options);
  if (header.size != geometry->Size() || header.size > size) {
    return Invalid("memory", "is cut short: the map has " +
                                 std::to_string(header.size) + " bytes");
  }
  return {};
}

}  // namespace

Abi Abi::OfThis(LockKind kind) {
#if defined(__GLIBC__)
  constexpr uint32_t kGlibc = 1;
#else
  constexpr uint32_t kGlibc = 0;
#endif
  return {.byte_order = kByteOrder,
          .c_library = kGlibc,
          .mutex_size = sizeof(pthread_mutex_t),
          .lock_kind = static_cast<uint32_t>(kind)};
}

Result<size_t> SessionMap::MemorySize(const Options& options) {
  if (const Status status = Geometry::Check(options); !status.ok()) {
    return status;
  }
  return Geometry::Of(options).Size();
}

SessionMap::SessionMap(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
SessionMap::~SessionMap() = default;

Result<std::shared_ptr<SessionMap>> SessionMap::Make(const Options& options,
                                                     const MapAttachment& use) {
  if (use.file > -1) {
    return Invalid("file", "must be -1: the map has memory of its own");
  }
  const Result<size_t> size = MemorySize(options);
  if (!size.ok()) return size.status();
  Memory memory(*size);
  if (memory.bytes().empty()) {
    return Status(StatusCode::kUnavailable, "capacity",
                  "not enough memory for " + std::to_string(options.capacity) +
                      " sessions");
  }
  auto map = Create(memory.bytes(), options, use);
  if (map.ok()) (*map)->rep_->own_memory = std::move(memory);
  return map;
}

Result<std::shared_ptr<SessionMap>> SessionMap::Create(
    std::span<std::byte> memory, const Options& options,
    const MapAttachment& use) {
  if (Status status = Check(use); !status.ok()) return status;
  const Result<size_t> size = MemorySize(options);
  if (!size.ok()) return size.status();
  if (Status status = CheckMemory(memory, *size); !status.ok()) return status;
  if (use.read_only) {
    return Invalid("read_only", "must be false: creating is writing");
  }
  FileClaim claim;
  if (use.file != -1) {
    Result<FileClaim> made = FileClaim::Make(use.file);
    if (!made.ok()) return made.status();
    claim = *std::move(made);
    if (!claim.alone()) return Invalid("file", "is in use");
  }
  MapHeader& header = HeaderOf(memory);
  if (header.magic.load(std::memory_order_acquire) != 0) {
    return Invalid("memory", "must be zeroed: it holds something already");
  }
  try {
    Describe(options, *size, use.file,
             use.random ? *use.random : SystemRandom(), &header);
    auto rep =
        std::make_unique<Rep>(memory, options, Geometry::Of(options), use);
    rep->MakeLocksAnew();
    header.magic.store(MagicWord(), std::memory_order_release);
    if (use.file != -1) claim.Share();
    rep->claim = std::move(claim);
    return std::shared_ptr<SessionMap>(new SessionMap(std::move(rep)));
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kUnavailable, "", "not enough memory");
  }
}

Result<std::shared_ptr<SessionMap>> SessionMap::Attach(
    std::span<std::byte> memory, const MapAttachment& use) {
  if (Status status = Check(use); !status.ok()) return status;
  if (Status status = CheckMemory(memory, sizeof(MapHeader)); !status.ok()) {
    return status;
  }
  MapHeader& header = HeaderOf(memory);
  Options options;
  Geometry geometry;
  if (Status status = CheckHeader(header, memory.size(), &options, &geometry);
      !status.ok()) {
    return status;
  }
  FileClaim claim;
  const bool claims = use.file != -1 && !use.read_only;
  if (claims) {
    Result<FileClaim> made = FileClaim::Make(use.file);
    if (!made.ok()) return made.status();
    claim = *std::move(made);
    if (use.alone && !claim.alone()) {
      return Invalid("alone", "must be false: the file is in use");
    }
  }
  const HostIdentity host = HostIdentity::OfThis(use.file);
  std::string reason = header.host.WhyNot(host);
  const bool robust =
      header.abi.lock_kind == static_cast<uint32_t>(LockKind::kRobust);
  if (robust && BestLockKind() != LockKind::kRobust) {
    reason = "has locks that notice deaths, which do not work here";
  }
  if (header.abi.lock_kind == static_cast<uint32_t>(LockKind::kNone)) {
    reason = "was left amid its recovery";
  }
  if (!reason.empty() && !use.read_only && !use.alone && !claim.alone()) {
    return Invalid("memory", reason + "; attach read_only or alone");
  }
  try {
    auto rep = std::make_unique<Rep>(memory, options, geometry, use);
    // Alone by the host's word, or by the file's: then only for a reason, as
    // locks that notice deaths need no help.
    if (!use.read_only &&
        (use.alone || (claim.alone() && (!robust || !reason.empty())))) {
      rep->lock_kind = BestLockKind();
      rep->Recover();
      header.host = host;
    }
    if (claims) claim.Share();
    rep->claim = std::move(claim);
    return std::shared_ptr<SessionMap>(new SessionMap(std::move(rep)));
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kUnavailable, "", "not enough memory");
  }
}

void SessionMap::Rep::Recover() {
  // Who dies in here leaves a map that tells.
  header->abi.lock_kind = static_cast<uint32_t>(LockKind::kNone);
  MakeLocksAnew();
  for (uint32_t i = 0; i < geometry.shards; ++i) Repair(i);
  header->abi.lock_kind = static_cast<uint32_t>(lock_kind);
}

Status SessionMap::Recover(bool alone) {
  if (rep_->use.read_only) {
    return Invalid("read_only", "must be false: recovering is writing");
  }
  if (alone) {
    rep_->Recover();
    return {};
  }
  for (uint32_t i = 0; i < rep_->geometry.shards; ++i) {
    if (!Rep::Section(*rep_, i)) {
      return Status(StatusCode::kUnavailable, "alone",
                    "a lock is held by an owner who is not known to be dead");
    }
  }
  return {};
}

}  // namespace v0
}  // namespace limpet
