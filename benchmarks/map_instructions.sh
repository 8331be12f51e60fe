#!/usr/bin/env bash
# Prints how many instructions the session map takes for one hit, the hash of
# its 36-character key included. Fails if there are more than the bar allows.
#
#   benchmarks/map_instructions.sh build/bench/benchmarks/map_instructions
#
# Counted by callgrind: the same on every machine and under any load.
set -euo pipefail

bar=180
passes=1000 hits=64000  # of 64 sessions

(($# == 1)) || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
command -v valgrind >/dev/null || { echo 'needs valgrind' >&2; exit 2; }
output=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null \
  '--toggle-collect=*SessionMap::FindTouch*' "$1" "$passes" 2>&1) ||
  { printf '%s\n' "$output" >&2; exit 2; }
collected=$(sed -nE 's/.*Collected : ([0-9]+).*/\1/p' <<<"$output")
awk -v n="$collected" -v hits="$hits" -v bar="$bar" \
  'BEGIN { printf "%.1f\n", n / hits; exit !(n > 0 && n / hits <= bar) }'
