#!/usr/bin/env bash
# Unpacks the libraries that limpet's tests need, as Debian has them for another
# processor, into a folder to compile and link against.
#
#   tests/cross/sysroot.sh ARCHITECTURE DIR      (arm64, s390x: Debian's names)
#
# The machine's own packages and lists stay as they are: no architecture is
# added to dpkg, nothing is installed, and root is not needed. The packages come
# from the sources that this machine's apt knows. A folder that is complete is
# left as it is.
set -euo pipefail

architecture=$1
dir=$2
packages=(libsodium-dev libxxhash-dev libgtest-dev libgmock-dev
  nlohmann-json3-dev)

# What the folder holds: a new release of Debian unpacks anew.
# shellcheck source=/dev/null
wanted="$(. /etc/os-release && echo "${VERSION_CODENAME-}") ${packages[*]}"
[[ $(cat "$dir/.complete" 2>/dev/null) != "$wanted" ]] || exit 0
rm -rf "$dir"
mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial"
dir=$(cd "$dir" && pwd)
: >"$dir/apt/status"

# An apt of its own: other lists, another architecture, nothing installed, no
# hooks. What it is told last counts.
cat >"$dir/apt/apt.conf" <<END
#clear APT::Architectures;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "$dir/apt";
Dir::State::Lists "$dir/apt/lists";
Dir::State::Status "$dir/apt/status";
Dir::Cache "$dir/apt/cache";
END
apt=(apt-get -qq -c "$dir/apt/apt.conf")

# A source that has nothing for this processor is no reason to stop: what is
# missing shows below.
"${apt[@]}" update || true
cd "$dir/apt"
"${apt[@]}" download "${packages[@]}"
for package in *.deb; do
  dpkg-deb --extract "$package" "$dir"
done
cd "$dir"
rm -rf apt
echo "$wanted" >.complete
