"""Makes the package for Debian and Ubuntu of what PyInstaller built.

    python -m tools.shipping.debian dist/dreamdesk dist

The program goes to /opt/dreamdesk, the place of add-on software (FHS 3.0, 3.13), where an administrator may add
environments beside it; the rest is where desktops and manuals look. Nothing in it runs at installation: the triggers of
dpkg tell the desktop about entry, icons and file type. The same program makes the same bytes again.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dreamdesk import __version__
from dreamdesk.desk.schema import APPLICATION_ID
from tools.shipping import icons, man_page
from tools.shipping.parts import ROOT

HOME = Path("opt/dreamdesk")
_LINUX = Path(__file__).parent / "linux"
_CONTROL = """Package: dreamdesk
Version: {version}
Architecture: {architecture}
Maintainer: The DreamDesk maintainers <maintainers@dreamdesk.invalid>
Installed-Size: {kilobytes}
Depends: libc6 (>= {glibc}), libegl1, libgl1, zlib1g
Recommends: fontconfig-config, libcups2, libwayland-client0, libwayland-cursor0, libwayland-egl1,
 openssh-client, xkb-data
Section: misc
Priority: optional
Description: decide what a self-improving AI agent may learn
 DreamDesk is the desk where a compliance officer audits the corrections that
 AI agents dream, offline: the recorded timeline with the error point, the
 dreamed correction beside what happened, the guardrails that ran on it, and the
 signed decision. What was approved leaves as a bundle that an examiner verifies
 with stock tools.
 .
 The program brings everything it needs but the C library, zlib and OpenGL.
"""
_COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: DreamDesk
Comment: The licences of all parts lie in /opt/dreamdesk/licences, the list of them is /opt/dreamdesk/sbom.cdx.json.

Files: *
Copyright: The DreamDesk maintainers
License: Apache-2.0
 On Debian systems the text is /usr/share/common-licenses/Apache-2.0.
"""


def lay_out(program: Path, tree: Path, moment: int) -> None:
    """Put everything of the package where it belongs below *tree*; files are dated *moment*, seconds since 1970."""
    shutil.copytree(program, tree / HOME, symlinks=True)
    integrate(tree / "usr", moment)
    (tree / "usr/bin").mkdir()
    (tree / "usr/bin/dreamdesk").symlink_to("/opt/dreamdesk/dreamdesk")
    documents = tree / "usr/share/doc/dreamdesk"
    documents.mkdir(parents=True)
    (documents / "copyright").write_text(_COPYRIGHT, "utf-8")
    _gzip(documents / "changelog.gz", (ROOT / "CHANGELOG.md").read_bytes())


def integrate(prefix: Path, moment: int) -> None:
    """Put entry, icons, file type and manual page below *prefix*, such as /usr."""
    share = prefix / "share"
    for name, folder in (("dreamdesk.desktop", "applications"), ("dreamdesk.xml", "mime/packages")):
        (share / folder).mkdir(parents=True)
        words = (_LINUX / name).read_text("utf-8").replace("@APPLICATION_ID@", f"0x{APPLICATION_ID:08X}")
        (share / folder / name).write_text(words, "utf-8")
    hicolor = share / "icons/hicolor"
    for size in icons.SIZES:
        icons.draw(size, hicolor / f"{size}x{size}/apps/dreamdesk.png")
    (hicolor / "scalable/apps").mkdir(parents=True)
    shutil.copy(icons.SOURCE, hicolor / "scalable/apps/dreamdesk.svg")
    (share / "man/man1").mkdir(parents=True)
    date = time.strftime("%Y-%m-%d", time.gmtime(moment))
    _gzip(share / "man/man1/dreamdesk.1.gz", man_page.page(date).encode())


def control(tree: Path) -> str:
    """Return what dpkg has to know of the package in *tree*."""
    files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
    shown = ["dpkg", "--print-architecture"]
    architecture = subprocess.run(shown, capture_output=True, text=True, check=True).stdout.strip()
    kilobytes = sum(-(-path.stat().st_size // 1024) for path in files)
    return _CONTROL.format(
        version=__version__, architecture=architecture, kilobytes=kilobytes, glibc=newest_glibc(files)
    )


def newest_glibc(files: list[Path]) -> str:
    """Return the version of the C library that the newest symbol asks for among the ELF *files*."""
    asked = {"2.17"}
    for path in files:
        data = path.read_bytes()
        if data.startswith(b"\x7fELF"):
            asked |= {found.decode() for found in re.findall(rb"\0GLIBC_(2\.\d+)(?=\0)", data)}
    return max(asked, key=lambda version: int(version.split(".")[1]))


def _gzip(path: Path, data: bytes) -> None:
    path.write_bytes(gzip.compress(data, 9, mtime=0))


def _sums(tree: Path) -> str:
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    return "".join(f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n" for path in files)


def build(program: Path, folder: Path, packing: tuple[str, ...] = ("-Zxz", "-z9", "-Sextreme")) -> Path:
    """Build the package of *program* in *folder*, packed as `dpkg-deb` is told to; return the file."""
    moment = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    with _tree() as tree:
        lay_out(program, tree, moment)
        words, sums = control(tree), _sums(tree)
        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN/control").write_text(words, "utf-8")
        (tree / "DEBIAN/md5sums").write_text(sums, "utf-8")
        for path in (tree, *tree.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            os.utime(path, (moment, moment), follow_symlinks=False)
        architecture = re.search(r"^Architecture: (\S+)", words, re.MULTILINE)
        target = folder / f"dreamdesk_{__version__}_{architecture and architecture[1]}.deb"
        command = ["dpkg-deb", "--root-owner-group", *packing, "--build", str(tree), str(target)]
        subprocess.run(command, check=True, stdout=sys.stderr, env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)})
    return target


@contextmanager
def _tree() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dreamdesk-package-") as folder:
        yield Path(folder, "dreamdesk")


if __name__ == "__main__":
    print(build(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()))
