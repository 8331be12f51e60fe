#!/usr/bin/env bash
# Builds Envoy Gateway from the Go module proxy.
#
#   build.sh DIR       below DIR, and prints its path; if it is there already
#                      nothing is done
#   build.sh --check   only says whether there is a Go that can
#
# Exits with 3 if there is none. Minutes, the first time.
set -euo pipefail

version=v1.9.1 go_minor=26

(($# == 1)) || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
have=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || have=none
if ! [[ $have =~ ^go1\.([0-9]+) ]] || ((BASH_REMATCH[1] < go_minor)); then
  printf 'Envoy Gateway is not tested: that takes Go >= 1.%d, there is: %s\n' \
    "$go_minor" "$have" >&2
  exit 3
fi
if [[ $1 == --check ]]; then
  printf 'Envoy Gateway is tested, too: there is %s\n' "$have"
  exit
fi
mkdir -p "$1/$version"
out=$(cd "$1/$version" && pwd)
echo "$out/envoy-gateway"
[[ ! -x $out/envoy-gateway ]] || exit 0
export GOTOOLCHAIN=local GOFLAGS='-buildvcs=false -mod=mod' CGO_ENABLED=0
mkdir -p "$out/module"
cd "$out/module"
printf 'module gateway\n\ngo 1.%d.0\n\nrequire %s %s\n' \
  "$go_minor" github.com/envoyproxy/gateway "$version" >go.mod
go build -trimpath -ldflags='-s -w' -o "$out/envoy-gateway" \
  github.com/envoyproxy/gateway/cmd/envoy-gateway
