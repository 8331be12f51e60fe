// Hits on 64 hot sessions with 36-character keys, for callgrind to count
// (map_instructions.sh). Each pass over them stamps every session anew.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "limpet/session_map.h"

namespace {

using limpet::SessionMap;

constexpr limpet::Timeouts kTimeouts{.absolute = std::chrono::hours(24),
                                     .idle = std::chrono::hours(1)};
constexpr limpet::Timestamp kStart =
    limpet::TimestampFromMillis(1'700'000'000'000);
constexpr size_t kSessions = 64;

}  // namespace

// A plain name, by which callgrind is told what to count.
extern "C" [[gnu::noinline]] size_t limpet_hits(SessionMap* map,
                                                const std::string_view* keys,
                                                size_t passes) {
  SessionMap::Entry entry;
  size_t live = 0;
  limpet::Timestamp now = kStart;
  for (size_t pass = 0; pass < passes; ++pass) {
    now += limpet::Duration(1);
    for (size_t i = 0; i < kSessions; ++i) {
      live += map->FindTouch(keys[i], kTimeouts, now, &entry) ==
              SessionMap::FindResult::kLive;
    }
  }
  return live;
}

int main(int argc, char** argv) {
  const size_t passes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (passes == 0) {
    std::fprintf(stderr, "usage: %s PASSES\n", argv[0]);
    return 2;
  }
  const auto map = *SessionMap::Make({.capacity = 1000});
  std::vector<std::string> texts;
  std::vector<std::string_view> keys;
  texts.reserve(kSessions);
  for (size_t i = 0; i < kSessions; ++i) {
    char text[37];
    std::snprintf(text, sizeof(text),
                  "5f0d7c%02zx-93ae-4b61-8d2f-0c41e6a9b7%02zx", i, 255 - i);
    keys.push_back(texts.emplace_back(text));
    SessionMap::Entry entry{.endpoint = i + 1, .created = kStart};
    map->InsertOrGet(map->IdOf(keys.back()), &entry, kTimeouts, kStart);
  }
  if (limpet_hits(map.get(), keys.data(), passes) == passes * kSessions) {
    return 0;
  }
  std::fprintf(stderr, "not every lookup was a hit\n");
  return 1;
}
