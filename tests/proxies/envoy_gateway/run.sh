#!/usr/bin/env bash
# run.sh PYTHON [PYTEST-ARGUMENT...]: runs the tests in a network of their own, for
# Envoy Gateway's ports are fixed.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

if [[ ${LIMPET_IN_NETWORK:-} != yes ]]; then
  user=()
  ((EUID == 0)) || user=(--user --map-root-user)
  LIMPET_IN_NETWORK=yes exec unshare "${user[@]}" --net "$0" "$@"
fi
export PATH=$PATH:/usr/sbin:/sbin
ip link set lo up
exec "$1" -m pytest -q -p no:cacheprovider "${@:2}" "$here"
