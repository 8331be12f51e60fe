// A world: every side with the same sessions, alive at one time, so that they
// can be measured in turns. One world at a time is in memory.
#ifndef LIMPET_BENCHMARKS_SESSION_MAP_BENCH_WORLD_H_
#define LIMPET_BENCHMARKS_SESSION_MAP_BENCH_WORLD_H_

#include <malloc.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "session_map_bench_keys.h"
#include "session_map_bench_limpet.h"
#include "session_map_bench_measure.h"
#include "session_map_bench_side.h"
#include "session_map_bench_sides.h"

namespace limpet::bench {

// "100k", "10M"
inline std::string Size(uint32_t n) {
  return n % 1'000'000 == 0 ? std::to_string(n / 1'000'000) + "M"
                            : std::to_string(n / 1'000) + "k";
}

template <class Key>
class World {
 public:
  explicit World(uint32_t n) : n_(n), zipf_(n) {}

  uint32_t n() const { return n_; }
  const Zipf& zipf() const { return zipf_; }
  LimpetMap& limpet() {
    side(0);
    return *limpet_;
  }
  Sessions* sessions(size_t side) { return &sessions_[side]; }

  // By its index in kSideNames. Made and filled when first asked for, one after
  // the other: what malloc hands out meanwhile is the side's.
  Side<Key>& side(size_t index) {
    std::unique_ptr<Side<Key>>& side = sides_[index];
    if (!side) {
      const auto start = std::chrono::steady_clock::now();
      side = Make(index);
      side->Fill(n_, Tick());
      const std::chrono::duration<double> took =
          std::chrono::steady_clock::now() - start;
      std::fprintf(stderr, "filled %s with %s sessions, %s keys: %.1f s\n",
                   kSideNames[index], Size(n_).c_str(), Key::kName,
                   took.count());
    }
    return *side;
  }

 private:
  std::unique_ptr<Side<Key>> Make(size_t index) {
    if (index == 0) {
      auto [side, map] = MakeLimpet<Key>(n_);
      limpet_ = map;
      return std::move(side);
    }
    if (index == 1) return MakeFloor<Key>(limpet().MemorySize());
    constexpr std::unique_ptr<Side<Key>> (*kMakePeer[])(uint32_t) = {
        MakeLibcuckoo<Key>, MakeTbb<Key>, MakeAbslSpin<Key>,
        MakeAbslMutex<Key>, MakeLru<Key>, MakeBoost<Key>,
    };
    static_assert(std::size(kMakePeer) + 2 == std::size(kSideNames));
    return kMakePeer[index - 2](n_);
  }

  static constexpr size_t kSides = std::size(kSideNames);

  uint32_t n_;
  Zipf zipf_;
  LimpetMap* limpet_ = nullptr;
  std::array<std::unique_ptr<Side<Key>>, kSides> sides_;
  std::vector<Sessions> sessions_ = std::vector(kSides, Sessions(n_));
};

class Stage {
 public:
  template <class Key>
  World<Key>& Use(uint32_t n) {
    using Pointer = std::unique_ptr<World<Key>>;
    const auto* held = std::get_if<Pointer>(&world_);
    if (held == nullptr || (*held)->n() != n) {
      world_ = std::monostate();
      malloc_trim(0);
      world_ = std::make_unique<World<Key>>(n);
    }
    return *std::get<Pointer>(world_);
  }

 private:
  std::variant<std::monostate, std::unique_ptr<World<TextKey>>,
               std::unique_ptr<World<IdKey>>>
      world_;
};

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_SESSION_MAP_BENCH_WORLD_H_
