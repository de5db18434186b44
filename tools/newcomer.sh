#!/bin/sh
# The path of a newcomer: README's two commands in a bare Debian that has nothing but what README asks for.
#
#     tools/newcomer.sh MIRROR [SUITE [FOLDER]]     e.g. tools/newcomer.sh http://deb.debian.org/debian bookworm
#
# As root, with debootstrap. FOLDER (build/newcomer) keeps the bare Debian for the next time. What is tried is the last
# commit. A network that needs a proxy or certificates of its own has them passed on: the environment is that of the
# caller, and the list of certificates is copied. TEST= leaves `make test` out; TEST='make lint unit WORKERS=1' narrows it.
set -eu
mirror=${1:?usage: tools/newcomer.sh MIRROR [SUITE [FOLDER]]}
suite=${2:-bookworm}
folder=$(realpath -m "${3:-build/newcomer}")
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/tools/bare_debian.sh"

echo "== what README asks for: Python, git and make; and a display to look at"
inside apt-get install -y -qq --no-install-recommends python3 git make ca-certificates xvfb xauth x11-utils >/dev/null
[ ! -s /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/"
rm -rf "$folder/root/dreamdesk"
git clone -q --no-hardlinks "$here" "$folder/root/dreamdesk"
inside git config --global --add safe.directory '*'

echo "== make run"
begun=$(date +%s)
cat >"$folder/tmp/run.sh" <<'END'
cd /root/dreamdesk
make run & program=$!
for _ in $(seq 900); do
  sleep 1
  xwininfo -root -tree 2>/dev/null | grep -F 'DreamDesk"' && sleep 10 && kill -0 $program && exit 0
  kill -0 $program 2>/dev/null || exit 1
done
exit 1
END
inside xvfb-run -a -s "-screen 0 1280x800x24" sh /tmp/run.sh
echo "the window was open $(($(date +%s) - begun)) s after make run"

[ "${TEST=make test}" ] || exit 0
echo "== $TEST"
inside sh -c "cd /root/dreamdesk && $TEST"
echo "== both commands work"
