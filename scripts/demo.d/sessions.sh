# shellcheck shell=bash
# What happens to a session: it ends, its token is tampered with, its endpoint
# drains or dies. Each for any kind of session. Sourced by scripts/demo.
# shellcheck disable=SC2154  # requests.sh and stack.sh set what is used here

# What is said of a kind.
name_of() {
  case $1 in
    header) echo 'type Header' ;;
    cookie-session) echo 'type Cookie, lifetime Session' ;;
    cookie-permanent) echo 'type Cookie, lifetime Permanent' ;;
    rule-1.7) echo "1.7's shape on the rule" ;;
    xbackend) echo 'an XBackend' ;;
  esac
}

now_ms() { date +%s%3N; }

sleep_until() {
  local left=$(($1 - $(now_ms)))
  ((left <= 0)) || sleep "$((left / 1000)).$(printf %03d $((left % 1000)))"
}

what_envoy_does_after_10s() {
  case $1 in
    header) envoy '20 of 20 still pinned after 12 s; absoluteTimeout is ignored' ;;
    cookie-session) envoy '20 of 20 still pinned after 12 s: ignored' ;;
    cookie-permanent) envoy 'over at 11 s; a client that writes an expiry' \
      'of its own stays for ever' ;;
  esac
}

# chapter_timeout KIND...: these together, so that one wait does for all.
chapter_timeout() {
  chapter "After 10 s the session is over: $(names_of "$@")"
  sessions_end "$@"
}

names_of() {
  local kind names=''
  for kind; do names+=${names:+ and }$(name_of "$kind"); done
  echo "$names"
}

sessions_end() {
  local kind second begun
  local -A tokens owners kept
  begun=$(now_ms)
  for kind; do
    ask "$kind"
    tokens[$kind]=$token owners[$kind]=$pod kept[$kind]=0
    doing "$(name_of "$kind"): a session on $pod"
  done
  local all_open
  all_open=$(now_ms)
  doing 'a request of each every second, to 9 s after the first'
  for second in 1 2 3 4 5 6 7 8 9; do
    sleep_until $((begun + second * 1000))
    for kind; do
      ask "$kind" "${tokens[$kind]}"
      [[ $pod != "${owners[$kind]}" || $token ]] ||
        kept[$kind]=$((kept[$kind] + 1))
    done
  done
  for kind; do
    check "$(name_of "$kind"): 9 of 9 kept by their pod" \
      test "${kept[$kind]}" = 9
  done
  doing 'and one more 10 s after the last of them began'
  sleep_until $((all_open + 10010))
  for kind; do
    ask "$kind" "${tokens[$kind]}"
    came_back "$(name_of "$kind"): $pod${token:+, with a new token}"
    check "$(name_of "$kind"): over, and a new session begins" \
      session_began "${tokens[$kind]}"
    check 'the access log calls it expired' logged expired
    ask_often 5 "$kind" "$token"
    check 'the new one sticks' kept_by "$pod"
    what_envoy_does_after_10s "$kind"
  done
}

# The answer in hand begins another session than this one.
session_began() { [[ $status == 200 && $token && $token != "$1" ]]; }
# ... is not this pod's.
moved_off() { [[ $status == 200 && $token && $pod != "$1" ]]; }

chapter_forged() {
  chapter "Forged and truncated tokens are balanced anew: $(name_of "$1")"
  tampered "$1"
}

# flipped TOKEN: the same with another character in its middle.
flipped() {
  local middle=$((${#1} / 2)) other=A
  [[ ${1:middle:1} != A ]] || other=B
  printf '%s%s%s' "${1:0:middle}" "$other" "${1:middle+1}"
}

tampered() {
  local kind=$1 good owner
  ask "$kind"
  good=$token owner=$pod
  doing "a session on $owner; its token with one character changed"
  ask_often 8 "$kind" "$(flipped "$good")"
  report
  check 'forged: spread over the pods, a new token each time' anew
  check 'the access log calls it invalid' logged invalid
  doing 'without its last character'
  ask_often 8 "$kind" "${good%?}"
  report
  check 'truncated: the same' anew
  doing "base64 of an address, as Envoy's token is: ${pods[0]}"
  ask_often 8 "$kind" \
    "$(printf '127.0.0.1:%s' "${pod_port[${pods[0]}]}" | base64 -w 0)"
  report
  check 'a client cannot choose its endpoint' anew
  envoy_if header "$kind" 'accepted 20 of 20: the client chooses'
  ask_often 5 "$kind" "$good"
  check 'the true token still counts' kept_by "$owner"
}

chapter_draining() {
  chapter "A draining endpoint: $(name_of "$1")"
  drained "$1"
}

drained() {
  local kind=$1 victim good
  ask "$kind"
  victim=$pod good=$token
  doing "$victim has a session and begins to drain"
  tell_gateway "$victim" draining
  eventually fresh_avoid "$kind" "$victim" || true
  ask_often 10 "$kind" "$good"
  report
  check 'it keeps its session: 10 of 10' kept_by "$victim"
  ask_often 20 "$kind"
  report
  check 'it gets no new ones: 0 of 20' none_from "$victim"
  envoy_if header "$kind" 'its sessions are moved at once'
  tell_gateway "$victim" ready
}

chapter_killed() {
  chapter "A killed endpoint: $(name_of "$1")"
  killed "$1"
}

killed() {
  local kind=$1 victim good bystander other moved target
  ask "$kind"
  victim=$pod good=$token
  open_on "$kind" "!$victim"
  bystander=$token other=$pod
  doing "$victim has a session and is killed; it is still listed as ready"
  kill_pod "$victim"
  ask "$kind" "$good"
  moved=$token target=$pod
  came_back "status $status, $target${moved:+, with a new token}"
  check 'the session moves to a pod that serves' \
    moved_off "$victim"
  check 'the access log calls it moved' logged moved
  envoy_if header "$kind" '503 to every replay, for ever'
  ask_often 5 "$kind" "$moved"
  report
  check 'once: it stays there' kept_by "$target"
  ask_often 8 "$kind"
  report
  check 'first requests are served too, none gets a token for the dead' \
    none_from "$victim"
  envoy_if header "$kind" \
    'a first request that meets it gets a 503 with a token for it'
  ask_often 5 "$kind" "$bystander"
  check 'sessions of the others do not notice' kept_by "$other"
  start_pod "$victim"
  tell_gateway "$victim" ready
  eventually serves_new "$kind" "$victim" || true
  ask_often 5 "$kind" "$moved"
  doing "$victim is back on port ${pod_port[$victim]}"
  check 'the session does not move again' kept_by "$target"
}

serves_new() { ask_often 8 "$1" && ! none_from "$2"; }

chapter_cookies() {
  local kind
  chapter 'The same with cookies, both lifetimes: two more routes, while it runs'
  ask header
  local owner=$pod before=$token lines=()
  for kind in cookie-session cookie-permanent; do
    cookie_route "$kind" | manifest "$kind"
    eventually gives_token "$kind" || true
    doing "$(name_of "$kind")"
    came_back "set-cookie: $set_cookie"
    lines+=("$set_cookie")
  done
  ask_often 5 header "$before"
  check 'a session from before the change is kept' kept_by "$owner"
  check 'lifetime Permanent: the cookie says Max-Age=10' \
    matches "${lines[1]}" '; Max-Age=10(;|$)'
  check 'secure by default: Secure, HttpOnly, SameSite=Strict, Path=/' \
    has_all "${lines[0]}" 'Secure' 'HttpOnly' 'SameSite=Strict' 'Path=/'
  check 'lifetime Session: neither Max-Age nor Expires' \
    lacks "${lines[0]}" '; *(Max-Age|Expires)='
  sessions_end cookie-session cookie-permanent
  for kind in cookie-session cookie-permanent; do
    doing "--- $(name_of "$kind")"
    tampered "$kind"
    drained "$kind"
    killed "$kind"
  done
}

matches() { [[ $1 =~ $2 ]]; }
lacks() { [[ $1 && ! $1 =~ $2 ]]; }
has_all() {
  local line=$1 attribute
  shift
  for attribute; do matches "$line; " "; $attribute; " || return 1; done
}

cookie_route() {
  local timed='cookieConfig: {lifetimeType: Session}'
  [[ $1 != *permanent ]] || timed='cookieConfig: {lifetimeType: Permanent}'
  cat <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: $1
spec:
  parentRefs:
    - name: sticky-session-gateway
  rules:
    - matches:
        - path: {type: PathPrefix, value: /$1}
      backendRefs:
        - {name: backend, port: 3000}
      sessionPersistence:
        sessionName: Session-A
        type: Cookie
        absoluteTimeout: 10s
        $timed
END
}
