#!/usr/bin/env bash
# Installs limpet, static and shared, into a scratch prefix and builds programs
# outside the tree that use it: C++ and C, by find_package, by pkg-config and
# vendored.
#
#   tests/package/run.sh [SOURCE [SCRATCH]]
#
# SOURCE: limpet's sources (default: where this script is). SCRATCH: a folder
# to work in, kept (default: a temporary one, removed). CC, CXX and
# CMAKE_GENERATOR are honoured; ccache is used where it is there.
set -u

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "${1:-$here/../..}" && pwd) || exit 2
if [ $# -ge 2 ]; then
  mkdir -p "$2" && scratch=$(cd "$2" && pwd) || exit 2
else
  scratch=$(mktemp -d) || exit 2
  trap 'rm -rf "$scratch"' EXIT
fi

cc=${CC:-cc}
cxx=${CXX:-c++}
options=(-DCMAKE_BUILD_TYPE=Release)
if command -v ccache >/dev/null; then
  options+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache
    -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
if [ -z "${CMAKE_GENERATOR:-}" ] && command -v ninja >/dev/null; then
  export CMAKE_GENERATOR=Ninja
fi
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-2}
strict=(-Wall -Wextra -Wpedantic -Werror)

passed=0
failed=0

# check NAME COMMAND...: one line, and what the command said if it failed.
check() {
  local name=$1
  shift
  if "$@" >"$scratch/log" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
    tail -n 30 "$scratch/log" | sed 's/^/        /'
  fi
}

install_limpet() { # KIND SHARED
  cmake -S "$source" -B "$scratch/$1/limpet" "${options[@]}" \
    -DBUILD_SHARED_LIBS="$2" -DCMAKE_INSTALL_PREFIX="$scratch/$1/elsewhere" \
    -DLIMPET_BUILD_TESTS=OFF -DLIMPET_BUILD_EXAMPLES=OFF &&
    cmake --build "$scratch/$1/limpet" &&
    cmake --install "$scratch/$1/limpet" --prefix "$scratch/$1/prefix"
}

by_find_package() { # KIND LANGUAGE
  local build=$scratch/$1/$2
  cmake -S "$here/$2" -B "$build" "${options[@]}" \
    -DCMAKE_PREFIX_PATH="$scratch/$1/prefix" &&
    cmake --build "$build" && "$build/consumer"
}

refuses_version() { # KIND VERSION
  ! cmake -S "$here/c" -B "$scratch/$1/refused-$2" -DLIMPET_WANTED="$2" \
    -DCMAKE_PREFIX_PATH="$scratch/$1/prefix" >"$scratch/refused" 2>&1 &&
    tr -s ' \n' ' ' <"$scratch/refused" |
    grep -F "compatible with requested version \"$2\""
}

pc() { # KIND PKG-CONFIG-ARGUMENTS...
  local prefix=$scratch/$1/prefix
  local path
  path=$(find "$prefix" -name pkgconfig -printf '%p:')
  shift
  PKG_CONFIG_PATH=$path pkg-config "$@"
}

by_pkg_config() { # KIND LANGUAGE
  local kind=$1 program=$scratch/$1/$2-by-pkg-config
  local -a static=() flags rpath
  if [ "$kind" = static ]; then static=(--static); fi
  if [ "$2" = c ]; then
    read -ra flags <<<"$(pc "$kind" "${static[@]}" --cflags --libs limpet-c)"
    read -ra rpath <<<"-Wl,-rpath,$(pc "$kind" --variable=libdir limpet-c)"
    "$cc" -std=c99 "${strict[@]}" "$here/c/main.c" -o "$program" \
      "${flags[@]}" "${rpath[@]}"
  else
    read -ra flags <<<"$(pc "$kind" "${static[@]}" --cflags --libs limpet)"
    read -ra rpath <<<"-Wl,-rpath,$(pc "$kind" --variable=libdir limpet)"
    "$cxx" -std=c++20 "${strict[@]}" "$here/cpp/main.cc" -o "$program" \
      "${flags[@]}" "${rpath[@]}"
  fi && "$program"
}

version_by_pkg_config() { # KIND
  local version
  version=$(sed -n 's/^project(limpet VERSION \([0-9.]*\).*/\1/p' \
    "$source/CMakeLists.txt")
  [ -n "$version" ] &&
    [ "$(pc "$1" --modversion limpet)" = "$version" ] &&
    [ "$(pc "$1" --modversion limpet-c)" = "$version" ]
}

compiles_alone() { # HEADER COMPILER ARGUMENTS...
  local header=$1
  shift
  printf '#include <%s>\n#include <%s>\n' "$header" "$header" |
    "$@" "${strict[@]}" -fsyntax-only -I"$scratch/static/prefix/include" -
}

vendored() {
  cmake -S "$here/vendored" -B "$scratch/vendored" "${options[@]}" \
    -DLIMPET_SOURCE="$source" &&
    cmake --build "$scratch/vendored" --target consumer &&
    "$scratch/vendored/consumer"
}

for kind in static shared; do
  if [ "$kind" = shared ]; then shared=ON; else shared=OFF; fi
  check "$kind: builds and installs" install_limpet "$kind" "$shared"
  check "$kind: C++ by find_package" by_find_package "$kind" cpp
  check "$kind: C alone by find_package" by_find_package "$kind" c
  check "$kind: C++ by pkg-config" by_pkg_config "$kind" cpp
  check "$kind: C by pkg-config" by_pkg_config "$kind" c
  check "$kind: pkg-config tells the version" version_by_pkg_config "$kind"
done
check "find_package refuses version 9.9" refuses_version static 9.9
check "find_package refuses version 0.2" refuses_version static 0.2
for header in "$scratch"/static/prefix/include/limpet/*.h; do
  name=limpet/$(basename "$header")
  check "$name compiles alone" compiles_alone "$name" "$cxx" -std=c++20 -x c++
done
check "limpet.h compiles alone as C99" \
  compiles_alone limpet.h "$cc" -std=c99 -x c
check "limpet.h compiles alone as C++11" \
  compiles_alone limpet.h "$cxx" -std=c++11 -x c++
check "vendored: C++ by add_subdirectory" vendored

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
