#!/usr/bin/env bash
# Runs the tests in a network of their own, for Envoy Gateway's ports are fixed.
#
#   run.sh PYTHON [PYTEST-ARGUMENT...]
#   run.sh --check    only says whether there can be such a network
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

own_network=(unshare --net)
((EUID == 0)) || own_network=(unshare --user --map-root-user --net)
if [[ ${1:-} == --check ]]; then
  "${own_network[@]}" true 2>/dev/null || {
    echo 'Envoy Gateway is not tested: no network namespace can be made' >&2
    exit 3
  }
  exit
fi
if [[ ${LIMPET_IN_NETWORK:-} != yes ]]; then
  LIMPET_IN_NETWORK=yes exec "${own_network[@]}" "$0" "$@"
fi
export PATH=$PATH:/usr/sbin:/sbin
ip link set lo up
exec "$1" -m pytest -q -p no:cacheprovider "${@:2}" "$here"
