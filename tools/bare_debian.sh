# Makes a bare Debian of $suite from $mirror in $folder, once; then `inside COMMAND` runs in it. Sourced by newcomer.sh and
# try_package.sh, which this starts again in a namespace of their own: whatever happens, nothing stays mounted at the end.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
unset DISPLAY WAYLAND_DISPLAY QT_QPA_PLATFORM PYTHONPATH VIRTUAL_ENV TMPDIR MAKEFLAGS

if [ ! -e "$folder/made" ]; then
  rm -rf --one-file-system "$folder"
  debootstrap --variant=minbase "$suite" "$folder" "$mirror"
  touch "$folder/made"
fi
[ "${BARE_INSIDE:-}" ] || exec env BARE_INSIDE=1 unshare --mount --pid --fork "$0" "$@"
mount -t proc proc "$folder/proc"
mount --rbind /dev "$folder/dev"
mount -t tmpfs tmpfs "$folder/tmp"
cp -L /etc/resolv.conf "$folder/etc/resolv.conf"
inside() { chroot "$folder" "$@"; }
inside apt-get update -qq
