#include "session_map_bench_limpet.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>
#include <span>

#include "session_map_bench_sides.h"

namespace limpet::bench {
namespace {

// Of this thread's processor time: what takes long is preempted now and then.
double NanosecondsOf(auto&& operation) {
  const auto now = [] {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 +
           static_cast<double>(time.tv_nsec);
  };
  const double start = now();
  operation();
  return now() - start;
}

}  // namespace

Work::Work() {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 20; ++i) {
    best = std::min(best, NanosecondsOf([&] { Do(); }));
  }
  steps_ = static_cast<uint32_t>(200 * steps_ / best);
}

void Work::Do() const {
  uint64_t value = steps_;
  for (uint32_t i = 0; i < steps_; ++i) value = value * 0x9E3779B97F4A7C15 + 1;
  benchmark::DoNotOptimize(value);
}

uint32_t RunPrepared(LimpetMap* map, const Work& work,
                     const Block<TextKey>& block, uint32_t tick) {
  SessionMap& sessions = map->sessions();
  uint32_t found = 0;
  for (const TextKey& key : block.keys) {
    const SessionMap::Prepared place = sessions.Prepare(key.view());
    work.Do();
    SessionMap::Entry entry;
    found += sessions.FindTouch(place, kTimeouts, At(tick), &entry) ==
             SessionMap::FindResult::kLive;
    benchmark::DoNotOptimize(entry);
    Serialize();
  }
  return found;
}

uint32_t RunWork(const Work& work, const Block<TextKey>& block) {
  for (size_t i = 0; i < block.keys.size(); ++i) {
    work.Do();
    Serialize();
  }
  return Block<TextKey>::kSize;
}

uint32_t RunBatches(LimpetMap* map, const Block<TextKey>& block,
                    uint32_t tick) {
  constexpr size_t kBatch = 16;
  static_assert(Block<TextKey>::kSize % kBatch == 0);
  std::array<SessionId, kBatch> ids;
  std::array<SessionMap::FindResult, kBatch> results;
  std::array<SessionMap::Entry, kBatch> entries;
  uint32_t found = 0;
  for (size_t i = 0; i < block.keys.size(); i += kBatch) {
    for (size_t j = 0; j < kBatch; ++j) ids[j] = map->IdOf(block.keys[i + j]);
    map->sessions().FindTouchBatch(ids, kTimeouts, At(tick), results, entries);
    benchmark::DoNotOptimize(entries);
    found += static_cast<uint32_t>(std::count(results.begin(), results.end(),
                                              SessionMap::FindResult::kLive));
    Serialize();
  }
  return found;
}

double NanosecondsPerSwept(LimpetMap* map, const Timeouts& timeouts,
                           uint32_t tick) {
  const size_t held = map->sessions().size();
  return NanosecondsOf([&] {
           const auto swept = map->sessions().Sweep(
               timeouts, At(tick), std::numeric_limits<size_t>::max());
           benchmark::DoNotOptimize(swept.freed);
         }) /
         static_cast<double>(held);
}

template <class Key>
LimpetSide<Key> MakeLimpet(uint32_t n) {
  auto side = std::make_unique<SideOf<LimpetMap, Key>>(n);
  LimpetMap* map = &side->map();
  return {std::move(side), map};
}
template LimpetSide<TextKey> MakeLimpet(uint32_t);
template LimpetSide<IdKey> MakeLimpet(uint32_t);

}  // namespace limpet::bench
