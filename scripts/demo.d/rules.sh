# shellcheck shell=bash
# What a session belongs to: its rule, across weights, restarts and the shapes
# that the field has had. Sourced by scripts/demo.
# shellcheck disable=SC2154  # requests.sh and stack.sh set what is used here

header_persistence='{sessionName: Session-A, type: Header, absoluteTimeout: 10s}'

# route NAME: the head of an HTTPRoute; rules follow.
route() {
  cat <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: $1
spec:
  parentRefs:
    - name: sticky-session-gateway
  rules:
END
}

# rule PATH PERSISTENCE REFERENCE...
rule() {
  printf '    - matches:\n        - path: {type: PathPrefix, value: %s}\n' "$1"
  [[ -z $2 ]] || printf '      sessionPersistence: %s\n' "$2"
  printf '      backendRefs:\n'
  shift 2
  printf '        - %s\n' "$@"
}

# A route is there when its response carries a token of its own rule, which
# the workshop's route ("/") would not take.
chapter_two_rules() {
  local owner good
  chapter 'Two rules on one service, one session name: two sessions'
  {
    route two-rules
    rule /rule-a "$header_persistence" '{name: backend, port: 3000}'
    rule /rule-b "$header_persistence" '{name: backend, port: 3000}'
  } | manifest two-rules
  eventually own_sessions rule-a || true
  ask rule-a
  good=$token owner=$pod
  doing "a session of rule a on $owner, sent to rule b 30 times"
  ask_often 30 rule-b "$good"
  report
  check 'rule b does not know it: spread, a new token each time' anew
  check 'the access log calls it foreign' logged foreign
  envoy 'one session for both, 30 of 30'
  ask_often 5 rule-a "$good"
  check 'rule a does' kept_by "$owner"
}

# The rule of its own does not take a token of the route `/`.
own_sessions() {
  ask header
  ask "$1" "$token"
  [[ $status == 200 && $token ]]
}

service() {
  cat <<END
---
apiVersion: v1
kind: Service
metadata:
  name: $1
spec:
  ports:
    - {name: http, port: 3000, targetPort: 3000}
END
}

split_route() {
  route split
  rule /split "$header_persistence" "{name: blue, port: 3000, weight: $1}" \
    "{name: green, port: 3000, weight: $2}"
  service blue
  service green
}

only_blue() { ask_often "$1" split && none_from "${pods[2]}" &&
  none_from "${pods[3]}"; }

chapter_weight_zero() {
  local owner good
  chapter 'A weight of 0: no new sessions, and the old ones stay'
  split_route 50 50 | manifest split
  eventually own_sessions split || true
  open_on split "${pods[2]}"
  good=$token owner=$pod
  doing "blue 50, green 50: a session on green's $owner; then green 0"
  split_route 100 0 | manifest split
  eventually only_blue 8 || true
  ask_often 20 split
  report
  check 'new sessions: 20 of 20 on blue' only_blue 20
  ask_often 40 split "$good"
  report
  check 'the old one: 40 of 40 on green' kept_by "$owner"
  envoy 'lost at once, 0 of 40'
}

chapter_restart() {
  local owner good
  chapter 'The gateway restarts: sealed sessions survive'
  ask header
  good=$token owner=$pod
  doing "a session on $owner; SIGTERM; a new process, the same key file"
  check 'it leaves with status 0' stop_gateway
  start_gateway
  typed "export GATEWAY_STICKY_DEMO=$GATEWAY_STICKY_DEMO"
  ask_often 10 header "$good"
  report
  check 'the session is kept: 10 of 10' kept_by "$owner"
}

chapter_shape_of_1_7() {
  local kind
  chapter "The same session in Gateway API 1.7's shape: on the rule, on an XBackend"
  {
    route rule-1.7
    rule /rule-1.7 \
      '{type: Header, header: {name: Session-A}, absoluteTimeout: 10s}' \
      '{name: backend, port: 3000}'
  } | manifest rule-1.7
  {
    route xbackend
    rule /xbackend '' \
      '{group: gateway.networking.x-k8s.io, kind: XBackend, name: sticky}'
    cat <<END
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackend
metadata:
  name: sticky
spec:
  type: EndpointSelector
  port: {number: 3000}
  endpointSelector:
    matchLabels: {app: backend}
  sessionPersistence:
    type: Header
    header: {name: Session-A}
    absoluteTimeout: 10s
END
  } | manifest xbackend
  for kind in rule-1.7 xbackend; do
    eventually own_sessions "$kind" || true
    ask_often 8 "$kind"
    report
    check "$(name_of "$kind"): without a token the pods take turns" anew
  done
  sessions_end rule-1.7 xbackend
  envoy "with 1.7's CRDs the workshop's route silently loses its header's name"
}
