# shellcheck shell=bash
# How a step is told: what is done, what came back, whether it held, and what
# was measured elsewhere. Sourced by scripts/demo.
# shellcheck disable=SC2154  # tick, cross: scripts/common.sh

passed=0 failed=0 chapters=0

if [[ -t 1 ]]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' dim='' green='' red='' plain=''
fi

chapter() {
  chapters=$((chapters + 1))
  printf '\n%s%d. %s%s\n' "$bold" "$chapters" "$1" "$plain"
}

# What is done, in words.
doing() { printf '  %s\n' "$*"; }

# What is typed, and what came back.
typed() { sed "s/^/  $dim\\$/;s/\$/$plain/" <<<" $*"; }
came_back() { sed 's/\r$/<CR>/;s/^/      /' <<<"$*"; }

# check WHAT COMMAND...: holds when the command says so.
check() {
  local what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    printf '  %s%s%s %s\n' "$green" "$tick" "$plain" "$what"
  else
    failed=$((failed + 1))
    printf '  %s%s %s%s\n' "$red" "$cross" "$what" "$plain"
  fi
}

# What Envoy Gateway 1.9.1 (Envoy 1.39.1) was seen to answer, November 2026.
envoy() { printf '    %sEnvoy Gateway 1.9.1: %s%s\n' "$dim" "$*" "$plain"; }
# envoy_if header "$kind" WHAT: ... with sessions of this kind.
envoy_if() { [[ $1 != "$2" ]] || envoy "${@:3}"; }

summary() {
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0))
}
