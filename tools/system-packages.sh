#!/bin/sh
# Sees to the system packages that Qt needs on Debian and Ubuntu: installs what is missing where that is permitted,
# otherwise prints the exact command. Does nothing where there is no apt.
set -u
wanted="python3-venv libglib2.0-0 libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libxcb-cursor0
  libxkbcommon-x11-0 libxcb-icccm4 libxcb-keysyms1 libxcb-xkb1 libxcb-shape0 openssh-client"
case ${1:-} in
  test) wanted="$wanted xvfb" ;;
  dist) wanted="$wanted xvfb binutils xz-utils" ;;
esac
command -v dpkg-query >/dev/null 2>&1 || exit 0

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=""
for name in $wanted; do
  # Since Debian 13 and Ubuntu 24.04 some libraries carry the suffix t64.
  installed "$name" || installed "${name}t64" || missing="$missing $name"
done
# A Python that is not the system's brings its own venv.
if python3 -c 'import ensurepip, venv' 2>/dev/null; then missing=$(echo " $missing " | sed 's/ python3-venv / /'); fi
set -- $missing
[ $# -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then sudo=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo="sudo -n"
else
  echo "These system packages are missing, and installing them is not permitted here. Run:" >&2
  echo "    sudo apt-get update && sudo apt-get install --no-install-recommends $*" >&2
  exit 1
fi
echo "Installing system packages: $*"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq || true
names=""
for name in "$@"; do
  if apt-cache show "$name" >/dev/null 2>&1; then names="$names $name"; else names="$names ${name}t64"; fi
done
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $names >/dev/null
