#include "session_map_model.h"

#include <algorithm>

#include "session_map/ticks.h"
#include "test_policy.h"

namespace limpet::testing {
namespace {

using FindResult = SessionMap::FindResult;
using WhenFull = SessionMap::WhenFull;

constexpr size_t kAlignment = 128;  // of a map's memory

int64_t Millis(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace

SessionMapModel::Memory::Memory(size_t size) : raw(size + kAlignment) {
  void* at = raw.data();
  size_t left = raw.size();
  bytes = {static_cast<std::byte*>(std::align(kAlignment, size, at, left)),
           size};
}

std::string ModelSetup::ToString() const {
  return Text("seed ", seed, ": capacity ", options.capacity, ", endpoints ",
              options.endpoints, ", longest timeout ",
              options.longest_timeout.count(), " ms, ",
              options.when_full == WhenFull::kEvict ? "evicts" : "refuses",
              ", absolute ", timeouts.absolute.count(), " ms, idle ",
              timeouts.idle.count(), " ms, ", keys, " keys",
              one_chain ? " of one chain" : "");
}

std::string ModelStep::ToString() const {
  static constexpr std::array<const char*, kKinds> kNames = {
      "clock",  "boundary", "find_touch", "find_touch by key",
      "find",   "prepare",  "finish",     "batch",
      "insert", "rebind",   "erase",      "erase_endpoint",
      "sweep",  "count",    "recover",    "move"};
  return Text(kNames.at(kind), " key ", key, " endpoint ", endpoint, " time ",
              time, " number ", number);
}

SessionMapModel::SessionMapModel(const ModelSetup& setup)
    : setup_(setup),
      step_ms_(TickFor(setup.options.longest_timeout)),
      random_(setup.seed),
      memory_(std::make_unique<Memory>(
          SessionMap::MemorySize(setup.options).value())) {
  const MapAttachment use{.random = &random_};
  maps_.push_back(
      SessionMap::Create(memory_->bytes, setup.options, use).value());
  maps_.push_back(SessionMap::Attach(memory_->bytes, use).value());
  MakeIds();
  SetClock(setup.clock);
}

void SessionMapModel::MakeIds() {
  for (unsigned i = 0; i < setup_.keys; ++i) {
    std::string key;
    SessionId id;
    if (setup_.one_chain) {
      id = {.high = 0x0123'4567'89AB'CDEF,
            .low = 0x5000'0000'0000'0000 | uint64_t{i} << 4};
    } else if (i % 2 == 0) {
      id = map().NewId();
    } else {
      key = std::string(i, '\0') + "key";
      id = map().IdOf(key);
    }
    ids_.push_back(id);
    keys_.push_back(key);
  }
}

EndpointHandle SessionMapModel::HandleOf(uint32_t endpoint) const {
  // Small numbers, as a host may choose them, and hashes.
  return endpoint % 2 == 0 ? endpoint + 1
                           : HashEndpointId(std::to_string(endpoint));
}

// --- the clock --------------------------------------------------------------

void SessionMapModel::SetClock(int64_t millis) {
  now_ = TimestampFromMillis(millis);
}

void SessionMapModel::ToBoundary(const ModelStep& step) {
  const auto it = sessions_.find(step.key);
  if (it == sessions_.end()) return;
  const Held& held = it->second;
  const bool idle =
      setup_.timeouts.absolute == Duration(0) || step.number % 2 == 0;
  const Timestamp end = idle ? held.last_used + setup_.timeouts.idle
                             : held.created + setup_.timeouts.absolute;
  // 1 ms before, the instant itself, and that of a tick or two later.
  const int64_t choice = step.number / 2 % 5;
  SetClock(Millis(end) + (choice < 3 ? choice - 1 : (choice - 2) * step_ms_));
}

void SessionMapModel::Uses(Timestamp now) {
  // The horizon moves when less than half of what was ahead is left.
  const Duration half{static_cast<int64_t>(kTicksAhead / 2) * step_ms_};
  const Duration tick{step_ms_};
  horizon_may_move_ = used_ && now >= horizon_ + half - tick;
  if (!used_ || now >= horizon_ + half + tick) horizon_ = now;
  used_ = true;
  newest_ = std::max(newest_, now);
}

// The latest that an exact time may be kept as: a tick's rest later, or, when
// it has left the window, at the window's end.
Timestamp SessionMapModel::Latest(Timestamp exact) const {
  const Duration window{static_cast<int64_t>(kMostTicks - 2) * step_ms_};
  return std::max(exact + Duration(step_ms_ - 1), newest_ - window);
}

bool SessionMapModel::Fits(Timestamp exact, Timestamp kept) const {
  return exact <= kept && kept <= Latest(exact);
}

SessionMapModel::Over SessionMapModel::OverNow(const Held& held) const {
  const auto over = [this](Timestamp created, Timestamp last_used) {
    return IsOver(setup_.timeouts, created, last_used, now_);
  };
  if (!over(held.created, held.last_used)) return Over::kNo;
  const Duration late{step_ms_ == 1 ? 0 : 2 * step_ms_};
  return over(Latest(held.created + late), Latest(held.last_used + late))
             ? Over::kYes
             : Over::kMaybe;
}

// --- what the map ended -----------------------------------------------------

bool SessionMapModel::IsHere(unsigned key) {
  SessionMap::Entry entry;
  return map().Find(ids_[key], kForever, now_, &entry) == FindResult::kLive;
}

std::string SessionMapModel::Settle() {
  const SessionMap::Counts counts = map().counts();
  const uint64_t expired = counts.expired - counts_.expired;
  const uint64_t evicted = counts.evicted - counts_.evicted;
  if (expired == 0 && evicted == 0) return "";
  std::vector<Sessions::iterator> over;
  std::vector<Sessions::iterator> live;
  for (auto it = sessions_.begin(); it != sessions_.end(); ++it) {
    if (IsHere(it->first)) continue;
    (OverNow(it->second) == Over::kNo ? live : over).push_back(it);
  }
  // One that may be over or not may have been evicted.
  if (evicted == 1 && live.empty() && over.size() == expired + 1) {
    live.push_back(over.back());
    over.pop_back();
  }
  if (over.size() != expired || live.size() != evicted) {
    return Text("counts ", expired, " as expired and ", evicted,
                " as evicted; gone are ", over.size(), " and ", live.size());
  }
  if (evicted != 0 && setup_.chains_are_whole) {
    const Timestamp idle_since = live[0]->second.last_used;
    for (const auto& [key, held] : sessions_) {
      if (OverNow(held) == Over::kYes) return "evicts while one is over";
      if (Latest(held.last_used) < idle_since) {
        return Text("evicts ", live[0]->first, ", but ", key,
                    " is idle for longer");
      }
    }
  }
  for (const auto& it : over) sessions_.erase(it);
  for (const auto& it : live) sessions_.erase(it);
  counts_.expired += expired;
  counts_.evicted += evicted;
  return "";
}

std::string SessionMapModel::CheckCounts() {
  const SessionMap::Counts counts = map().counts();
  const auto differ = [](const char* name, uint64_t is, uint64_t should) {
    return is == should ? "" : Text(name, " is ", is, ", not ", should);
  };
  std::string problem = differ("size", map().size(), sessions_.size());
  const auto check = [&](const char* name, uint64_t is, uint64_t should) {
    if (problem.empty()) problem = differ(name, is, should);
  };
  check("inserted", counts.inserted, counts_.inserted);
  check("expired", counts.expired, counts_.expired);
  check("evicted", counts.evicted, counts_.evicted);
  check("erased", counts.erased, counts_.erased);
  check("erased_endpoint", counts.erased_endpoint, counts_.erased_endpoint);
  check("refused", counts.refused, counts_.refused);
  check("repaired", counts.repaired, counts_.repaired);
  return problem;
}

std::string SessionMapModel::Entered(const Held& held,
                                     const SessionMap::Entry& entry) const {
  if (entry.endpoint != held.endpoint) {
    return Text("endpoint is ", entry.endpoint, ", not ", held.endpoint);
  }
  if (!Fits(held.created, entry.created)) {
    return Text("created is ", Millis(entry.created), ", not ",
                Millis(held.created));
  }
  if (!Fits(held.last_used, entry.last_used)) {
    return Text("last_used is ", Millis(entry.last_used), ", not ",
                Millis(held.last_used));
  }
  return "";
}

std::string SessionMapModel::CheckAll() {
  for (unsigned key = 0; key < ids_.size(); ++key) {
    SessionMap::Entry entry;
    const FindResult result = map().Find(ids_[key], kForever, now_, &entry);
    const auto it = sessions_.find(key);
    const bool held = it != sessions_.end();
    if ((result == FindResult::kLive) != held) {
      return Text("session ", key, held ? " is lost" : " is a ghost");
    }
    const std::string problem = held ? Entered(it->second, entry) : "";
    if (!problem.empty()) return Text("session ", key, ": ", problem);
  }
  const std::string problem = DoCountLive();
  return problem.empty() ? CheckCounts() : problem;
}

}  // namespace limpet::testing
