# shellcheck shell=bash
# The workshop's steps 1 to 6. The bodies of the three functions are its own
# lines, unchanged, and are printed as they stand. Sourced by scripts/demo.
# shellcheck disable=SC2154  # repo, scratch, tick and the like: scripts/demo

# shellcheck disable=SC2086
get_a_header() {
  HEADER=$(curl --verbose http://$GATEWAY_STICKY_DEMO/get 2>&1 | grep "session-a" | awk '{print $3}')
}

# shellcheck disable=SC2006,SC2034,SC2086
send_with_the_header() {
  for i in `seq 5`; do
      curl -H "Session-A: $HEADER" http://$GATEWAY_STICKY_DEMO/get 2>/dev/null | grep pod
  done
}

# shellcheck disable=SC2006,SC2034,SC2086
send_without() {
  for i in `seq 5`; do
      curl http://$GATEWAY_STICKY_DEMO/get 2>/dev/null | grep pod
  done
}

lines_of() {
  sed -n "/^$1() {/,/^}/{/^$1/d;/^}/d;s/^  //p}" "${BASH_SOURCE[0]}"
}

# run_lines FUNCTION: prints the lines, runs them here (they set HEADER) and
# keeps what they print in answers.
run_lines() {
  lines_of "$1" | sed '1s/^/  $ /;2,$s/^/    /'
  "$1" >"$scratch/printed" || true
  sed 's/^/      /' "$scratch/printed"
  mapfile -t answers < <(sed -n 's/^ *"pod": "\(.*\)".*/\1/p' \
    "$scratch/printed")
}

five_from_one() { ((${#answers[@]} == 5)) && all_from "${answers[0]}"; }
five_spread() { ((${#answers[@]} == 5)) && spread; }
ends_in_cr() { [[ $HEADER == ?*$'\r' ]]; }

chapter_workshop() {
  local pod file
  chapter 'The workshop: four endpoints, its three manifests, its curl lines'
  mkdir "$scratch/manifests"
  make_keys
  for file in 1-backend 2-gateway 3-route; do
    cp "$repo/examples/gateway/manifests/$file.yaml" "$scratch/manifests/"
    doing "applied  examples/gateway/manifests/$file.yaml"
  done
  for pod in "${pods[@]}"; do
    start_pod "$pod"
    tell_gateway "$pod" ready
    doing "started  $pod on port ${pod_port[$pod]}"
  done
  start_gateway
  doing "started  the gateway"
  typed "export GATEWAY_STICKY_DEMO=$GATEWAY_STICKY_DEMO"
  run_lines get_a_header
  came_back "HEADER=$HEADER"
  check "a session, and the stray CR that the workshop's script sends with it" \
    ends_in_cr
  run_lines send_with_the_header
  check 'with the header: five answers of one pod' five_from_one
  run_lines send_without
  check 'without it: the pods take turns' five_spread
  envoy 'the same, 50 of 50; its token is the address of the pod in base64'
}
