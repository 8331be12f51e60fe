# shellcheck shell=bash
# What demo, test, lint and bench share. Sourced, never run.

repo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export CC=${CC:-cc} CXX=${CXX:-c++}

# The sources are ASCII; the terminal gets its marks through escapes.
# shellcheck disable=SC2034  # they are for those who source this
tick=$'\xe2\x9c\x93'
# shellcheck disable=SC2034
cross=$'\xe2\x9c\x97'

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# What each purpose needs, by Debian's names.
packages_of() {
  case $1 in
    build) echo g++ cmake ninja-build pkg-config libxxhash-dev \
      libsodium-dev nlohmann-json3-dev ;;
    gateway) echo libboost-dev libyaml-cpp-dev ;;
    demo) echo curl ;;
    test) echo ccache libgtest-dev libgmock-dev python3 python3-dev \
      python3-venv valgrind ;;
    bench) echo libabsl-dev libbenchmark-dev libboost-dev libcuckoo-dev \
      libtbb-dev valgrind ;;
    lint) echo clang-tidy shellcheck git python3 python3-venv ;;
    clang) echo clang ;;
    arm64) echo g++-aarch64-linux-gnu qemu-user ;;
    placement) echo haproxy nginx ;;
    envoy-gateway) echo iproute2 ;;
    s390x) echo g++-s390x-linux-gnu qemu-user ;;
    *) die "no package group $1" ;;
  esac
}

# ensure_packages WHY PACKAGE...: installs those that are missing.
ensure_packages() {
  local why=$1 package
  local missing=() apt=(apt-get)
  shift
  if ! command -v dpkg-query >/dev/null; then
    printf 'This is no Debian; take care of these yourself: %s\n' "$*"
    return
  fi
  for package; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == \
      installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "missing packages, and there is no sudo.
As root: apt-get install --no-install-recommends ${missing[*]}"
    apt=(sudo env DEBIAN_FRONTEND=noninteractive apt-get)
  fi
  printf 'Installing with %s, %s:\n  %s\n' "${apt[0]}" "$why" "${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  local lock=(-o DPkg::Lock::Timeout=300)
  if ! { "${apt[@]}" "${lock[@]}" -qq update &&
    "${apt[@]}" "${lock[@]}" -qq -y --no-install-recommends install \
      "${missing[@]}" >/dev/null; }; then
    die "apt-get could not install them. As root:
apt-get install --no-install-recommends ${missing[*]}"
  fi
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# ensure GROUP...: the packages of these purposes.
ensure() {
  local group words wanted=()
  for group; do
    read -ra words <<<"$(packages_of "$group")"
    wanted+=("${words[@]}")
  done
  ensure_packages "to $(why_of "$*")" "${wanted[@]}"
}

why_of() {
  case " $1 " in
    *" test "*) echo 'build and test limpet' ;;
    *" lint "*) echo 'check the sources' ;;
    *" bench "*) echo 'build and run the benchmarks' ;;
    *" arm64 "* | *" s390x "*) echo 'test for other processors' ;;
    *" placement "*) echo 'compare with other proxies' ;;
    *" envoy-gateway "*) echo 'run Envoy Gateway in a network of its own' ;;
    *) echo 'build limpet and run its demo' ;;
  esac
}

# configure DIR OPTION...: a build directory with the compiler of the day. One
# that another compiler made is made anew.
configure() {
  local dir=$1 launcher=() fresh=()
  shift
  if command -v ccache >/dev/null; then
    launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache
      -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  if [[ -e $dir/CMakeCache.txt &&
    $(cat "$dir/.compiler" 2>/dev/null) != "$CC $CXX" ]]; then
    fresh=(--fresh)
  fi
  mkdir -p "$dir"
  cmake "${fresh[@]}" -S "$repo" -B "$dir" -G Ninja "${launcher[@]}" "$@" ||
    return
  printf '%s %s\n' "$CC" "$CXX" >"$dir/.compiler"
}

# The Python of the tests and of the linters.
python_venv() {
  [[ -x $repo/build/venv/bin/python ]] ||
    python3 -m venv "$repo/build/venv"
}

# pip_install PACKAGE...: into it.
pip_install() {
  python_venv
  "$repo/build/venv/bin/pip" install -q --disable-pip-version-check "$@"
}
