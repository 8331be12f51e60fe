// A session map and what it must do, side by side: a std::map, a clock that the
// test moves, and every sum. Shared by the random tests and the fuzzer.
//
// What the contract leaves open is a bound here, and the map's choice is taken
// over: which session that is over gives its place up, which of those that were
// idle equally long is evicted, and, where a tick is longer than a millisecond,
// the two ticks by which a session may end late.
#ifndef LIMPET_TESTS_UNIT_SESSION_MAP_MODEL_H_
#define LIMPET_TESTS_UNIT_SESSION_MAP_MODEL_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "limpet/session_map.h"
#include "seeded_random.h"

namespace limpet::testing {

template <class... Parts>
std::string Text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

struct ModelSetup {
  SessionMap::Options options{};
  Timeouts timeouts{};
  unsigned keys = 0;
  // All keys have one home and one chain of places: the stash is in use.
  bool one_chain = false;
  // Every place is in the chain of every key, and a sweep of an insert sees
  // them all: so who is evicted, and when the map is full, is exact.
  bool chains_are_whole = false;
  int64_t clock = 1'700'000'000'000;
  uint64_t seed = 0;

  std::string ToString() const;
};

struct ModelStep {
  enum Kind : uint8_t {
    kClock,     // moves it by `time`
    kBoundary,  // moves it to 1 ms before, to, or past the end of a session
    kFindTouch,
    kFindTouchKey,
    kFind,
    kPrepare,
    kFinish,
    kBatch,
    kInsert,
    kRebind,
    kErase,
    kEraseEndpoint,
    kSweep,
    kCountLive,
    kRecover,
    kMove,  // the memory goes to another address
  };
  static constexpr unsigned kKinds = kMove + 1;

  Kind kind = kClock;
  uint32_t key = 0;
  uint32_t endpoint = 0;
  int64_t time = 0;
  uint32_t number = 0;  // a count, or a choice

  std::string ToString() const;
};

class SessionMapModel {
 public:
  explicit SessionMapModel(const ModelSetup& setup);

  // Takes a step on both sides. What the map did wrong; empty: nothing.
  std::string Do(const ModelStep& step);

  // Compares all that there is.
  std::string CheckAll();

 private:
  // The exact times; the map may keep them a little later.
  struct Held {
    EndpointHandle endpoint = kNoHandle;
    Timestamp created{};
    Timestamp last_used{};
  };
  using Sessions = std::map<unsigned, Held>;
  enum class Over : uint8_t { kNo, kMaybe, kYes };
  // Zeroed, aligned as a map wants it.
  struct Memory {
    explicit Memory(size_t size);
    std::vector<std::byte> raw;
    std::span<std::byte> bytes;
  };

  // A process is a map object on the memory that both share.
  SessionMap& map() { return *maps_[turn_++ % maps_.size()]; }
  EndpointHandle HandleOf(uint32_t endpoint) const;
  void MakeIds();

  void SetClock(int64_t millis);
  void ToBoundary(const ModelStep& step);
  // What a call with the clock may do to the horizon; to be told before it.
  void Uses(Timestamp now);
  Timestamp Latest(Timestamp exact) const;
  Over OverNow(const Held& held) const;
  bool Fits(Timestamp exact, Timestamp kept) const;

  std::string Found(unsigned key, SessionMap::FindResult result,
                    const SessionMap::Entry& entry, bool touch);
  std::string DoFind(const ModelStep& step);
  std::string DoFinish(const ModelStep& step);
  std::string DoBatch(const ModelStep& step);
  std::string DoInsert(const ModelStep& step);
  std::string Inserted(unsigned key, EndpointHandle endpoint,
                       const SessionMap::Entry& entry);
  std::string Refused(unsigned key, EndpointHandle endpoint);
  std::string DoRebind(const ModelStep& step);
  std::string DoErase(const ModelStep& step);
  std::string DoEraseEndpoint(const ModelStep& step);
  std::string DoSweep(const ModelStep& step);
  std::string DoCountLive();
  std::string DoRecover(const ModelStep& step);
  std::string DoMove();

  std::string Ended(unsigned key);
  bool HasAllEndpoints(EndpointHandle another) const;
  std::string Entered(const Held& held, const SessionMap::Entry& entry) const;
  bool IsHere(unsigned key);
  // Takes over which sessions the map has ended.
  std::string Settle();
  std::string SettleEvicted();
  std::string CheckCounts();

  ModelSetup setup_;
  int64_t step_ms_;  // how long a tick is
  SeededRandom random_;
  std::unique_ptr<Memory> memory_;
  std::vector<std::shared_ptr<SessionMap>> maps_;
  size_t turn_ = 0;
  std::vector<SessionId> ids_;
  std::vector<std::string> keys_;  // empty: the id is one of the map's own
  std::vector<std::pair<unsigned, SessionMap::Prepared>> prepared_;

  Timestamp now_{};
  bool used_ = false;
  Timestamp newest_{};   // that a call was given
  Timestamp horizon_{};  // when the horizon moved for certain
  bool horizon_may_move_ = false;
  Sessions sessions_;
  SessionMap::Counts counts_;
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_UNIT_SESSION_MAP_MODEL_H_
