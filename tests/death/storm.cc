#include "storm.h"

#include <sched.h>

#include <algorithm>
#include <chrono>

#include "instructions.h"

namespace limpet::testing {
namespace {

using EraseResult = SessionMap::EraseResult;
using FindResult = SessionMap::FindResult;
using InsertResult = SessionMap::InsertResult;
using RebindResult = SessionMap::RebindResult;

constexpr Timeouts kTimeouts{.idle = std::chrono::milliseconds(2'000)};
constexpr int64_t kRound = 10;  // ms of the clock; nobody kept gets too old
// So long that a lock which is held on to shows.
constexpr MapAttachment kUse{.lock_budget = std::chrono::seconds(10)};
constexpr size_t kSwitched = 8;
constexpr uint64_t kLongestLife = 800;  // instructions
constexpr uint64_t kOperationsBetweenKills = 100;

// The two endpoints of a session, in turn.
EndpointHandle EndpointOf(const SessionId& id, bool other) {
  return 1 + id.low % 16 + (other ? 100 : 0);
}
bool IsRight(const SessionId& id, const SessionMap::Entry& entry) {
  return (entry.endpoint == EndpointOf(id, false) ||
          entry.endpoint == EndpointOf(id, true)) &&
         entry.created <= entry.last_used;
}

template <class Deed>
uint64_t Time(const Deed& deed) {
  const auto begin = std::chrono::steady_clock::now();
  deed();
  return static_cast<uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin)
          .count());
}

}  // namespace

Storm::Storm(const Options& options)
    : options_(options),
      random_(options.seed),
      memory_(*SessionMap::MemorySize({.capacity = options.capacity})),
      shared_memory_(sizeof(Shared)),
      shared_(*reinterpret_cast<Shared*>(shared_memory_.bytes().data())),
      map_(*SessionMap::Create(memory_.bytes(), {.capacity = options.capacity},
                               kUse)),
      is_on_(kSwitched) {
  const auto make = [&](size_t count) {
    std::vector<SessionId> ids(count);
    for (SessionId& id : ids) id = {.high = random_(), .low = random_()};
    return ids;
  };
  wild_ = make(options.wild);
  kept_ = make(options.kept);
  switched_ = make(kSwitched);
  for (const SessionId& id : kept_) {
    SessionMap::Entry entry{.endpoint = EndpointOf(id, false)};
    Check(map_->InsertOrGet(id, &entry, kTimeouts, now()) ==
              InsertResult::kInserted,
          "no room at the beginning");
  }
  for (size_t process = 0; process < kProcesses; ++process) Start(process);
}

Timestamp Storm::now() const {
  return TimestampFromMillis(1'700'000'000'000 + shared_.clock.load());
}

// --- the four ---------------------------------------------------------------

void Storm::Live(size_t process, uint64_t seed) const {
  Post& post = shared_.posts[process];
  std::mt19937_64 random(seed);
  for (;;) {
    if (const uint64_t count = post.instructions_to_live.load(); count != 0) {
      DieAfter(count, [&] {
        for (;;) Operate(post, random, true);
      });
    }
    Operate(post, random, false);
    post.operations.fetch_add(1);
    post.lately.fetch_add(1);
  }
}

void Storm::Operate(Post& post, std::mt19937_64& random,
                    bool only_writes) const {
  const SessionId& id = wild_[random() % wild_.size()];
  const bool other = random() % 2 != 0;
  const Timestamp now = this->now();
  SessionMap::Entry entry{.endpoint = EndpointOf(id, other)};
  switch (only_writes ? random() % 8 : random() % 16) {
    case 0:
    case 1:
    case 2: {
      const InsertResult result = map_->InsertOrGet(id, &entry, kTimeouts, now);
      post.busy += result == InsertResult::kBusy;
      post.wrong += !IsRight(id, entry);
      break;
    }
    case 3: {
      const RebindResult result =
          map_->Rebind(id, EndpointOf(id, !other), EndpointOf(id, other),
                       kTimeouts, now, &entry);
      post.busy += result == RebindResult::kBusy;
      post.wrong += result != RebindResult::kAbsent && !IsRight(id, entry);
      break;
    }
    case 4:
    case 5:
      post.busy += map_->Erase(id) == EraseResult::kBusy;
      break;
    case 6:
      post.busy += !map_->Sweep(kTimeouts, now, 32).complete;
      break;
    case 7:
      if (random() % 64 == 0) {
        // Not of the one whose sessions are kept.
        post.busy += !map_->EraseEndpoint(EndpointOf(id, true)).complete;
      }
      break;
    case 8:
    case 9:
    case 10: {
      const SessionId& kept = kept_[random() % kept_.size()];
      const bool found =
          map_->FindTouch(kept, kTimeouts, now, &entry) == FindResult::kLive;
      post.lost += !found;
      post.wrong += found && entry.endpoint != EndpointOf(kept, false);
      break;
    }
    default:
      post.wrong +=
          map_->FindTouch(id, kTimeouts, now, &entry) == FindResult::kLive &&
          !IsRight(id, entry);
  }
}

// --- the survivor -----------------------------------------------------------

void Storm::Check(bool right, const char* what) {
  if (!right && problem_.empty()) problem_ = what;
}

void Storm::Start(size_t process) {
  Post& post = shared_.posts[process];
  post.lately = 0;
  post.instructions_to_live = 0;
  const uint64_t seed = random_();
  children_[process].emplace([=, this]() -> int { Live(process, seed); });
}

void Storm::Restart() {
  for (size_t process = 0; process < kProcesses; ++process) {
    const std::optional<Exit> exit = children_[process]->Ended();
    if (!exit) continue;
    Check(exit->IsKilled(), "a process ends by itself");
    ++deaths_;
    Start(process);
  }
}

void Storm::Round(Waits* waits) {
  shared_.clock.fetch_add(kRound);
  SessionMap::Entry entry;
  for (const SessionId& id : kept_) {
    FindResult result{};
    waits->lookups.push_back(
        Time([&] { result = map_->FindTouch(id, kTimeouts, now(), &entry); }));
    Check(result == FindResult::kLive, "a session is lost");
    Check(entry.endpoint == EndpointOf(id, false), "a session is wrong");
  }
  for (size_t i = 0; i < switched_.size(); ++i) {
    const SessionId& id = switched_[i];
    if (is_on_[i]) {
      EraseResult result{};
      waits->writes.push_back(Time([&] { result = map_->Erase(id); }));
      Check(result == EraseResult::kErased, "a session cannot be erased");
      is_on_[i] = false;
    } else {
      Check(map_->Find(id, kTimeouts, now(), &entry) == FindResult::kAbsent,
            "a session that was erased is there");
      InsertResult result{};
      entry.endpoint = EndpointOf(id, false);
      waits->writes.push_back(Time(
          [&] { result = map_->InsertOrGet(id, &entry, kTimeouts, now()); }));
      Check(result == InsertResult::kInserted || result == InsertResult::kFull,
            "a session cannot be inserted");
      is_on_[i] = result == InsertResult::kInserted;
    }
  }
  sched_yield();
}

Storm::Waits Storm::Calm(size_t rounds) {
  Waits waits;
  for (size_t i = 0; i < rounds; ++i) Round(&waits);
  return waits;
}

template <class Kill>
Storm::Waits Storm::Rage(size_t kills, const Kill& kill) {
  Waits waits;
  const size_t until = deaths_ + kills;
  while (deaths_ < until && problem_.empty()) {
    Round(&waits);
    for (size_t process = 0; process < kProcesses; ++process) {
      const bool is_busy =
          shared_.posts[process].lately.load() >= kOperationsBetweenKills;
      if (is_busy && random_() % 2 == 0) kill(process);
    }
    Restart();
  }
  return waits;
}

Storm::Waits Storm::Rage(size_t kills) {
  return Rage(kills, [this](size_t process) { children_[process]->Kill(); });
}

void Storm::RageWithin(size_t kills) {
  Rage(kills, [this](size_t process) {
    shared_.posts[process].instructions_to_live = 1 + random_() % kLongestLife;
  });
}

std::string Storm::End() {
  for (auto& child : children_) child.reset();
  if (!problem_.empty()) return problem_;
  uint64_t wrong = 0;
  uint64_t lost = 0;
  uint64_t busy = 0;
  for (const Post& post : shared_.posts) {
    wrong += post.wrong;
    lost += post.lost;
    busy += post.busy;
  }
  if (wrong + lost + busy != 0) {
    return std::to_string(wrong) + " wrong, " + std::to_string(lost) +
           " lost, " + std::to_string(busy) + " busy";
  }
  if (!map_->Recover(false).ok()) return "cannot be mended";
  std::vector<SessionId> ids = wild_;
  ids.insert(ids.end(), kept_.begin(), kept_.end());
  ids.insert(ids.end(), switched_.begin(), switched_.end());
  const MapParts parts(memory_.bytes());
  if (std::string audit = parts.Audit(ids, Counts::kExact); !audit.empty()) {
    return audit;
  }
  size_t live = 0;
  map_->CountLive({}, now(), [&](EndpointHandle, size_t n) { live += n; });
  if (live != map_->size()) return "live sessions are not those that are held";
  const SessionMap::Counts sums = map_->counts();
  const auto gone = static_cast<int64_t>(sums.expired + sums.evicted +
                                         sums.erased + sums.erased_endpoint);
  const int64_t off = static_cast<int64_t>(sums.inserted) - gone -
                      static_cast<int64_t>(map_->size());
  const auto deaths = static_cast<int64_t>(deaths_ + kProcesses);
  if (off > deaths || -off > deaths) {
    return "the sums are off by " + std::to_string(off);
  }
  return "";
}

uint64_t Storm::operations() const {
  uint64_t sum = 0;
  for (const Post& post : shared_.posts) sum += post.operations;
  return sum;
}

std::string Storm::Waits::Summary(std::vector<uint64_t>* waits) {
  std::sort(waits->begin(), waits->end());
  const auto at = [&](double part) {
    return std::to_string((*waits)[static_cast<size_t>(
        part * static_cast<double>(waits->size() - 1))]);
  };
  return std::to_string(waits->size()) + ": p50 " + at(0.5) + " ns, p99.9 " +
         at(0.999) + " ns, longest " + at(1) + " ns";
}

}  // namespace limpet::testing
