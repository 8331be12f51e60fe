# shellcheck shell=bash
# Four echo endpoints, their EndpointSlices and the gateway: started and
# stopped by process id, on ports that the system chooses. Sourced by
# scripts/demo.
# shellcheck disable=SC2154  # repo, scratch, keep: scripts/demo sets them

binaries=$repo/build/demo/examples
pods=(backend-765694d47f-wn8hp backend-765694d47f-whjc9
  backend-765694d47f-9s262 backend-765694d47f-4fm7c)
declare -A pod_pid pod_port
gateway_pid=''

# await_file FILE PID: the program writes it when it listens.
await_file() {
  local tries
  for ((tries = 0; tries < 150; tries++)); do
    [[ ! -s $1 ]] || return 0
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$scratch"/*.log >&2
  die "a program did not start; its log is above"
}

# The port of a line "http HOST:PORT" or "admin HOST:PORT" in a ready file.
port_of() { sed -n "s/^$1 .*:\([0-9]*\)\$/\1/p" "$2"; }

start_pod() {
  local pod=$1 ready=$scratch/$1.ready
  rm -f "$ready"
  POD_NAME=$pod NAMESPACE=default "$binaries/echo/limpet-echo" \
    --address 127.0.0.1 --port 0 --ready-file "$ready" \
    </dev/null >>"$scratch/$pod.log" 2>&1 &
  pod_pid[$pod]=$!
  await_file "$ready" "${pod_pid[$pod]}"
  pod_port[$pod]=$(port_of http "$ready")
}

# kill_pod POD: no farewell, as a crash.
kill_pod() {
  kill -KILL "${pod_pid[$1]}"
  wait "${pod_pid[$1]}" 2>/dev/null || true
  unset "pod_pid[$1]"
}

# slice POD SERVICE CONDITIONS LABELS
slice() {
  cat <<END
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: $2-${1##*-}
  labels: {kubernetes.io/service-name: $2$4}
addressType: IPv4
endpoints:
  - addresses: [127.0.0.1]
    conditions: $3
    targetRef: {kind: Pod, name: $1}
ports:
  - {name: http, protocol: TCP, port: ${pod_port[$1]}}
END
}

# tell_gateway POD ready|draining: what Kubernetes would write about the pod.
# Each is in `backend`; the first two are in `blue`, the others in `green` too.
tell_gateway() {
  local pod=$1 colour=blue conditions
  [[ $pod != "${pods[2]}" && $pod != "${pods[3]}" ]] || colour=green
  case $2 in
    ready) conditions='{ready: true, serving: true, terminating: false}' ;;
    draining) conditions='{ready: false, serving: true, terminating: true}' ;;
  esac
  {
    slice "$pod" backend "$conditions" ', app: backend'
    slice "$pod" "$colour" "$conditions" ''
  } >"$scratch/new"
  mv "$scratch/new" "$scratch/manifests/slice-$pod.yaml"
}

# manifest NAME: standard input becomes a file of the gateway's folder.
manifest() {
  cat >"$scratch/new"
  mv "$scratch/new" "$scratch/manifests/$1.yaml"
}

start_gateway() {
  local ready=$scratch/gateway.ready
  rm -f "$ready"
  "$binaries/gateway/limpet-gateway" --manifests "$scratch/manifests" \
    --keys "$scratch/keys" --address 127.0.0.1 --listen-port 0 \
    --admin-port 0 --ready-file "$ready" --access-log "$scratch/access.log" \
    --unavailable-for 2s --poll 100ms \
    </dev/null >>"$scratch/gateway.log" 2>&1 &
  gateway_pid=$!
  await_file "$ready" "$gateway_pid"
  GATEWAY_STICKY_DEMO=127.0.0.1:$(port_of http "$ready")
  admin=127.0.0.1:$(port_of admin "$ready")
  export GATEWAY_STICKY_DEMO
}

# Says whether it left as it should on SIGTERM.
stop_gateway() {
  local status=0
  kill -TERM "$gateway_pid"
  wait "$gateway_pid" || status=$?
  gateway_pid=''
  return "$status"
}

make_keys() {
  local hex
  hex=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077 && printf '1 %s seal\n' "$hex" >"$scratch/keys")
}

# At the end, however it comes: nothing keeps running, nothing is left behind.
finish() {
  local status=$? pid
  [[ ! ${left_running:-} ]] || exit "$status"
  for pid in $gateway_pid "${pod_pid[@]}"; do
    kill -TERM "$pid" 2>/dev/null || true
  done
  for pid in $gateway_pid "${pod_pid[@]}"; do
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$scratch"
  exit "$status"
}

leave_running() {
  left_running=yes
  cat <<END

The gateway and its endpoints stay up. What to try:

  export GATEWAY_STICKY_DEMO=$GATEWAY_STICKY_DEMO
  curl -v http://\$GATEWAY_STICKY_DEMO/get
  curl http://$admin/metrics                  outcomes, sessions per endpoint
  tail -f $scratch/access.log
  ls $scratch/manifests      change a file: the gateway reads it again

To stop them and to clear up:

  kill $gateway_pid ${pod_pid[*]}; rm -r $scratch
END
}
