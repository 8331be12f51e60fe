// What each call must do, by the contract in limpet/session_map.h.
#include <algorithm>
#include <set>

#include "session_map_model.h"

namespace limpet::testing {
namespace {

using EraseResult = SessionMap::EraseResult;
using FindResult = SessionMap::FindResult;
using InsertResult = SessionMap::InsertResult;
using RebindResult = SessionMap::RebindResult;
using WhenFull = SessionMap::WhenFull;

constexpr size_t kMaxPrepared = 32;
constexpr uint32_t kMaxBatch = 40;
constexpr size_t kAllPlaces = 1 << 20;

}  // namespace

std::string SessionMapModel::Do(const ModelStep& step) {
  std::string problem;
  horizon_may_move_ = false;
  switch (step.kind) {
    case ModelStep::kClock:
      SetClock(ToMillis(now_) + step.time);
      return "";
    case ModelStep::kBoundary:
      ToBoundary(step);
      return "";
    case ModelStep::kFindTouch:
    case ModelStep::kFindTouchKey:
    case ModelStep::kFind:
      problem = DoFind(step);
      break;
    case ModelStep::kPrepare:
      if (prepared_.size() == kMaxPrepared) prepared_.clear();
      prepared_.emplace_back(step.key, keys_[step.key].empty()
                                           ? map().Prepare(ids_[step.key])
                                           : map().Prepare(keys_[step.key]));
      return "";
    case ModelStep::kFinish:
      problem = DoFinish(step);
      break;
    case ModelStep::kBatch:
      problem = DoBatch(step);
      break;
    case ModelStep::kInsert:
      problem = DoInsert(step);
      break;
    case ModelStep::kRebind:
      problem = DoRebind(step);
      break;
    case ModelStep::kErase:
      problem = DoErase(step);
      break;
    case ModelStep::kEraseEndpoint:
      problem = DoEraseEndpoint(step);
      break;
    case ModelStep::kSweep:
      problem = DoSweep(step);
      break;
    case ModelStep::kCountLive:
      problem = DoCountLive();
      break;
    case ModelStep::kRecover:
      problem = DoRecover(step);
      break;
    case ModelStep::kMove:
      problem = DoMove();
      break;
  }
  if (problem.empty()) problem = Settle();
  if (problem.empty()) problem = CheckCounts();
  return problem;
}

// A session that is over and that this very call took away.
std::string SessionMapModel::Ended(unsigned key) {
  const auto it = sessions_.find(key);
  if (it == sessions_.end()) return "a ghost has expired";
  if (OverNow(it->second) == Over::kNo) return "a live session has expired";
  sessions_.erase(it);
  ++counts_.expired;
  return "";
}

// --- finding ----------------------------------------------------------------

std::string SessionMapModel::Found(unsigned key, FindResult result,
                                   const SessionMap::Entry& entry, bool touch) {
  const auto it = sessions_.find(key);
  const bool held = it != sessions_.end();
  switch (result) {
    case FindResult::kLive:
      if (!held) return "found a ghost";
      if (OverNow(it->second) == Over::kYes) return "found one that is over";
      if (touch) {
        it->second.last_used = std::max(it->second.last_used, now_);
      }
      return Entered(it->second, entry);
    case FindResult::kExpired:
      if (touch) return Ended(key);
      return held && OverNow(it->second) != Over::kNo ? "" : "not expired";
    case FindResult::kAbsent:
      if (!held) return "";
      // Moving the horizon is the end of what is over.
      return touch && horizon_may_move_ ? Ended(key) : "a session is lost";
  }
  return "no such result";
}

std::string SessionMapModel::DoFind(const ModelStep& step) {
  SessionMap::Entry entry;
  if (step.kind == ModelStep::kFind) {
    const FindResult result =
        map().Find(ids_[step.key], setup_.timeouts, now_, &entry);
    return Found(step.key, result, entry, false);
  }
  Uses(now_);
  const std::string& key = keys_[step.key];
  const FindResult result =
      step.kind == ModelStep::kFindTouchKey && !key.empty()
          ? map().FindTouch(key, setup_.timeouts, now_, &entry)
          : map().FindTouch(ids_[step.key], setup_.timeouts, now_, &entry);
  return Found(step.key, result, entry, true);
}

std::string SessionMapModel::DoFinish(const ModelStep& step) {
  if (prepared_.empty()) return "";
  const auto& [key, place] = prepared_[step.number % prepared_.size()];
  Uses(now_);
  SessionMap::Entry entry;
  const FindResult result =
      map().FindTouch(place, setup_.timeouts, now_, &entry);
  return Found(key, result, entry, true);
}

std::string SessionMapModel::DoBatch(const ModelStep& step) {
  const uint32_t size = 1 + step.number % kMaxBatch;
  std::vector<unsigned> keys;
  std::vector<SessionId> ids;
  for (uint32_t i = 0; i < size; ++i) {
    keys.push_back((step.key + i * (step.endpoint + 1)) % setup_.keys);
    ids.push_back(ids_[keys.back()]);
  }
  std::vector<FindResult> results(size);
  std::vector<SessionMap::Entry> entries(size);
  Uses(now_);
  map().FindTouchBatch(ids, setup_.timeouts, now_, results, entries);
  for (uint32_t i = 0; i < size; ++i) {
    const std::string problem = Found(keys[i], results[i], entries[i], true);
    if (!problem.empty()) return problem;
  }
  return "";
}

// --- writing ----------------------------------------------------------------

// Whether no endpoint but those that have sessions can have any.
bool SessionMapModel::HasAllEndpoints(EndpointHandle another) const {
  if (setup_.options.endpoints == 0) return false;
  std::set<EndpointHandle> endpoints;
  for (const auto& [key, held] : sessions_) {
    if (OverNow(held) != Over::kYes) endpoints.insert(held.endpoint);
  }
  return !endpoints.contains(another) &&
         endpoints.size() >= setup_.options.endpoints;
}

std::string SessionMapModel::DoInsert(const ModelStep& step) {
  const EndpointHandle endpoint = HandleOf(step.endpoint);
  SessionMap::Entry entry{.endpoint = endpoint};
  Uses(now_);
  switch (map().InsertOrGet(ids_[step.key], &entry, setup_.timeouts, now_)) {
    case InsertResult::kInserted:
      return Inserted(step.key, endpoint, entry);
    case InsertResult::kExists: {
      const auto it = sessions_.find(step.key);
      if (it == sessions_.end()) return "a ghost exists";
      if (OverNow(it->second) == Over::kYes) return "one that is over exists";
      return Entered(it->second, entry);
    }
    case InsertResult::kFull:
      return Refused(step.key, endpoint);
    case InsertResult::kBusy:
      return "is busy with nobody there";
  }
  return "no such result";
}

std::string SessionMapModel::Inserted(unsigned key, EndpointHandle endpoint,
                                      const SessionMap::Entry& entry) {
  std::string problem;
  if (sessions_.contains(key)) problem = Ended(key);
  if (!problem.empty()) return problem;
  const size_t before = sessions_.size();
  const uint64_t evicted = counts_.evicted;
  ++counts_.inserted;
  problem = Settle();
  if (!problem.empty()) return problem;
  if (counts_.evicted != evicted && before < map().capacity()) {
    return "evicts though there is room";
  }
  if (sessions_.size() >= map().capacity()) return "inserts into a full map";
  const Held held{.endpoint = endpoint, .created = now_, .last_used = now_};
  sessions_[key] = held;
  return Entered(held, entry);
}

std::string SessionMapModel::Refused(unsigned key, EndpointHandle endpoint) {
  ++counts_.refused;
  std::string problem = Settle();
  if (!problem.empty()) return problem;
  const auto it = sessions_.find(key);
  if (it != sessions_.end() && OverNow(it->second) == Over::kNo) {
    return "refuses a session that exists";
  }
  if (HasAllEndpoints(endpoint)) return "";
  if (setup_.options.when_full == WhenFull::kEvict) return "refuses to evict";
  if (sessions_.size() < map().capacity()) return "refuses before it is full";
  for (const auto& [other, held] : sessions_) {
    if (OverNow(held) == Over::kYes) {
      return Text("refuses though ", other, " is over");
    }
  }
  return "";
}

std::string SessionMapModel::DoRebind(const ModelStep& step) {
  const EndpointHandle to = HandleOf(step.endpoint);
  auto it = sessions_.find(step.key);
  const EndpointHandle from = it == sessions_.end() || step.number % 4 == 0
                                  ? HandleOf(step.number / 4 % 8)
                                  : it->second.endpoint;
  SessionMap::Entry entry;
  Uses(now_);
  const RebindResult result =
      map().Rebind(ids_[step.key], from, to, setup_.timeouts, now_, &entry);
  if (result == RebindResult::kAbsent) {
    return it == sessions_.end() ? "" : Ended(step.key);
  }
  if (result == RebindResult::kBusy) return "is busy with nobody there";
  if (it == sessions_.end()) return "rebinds a ghost";
  Held& held = it->second;
  if (OverNow(held) == Over::kYes) return "rebinds one that is over";
  if (result == RebindResult::kElsewhere) {
    return held.endpoint != from ? Entered(held, entry)
                                 : "a session has strayed";
  }
  if (held.endpoint != from) return "moves from elsewhere";
  if (result == RebindResult::kFull) {
    return HasAllEndpoints(to) ? "" : "refuses to move";
  }
  held = {.endpoint = to, .created = now_, .last_used = now_};
  return Entered(held, entry);
}

std::string SessionMapModel::DoErase(const ModelStep& step) {
  const bool held = sessions_.erase(step.key) == 1;
  counts_.erased += held ? 1 : 0;
  const EraseResult expected =
      held ? EraseResult::kErased : EraseResult::kAbsent;
  return map().Erase(ids_[step.key]) == expected ? "" : "erases wrongly";
}

std::string SessionMapModel::DoEraseEndpoint(const ModelStep& step) {
  const EndpointHandle endpoint = HandleOf(step.endpoint);
  const size_t expected = std::erase_if(sessions_, [&](const auto& session) {
    return session.second.endpoint == endpoint;
  });
  counts_.erased_endpoint += expected;
  const SessionMap::SweepResult result = map().EraseEndpoint(endpoint);
  if (!result.complete) return "is busy with nobody there";
  return result.freed == expected
             ? ""
             : Text("freed ", result.freed, ", not ", expected);
}

std::string SessionMapModel::DoSweep(const ModelStep& step) {
  const bool all = step.number % 4 == 0;
  const uint64_t expired = counts_.expired;
  Uses(now_);
  const SessionMap::SweepResult result =
      map().Sweep(setup_.timeouts, now_, all ? kAllPlaces : step.number % 64);
  if (!result.complete) return "is busy with nobody there";
  const std::string problem = Settle();
  if (!problem.empty()) return problem;
  const uint64_t ended = counts_.expired - expired;
  if (result.freed > ended || (result.freed < ended && !horizon_may_move_)) {
    return Text("freed ", result.freed, ", not ", ended);
  }
  const bool leaves_some =
      std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& session) {
        return OverNow(session.second) == Over::kYes;
      });
  return all && leaves_some ? "leaves one that is over" : "";
}

// --- the whole map ----------------------------------------------------------

std::string SessionMapModel::DoCountLive() {
  struct Bounds {
    size_t least = 0;
    size_t most = 0;
  };
  std::map<EndpointHandle, Bounds> expected;
  for (const auto& [key, held] : sessions_) {
    const Over over = OverNow(held);
    expected[held.endpoint].least += over == Over::kNo ? 1 : 0;
    expected[held.endpoint].most += over != Over::kYes ? 1 : 0;
  }
  std::string problem;
  map().CountLive(
      setup_.timeouts, now_, [&](EndpointHandle endpoint, size_t count) {
        // No endpoint comes twice.
        const auto it = expected.find(endpoint);
        if (it == expected.end() || count < it->second.least ||
            count > it->second.most || count == 0) {
          problem = Text("counts ", count, " sessions of ", endpoint);
        }
        if (it != expected.end()) expected.erase(it);
      });
  for (const auto& [endpoint, bounds] : expected) {
    if (bounds.least != 0) problem = Text("forgets endpoint ", endpoint);
  }
  return problem;
}

std::string SessionMapModel::DoRecover(const ModelStep& step) {
  const Status status = map().Recover(step.number % 2 == 0);
  return status.ok() ? "" : status.ToString();
}

std::string SessionMapModel::DoMove() {
  prepared_.clear();
  maps_.clear();
  auto elsewhere = std::make_unique<Memory>(memory_->bytes.size());
  std::copy(memory_->bytes.begin(), memory_->bytes.end(),
            elsewhere->bytes.begin());
  memory_ = std::move(elsewhere);
  for (const bool alone : {true, false}) {
    auto map = SessionMap::Attach(memory_->bytes,
                                  {.alone = alone, .random = &random_});
    if (!map.ok()) return map.status().ToString();
    maps_.push_back(*std::move(map));
  }
  return "";
}

}  // namespace limpet::testing
