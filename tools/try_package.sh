#!/bin/sh
# The package in a bare Debian: installed, tried, opened by its file type, and removed.
#
#     tools/try_package.sh MIRROR PACKAGE.deb [SUITE [FOLDER]]
#
# As root, with debootstrap. FOLDER (build/bare-debian) keeps the bare Debian; what is installed in it is taken away again.
set -eu
mirror=${1:?usage: tools/try_package.sh MIRROR PACKAGE.deb [SUITE [FOLDER]]}
package=$(realpath "${2:?a package}")
suite=${3:-bookworm}
folder=$(realpath -m "${4:-build/bare-debian}")
. "$(dirname "$0")/bare_debian.sh"
installed() { inside dpkg-query -W -f='${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p'; }

before=$(installed)
cp "$package" "$folder/tmp/dreamdesk.deb"
inside apt-get install -y -qq --no-install-recommends /tmp/dreamdesk.deb >/dev/null
echo "installed, with $(installed | grep -vxF "$before" | grep -vx dreamdesk | tr '\n' ' ')"
inside sh -c 'command -v python3' && echo "there is a Python here, which was not to be" && exit 1
echo "version $(inside dreamdesk --version), on a system without Python"

echo "== its file type"
inside apt-get install -y -qq --no-install-recommends shared-mime-info desktop-file-utils xdg-utils xvfb xauth x11-utils \
  libglib2.0-bin >/dev/null
cp -r "$(dirname "$0")/../resources/samples/customer-support" "$folder/tmp/traces"
cat >"$folder/tmp/open.sh" <<'END'
set -eu
cd /tmp
dreamdesk import traces/support-week44.jsonl --desk "/tmp/week 44.desk" >/dev/null
cp "week 44.desk" evidence
for name in "week 44.desk" evidence; do
  type=$(gio info -a standard::content-type "$name" | sed -n 's/.*content-type: //p')
  echo "$name is $type"
  [ "$type" = application/x-dreamdesk ]
done
[ "$(xdg-mime query default application/x-dreamdesk)" = dreamdesk.desktop ]
gio open "/tmp/week 44.desk" 2>/dev/null || xdg-open "/tmp/week 44.desk"
for _ in $(seq 120); do
  sleep 1
  if xwininfo -root -tree | grep -F 'week 44'; then exit 0; fi
done
echo "no window with the desk has come up" && xwininfo -root -tree && exit 1
END
inside xvfb-run -a -s "-screen 0 1280x800x24" sh /tmp/open.sh

echo "== and away"
inside apt-get purge -y -qq dreamdesk >/dev/null
[ ! -e "$folder/opt/dreamdesk" ] && [ ! -e "$folder/usr/share/applications/dreamdesk.desktop" ]
echo "nothing of it is left"
