#!/bin/sh
# Runs a program in a root folder, with the folders named bound to where they are outside; started in namespaces of its own:
#
#     unshare --map-root-user --mount --net tools/bare.sh ROOT FOLDER... -- PROGRAM ARGUMENT...
set -eu
root=$1
shift
set -- /proc /dev "$@"
while [ "$1" != -- ]; do
  mkdir -p "$root$1"
  mount --rbind "$1" "$root$1"
  shift
done
shift
exec chroot "$root" "$@"
