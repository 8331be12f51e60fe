// Keys, sessions and operations: what every side of session_map_bench is asked.
//
// A session is a sequence number. Its keys, 36 characters or 16 bytes, are
// computed from it, so that ten million of them take no memory.
//
// Thread rule: a lane of Sessions belongs to one thread while sessions come and
// go; the rest are plain values.
#ifndef LIMPET_BENCHMARKS_SESSION_MAP_BENCH_KEYS_H_
#define LIMPET_BENCHMARKS_SESSION_MAP_BENCH_KEYS_H_

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "limpet/session.h"

namespace limpet::bench {

// A bijection (splitmix64's), so that different numbers give different keys.
constexpr uint64_t Mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

class Random {
 public:
  explicit Random(uint64_t seed) : state_(Mix(seed)) {}
  uint64_t Next() { return Mix(state_++); }
  uint32_t Below(uint32_t n) {
    return static_cast<uint32_t>((Next() >> 32) * n >> 32);
  }
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

 private:
  uint64_t state_;
};

// Zipf's law over 0..n-1 after Gray et al., "Quickly generating billion-record
// synthetic databases", as YCSB draws it.
class Zipf {
 public:
  static constexpr double kTheta = 0.99;

  explicit Zipf(uint32_t n)
      : n_(n),
        zeta_(Zeta(n)),
        zeta_of_2_(Zeta(2)),
        eta_((1 - std::pow(2.0 / n, 1 - kTheta)) / (1 - zeta_of_2_ / zeta_)) {}

  uint32_t Draw(Random* random) const {
    const double u = random->Unit();
    if (u * zeta_ < 1) return 0;
    if (u * zeta_ < zeta_of_2_) return 1;
    const double rank = n_ * std::pow(eta_ * u - eta_ + 1, 1 / (1 - kTheta));
    return std::min(static_cast<uint32_t>(rank), n_ - 1);
  }

 private:
  static double Zeta(uint32_t n) {
    constexpr uint32_t kExact = 1'000'000;  // the rest by the integral
    double sum = 0;
    for (uint32_t i = 1; i <= std::min(n, kExact); ++i) {
      sum += std::pow(i, -kTheta);
    }
    if (n <= kExact) return sum;
    return sum + (std::pow(n, 1 - kTheta) - std::pow(kExact, 1 - kTheta)) /
                     (1 - kTheta);
  }

  uint32_t n_;
  double zeta_;
  double zeta_of_2_;
  double eta_;
};

// A UUID in text, as applications choose their session ids.
struct TextKey {
  static constexpr const char* kName = "text";

  static TextKey Of(uint64_t sequence) {
    constexpr char kHex[] = "0123456789abcdef";
    TextKey key;
    uint64_t half[] = {Mix(sequence), Mix(~sequence)};
    for (size_t i = 0, digit = 0; i < sizeof(key.text); ++i) {
      if (i == 8 || i == 13 || i == 18 || i == 23) {
        key.text[i] = '-';
        continue;
      }
      uint64_t& bits = half[digit++ / 16];
      key.text[i] = kHex[bits & 15];
      bits >>= 4;
    }
    return key;
  }

  std::string_view view() const { return {text, sizeof(text)}; }

  uint64_t digits() const {
    uint64_t bits;
    std::memcpy(&bits, text, sizeof(bits));
    return bits;
  }

  char text[36];
};

// One of limpet's own ids.
struct IdKey {
  static constexpr const char* kName = "id";

  static IdKey Of(uint64_t sequence) {
    return {{.high = Mix(sequence), .low = Mix(~sequence)}};
  }

  bool operator==(const IdKey&) const = default;

  uint64_t digits() const { return id.low; }

  SessionId id;
};

// Where its session is served: one of a thousand or so, never 0.
template <class Key>
uint32_t EndpointOf(const Key& key) {
  return 1 + static_cast<uint32_t>((key.digits() * 0x9E3779B97F4A7C15) >> 54);
}

// Which sessions a map holds: a constant number, the oldest of which go while
// new ones come. In lanes, so that threads can do that side by side.
class Sessions {
 public:
  static constexpr uint32_t kLanes = 16;
  static constexpr uint64_t kNever = uint64_t{1} << 60;  // + n: is in no map

  // REQUIRES: kLanes divides n.
  explicit Sessions(uint32_t n) : n_(n) {}

  uint32_t n() const { return n_; }

  // REQUIRES: i < n.
  uint64_t Sequence(uint32_t i) const {
    return (oldest_[i % kLanes].at + i / kLanes) * kLanes + i % kLanes;
  }

  // The oldest session of a lane ends, and a new one takes its place.
  struct Turnover {
    uint64_t oldest;
    uint64_t fresh;
  };
  Turnover Turn(uint32_t lane) {
    const uint64_t at = oldest_[lane].at++;
    return {at * kLanes + lane, (at + n_ / kLanes) * kLanes + lane};
  }

 private:
  struct alignas(64) Oldest {
    uint64_t at = 0;
  };

  uint32_t n_;
  std::array<Oldest, kLanes> oldest_;
};

// Operations, prepared before the clock starts: a proxy has just parsed its
// key, which is in the first cache.
template <class Key>
struct Block {
  static constexpr uint32_t kSize = 256;

  std::array<Key, kSize> keys;    // to find, or of a new session
  std::array<Key, kSize> oldest;  // of the one that goes for it
  std::array<bool, kSize> writes;
};

// What is asked of the sides.
struct Workload {
  uint32_t write_permille = 0;
  bool zipf = false;
  bool miss = false;
  bool hot = false;  // one session alone
};

// What thread `thread` of `threads` does next.
template <class Key>
void FillBlock(const Workload& workload, const Zipf& zipf, uint32_t thread,
               uint32_t threads, Sessions* sessions, Random* random,
               Block<Key>* block) {
  const auto own_lane = [&](uint32_t lane) {
    lane = lane / threads * threads + thread;
    return lane < Sessions::kLanes ? lane : thread;
  };
  const auto session = [&]() -> uint32_t {
    // A prime that scatters the ranks of Zipf's law over the sessions.
    constexpr uint64_t kScatter = 2'654'435'761;
    if (workload.hot) return 0;
    if (!workload.zipf) return random->Below(sessions->n());
    return static_cast<uint32_t>(zipf.Draw(random) * kScatter % sessions->n());
  };
  for (uint32_t i = 0; i < Block<Key>::kSize; ++i) {
    const bool write = random->Below(1000) < workload.write_permille;
    block->writes[i] = write;
    if (write) {
      const auto turn =
          sessions->Turn(own_lane(random->Below(Sessions::kLanes)));
      block->oldest[i] = Key::Of(turn.oldest);
      block->keys[i] = Key::Of(turn.fresh);
    } else if (workload.miss) {
      block->keys[i] = Key::Of(Sessions::kNever + random->Next() / 1024);
    } else {
      uint32_t found = session();
      // Who ends sessions looks up its own: those of others may end just now.
      if (workload.write_permille > 0) {
        found = found - found % Sessions::kLanes +
                own_lane(found % Sessions::kLanes);
      }
      block->keys[i] = Key::Of(sessions->Sequence(found));
    }
  }
}

}  // namespace limpet::bench

#endif  // LIMPET_BENCHMARKS_SESSION_MAP_BENCH_KEYS_H_
