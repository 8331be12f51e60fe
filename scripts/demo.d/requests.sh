# shellcheck shell=bash
# Requests of the demo's clients, and what they can tell of the answers.
# Sourced by scripts/demo.
# shellcheck disable=SC2154  # scratch: scripts/demo sets it

# A kind of session is the path of the rule that it belongs to, and where its
# token travels.
path_of() {
  case $1 in
    header) echo /get ;;
    *) echo "/$1/get" ;;
  esac
}
carrier_of() {
  case $1 in
    cookie-*) echo cookie ;;
    *) echo header ;;
  esac
}

# ask KIND [TOKEN]: one request. Sets status, pod, token (that of the response,
# "" where there is none) and set_cookie.
ask() {
  local field=()
  if [[ ${2:-} ]]; then
    case $(carrier_of "$1") in
      header) field=(-H "Session-A: $2") ;;
      cookie) field=(-H "Cookie: theme=dark; Session-A=$2") ;;
    esac
  fi
  : >"$scratch/body"
  status=$(curl -sS -m 10 -D "$scratch/head" -o "$scratch/body" \
    -w '%{http_code}' "${field[@]}" \
    "http://$GATEWAY_STICKY_DEMO$(path_of "$1")" 2>>"$scratch/curl.log") ||
    status=000
  pod=$(sed -n 's/^ "pod": "\(.*\)".*/\1/p' "$scratch/body")
  set_cookie=$(sed -n 's/^set-cookie: \(.*\)\r$/\1/p' "$scratch/head")
  case $(carrier_of "$1") in
    header) token=$(sed -n 's/^session-a: \(.*\)\r$/\1/p' "$scratch/head") ;;
    cookie) token=$(sed -n 's/^Session-A=\([^;]*\).*/\1/p' <<<"$set_cookie") ;;
  esac
}

# ask_often N KIND [TOKEN]: sets answers (a pod each, or a status) and new_tokens.
ask_often() {
  local n=$1 i
  shift
  answers=() new_tokens=0
  for ((i = 0; i < n; i++)); do
    ask "$@"
    if [[ $status == 200 ]]; then answers+=("$pod"); else
      answers+=("status $status")
    fi
    [[ -z $token ]] || new_tokens=$((new_tokens + 1))
  done
}

# "5 x wn8hp, 2 x ...": who gave the answers, by the end of their names.
tally() {
  printf '%s\n' "${answers[@]##*-}" | sort | uniq -c | sort -rn |
    sed 's/^ *\([0-9]*\) /\1 x /' | paste -sd, | sed 's/,/, /g'
}

report() {
  came_back "$(tally); $new_tokens with a new token"
}

# --- what may be said of the answers ----------------------------------------

all_from() { [[ $(printf '%s\n' "${answers[@]}" | sort -u) == "$1" ]]; }
none_from() { [[ " ${answers[*]} " != *" $1 "* && ${answers[*]} != *status* ]]; }
spread() {
  (($(printf '%s\n' "${answers[@]}" | sort -u | wc -l) > 1)) &&
    [[ ${answers[*]} != *status* ]]
}
kept_by() { all_from "$1" && ((new_tokens == 0)); }
anew() { spread && ((new_tokens == ${#answers[@]})); }

# eventually COMMAND...: within five seconds.
eventually() {
  local deadline=$((SECONDS + 5))
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

# The outcome in the gateway's last access log line: that field is the last but
# one. The line is written after the response.
last_outcome_is() {
  [[ $(tail -n 1 "$scratch/access.log" | awk '{ print $(NF - 1) }') == "$1" ]]
}
logged() { eventually last_outcome_is "$1"; }

fresh_avoid() { ask_often 8 "$1" && none_from "$2"; }
gives_token() { ask "$1" && [[ $status == 200 && $token ]]; }

# open_on KIND POD: a session on this pod (or, "!POD", on any other): sets token.
open_on() {
  local i
  for ((i = 0; i < 64; i++)); do
    ask "$1"
    case $2 in
      !*) [[ ! $token || $pod == "${2#!}" ]] || return 0 ;;
      *) [[ ! $token || $pod != "$2" ]] || return 0 ;;
    esac
  done
  die "no session on $2 after 64 requests"
}
