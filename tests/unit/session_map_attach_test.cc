// Maps in memory that the caller gives: attached to again, elsewhere,
// read-only, refused with a reason.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "limpet/session_map.h"
#include "map_memory.h"
#include "seeded_random.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

using EraseResult = SessionMap::EraseResult;
using FindResult = SessionMap::FindResult;
using InsertResult = SessionMap::InsertResult;
using RebindResult = SessionMap::RebindResult;

constexpr SessionMap::Options kHundred{.capacity = 100};

struct Session100 {
  SessionId id;
  EndpointHandle endpoint;
};

std::vector<Session100> FillWith100(SessionMap& map) {
  std::vector<Session100> sessions;
  for (unsigned i = 0; i < 100; ++i) {
    SessionMap::Entry entry{.endpoint = i % 7 + 1};
    sessions.push_back({map.NewId(), entry.endpoint});
    EXPECT_EQ(map.InsertOrGet(sessions.back().id, &entry, kForever, At(0)),
              InsertResult::kInserted);
  }
  return sessions;
}

void ExpectAll(SessionMap& map, const std::vector<Session100>& sessions) {
  for (const Session100& session : sessions) {
    SessionMap::Entry entry;
    ASSERT_EQ(map.FindTouch(session.id, kForever, At(1), &entry),
              FindResult::kLive);
    EXPECT_EQ(entry.endpoint, session.endpoint);
    EXPECT_EQ(entry.created, At(0));
  }
}

TEST(SessionMapAttach, SharesSessionsSecretsAndSums) {
  MapMemory memory(kHundred);
  auto first = *SessionMap::Create(memory.bytes(), kHundred);
  auto second = *SessionMap::Attach(memory.bytes());
  ExpectAll(*second, FillWith100(*first));
  EXPECT_EQ(second->size(), 100U);
  EXPECT_EQ(second->capacity(), 100U);
  EXPECT_EQ(second->longest_timeout(), kHundred.longest_timeout);
  EXPECT_EQ(second->counts().inserted, 100U);
  EXPECT_EQ(second->death_is_noticed(), first->death_is_noticed());
  const SessionId id = first->NewId();
  EXPECT_EQ(second->Tag(id, 5), first->Tag(id, 5));
  EXPECT_EQ(second->IdOf("key"), first->IdOf("key"));
}

TEST(SessionMapAttach, SessionsOutliveTheirProcessAndTheAddress) {
  MapMemory memory(kHundred);
  auto map = *SessionMap::Create(memory.bytes(), kHundred);
  const std::vector<Session100> sessions = FillWith100(*map);
  map.reset();
  map = *SessionMap::Attach(memory.bytes());
  ExpectAll(*map, sessions);
  map.reset();
  const MapMemory copy(memory);
  std::fill(memory.bytes().begin(), memory.bytes().end(), std::byte{0xEE});
  map = *SessionMap::Attach(copy.bytes(), {.alone = true});
  ExpectAll(*map, sessions);
}

TEST(SessionMapAttach, OptionsComeFromTheMemory) {
  const SessionMap::Options options{
      .capacity = 3,
      .endpoints = 2,
      .longest_timeout = std::chrono::hours(24 * 365),
      .when_full = SessionMap::WhenFull::kEvict};
  MapMemory memory(options);
  ASSERT_TRUE(SessionMap::Create(memory.bytes(), options).ok());
  auto map = *SessionMap::Attach(memory.bytes());
  EXPECT_EQ(map->capacity(), 3U);
  EXPECT_EQ(map->longest_timeout(), std::chrono::hours(24 * 365));
  SessionMap::Entry entry{.endpoint = 1};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(map->InsertOrGet(map->NewId(), &entry, kForever, At(i)),
              InsertResult::kInserted);
  }
  EXPECT_EQ(map->counts().evicted, 1U);
}

TEST(SessionMapAttach, WhoOnlyLooksWritesNothing) {
  MapMemory memory(kHundred);
  auto map = *SessionMap::Create(memory.bytes(), kHundred);
  const std::vector<Session100> sessions = FillWith100(*map);
  map.reset();
  // From here on a write is a signal.
  memory.MakeReadOnly();
  auto looks = *SessionMap::Attach(memory.bytes(), {.read_only = true});
  ExpectAll(*looks, sessions);
  const SessionId id = sessions[0].id;
  const Timeouts over{.absolute = std::chrono::seconds(1)};
  const Timestamp later = At(int64_t{1} << 40);
  SessionMap::Entry entry{.endpoint = 1};
  EXPECT_EQ(looks->FindTouch(id, over, later, &entry), FindResult::kExpired);
  EXPECT_EQ(looks->FindTouch(looks->Prepare(id), kForever, later, &entry),
            FindResult::kLive);
  EXPECT_EQ(entry.last_used, At(0));
  for (const EndpointHandle endpoint : {1, 99}) {
    entry.endpoint = endpoint;
    EXPECT_EQ(looks->InsertOrGet(looks->NewId(), &entry, kForever, At(2)),
              InsertResult::kBusy);
    EXPECT_EQ(looks->Rebind(id, 1, endpoint, kForever, At(2), &entry),
              RebindResult::kBusy);
  }
  EXPECT_EQ(looks->Erase(id), EraseResult::kBusy);
  EXPECT_FALSE(looks->EraseEndpoint(1).complete);
  EXPECT_FALSE(looks->Sweep(over, later, 1'000).complete);
  EXPECT_FALSE(looks->Recover(false).ok());
  EXPECT_FALSE(looks->Recover(true).ok());
  size_t live = 0;
  looks->CountLive(kForever, At(2),
                   [&](EndpointHandle, size_t count) { live += count; });
  EXPECT_EQ(live, 100U);
  EXPECT_EQ(looks->size(), 100U);
  EXPECT_EQ(looks->counts().inserted, 100U);
}

// --- what is refused --------------------------------------------------------

std::string ReasonAgainst(std::span<std::byte> memory,
                          const MapAttachment& use = {}) {
  return SessionMap::Attach(memory, use).status().ToString();
}

TEST(SessionMapAttach, RefusesMemoryThatHoldsNoMap) {
  MapMemory memory(kHundred);
  EXPECT_EQ(ReasonAgainst(memory.bytes()), "memory: holds no session map");
  EXPECT_EQ(ReasonAgainst(memory.bytes().first(64)),
            "memory: must have 512 bytes");
  EXPECT_EQ(ReasonAgainst(memory.bytes().subspan(8)),
            "memory: must be aligned to 128 bytes");
}

TEST(SessionMapAttach, RefusesEveryChangedHeaderWithAReason) {
  MapMemory memory(kHundred);
  auto map = *SessionMap::Create(memory.bytes(), kHundred);
  const auto reason = [&](const std::function<void(MapHeader&)>& change,
                          const MapAttachment& use = {}) {
    const MapMemory copy(memory);
    change(copy.header());
    return ReasonAgainst(copy.bytes(), use);
  };
  EXPECT_EQ(reason([](MapHeader& h) { h.magic = h.magic ^ 1; }),
            "memory: holds no session map");
  EXPECT_EQ(reason([](MapHeader& h) { h.abi.byte_order = 0x04030201; }),
            "memory: is of a machine of the other byte order");
  EXPECT_EQ(reason([](MapHeader& h) { h.version = 2; }),
            "memory: has layout version 2, not 1");
  EXPECT_EQ(reason([](MapHeader& h) { h.abi.c_library ^= 1; }),
            "memory: is of another C library or processor");
  EXPECT_EQ(reason([](MapHeader& h) { h.abi.mutex_size += 8; }),
            "memory: is of another C library or processor");
  for (const auto& damage : std::vector<std::function<void(MapHeader&)>>{
           [](MapHeader& h) { h.abi.lock_kind = 3; },
           [](MapHeader& h) { h.when_full = 2; },
           [](MapHeader& h) { h.capacity = 0; },
           [](MapHeader& h) { h.endpoints = size_t{1} << 40; },
           [](MapHeader& h) { h.longest_timeout = 0; }}) {
    EXPECT_EQ(reason(damage), "memory: is damaged");
    EXPECT_EQ(reason(damage, {.alone = true}), "memory: is damaged");
  }
  const std::string size = std::to_string(memory.bytes().size());
  EXPECT_EQ(reason([](MapHeader& h) { h.size -= 128; }),
            "memory: is cut short: the map has " +
                std::to_string(memory.bytes().size() - 128) + " bytes");
  EXPECT_EQ(ReasonAgainst(memory.bytes().first(memory.bytes().size() - 1)),
            "memory: is cut short: the map has " + size + " bytes");
}

TEST(SessionMapAttach, RefusesAnotherBootOrNamespaceUnlessAlone) {
  MapMemory memory(kHundred);
  auto map = *SessionMap::Create(memory.bytes(), kHundred);
  const std::vector<Session100> sessions = FillWith100(*map);
  ASSERT_NE(memory.header().host.boot, 0U);
  ASSERT_NE(memory.header().host.pid_namespace, 0U);
  const HostIdentity host = memory.header().host;

  memory.header().host.boot ^= 1;
  EXPECT_EQ(ReasonAgainst(memory.bytes()),
            "memory: was made before the last boot; attach read_only or alone");
  memory.header().host = host;
  memory.header().host.pid_namespace ^= 1;
  EXPECT_EQ(ReasonAgainst(memory.bytes()),
            "memory: is used from another PID namespace; attach read_only or "
            "alone");
  ExpectAll(**SessionMap::Attach(memory.bytes(), {.read_only = true}),
            sessions);
  EXPECT_NE(memory.header().host.pid_namespace, host.pid_namespace);
  map.reset();
  ExpectAll(**SessionMap::Attach(memory.bytes(), {.alone = true}), sessions);
  // Whoever was alone has made the memory a map of this machine.
  EXPECT_EQ(memory.header().host.pid_namespace, host.pid_namespace);
  ExpectAll(**SessionMap::Attach(memory.bytes()), sessions);
}

TEST(SessionMapAttach, CreatesOnlyInZeroedMemoryThatIsLargeEnough) {
  MapMemory memory(kHundred);
  const auto reason = [](std::span<std::byte> bytes) {
    return SessionMap::Create(bytes, kHundred).status().ToString();
  };
  const std::string size = std::to_string(memory.bytes().size());
  EXPECT_EQ(reason(memory.bytes().first(memory.bytes().size() - 1)),
            "memory: must have " + size + " bytes");
  {
    const MapMemory larger(memory.bytes().size() + 8);
    EXPECT_EQ(reason(larger.bytes().subspan(8)),
              "memory: must be aligned to 128 bytes");
  }
  ASSERT_TRUE(SessionMap::Create(memory.bytes(), kHundred).ok());
  EXPECT_EQ(reason(memory.bytes()),
            "memory: must be zeroed: it holds something already");
}

// --- files ------------------------------------------------------------------

class TemporaryFile {
 public:
  TemporaryFile() : file_(std::tmpfile()) {
    EXPECT_NE(file_, nullptr);
    EXPECT_EQ(ftruncate(descriptor(), static_cast<off_t>(size())), 0);
  }
  ~TemporaryFile() { std::fclose(file_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  static size_t size() { return SessionMap::MemorySize(kHundred).value(); }
  int descriptor() const { return fileno(file_); }

 private:
  std::FILE* file_;
};

TEST(SessionMapAttach, AFileInUseIsNeitherMadeAnewNorRecovered) {
  const TemporaryFile file;
  const MapAttachment use{.file = file.descriptor()};
  const MapMemory memory(TemporaryFile::size(), file.descriptor());
  auto first = *SessionMap::Create(memory.bytes(), kHundred, use);
  const std::vector<Session100> sessions = FillWith100(*first);
  const MapMemory again(TemporaryFile::size(), file.descriptor());
  auto second = *SessionMap::Attach(again.bytes(), use);
  ExpectAll(*second, sessions);
  EXPECT_EQ(
      ReasonAgainst(again.bytes(), {.alone = true, .file = file.descriptor()}),
      "alone: must be false: the file is in use");
  EXPECT_EQ(
      SessionMap::Create(again.bytes(), kHundred, use).status().ToString(),
      "file: is in use");
  first.reset();
  second.reset();
  ExpectAll(**SessionMap::Attach(again.bytes(),
                                 {.alone = true, .file = file.descriptor()}),
            sessions);
}

TEST(SessionMapAttach, SeesThatAFileIsACopy) {
  const TemporaryFile file;
  const MapMemory memory(TemporaryFile::size(), file.descriptor());
  auto map = *SessionMap::Create(memory.bytes(), kHundred,
                                 {.file = file.descriptor()});
  const std::vector<Session100> sessions = FillWith100(*map);
  const TemporaryFile copy;
  const MapMemory of_copy(TemporaryFile::size(), copy.descriptor());
  std::copy(memory.bytes().begin(), memory.bytes().end(),
            of_copy.bytes().begin());
  // Somebody has the copy, and does not know that it is one.
  auto other = *SessionMap::Attach(of_copy.bytes());
  {
    const TemporaryFile third;
    EXPECT_EQ(
        of_copy.header().host.WhyNot(HostIdentity::OfThis(third.descriptor())),
        "is a copy of another file");
  }
  other.reset();
  // Alone with it, the map makes it its own.
  other = *SessionMap::Attach(of_copy.bytes(), {.file = copy.descriptor()});
  ExpectAll(*other, sessions);
  EXPECT_EQ(
      of_copy.header().host.WhyNot(HostIdentity::OfThis(copy.descriptor())),
      "");
}

}  // namespace
}  // namespace limpet::testing
