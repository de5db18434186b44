"""Try the built program as a stranger's laptop would: ``tools/try_built_program.py PROGRAM [--bare | --root DIR]``.

It is started with an empty environment and without a network, from a folder that is not the source tree, and taken
through a day: import, locate, dream, check, auditors and keys, decisions, packets, oversight, release in every format,
verification, recall, memory, backup, erasure, an environment of somebody else's, and the window. The first thing that
goes wrong ends it with a sentence and status 1.

With ``--bare`` it runs in a root folder that holds nothing but itself, what every Debian has of the libraries that it
needs (the C library and zlib) and the two that must be installed, libgl1 and libegl1 (`bare.sh`): no Python, no shell,
no font. With ``--root`` it runs in that
root folder, such as a bare Debian in which the package is installed.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dreamdesk.release.formats import formats  # noqa: E402
from tools.screen import virtual_display  # noqa: E402

SAMPLES = ROOT / "resources" / "samples"
PACKED = ROOT / "tests" / "hostile" / "files"
SYSTEM = (
    *("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libz.so.1"),
    *("libGL.so.1", "libEGL.so.1"),
)
"""What the program asks of a system: the C library, in several files, zlib, and OpenGL, in two packages."""
SANDBOX = (ROOT / "tests" / "environment" / "sandboxes.py").read_text("utf-8").split('"""')[3]
PASSPHRASE = "correct horse battery"
_OFFLINE = ["unshare", "--map-root-user", "--net"] if sys.platform == "linux" else []


class Trial:
    """One run through everything, in a folder of its own.

    Args:
        program: The built program, inside *root* if there is one.
        folder: Where its files go; the home of the program as well.
        root: The folder that is the root of the file system for the program.
    """

    def __init__(self, program: Path, folder: Path, root: Path | None = None) -> None:
        self.program, self.folder, self.root = program, folder, root
        self.offline = [*_OFFLINE]
        self.home = program.parent
        if root is not None:
            inside = root / program.parent.relative_to("/")
            bound = [folder, SAMPLES, PACKED]
            if inside.is_dir():
                self.home = inside
            else:  # it stays where it is, and what is installed beside it is seen in the root as well
                bound.append(program.parent)
            Path("/tmp/.X11-unix").mkdir(exist_ok=True)
            bound += [Path("/tmp/.X11-unix")]
            self.offline += ["--mount", str(ROOT / "tools" / "bare.sh"), str(root), *map(str, bound), "--"]
        self.env = {"HOME": str(folder), "DREAMDESK_PASSPHRASE": PASSPHRASE}
        self.desk = folder / "a.desk"

    def run(self, *words: object, desk: Path | bool | None = True, status: int = 0, **env: str) -> list[Any]:
        """Run one command line with ``--json``; check its exit status and return its lines."""
        where = ["--desk", str(self.desk if desk is True else desk)] if desk else []
        command = [*self.offline, str(self.program), *map(str, words), *where, "--json"]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, env=self.env | env, timeout=600, check=False
        )
        if done.returncode != status or "Traceback" in done.stderr:
            raise SystemExit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout[-500:]}\n{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def expect(self, what: str, held: object) -> None:
        """Print that *what* was seen, or stop."""
        if not held:
            raise SystemExit(f"not so: {what}")
        print(f"  {what}", flush=True)

    def reading(self) -> None:
        """Import folders, an archive and a zstd file; locate, dream, check."""
        lines = self.run("import", SAMPLES)
        read = {line["format"] for line in lines if line.get("format")}
        self.expect(f"sample folders read: {', '.join(sorted(read))}", len(read) >= 4)
        for name in ("zip-traces.zip", "zip-traces-zstd.zip", "zst-good.jsonl.zst"):
            lines = self.run("import", PACKED / name, desk=self.folder / "packed.desk")
            self.expect(f"{name} read", lines[0]["episodes"] and not lines[0]["skipped"])
        self.run("mapping", "list")
        self.expect("error points located", self.run("locate"))
        self.run("dream", "--source", "graft")
        self.expect("guardrails ran", self.run("check"))
        self.expect("environments fit", any(line["episodes"] for line in self.run("environments")))

    def outside(self) -> None:
        """Install an environment beside the program, and let it run."""
        beside = self.home / "environments"
        info = beside / "acme-1.dist-info"
        info.mkdir(parents=True)
        try:
            (beside / "acme_sandbox.py").write_text(SANDBOX.format(name="acme", on_call="pass", fits="True"))
            (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1\n")
            (info / "entry_points.txt").write_text("[dreamdesk.environments]\nacme = acme_sandbox:ENVIRONMENT\n")
            desk = self.folder / "outside.desk"
            shutil.copy(self.desk, desk)
            self.run("setting", "environments", "acme", desk=desk)
            (one,) = [line for line in self.run("environments", desk=desk) if line["id"] == "acme"]
            self.expect(f"an environment of somebody else's runs beside it {one['fault']}".rstrip(), not one["fault"])
            self.expect("and fits", one["episodes"])
        finally:
            shutil.rmtree(beside)

    def deciding(self) -> None:
        """Auditors, one of whom signs through ssh-keygen where there is one, and approvals."""
        self.run("auditor", "add", "Cy", "--role", "reviewer")
        first = "Cy" if self.root else "Kim"
        if first == "Kim":
            key = self.folder / "key"
            keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", PASSPHRASE, "-f", str(key)]
            subprocess.run(keygen, check=True, timeout=60)
            self.run("auditor", "add", "Kim", "--role", "approver", "--key", key, PATH=os.environ["PATH"])
        blocked = {line["correction"] for line in self.run("list", "checks") if line["result"] == "block"}
        free = [line["id"] for line in self.run("list", "corrections") if line["id"] not in blocked]
        reason = next(line["id"] for line in self.run("list", "reasons") if "approve" in line["verdicts"])
        words = ("--verdict", "approve", "--reason", reason, "--comment", "read")
        self.run("decide", free[0], *words, "--as", first, PATH=os.environ["PATH"])
        for correction in free[1:]:
            self.run("decide", correction, *words, "--as", "Cy")
        states = [line["state"] for line in self.run("list", "corrections")]
        by = "one through ssh-keygen" if first == "Kim" else "without ssh-keygen"
        self.expect(f"corrections approved, {by}", states.count("approved") == len(free))

    def sharing(self) -> None:
        """A packet to a second desk, and a sampling plan."""
        packet = self.folder / "a.packet"
        self.run("packet", "make", "--for", "Bo", "--queue", "all", "--exchange", "--out", packet, "--as", "Cy")
        self.run("packet", "show", packet, desk=None)
        second = self.folder / "b.desk"
        self.run("import", SAMPLES / "data-processing", desk=second)
        keys = sorted(set(re.findall(r"SHA256:[\w+/]{43}", json.dumps(self.run("auditor", "keys")))))
        confirmed = [word for key in keys for word in ("--confirm", key)]
        self.run("packet", "import", packet, *confirmed, desk=second)
        self.expect("a packet made and joined", self.run("list", "decisions", desk=second))
        self.run("oversight", "plan", "--share", "0.2", "--confidence", "0.9", "--as", "Cy")
        self.expect("a sample planned", self.run("oversight", "show"))

    def memory(self) -> None:
        """Compare two states of a memory and decide on every change that may be approved."""
        states = [self.folder / name for name in ("week44", "week45")]
        for state in states:
            shutil.copytree(SAMPLES / "memory" / state.name, state)
        self.run("memory", "import", *states)
        reason = next(line["id"] for line in self.run("list", "reasons") if "approve" in line["verdicts"])
        for line in self.run("memory", "list"):
            verdict, why = ("reject", "other") if line["blocks"] else ("approve", reason)
            words = ("--verdict", verdict, "--reason", why, "--comment", "read", "--as", "Cy")
            self.run("memory", "decide", line["id"], *words)

    def releasing(self) -> None:
        """A bundle in every format, verified three ways; a recall; a plan for memory applied."""
        chosen = [word for one in formats() for word in ("--format", one.name)]
        lines = self.run(
            "release",
            "--out",
            self.folder / "out",
            "--as",
            "Cy",
            "--change",
            "yes:tried",
            "--waive",
            "all:invented",
            *chosen,
        )
        bundle = Path(lines[0]["bundle"])
        pdf = next(bundle.rglob("*.pdf")).read_bytes()
        self.expect(f"released as {bundle.name}, with a PDF of {len(pdf)} bytes", pdf.startswith(b"%PDF"))
        self.expect("verified by the program", self.run("verify", bundle, desk=None)[0]["verified"])
        for command in ([sys.executable, "-I", "verify.py"], ["sh", "verify.sh"]):
            done = subprocess.run(command, cwd=bundle, capture_output=True, text=True, timeout=300, check=False)
            self.expect(f"verified by {command[-1]}", done.returncode == 0)
        self.run(
            "report-bundle", bundle, "--pdf", self.folder / "again.pdf", "--html", self.folder / "a.html", desk=None
        )
        plan = next(bundle.rglob("*.plan.json"))
        self.run("memory", "apply", plan, self.folder / "week44", desk=None)
        self.expect("a memory plan applied", (self.folder / "week44" / "skills" / "claims.md").is_file())
        self.run("recall", "1", "--reason", "tried", "--as", "Cy", "--out", self.folder)
        self.expect("recalled", self.run("bundles"))

    def keeping(self) -> None:
        """Backup, receipt, erasure, restoration and the verification of the desk."""
        self.expect("the desk verifies", self.run("verify")[0]["verified"])
        self.run("desk", "backup", "--out", self.folder / "copy.desk")
        self.run("desk", "receipt")
        self.expect("an erasure previewed", self.run("erase", "--text", "Brambleford", "--preview"))
        self.run("erase", "--text", "S-4401", "--reason", "asked for", "--as", "Cy")
        self.expect("erased, and the desk verifies", self.run("verify")[0]["verified"])

    def many(self) -> None:
        """Deal a corpus to two desks in processes of its own, which it starts as itself."""
        self.run(
            "triage", SAMPLES, "--out", self.folder / "dealt", "--desks", "2", "--workers", "2", "--as", "Cy", desk=None
        )
        self.expect("a corpus dealt to two desks by two processes", list((self.folder / "dealt").iterdir()))

    def window(self) -> None:
        """Open the window on the desk; see that it stays open, says nothing of an error, and is painted."""
        self._stays_open({"QT_QPA_PLATFORM": "offscreen"})
        if not shutil.which("Xvfb"):
            raise SystemExit("There is no Xvfb to open the window on; tools/system-packages.sh dist installs it.")
        screen = self.folder / "screen"
        screen.mkdir()
        with virtual_display(screen) as (name, picture):
            colours = self._stays_open({"QT_QPA_PLATFORM": "xcb", "DISPLAY": name}, picture)
            self.expect(f"and is painted, in {colours} colours", colours > 50)

    def _stays_open(self, platform: dict[str, str], screen: Path | None = None) -> int:
        """Open the window; return how many colours *screen* shows, the frame buffer of its display."""
        with (self.folder / "said").open("w+") as said:
            command = [*self.offline, str(self.program), str(self.desk)]
            process = subprocess.Popen(
                command, env=self.env | {"LANG": "C.UTF-8"} | platform, stdout=said, stderr=said, cwd=self.folder,
                start_new_session=True,
            )  # fmt: skip
            colours, end = 0, time.monotonic() + 90
            while process.poll() is None and colours <= 50 and time.monotonic() < end:
                time.sleep(5)
                colours = _colours(screen) if screen else 51
            time.sleep(5)
            alive = process.poll() is None
            if alive:
                os.killpg(process.pid, 15)
            process.wait(30)
            said.seek(0)
            words = said.read()
        name = platform["QT_QPA_PLATFORM"]
        self.expect(f"the window stays open on {name}{words and ': ' + words}", alive and "Trace" not in words)
        return colours


def _colours(screen: Path) -> int:
    """Return how many colours the frame buffer of an Xvfb with 24 bits shows; its file is in the format XWD."""
    with screen.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begin = int.from_bytes(data[:4], "big") + 12 * int.from_bytes(data[76:80], "big")
        pixels = memoryview(data[begin : begin + (len(data) - begin) // 4 * 4]).cast("I")
        return len(set(pixels))


def bare_root(folder: Path) -> Path:
    """Lay out in *folder* a root that holds the libraries of `SYSTEM` and what these load; return it."""
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    paths: dict[str, str] = {}
    for line in listed.splitlines()[1:]:
        name, _, path = line.strip().partition(" => ")
        if path and name.split()[0] in SYSTEM:
            paths.setdefault(name.split()[0], path)  # the first is that of the machine's own architecture
    if missing := ", ".join(name for name in SYSTEM if name not in paths):
        raise SystemExit(f"There is no {missing} on this system; tools/system-packages.sh dist installs it.")
    files = set(paths.values())
    for path in paths.values():
        loaded = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
        files |= set(re.findall(r"(/\S+) \(0x", loaded))
    for path in sorted(files):
        (folder / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / path[1:])
    (folder / "tmp").mkdir()
    print(f"a root with {', '.join(sorted({Path(path).name for path in files}))}", flush=True)
    return folder


def main() -> None:
    """Try the program that is named; say what was seen."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    asked.add_argument("program", type=Path)
    where = asked.add_mutually_exclusive_group()
    where.add_argument("--bare", action="store_true", help="with nothing but two libraries of this system")
    where.add_argument("--root", type=Path, help="in this root folder, to which PROGRAM is relative")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="dreamdesk-trial-") as folder:
        room = Path(folder, "room")
        room.mkdir()
        root = given.root.resolve() if given.root else bare_root(Path(folder, "root")) if given.bare else None
        trial = Trial(given.program if given.root else given.program.resolve(), room, root)
        for step in (
            *(trial.reading, trial.outside, trial.deciding, trial.sharing, trial.many),
            *(trial.memory, trial.releasing, trial.keeping, trial.window),
        ):
            print(f"{step.__name__}:", flush=True)
            step()


if __name__ == "__main__":
    main()
