#include "axioms.h"

#include <algorithm>

namespace limpet::model {
namespace {

constexpr size_t kInitial = SIZE_MAX;  // the write that made a location 0

bool Acquires(const Event& event) {
  return event.reads() && event.order != std::memory_order_relaxed &&
         event.order != std::memory_order_release;
}

bool Releases(const Event& event) {
  return event.writes() && event.order != std::memory_order_relaxed &&
         event.order != std::memory_order_acquire;
}

// A relation over events: for each the set of those that come after it.
using Relation = std::vector<uint32_t>;

void Close(Relation& relation) {
  for (size_t via = 0; via < relation.size(); ++via) {
    for (uint32_t& after : relation) {
      if (after >> via & 1) after |= relation[via];
    }
  }
}

class Candidates {
 public:
  Candidates(const std::vector<Event>& events, size_t locations)
      : events_(events),
        source_(events.size(), kInitial),
        position_(events.size(), 0),
        orders_(locations) {
    for (size_t i = 0; i < events.size(); ++i) {
      if (events[i].writes()) orders_[events[i].location].push_back(i);
    }
  }

  Outcomes Consistent() && {
    OrderWrites(0);
    return std::move(outcomes_);
  }

 private:
  // Every modification order of each location from `location` on.
  void OrderWrites(size_t location) {
    if (location == orders_.size()) {
      ChooseSources(0);
      return;
    }
    auto& order = orders_[location];
    std::sort(order.begin(), order.end());
    do {
      for (size_t i = 0; i < order.size(); ++i) position_[order[i]] = i + 1;
      OrderWrites(location + 1);
    } while (std::next_permutation(order.begin(), order.end()));
  }

  // Every write that each load from `event` on can read. An exchange reads the
  // write right before its own.
  void ChooseSources(size_t event) {
    if (event == events_.size()) {
      if (IsConsistent()) Keep();
      return;
    }
    const auto& order = orders_[events_[event].location];
    switch (events_[event].kind) {
      case Event::Kind::kStore:
        ChooseSources(event + 1);
        break;
      case Event::Kind::kExchange: {
        const size_t position = position_[event];
        source_[event] = position == 1 ? kInitial : order[position - 2];
        ChooseSources(event + 1);
        break;
      }
      case Event::Kind::kLoad:
        source_[event] = kInitial;
        ChooseSources(event + 1);
        for (const size_t write : order) {
          source_[event] = write;
          ChooseSources(event + 1);
        }
        break;
    }
  }

  bool IsConsistent() const {
    Relation happens_before(events_.size());
    for (size_t i = 0; i < events_.size(); ++i) {
      for (size_t k = i + 1; k < events_.size(); ++k) {
        if (events_[i].thread == events_[k].thread) {
          happens_before[i] |= uint32_t{1} << k;
        }
      }
    }
    Relation causes = happens_before;
    for (size_t i = 0; i < events_.size(); ++i) {
      if (!events_[i].reads() || source_[i] == kInitial) continue;
      causes[source_[i]] |= uint32_t{1} << i;
      if (!Acquires(events_[i])) continue;
      // All heads of release sequences that what was read belongs to.
      for (size_t head = source_[i]; head != kInitial; head = source_[head]) {
        if (Releases(events_[head])) happens_before[head] |= uint32_t{1} << i;
        if (events_[head].kind != Event::Kind::kExchange) break;
      }
    }
    Close(causes);
    Close(happens_before);
    for (size_t i = 0; i < events_.size(); ++i) {
      if (causes[i] >> i & 1) return false;
      for (size_t k = 0; k < events_.size(); ++k) {
        if ((happens_before[i] >> k & 1) && !IsCoherent(i, k)) return false;
      }
    }
    return true;
  }

  // REQUIRES: `first` happens before `second`.
  bool IsCoherent(size_t first, size_t second) const {
    const Event& a = events_[first];
    const Event& b = events_[second];
    if (a.location != b.location) return true;
    const size_t latest = a.writes() ? position_[first] : Read(first);
    return (!b.reads() || latest <= Read(second)) &&
           (!b.writes() || latest < position_[second]);
  }

  // The position of the write that an event reads.
  size_t Read(size_t event) const {
    return source_[event] == kInitial ? 0 : position_[source_[event]];
  }

  void Keep() {
    Outcome outcome;
    for (size_t i = 0; i < events_.size(); ++i) {
      if (!events_[i].reads()) continue;
      const size_t source = source_[i];
      outcome.push_back(source == kInitial ? 0 : events_[source].value);
    }
    outcomes_.insert(std::move(outcome));
  }

  const std::vector<Event>& events_;
  std::vector<size_t> source_;    // of each read
  std::vector<size_t> position_;  // of each write
  std::vector<std::vector<size_t>> orders_;
  Outcomes outcomes_;
};

}  // namespace

Outcomes ConsistentOutcomes(const std::vector<Event>& events,
                            size_t locations) {
  return Candidates(events, locations).Consistent();
}

}  // namespace limpet::model
